"""Sentences that make several claims."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.engine.parts import parts_of


def words_of(text: str) -> list[str]:
    return [span.of(text) for span in parts_of(text)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "FDA-approved, safe and works in hours",
            ["FDA-approved", "safe", "works in hours"],
        ),
        (
            "Ketamine is approved for depression, and it has no side effects.",
            ["Ketamine is approved for depression", "it has no side effects."],
        ),
    ],
)
def test_claims_of_different_kinds_come_apart(text: str, parts: list[str]) -> None:
    assert words_of(text) == parts


@pytest.mark.parametrize(
    "text",
    [
        "Ketamine eases depression, anxiety and pain.",
        "Nausea, dizziness and a rise in blood pressure are common.",
        "It was not found safe and effective.",
        "Is it safe and approved?",
        "Ketamine may help.",
        "",
    ],
)
def test_lists_and_single_claims_stay_whole(text: str) -> None:
    assert words_of(text) == []


@given(st.text(max_size=200))
def test_parts_stand_in_order_inside_the_text(text: str) -> None:
    spans = parts_of(text)
    assert len(spans) != 1
    for span in spans:
        assert 0 <= span.start < span.end <= len(text)
    assert all(one.end <= other.start for one, other in itertools.pairwise(spans))
