"""Labelled claims that read like a claim."""

from __future__ import annotations

import numpy as np
import pytest

from server.engine.memory import NEIGHBOURS, Memory, shares
from server.engine.values import VERDICTS, Context, ContextSource, Label, Precedent

KETAMINE = Context(("ketamine",), ContextSource.SENTENCE)


def memory_of(*rows: tuple[str, Label, set[str], list[float]]) -> Memory:
    return Memory(
        tuple(text for text, *_ in rows),
        tuple(label for _, label, *_ in rows),
        tuple(frozenset(treatments) for *_, treatments, _ in rows),
        np.array([vector for *_, vector in rows], dtype=np.float32),
    )


MEMORY = memory_of(
    ("near", Label.FALSE, {"ketamine"}, [1.0, 0.0]),
    ("other treatment", Label.FALSE, {"ozone"}, [1.0, 0.0]),
    ("of any treatment", Label.SUPPORTED, set(), [0.8, 0.6]),
    ("far", Label.OVERSTATED, {"ketamine", "tms"}, [0.0, 1.0]),
)


def test_nearest_come_first_and_other_treatments_stay_out() -> None:
    (found,) = MEMORY.nearest(np.array([[1.0, 0.0]], dtype=np.float32), [KETAMINE])
    assert [one.text for one in found] == ["near", "of any treatment", "far"]
    assert found[0].similarity == pytest.approx(1.0)


def test_claim_without_treatment_is_compared_with_what_holds_for_any() -> None:
    (found,) = MEMORY.nearest(np.array([[1.0, 0.0]], dtype=np.float32), [None])
    assert [one.text for one in found] == ["of any treatment"]


def test_no_more_neighbours_than_have_a_say() -> None:
    many = memory_of(*[(str(n), Label.FALSE, {"ketamine"}, [1.0, 0.0]) for n in range(20)])
    (found,) = many.nearest(np.array([[1.0, 0.0]], dtype=np.float32), [KETAMINE])
    assert [one.text for one in found] == [str(n) for n in range(NEIGHBOURS)]


def test_nothing_remembered_leaves_every_verdict_open() -> None:
    assert shares(()).tolist() == pytest.approx([0.25] * 4)


def test_nearer_precedent_outweighs() -> None:
    said = shares([Precedent("a", Label.FALSE, 0.95), Precedent("b", Label.SUPPORTED, 0.7)])
    assert said.sum() == pytest.approx(1.0)
    assert VERDICTS[int(said.argmax())] is Label.FALSE


def test_parts_of_a_memory_belong_together() -> None:
    with pytest.raises(ValueError, match="differ"):
        Memory(("a",), (), (), np.zeros((1, 2), np.float32))
