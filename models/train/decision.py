"""The decision and its operating point, learnt from claims whose statements the pair model never
saw: what a model says of statements it was trained on is surer than it has a right to be."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np
from sklearn.model_selection import GroupKFold

from models.evaluate.metrics import (
    balanced_accuracy,
    honest_accused,
    honest_called_false,
    macro_f1,
    precision,
    recall,
)
from models.train.examples import Corpus, Sentences
from models.train.heads import SEED, fit_head
from server.engine.decide import Known, Policy, decision_of
from server.engine.judge import PairJudge
from server.engine.linear import LinearHead
from server.engine.memory import Memory
from server.engine.values import VERDICTS, Label

FOLDS = 5
PENALTIES = (0.003, 0.01, 0.03, 0.1, 0.3)
"""C of the decision that are tried; the best log-loss on unseen folds wins."""

HONEST_CALLED_FALSE = 0.01
HONEST_ACCUSED = 0.08
"""Shares of supported claims that the operating point may call false, and may call anything but
supported or uncovered."""
FALSE_IS_RIGHT = 0.92
"""Precision that `false` must have."""
OTHERS_LEFT_ALONE = 0.6
"""The share of claims on which the reference says nothing that must be answered `uncovered`. More of
it costs verdicts elsewhere: at 0.85 one covered claim in eight is answered `uncovered` too."""


def known_of(claims: Sentences, judge: PairJudge, memory: Memory) -> Known:
    """The claims as the engine's judge and memory see them."""
    return Known(
        claims.in_context,
        claims.claim_vectors,
        judge.judge(claims.in_context, claims.candidates),
        memory.nearest(claims.claim_vectors, claims.contexts),
    )


def memory_of(corpus: Corpus, sentences: Sentences) -> Memory:
    """The covered claims among `sentences`, to be remembered."""
    covered = sentences.rows(np.flatnonzero(sentences.is_covered))
    return Memory(
        texts=covered.in_context,
        labels=tuple(label for label in covered.labels if label is not None),
        interventions=tuple(
            frozenset(corpus.reference.statements[row].interventions) for row in covered.evidence
        ),
        vectors=covered.claim_vectors,
    )


def learn_decision(
    features: np.ndarray, claims: Sentences, known: Known, claim_threshold: float
) -> tuple[LinearHead, Policy]:
    """The regression, and the operating point by what it says of claims it was not fitted on.

    Args:
        features: (n, f) of the claims.
        claims: n claims; the regression learns from the covered ones.
        known: of the same claims.
        claim_threshold: for the policy.
    """
    truth, rows = claims.truth, np.flatnonzero(claims.is_covered)
    head, unseen = fit_decision(features[rows], truth[rows], [claims.keys[row] for row in rows])
    probabilities = head.ordered(VERDICTS).probabilities(features)
    probabilities[rows] = unseen
    return head, operating_point(known, probabilities, truth, claim_threshold)


def fit_decision(
    features: np.ndarray, labels: np.ndarray, keys: Sequence[str]
) -> tuple[LinearHead, np.ndarray]:
    """The regression over `decision_features`, and what it says of claims it was not fitted on.

    Args:
        features: (n, f) of covered claims.
        labels: (n,) verdicts.
        keys: what stands together on one side of a fold.

    Returns:
        The head fitted on all, and (n, 4) probabilities of `VERDICTS` from folds.
    """
    folds = list(GroupKFold(FOLDS, shuffle=True, random_state=SEED).split(features, groups=keys))
    names = [str(label) for label in VERDICTS]
    right = [names.index(label) for label in labels]
    best = (np.inf, PENALTIES[0], np.zeros((len(labels), len(names))))
    for penalty in PENALTIES:
        unseen = np.zeros((len(labels), len(names)))
        for seen, rest in folds:
            head = fit_head(features[seen], labels[seen], penalty).ordered(names)
            unseen[rest] = head.probabilities(features[rest])
        loss = float(-np.log(unseen[np.arange(len(labels)), right]).mean())
        if loss < best[0]:
            best = (loss, penalty, unseen)
    print(f"decision: C {best[1]}, log-loss {best[0]:.3f} on unseen folds", flush=True)
    return fit_head(features, labels, best[1]), best[2]


def claim_threshold_of(probability: np.ndarray, is_claim: np.ndarray) -> float:
    """The probability of being a claim with the best balanced accuracy."""
    grid = np.arange(0.2, 0.81, 0.01).round(2)
    return float(max(grid, key=lambda t: balanced_accuracy(is_claim, probability >= t)))


def operating_point(
    known: Known, probabilities: np.ndarray, truth: np.ndarray, claim_threshold: float
) -> Policy:
    """The policy with the best macro-F1 among those that keep what is promised to honest clinics.

    Args:
        known: n claims, covered or not.
        probabilities: (n, 4) of `VERDICTS`, from a decision not fitted on them.
        truth: (n,) labels, `uncovered` among them.
        claim_threshold: for the policy; it decides nothing here.
    """
    tried = _policies(claim_threshold)
    return max(tried, key=lambda policy: _worth(answers_of(known, probabilities, policy), truth))


def answers_of(known: Known, probabilities: np.ndarray, policy: Policy) -> np.ndarray:
    """(n,) labels that probabilities of the four verdicts give under a policy."""
    return np.array(
        [
            str(decision_of(shares, judged, (), policy).label)
            for shares, judged in zip(probabilities, known.judged, strict=True)
        ],
        dtype=object,
    )


def _policies(claim_threshold: float) -> Iterator[Policy]:
    related = (0.1, 0.2, 0.3, 0.4, 0.5)
    supported = np.arange(0.2, 0.56, 0.03).round(2).tolist()
    false = np.arange(0.3, 0.96, 0.05).round(2).tolist()
    for thresholds in itertools.product(related, supported, false):
        yield Policy(claim_threshold, *thresholds)


def _worth(answers: np.ndarray, truth: np.ndarray) -> float:
    """Macro-F1 over the four verdicts; below 0, by how much, where a bound is broken."""
    covered = truth != Label.UNCOVERED
    right = precision(truth[covered], answers[covered], Label.FALSE)
    broken = (
        max(honest_called_false(truth, answers) - HONEST_CALLED_FALSE, 0)
        + max(honest_accused(truth, answers) - HONEST_ACCUSED, 0)
        + max(FALSE_IS_RIGHT - right, 0)  # nothing called false breaks nothing: nan is not above 0
        + max(OTHERS_LEFT_ALONE - recall(truth, answers, Label.UNCOVERED), 0)
    )
    return -broken if broken else macro_f1(truth[covered], answers[covered])
