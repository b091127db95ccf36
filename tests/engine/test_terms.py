"""Controlled terms are found however a page writes them."""

import pytest

from server.engine.terms import TermMatcher

MATCHER = TermMatcher(
    {
        "ketamine": ["ketamine", "K therapy"],
        "esketamine": ["esketamine", "S-ketamine", "Spravato"],
        "vitamin-b12": ["b12"],
    }
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("KETAMINE works", ("ketamine",), id="case"),
        pytest.param("k-therapy and K  therapy", ("ketamine",), id="hyphen and spaces"),
        pytest.param("S-ketamine works", ("esketamine",), id="longer term hides the shorter"),
        pytest.param("esketamine works", ("esketamine",), id="no match inside a word"),
        pytest.param("Spravato® or ketamine", ("esketamine", "ketamine"), id="order of mention"),
        pytest.param("B-12 shots", ("vitamin-b12",), id="hyphen before a figure", marks=pytest.mark.xfail(strict=True, reason="a term is matched as its words, and B-12 is two")),
        pytest.param("nothing here", (), id="none"),
        pytest.param("", (), id="empty"),
    ],
)  # fmt: skip
def test_terms_are_found(text: str, expected: tuple[str, ...]) -> None:
    assert MATCHER.find(text) == expected


def test_empty_list_finds_nothing() -> None:
    assert TermMatcher({}).find("ketamine") == ()
