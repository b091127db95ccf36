"""Metrics on cases worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from models.evaluate.metrics import (
    balanced_accuracy,
    calibration_curve,
    calibration_error,
    confusion,
    flagged,
    honest_accused,
    honest_called_false,
    macro_f1,
    ordinal_error,
    risk_coverage,
    with_interval,
)

TRUTH = np.array(["supported"] * 4 + ["overstated"] * 2 + ["unsupported", "false"], dtype=object)
ANSWERS = np.array(
    ["supported", "uncovered", "false", "overstated", "overstated", "supported", "unsupported", "false"],
    dtype=object,
)  # fmt: skip


def test_honest_claims_called_false_are_counted_of_the_honest() -> None:
    assert honest_called_false(TRUTH, ANSWERS) == 1 / 4


def test_uncovered_is_no_accusation() -> None:
    assert honest_accused(TRUTH, ANSWERS) == 2 / 4


def test_any_fault_flags_a_dishonest_claim() -> None:
    assert flagged(TRUTH, ANSWERS) == 3 / 4


def test_macro_f1_is_the_mean_over_four_verdicts() -> None:
    # supported 2/6, overstated 2/4, unsupported 2/2, false 2/3
    assert macro_f1(TRUTH, ANSWERS) == pytest.approx((1 / 3 + 1 / 2 + 1 + 2 / 3) / 4)


def test_confusion_counts_every_claim_once() -> None:
    counts = confusion(TRUTH.tolist(), ANSWERS.tolist())
    assert sum(sum(row.values()) for row in counts.values()) == len(TRUTH)
    assert counts["supported"]["uncovered"] == 1


def test_balanced_accuracy_weighs_both_answers_alike() -> None:
    truth = np.array([True, True, True, False])
    assert balanced_accuracy(truth, np.array([True, True, True, True])) == 0.5


def test_calibration_error_is_the_gap_between_confidence_and_frequency() -> None:
    confidence = np.full(10, 0.75)
    assert calibration_error(confidence, np.array([True] * 5 + [False] * 5)) == pytest.approx(0.25)
    assert calibration_error(np.full(4, 0.95), np.ones(4, bool)) == pytest.approx(0.05)


def test_interval_holds_the_value() -> None:
    interval = with_interval(macro_f1, TRUTH, ANSWERS)
    assert interval.low <= interval.value <= interval.high


def test_steps_off_count_verdicts_only() -> None:
    """0 + 3 + 1 for the honest, 0 + 1 for the overstated, 0 and 0: five steps in seven answers."""
    assert ordinal_error(TRUTH, ANSWERS) == pytest.approx(5 / 7)


def test_curve_leaves_out_empty_bins() -> None:
    confidence = np.array([0.95, 0.92, 0.15])
    assert calibration_curve(confidence, np.array([True, False, False])) == [
        (pytest.approx(0.15), 0.0, 1),
        (pytest.approx(0.935), 0.5, 2),
    ]


def test_risk_grows_as_less_sure_answers_are_given() -> None:
    answered, wrong = risk_coverage(np.array([0.2, 0.9, 0.6]), np.array([False, True, True]))
    assert answered.tolist() == pytest.approx([1 / 3, 2 / 3, 1])
    assert wrong.tolist() == pytest.approx([0, 0, 1 / 3])
