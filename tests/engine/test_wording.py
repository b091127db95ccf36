"""Cues and figures are found where a reader sees them, and not where he does not."""

from __future__ import annotations

import pytest

from server.engine.wording import CUE_NAMES, CUES, cue_spans, cue_vector, figures


@pytest.mark.parametrize(
    ("cue", "shows", "does_not"),
    [
        ("negation", "It isn’t approved.", "Notable results."),
        ("no approval", "The FDA has not approved it.", "The FDA approved it."),
        ("no approval", "An off-label use.", "A label for use."),
        ("approval", "FDA-approved since 2019.", "We approach it gently."),
        ("risk denied", "There are no known side effects.", "Side effects are known."),
        ("risk denied", "It is non-addictive.", "It is addictive."),
        (
            "benefit denied",
            "It did not work better than placebo.",
            "It worked better than placebo.",
        ),
        ("doubt", "More research is needed.", "Research is done here."),
        ("permanence", "A lasting change.", "At last a change."),
        ("absolute", "It works for everyone.", "It works."),
        ("hedge", "It may help.", "See you in the month of June."),
        ("safe", "It is well tolerated.", "Lock it in the vault."),
    ],
)
def test_cue_shows_and_its_near_miss_does_not(cue: str, shows: str, does_not: str) -> None:
    assert CUES[cue].search(shows)
    assert not CUES[cue].search(does_not)


def test_cue_spans_are_the_words() -> None:
    text = "It is permanent and lasting."
    assert [span.of(text) for span in cue_spans(text, "permanence")] == ["permanent", "lasting"]


def test_vector_has_a_place_for_every_cue() -> None:
    assert cue_vector("").shape == (len(CUE_NAMES),)
    assert cue_vector("").sum() == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("70% respond", [("share", 0.7)]),
        ("up to 85–90% respond", [("share", 0.9)]),
        ("70 percent respond", [("share", 0.7)]),
        ("9 out of 10 respond", [("share", 0.9)]),
        ("one in three responds", [("share", 1 / 3)]),
        ("within 24 hours", [("time", 1.0)]),
        ("for two weeks", [("time", 14.0)]),
        ("lasts 3 to 7 days", [("time", 7.0)]),
        ("a 40-minute visit", [("time", 40 / 1440)]),
        ("150% more", []),
        ("in 2019", []),
        ("2 in the morning", []),
    ],
)
def test_figures_are_read(text: str, expected: list[tuple[str, float]]) -> None:
    found = [(figure.kind, pytest.approx(figure.value)) for figure in figures(text)]
    assert found == expected
