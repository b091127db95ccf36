"""How often the statement a claim was written for is among the first that are found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from models.train.examples import Corpus, Sentences
from server.engine.retrieve import RANKING_FEATURES

RECALLS = ("recall@1", "recall@5", "recall@8", "MRR")
LEAST_CLAIMS = 15
"""Fewer claims on a treatment than that are counted with the others."""

GENERAL = "any treatment"
OTHERS = "the others"


def measure_retrieval(corpus: Corpus, covered: Sentences) -> dict[str, Any]:
    """Recall and mean reciprocal rank by way of searching, and of the shipped way by treatment."""
    ranks = ranks_of(corpus, covered)
    shipped = ranks["fused, as shipped"]
    firsts = np.array([_treatment(corpus, row) for row in covered.evidence], dtype=object)
    names, counts = np.unique(firsts, return_counts=True)
    large = {name for name, count in zip(names, counts, strict=True) if count >= LEAST_CLAIMS}
    grouped = np.array([name if name in large else OTHERS for name in firsts], dtype=object)
    return {
        "ways": {name: _recalls(rank) for name, rank in ranks.items()},
        "by treatment": {
            str(name): {
                "claims": int((grouped == name).sum()),
                **_recalls(shipped[grouped == name]),
            }
            for name in sorted(set(grouped))
        },
    }


def ranks_of(corpus: Corpus, covered: Sentences) -> Mapping[str, np.ndarray]:
    """(n,) rank of each claim's own statement by each way of searching, from 1; infinite where the
    statement was closed to the claim."""
    single = np.eye(len(RANKING_FEATURES))
    ways = {
        "dense alone": single[RANKING_FEATURES.index("similarity")],
        "lexical alone": single[RANKING_FEATURES.index("words")],
        "fused, as shipped": np.array(corpus.ranking),
    }
    ranks = {name: np.full(len(covered.texts), np.inf) for name in ways}
    similarities = covered.claim_vectors @ corpus.reference.vectors.T
    for at, (text, context, similarity) in enumerate(
        zip(covered.in_context, covered.contexts, similarities, strict=True)
    ):
        rows, features = corpus.retriever.features(text, context, similarity)
        own = np.flatnonzero(rows == covered.evidence[at])
        for name, weights in ways.items():
            if len(own):
                scores = features @ weights
                ranks[name][at] = 1 + int((scores > scores[own[0]]).sum())
    return ranks


def _recalls(rank: np.ndarray) -> dict[str, float]:
    return {
        "recall@1": float((rank <= 1).mean()),
        "recall@5": float((rank <= 5).mean()),
        "recall@8": float((rank <= 8).mean()),
        "MRR": float((1 / rank).mean()),
    }


def _treatment(corpus: Corpus, row: int) -> str:
    interventions = corpus.reference.statements[row].interventions
    return corpus.reference.intervention_names[interventions[0]] if interventions else GENERAL
