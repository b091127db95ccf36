"""Fits the weights by which the retriever orders its candidates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression

from server.engine.retrieve import RANKING_FEATURES, Reference, Retriever
from server.engine.terms import TermMatcher
from server.engine.values import Context

RIVALS = 10
"""Statements that a claim's own is compared with: those that come closest to it."""

FIRST_RANKING = (1.0, 0.15, 0.0, 0.0, 0.0, 0.0, 0.0)
"""What finds the rivals: similarity, and a tenth of that in words; best of four mixes by recall."""


def fit_ranking(
    reference: Reference,
    conditions: TermMatcher,
    texts: Sequence[str],
    contexts: Sequence[Context | None],
    vectors: np.ndarray,
    own: np.ndarray,
) -> tuple[float, ...]:
    """Weights of `RANKING_FEATURES` that set a claim's own statement above its rivals.

    Logistic regression on the differences of the two sides' features: the pairwise transform of
    Herbrich, Graepel, Obermayer, "Large Margin Rank Boundaries for Ordinal Regression", 2000.

    Args:
        reference: the statements.
        conditions: finds the conditions a claim names.
        texts: n claims of the training side.
        contexts: the treatments each speaks of.
        vectors: (n, d) their vectors.
        own: (n,) row of the statement that decides each.
    """
    retriever = Retriever(reference, conditions, FIRST_RANKING)
    similarities = vectors @ reference.vectors.T
    differences = np.vstack(
        [
            found
            for text, context, similarity, row in zip(
                texts, contexts, similarities, own, strict=True
            )
            for found in _differences(retriever, text, context, similarity, int(row))
        ]
    )
    scale = np.maximum(differences.std(axis=0), 1e-6)
    sides = np.vstack([differences, -differences]) / scale
    first = np.arange(len(sides)) < len(differences)
    model = LogisticRegression(fit_intercept=False, max_iter=400).fit(sides, first)
    return tuple(float(weight) for weight in model.coef_[0] / scale)


def _differences(
    retriever: Retriever, text: str, context: Context | None, similarity: np.ndarray, own: int
) -> Iterator[np.ndarray]:
    """(rivals, 7) how a claim's own statement differs from its rivals; nothing if it is closed."""
    rows, features = retriever.features(text, context, similarity)
    mine = rows == own
    if mine.any() and len(rows) > 1:
        others = features[~mine]
        near = np.argsort(-(others @ np.array(FIRST_RANKING)), kind="stable")[:RIVALS]
        yield features[mine] - others[near]


def describe(ranking: Sequence[float]) -> str:
    """The weights by name, for the log."""
    return ", ".join(
        f"{name} {weight:.2f}" for name, weight in zip(RANKING_FEATURES, ranking, strict=True)
    )
