"""Entries are found by their words and shown with what they rest on."""

from datetime import date

import pytest

from models.reference.browse import (
    UnknownStatement,
    describe,
    find_statement,
)
from models.reference.schema import Statement
from server.search import search_statements


def _statement(statement_id: str, text: str) -> Statement:
    return Statement.model_validate(
        {
            "id": statement_id,
            "statement": text,
            "interventions": ["example"],
            "conditions": ["grief"],
            "facet": "efficacy",
            "direction": "benefit",
            "certainty": "low",
            "certainty_because": "One trial.",
            "quantities": [
                {"measure": "response-rate", "low": 0.2, "high": 0.4},
                {"measure": "duration", "low": 7, "high": 7},
            ],
            "sources": [
                {
                    "title": "A trial",
                    "publisher": "A journal",
                    "year": 2020,
                    "url": "https://example.org/trial",
                    "locator": "abstract",
                    "seen": "copy",
                    "accessed": date(2026, 5, 1),
                }
            ],
            "reviewed": date(2026, 5, 2),
        }
    )


TRIAL = _statement("example-efficacy-trial", "Example eased grief in one trial.")
REVIEW = _statement("example-efficacy-review", "Example did not ease grief in a review of trials.")
PRESSURE = _statement("example-safety-pressure", "Example raises blood pressure.")
ALL = [PRESSURE, REVIEW, TRIAL]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("blood", [PRESSURE]),
        ("example REVIEW?", [REVIEW, TRIAL, PRESSURE]),
        ("grief", [REVIEW, TRIAL, PRESSURE]),  # its condition, though the sentence is silent on it
        ("eased", [TRIAL]),
        ("nothing like it at all", []),
        ("", []),
    ],
)
def test_search_puts_rare_shared_words_first(query: str, found: list[Statement]) -> None:
    by_id = [one.id for one in search_statements(ALL, query, limit=9)]
    assert sorted(by_id) == sorted(one.id for one in found)
    assert by_id[:1] == [one.id for one in found[:1]]


def test_search_stops_at_its_limit() -> None:
    assert search_statements(ALL, "example", limit=1) == [REVIEW]


def test_entry_is_found_by_its_id() -> None:
    assert find_statement(ALL, TRIAL.id) is TRIAL


def test_unknown_id_names_ids_like_it() -> None:
    with pytest.raises(UnknownStatement, match="did you mean example-efficacy-trial"):
        find_statement(ALL, "example-efficacy-trail")
    with pytest.raises(UnknownStatement, match=r"no entry 'zzz'$"):
        find_statement(ALL, "zzz")


def test_entry_is_shown_with_its_source() -> None:
    assert describe(TRIAL) == (
        "example-efficacy-trial\n"
        "  Example eased grief in one trial.\n"
        "\n"
        "  interventions: example\n"
        "  conditions: grief\n"
        "  facet: efficacy\n"
        "  direction: benefit\n"
        "  certainty: low: One trial.\n"
        "  quantities: response-rate 0.2 to 0.4; duration 7\n"
        "  reviewed: 2026-05-02\n"
        "  source: A trial. A journal, 2020, abstract\n"
        "    https://example.org/trial (seen: copy, 2026-05-01)"
    )
