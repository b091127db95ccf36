"""The decision and its operating point."""

from __future__ import annotations

import numpy as np

from models.train.decision import (
    HONEST_ACCUSED,
    answers_of,
    claim_threshold_of,
    fit_decision,
    operating_point,
)
from server.engine.decide import Known
from server.engine.values import VERDICTS, Judgement, Label, Relation
from tests.conftest import POLICY, STATEMENTS

NAMES = [str(label) for label in VERDICTS]


def known(relatednesses: list[float]) -> Known:
    """Claims each read beside one statement, which contradicts it as far as it bears on it."""
    judged = [
        (
            Judgement(
                STATEMENTS[0],
                0.5,
                {
                    Relation.SUPPORTS: 0.2 * related,
                    Relation.IS_WEAKER: 0.2 * related,
                    Relation.REPORTS_NO_EVIDENCE: 0.0,
                    Relation.CONTRADICTS: 0.6 * related,
                    Relation.UNRELATED: 1 - related,
                },
            ),
        )
        for related in relatednesses
    ]
    count = len(judged)
    return Known(["x"] * count, np.zeros((count, 2), np.float32), judged, [()] * count)


def test_decision_learns_and_answers_for_folds_it_was_not_fitted_on() -> None:
    dice = np.random.default_rng(3)
    labels = np.array(NAMES, dtype=object)[dice.integers(0, 4, 400)]
    features = np.eye(4)[[NAMES.index(label) for label in labels]] * 3 + dice.normal(size=(400, 4))
    keys = [str(row % 40) for row in range(400)]
    head, unseen = fit_decision(features.astype(np.float32), labels, keys)
    assert set(head.labels) == set(NAMES)
    assert np.allclose(unseen.sum(axis=1), 1, atol=1e-5)
    right = np.array(NAMES, dtype=object)[unseen.argmax(axis=1)] == labels
    assert right.mean() > 0.8


def test_operating_point_keeps_what_is_promised_to_honest_clinics() -> None:
    """A judge that is often wrong of honest claims may accuse few of them."""
    dice = np.random.default_rng(5)
    truth = np.array(NAMES * 50 + ["uncovered"] * 20, dtype=object)
    shares = dice.dirichlet([1.0] * 4, len(truth))
    for row, label in enumerate(truth[:200]):
        shares[row] = 0.6 * shares[row] + 0.4 * np.eye(4)[NAMES.index(label)]
    found = known([0.9] * 200 + [0.05] * 20)
    policy = operating_point(found, shares, truth, claim_threshold=0.42)
    answers = answers_of(found, shares, policy)
    honest = answers[truth == Label.SUPPORTED]
    assert policy.claim_threshold == 0.42
    assert np.isin(honest, NAMES[1:]).mean() <= HONEST_ACCUSED
    assert (answers[200:] == Label.UNCOVERED).all()


def test_nothing_is_judged_below_the_related_threshold() -> None:
    answers = answers_of(known([0.1, 0.9]), np.eye(4)[[3, 3]], POLICY)
    assert answers.tolist() == ["uncovered", "false"]


def test_claim_threshold_balances_both_kinds() -> None:
    probability = np.array([0.9, 0.8, 0.55, 0.5, 0.3, 0.1])
    is_claim = np.array([True, True, True, False, False, False])
    assert 0.5 < claim_threshold_of(probability, is_claim) <= 0.55
