"""What can be compared of a claim and a statement, one by one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from server.engine.compare import Comparer, claims_side, compared, kinds_of, statements_side
from server.engine.linear import LinearHead
from server.engine.terms import TermMatcher
from server.engine.values import VERDICTS, Evidence, Quantity
from tests.conftest import STATEMENTS

CONDITIONS = TermMatcher({"depression": ["depression"], "pain": ["pain"]})
NOTHING = np.zeros((1, 4), np.float32)


def figures_met(text: str, statement: Evidence) -> list[float]:
    """The last eight columns: of shares, then of times, whether the claim states any, both do, they
    meet, the claim's exceed."""
    claim = claims_side([text], NOTHING, CONDITIONS)
    known = statements_side([statement], NOTHING)
    return compared(claim, known, kinds_of([statement]))[0, -8:].tolist()


WORKS_FOR_HALF = replace(
    STATEMENTS[0],
    statement="Ketamine eases depression in about half of people.",
    quantities=(Quantity("response-rate", 0.5, 0.5),),
)


@pytest.mark.parametrize(
    ("text", "met"),
    [
        ("Ketamine eases depression in 50% of people.", [1, 1, 1, 0]),
        ("Ketamine eases depression in 90% of people.", [1, 1, 0, 1]),
        ("Ketamine eases depression in 9 out of 10 people.", [1, 1, 0, 1]),
        ("Ketamine eases depression in 20% of people.", [1, 1, 0, 0]),
        ("Ketamine eases depression.", [0, 0, 0, 0]),
    ],
)
def test_shares_meet_or_exceed_the_typed_rate(text: str, met: list[float]) -> None:
    assert figures_met(text, WORKS_FOR_HALF)[:4] == met


@pytest.mark.parametrize(
    ("text", "met"),
    [
        ("Relief lasts 7 days.", [1, 1, 1, 0]),
        ("Relief lasts one week.", [1, 1, 1, 0]),
        ("Relief lasts 6 months.", [1, 1, 0, 1]),
        ("Relief lasts a day or so, 2 days at most.", [1, 1, 0, 0]),
    ],
)
def test_times_meet_or_exceed_the_typed_duration(text: str, met: list[float]) -> None:
    for_a_week = replace(STATEMENTS[0], quantities=(Quantity("duration", 7, 7),))
    assert figures_met(text, for_a_week)[4:] == met


def comparer(width: int) -> Comparer:
    head = LinearHead(
        tuple(str(label) for label in VERDICTS),
        np.zeros((4, width), np.float32),
        np.array([3.0, 0.0, 0.0, 0.0], np.float32),
        1.0,
    )
    return Comparer(head, STATEMENTS, np.zeros((2, 4), np.float32), CONDITIONS)


def width() -> int:
    side = statements_side(STATEMENTS[:1], NOTHING)
    return compared(side, side, kinds_of(STATEMENTS[:1])).shape[1]


def test_claim_without_a_statement_leaves_every_verdict_open() -> None:
    found = comparer(width()).probabilities(
        ["Ketamine helps.", "Ozone helps."],
        np.zeros((2, 4), np.float32),
        [STATEMENTS[1], None],
    )
    assert found[0].argmax() == 0
    assert found[1].tolist() == [0.25] * 4
    assert found.sum(axis=1).tolist() == pytest.approx([1.0, 1.0])


def test_head_of_another_width_is_refused() -> None:
    with pytest.raises(ValueError, match="are compared"):
        comparer(width() + 1)
