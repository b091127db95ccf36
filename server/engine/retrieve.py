"""Which evidence statements may bear on a claim."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import bm25s
import numpy as np

from server.engine.values import Candidate, Context, Evidence

CANDIDATES = 8
"""Statements handed to the judge for each claim."""

FUSION_CONSTANT = 60
"""k of reciprocal rank fusion: Cormack, Clarke, Büttcher, "Reciprocal Rank Fusion outperforms
Condorcet and individual Rank Learning Methods", SIGIR 2009, which settles on 60."""

_TOKEN = re.compile(r"\w+")
_STOP_WORDS = frozenset(
    "a an and are as at be been but by for from has have in is it its of on or than that the their "
    "them there these they this to was were which who will with you your our we i".split()
)


@dataclass(frozen=True, slots=True)
class Reference:
    """The compiled evidence reference.

    Args:
        statements: m evidence statements.
        vectors: (m, d) float32 unit vectors of the statements, by the encoder that embeds claims.
        version: content hash of the reference.
        intervention_names: id to the name a reader sees, for every treatment in the vocabulary.
    """

    statements: tuple[Evidence, ...]
    vectors: np.ndarray
    version: str
    intervention_names: Mapping[str, str]

    def __post_init__(self) -> None:
        if len(self.statements) != len(self.vectors):
            raise ValueError(f"{len(self.statements)} statements, {len(self.vectors)} vectors")

    def evidence(self, evidence_id: str) -> Evidence | None:
        """The statement of that id, or None."""
        return next((one for one in self.statements if one.id == evidence_id), None)


class Retriever:
    """Dense and lexical search over a reference, fused, and gated by treatment.

    A statement is a candidate only where it speaks of a treatment the claim speaks of, or holds
    whatever the treatment. Without the gate the nearest statement to a sentence about ozone is one
    about ketamine, and a verdict from it would be wrong whatever it says.
    """

    def __init__(self, reference: Reference) -> None:
        self._reference = reference
        self._lexical = bm25s.BM25()
        corpus = [_tokens(evidence.statement) for evidence in reference.statements]
        if any(corpus):
            self._lexical.index(corpus, show_progress=False)
        self._known = {token for tokens in corpus for token in tokens}
        self._general = np.array(
            [not one.interventions for one in reference.statements], dtype=bool
        )
        self._speaks_of: dict[str, np.ndarray] = {
            name: np.array([name in one.interventions for one in reference.statements], dtype=bool)
            for name in {name for one in reference.statements for name in one.interventions}
        }

    def candidates(
        self, texts: Sequence[str], contexts: Sequence[Context | None], vectors: np.ndarray
    ) -> list[tuple[Candidate, ...]]:
        """For each claim up to `CANDIDATES` statements, the likeliest first; ties by their order.

        Args:
            texts: n claims.
            contexts: the treatments each speaks of.
            vectors: (n, d) unit vectors of the claims.
        """
        similarities = vectors @ self._reference.vectors.T
        return [
            self._best(text, context, similarity)
            for text, context, similarity in zip(texts, contexts, similarities, strict=True)
        ]

    def _best(
        self, text: str, context: Context | None, similarity: np.ndarray
    ) -> tuple[Candidate, ...]:
        open_to = np.flatnonzero(self._gate(context))
        dense = similarity[open_to]
        fused = _reciprocal_ranks(dense) + _reciprocal_ranks(self._lexical_scores(text)[open_to])
        order = np.argsort(-fused, kind="stable")[:CANDIDATES]
        return tuple(
            Candidate(self._reference.statements[row], float(similarity[row]))
            for row in open_to[order]
        )

    def _gate(self, context: Context | None) -> np.ndarray:
        gate = self._general.copy()
        for name in context.interventions if context else ():
            if name in self._speaks_of:
                gate |= self._speaks_of[name]
        return gate

    def _lexical_scores(self, text: str) -> np.ndarray:
        tokens = [token for token in _tokens(text) if token in self._known]
        if not tokens:
            return np.zeros(len(self._reference.statements), dtype=np.float32)
        return np.asarray(self._lexical.get_scores(tokens), dtype=np.float32)


def _reciprocal_ranks(scores: np.ndarray) -> np.ndarray:
    ranks = np.empty(len(scores), dtype=np.float64)
    ranks[np.argsort(-scores, kind="stable")] = np.arange(1, len(scores) + 1)
    return 1.0 / (FUSION_CONSTANT + ranks)


def _tokens(text: str) -> list[str]:
    return [token for token in _TOKEN.findall(text.lower()) if token not in _STOP_WORDS]
