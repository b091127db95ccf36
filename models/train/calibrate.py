"""Temperatures and thresholds, from predictions for statements that the model had not seen."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from scipy.optimize import minimize_scalar
from sklearn.model_selection import GroupKFold

from models.evaluate.metrics import balanced_accuracy, f1, honest_called_false, recall
from models.train.examples import Corpus, Sentences
from models.train.heads import (
    SEED,
    Heads,
    features_of,
    fit_heads,
    judgements,
    relatedness_pairs,
    relation_pairs,
)
from server.engine.decide import Policy, label_of, verdict_probabilities
from server.engine.detect import CLAIM, NOT_CLAIM, detector_features
from server.engine.judge import RELATED, UNRELATED
from server.engine.linear import LinearHead
from server.engine.values import VERDICTS, Judgement, Label

FOLDS = 3

HONEST_CALLED_FALSE = 0.01
"""The share of supported training claims that the operating point may call false. On test statements
it came out two to three times as high, so the bound is half of what we can accept."""


OTHERS_LEFT_ALONE = 0.85
"""The share of claims on treatments outside the reference that must be answered `uncovered`: only
general statements are open to them, and a verdict from one of those is a guess."""


def calibrate(corpus: Corpus, train: Sentences) -> tuple[Heads, Policy]:
    """Heads fitted on all of `train`, with temperatures and the operating point from folds."""
    folds = list(_folds(corpus, train))
    heads = _calibrated(corpus, train, folds, fit_heads(corpus, train))
    return heads, _operating_point(corpus, train, folds, heads)


def _folds(corpus: Corpus, train: Sentences) -> Iterator[tuple[Heads, np.ndarray]]:
    """Heads fitted without each fold, and the rows of that fold."""
    splitter = GroupKFold(FOLDS, shuffle=True, random_state=SEED)
    for number, (seen, unseen) in enumerate(splitter.split(train.texts, groups=train.keys), 1):
        print(f"fold {number} of {FOLDS}", flush=True)
        yield fit_heads(corpus, train.rows(seen)), unseen


def _calibrated(
    corpus: Corpus, train: Sentences, folds: Sequence[tuple[Heads, np.ndarray]], heads: Heads
) -> Heads:
    """The heads with the temperatures that make unseen folds likeliest."""
    unseen = [_unseen_probabilities(corpus, fold, train.rows(rows)) for fold, rows in folds]
    temperatures = [_temperature(list(predictions)) for predictions in zip(*unseen, strict=True)]
    return _heated(heads, temperatures)


def _unseen_probabilities(
    corpus: Corpus, heads: Heads, part: Sentences
) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    """For each head, in the order of `Heads`: what it says of sentences it never saw, and the
    column of the right label."""
    features = detector_features(part.texts, part.vectors)
    claims = np.flatnonzero(part.is_claim)
    facets = np.array([str(part.facets[row]) for row in claims])
    owners, statements, relations = relation_pairs(part)
    near_owners, near_statements, related = relatedness_pairs(corpus, part)
    return (
        _scored(heads.claim.probabilities(features), heads.claim,
                np.where(part.is_claim, CLAIM, NOT_CLAIM)),
        _scored(heads.facet.probabilities(features[claims]), heads.facet, facets),
        _scored(
            heads.relation.probabilities(
                features_of(corpus, part, owners, statements), part.texts, owners.tolist()
            ),
            heads.relation.pairs, relations),
        _scored(
            heads.relatedness.probabilities(features_of(corpus, part, near_owners, near_statements)),
            heads.relatedness, np.where(related, RELATED, UNRELATED)),
    )  # fmt: skip


def _scored(
    probabilities: np.ndarray, head: LinearHead, labels: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    return probabilities, np.array([head.labels.index(str(label)) for label in labels])


def _temperature(predictions: Sequence[tuple[np.ndarray, np.ndarray]]) -> float:
    """One temperature by maximum likelihood: Guo et al. 2017, arXiv:1706.04599."""
    logits = np.log(np.maximum(np.vstack([one for one, _ in predictions]), 1e-9))
    columns = np.concatenate([one for _, one in predictions])

    def loss(log_temperature: float) -> float:
        heated = logits / np.exp(log_temperature)
        heated = heated - heated.max(axis=1, keepdims=True)
        right = heated[np.arange(len(columns)), columns]
        return float((np.log(np.exp(heated).sum(axis=1)) - right).sum())

    return float(np.exp(minimize_scalar(loss, bounds=(-1.5, 2.5), method="bounded").x))


def _heated(heads: Heads, temperatures: Sequence[float]) -> Heads:
    claim, facet, relation, relatedness = temperatures
    return Heads(
        claim=replace(heads.claim, temperature=claim),
        facet=replace(heads.facet, temperature=facet),
        relation=replace(heads.relation, pairs=replace(heads.relation.pairs, temperature=relation)),
        relatedness=replace(heads.relatedness, temperature=relatedness),
    )


def _temperatures(heads: Heads) -> list[float]:
    return [
        heads.claim.temperature,
        heads.facet.temperature,
        heads.relation.pairs.temperature,
        heads.relatedness.temperature,
    ]


def _operating_point(
    corpus: Corpus, train: Sentences, folds: Sequence[tuple[Heads, np.ndarray]], heads: Heads
) -> Policy:
    """The policy with the best macro-F1 on unseen folds among those that rarely accuse."""
    found: list[tuple[Judgement, ...]] = []
    labels: list[Label] = []
    probability: list[float] = []
    is_claim: list[bool] = []
    for fold_heads, unseen in folds:
        part = train.rows(unseen)
        tempered = _heated(fold_heads, _temperatures(heads))
        column = tempered.claim.labels.index(CLAIM)
        features = detector_features(part.texts, part.vectors)
        probability.extend(tempered.claim.probabilities(features)[:, column])
        is_claim.extend(part.is_claim)
        claims = part.rows(np.flatnonzero(part.is_claim))
        found.extend(judgements(corpus, tempered, claims))
        labels.extend(label for label in claims.labels if label is not None)
    threshold = _best_threshold(np.array(probability), np.array(is_claim))
    return max(_policies(threshold, found), key=lambda tried: _worth(tried, labels))[0]


def _policies(
    claim_threshold: float, found: Sequence[Sequence[Judgement]]
) -> Iterator[tuple[Policy, list[Label]]]:
    """Every policy of the grid, and what it answers on each claim."""
    thresholds = np.arange(0.3, 0.96, 0.05).round(2).tolist()
    for related, sharpness in itertools.product((0.1, 0.15, 0.2, 0.3, 0.4), (1, 2, 4)):
        mixing = Policy(claim_threshold, related, 0.5, 0.5, sharpness)
        probabilities = [verdict_probabilities(one, mixing) for one in found]
        for supported, false in itertools.product(thresholds[:7], thresholds):
            policy = replace(mixing, supported_threshold=supported, false_threshold=false)
            yield policy, [label_of(one, policy) for one in probabilities]


def _best_threshold(probability: np.ndarray, is_claim: np.ndarray) -> float:
    """The threshold with the best balanced accuracy."""
    grid = np.arange(0.2, 0.81, 0.01).round(2)
    return float(max(grid, key=lambda t: balanced_accuracy(is_claim, probability >= t)))


def _worth(tried: tuple[Policy, Sequence[Label]], labels: Sequence[Label]) -> float:
    """Macro-F1 over the five answers; below 0, by how much, where a bound is broken."""
    truth, answers = np.array(labels), np.array(tried[1])
    accused = honest_called_false(truth, answers)
    left_alone = recall(truth, answers, Label.UNCOVERED)
    broken = max(accused - HONEST_CALLED_FALSE, 0) + max(OTHERS_LEFT_ALONE - left_alone, 0)
    if broken:
        return -broken
    classes = (*VERDICTS, Label.UNCOVERED)
    return float(np.mean([f1(truth, answers, label) for label in classes]))
