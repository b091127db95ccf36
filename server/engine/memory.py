"""What was said before of claims that read alike.

Clinics repeat each other, and one wording mostly means one thing: the nearest labelled claims on
the same treatment tell what a verdict on a new one is likely to be, and show a reader why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from server.engine.values import VERDICTS, Context, Label, Precedent

NEIGHBOURS = 8
"""Labelled claims that have a say."""

SHOWN = 2
"""Labelled claims that an answer shows; they must have its verdict."""

SHARPNESS = 12.0
"""How fast the say of a labelled claim falls with its distance: e-fold for 1/12 of cosine."""


@dataclass(frozen=True)
class Memory:
    """n labelled claims, each with its verdict and the treatments its evidence speaks of.

    Args:
        texts: the claims, with the treatment in front where they name none.
        labels: the verdict of each.
        interventions: the treatments of the statement that decides each; empty for any.
        vectors: (n, d) float32 unit vectors of the claims.
    """

    texts: tuple[str, ...]
    labels: tuple[Label, ...]
    interventions: tuple[frozenset[str], ...]
    vectors: np.ndarray

    def __post_init__(self) -> None:
        counts = {len(self.texts), len(self.labels), len(self.interventions), len(self.vectors)}
        if len(counts) != 1:
            raise ValueError(f"texts, labels, interventions and vectors differ: {sorted(counts)}")

    def nearest(
        self, vectors: np.ndarray, contexts: Sequence[Context | None]
    ) -> list[tuple[Precedent, ...]]:
        """For each of k claims the nearest labelled ones on a treatment it speaks of, or on any.

        Args:
            vectors: (k, d) unit vectors of the claims.
            contexts: the treatments each speaks of.
        """
        similarities = vectors @ self.vectors.T
        return [
            self._nearest(similarity, frozenset(context.interventions if context else ()))
            for similarity, context in zip(similarities, contexts, strict=True)
        ]

    def _nearest(self, similarity: np.ndarray, treatments: frozenset[str]) -> tuple[Precedent, ...]:
        found: list[Precedent] = []
        for row in np.argsort(-similarity, kind="stable"):
            if not self.interventions[row] or self.interventions[row] & treatments:
                found.append(Precedent(self.texts[row], self.labels[row], float(similarity[row])))
                if len(found) == NEIGHBOURS:
                    break
        return tuple(found)


def shares(precedents: Sequence[Precedent]) -> np.ndarray:
    """(4,) float32: the share of each verdict among precedents, the nearer the weightier; even
    where there are none."""
    counts = np.full(len(VERDICTS), 0.05, dtype=np.float32)
    for one in precedents:
        counts[VERDICTS.index(one.label)] += np.exp(SHARPNESS * (one.similarity - 1))
    return np.asarray(counts / counts.sum())
