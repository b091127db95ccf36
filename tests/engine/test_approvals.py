"""Approval is read clause by clause."""

from __future__ import annotations

import pytest

from server.engine.approvals import approvals
from server.engine.terms import TermMatcher

CONDITIONS = TermMatcher(
    {
        "anaesthesia": ["anesthetic", "anaesthetic", "anesthesia"],
        "depression": ["depression", "antidepressant"],
        "ptsd": ["PTSD"],
    }
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It is FDA-approved for depression.", {("depression", True)}),
        ("It is not FDA-approved for depression.", {("depression", False)}),
        ("Its use for depression is off-label.", {("depression", False)}),
        ("No regulator has approved it for PTSD.", {("ptsd", False)}),
        ("It is licensed for depression and PTSD.", {("depression", True), ("ptsd", True)}),
        (
            "It is approved as an anesthetic, and its use for depression is off-label.",
            {("anaesthesia", True), ("depression", False)},
        ),
        (
            "It is licensed as an anaesthetic, not for depression.",
            {("anaesthesia", True), ("depression", False)},
        ),
        (
            "Off-label for PTSD; approved for depression.",
            {("ptsd", False), ("depression", True)},
        ),
        ("It eases depression.", set()),
        ("It is approved.", set()),
        ("", set()),
    ],
)
def test_uses_are_read_with_their_status(text: str, expected: set[tuple[str, bool]]) -> None:
    assert approvals(text, CONDITIONS) == expected
