"""The four classifiers: how they are fitted, and what they say together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from sklearn.linear_model import LogisticRegression

from models.train.examples import Corpus, Sentences
from server.engine.decide import Decision, Policy, decide
from server.engine.detect import CLAIM, NOT_CLAIM, detector_features
from server.engine.judge import (
    RELATED,
    UNRELATED,
    PairJudge,
    RelationHead,
    claims_side,
    pair_features,
)
from server.engine.linear import LinearHead
from server.engine.ngrams import Ngrams
from server.engine.values import Evidence, Judgement

SEED = 20261124
PENALTY = {"claim": 0.3, "facet": 0.3, "relation": 0.1, "relatedness": 0.03}
"""C of each logistic regression. For `relation` the better of 0.03 and 0.1 on folds of the training
statements; the others are first guesses, not searched."""

LEAST_TEXTS = 2
"""A word that stands in one claim only teaches nothing about others."""

RIVALS = 5
"""Candidates of a claim that relatedness is learnt from: the nearest teach most."""

WORD_WEIGHT = 5.0
"""Scale of a claim's words beside its cues; best of 3, 5 and 8 on the training folds."""


@dataclass(frozen=True, slots=True)
class Heads:
    """The four trained classifiers."""

    claim: LinearHead
    facet: LinearHead
    relation: RelationHead
    relatedness: LinearHead


def fit_heads(corpus: Corpus, train: Sentences) -> Heads:
    """The four classifiers from training sentences, their temperatures still 1."""
    detector = detector_features(train.texts, train.vectors)
    claims = np.flatnonzero(train.is_claim)
    claim_labels = np.where(train.is_claim, CLAIM, NOT_CLAIM)
    facet_labels = np.array([str(train.facets[row]) for row in claims])
    owners, statements, relations = relation_pairs(train)
    relation_features = features_of(corpus, train, owners, statements)
    near_owners, near_statements, related = relatedness_pairs(corpus, train)
    near_features = features_of(corpus, train, near_owners, near_statements)
    return Heads(
        claim=_fit(detector, claim_labels, "claim"),
        facet=_fit(detector[claims], facet_labels, "facet"),
        relation=_fit_relation(relation_features, [train.texts[row] for row in owners], relations),
        relatedness=_fit(near_features, np.where(related, RELATED, UNRELATED), "relatedness"),
    )


def decisions(corpus: Corpus, heads: Heads, sentences: Sentences, policy: Policy) -> list[Decision]:
    """The decision on every sentence, taken as a claim."""
    return [decide(found, policy) for found in judgements(corpus, heads, sentences)]


def judgements(corpus: Corpus, heads: Heads, sentences: Sentences) -> list[tuple[Judgement, ...]]:
    """Every candidate of every sentence, judged as the engine does."""
    judge = PairJudge(
        heads.relation,
        heads.relatedness,
        corpus.reference.statements,
        corpus.reference.vectors,
        corpus.conditions,
    )
    return judge.judge(sentences.texts, sentences.claim_vectors, sentences.candidates)


def relation_pairs(train: Sentences) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Claims with the statement that decides them, and their verdicts."""
    owners = np.flatnonzero(train.is_covered)
    labels = np.array([str(train.labels[row]) for row in owners])
    return owners, train.evidence[owners], labels


def relatedness_pairs(
    corpus: Corpus, train: Sentences
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Claims with their candidates, and whether each bears on the claim.

    A statement of the same facet and condition as the one that decides may well bear on the claim
    too; nobody has said, so such pairs are left out.
    """
    row_of = {one.id: row for row, one in enumerate(corpus.reference.statements)}
    pairs = []
    for owner in np.flatnonzero(train.is_claim):
        tied = train.evidence[owner]
        if tied >= 0:
            pairs.append((owner, tied, True))
        for candidate in train.candidates[owner][:RIVALS]:
            row = row_of[candidate.evidence.id]
            if tied < 0 or (
                corpus.groups[row] != corpus.groups[tied]
                and not _alike(candidate.evidence, corpus.reference.statements[tied])
            ):
                pairs.append((owner, row, False))
    owners, statements, related = zip(*pairs, strict=True)
    return np.array(owners), np.array(statements), np.array(related)


def _alike(one: Evidence, other: Evidence) -> bool:
    conditions = set(one.conditions) & set(other.conditions)
    return one.facet is other.facet and bool(conditions or not (one.conditions or other.conditions))


def features_of(
    corpus: Corpus, sentences: Sentences, owners: np.ndarray, statements: np.ndarray
) -> np.ndarray:
    """(n, f) features of n pairs, given by rows of sentences and of the reference's statements."""
    claims = claims_side(sentences.texts, sentences.claim_vectors, corpus.conditions)
    return pair_features(
        claims.rows(owners.tolist()),
        corpus.statements.rows(statements.tolist()),
        corpus.kinds[statements],
    )


def _fit(features: np.ndarray, labels: np.ndarray, name: str) -> LinearHead:
    model = LogisticRegression(C=PENALTY[name], max_iter=400, random_state=SEED)
    model.fit(features, labels)
    weights, bias = model.coef_, model.intercept_
    if len(model.classes_) == 2:  # scikit-learn keeps one row for two classes
        weights, bias = np.vstack([0 * weights, weights]), np.array([0.0, bias[0]])
    return LinearHead(
        labels=tuple(str(label) for label in model.classes_),
        weights=weights.astype(np.float32),
        bias=bias.astype(np.float32),
        temperature=1.0,
    )


def _fit_relation(features: np.ndarray, texts: Sequence[str], labels: np.ndarray) -> RelationHead:
    """One regression over pairs and words, taken apart so that words are weighed once a claim."""
    ngrams = Ngrams.fit(texts, LEAST_TEXTS)
    words = ngrams.vectors(texts) * np.float32(WORD_WEIGHT)
    whole = _fit(np.hstack([features, words]), labels, "relation")
    width = features.shape[1]
    return RelationHead(
        pairs=replace(whole, weights=whole.weights[:, :width]),
        ngrams=ngrams,
        wording=whole.weights[:, width:] * np.float32(WORD_WEIGHT),
    )
