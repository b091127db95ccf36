"""Each rule flags its case and passes its near miss."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from models.reference.lint import Finding, lint_entries
from models.reference.rules import (
    ENTRY_RULES,
    REFERENCE_RULES,
    Entry,
    Severity,
    Surroundings,
)
from models.reference.schema import Statement, Vocabulary

TODAY = date(2026, 6, 1)
VOCABULARY = Vocabulary.model_validate(
    {
        "interventions": {"example": {"name": "example", "terms": ["example"]}},
        "conditions": {"grief": {"name": "grief", "terms": ["grief"]}},
        "routes": ["oral"],
        "measures": {"response-rate": "proportion", "relative-risk": "ratio"},
    }
)
SOURCE = {
    "title": "A trial",
    "publisher": "A journal",
    "year": 2020,
    "url": "https://example.org/trial",
    "seen": "original",
    "accessed": date(2026, 5, 1),
}
GOOD = {
    "id": "example-grief-efficacy-one",
    "statement": "Example eased grief in one small trial.",
    "interventions": ("example",),
    "conditions": ("grief",),
    "facet": "efficacy",
    "direction": "benefit",
    "certainty": "low",
    "certainty_because": "One small trial.",
    "sources": (SOURCE,),
    "reviewed": date(2026, 5, 1),
}


def _entry(changes: Mapping[str, Any], file: str = "example.yaml") -> Entry:
    return Entry(Path(file), Statement.model_validate(GOOD | changes))


def _found(*entries: Entry) -> list[Finding]:
    return lint_entries(entries, Surroundings(VOCABULARY, TODAY))


def _quantity(measure: str, low: float, high: float) -> dict[str, Any]:
    return {"quantities": [{"measure": measure, "low": low, "high": high}]}


def _source(**changes: object) -> dict[str, Any]:
    return {"sources": (SOURCE, SOURCE | changes)}


FLAGGED = [
    ("unknown-word", {"id": "exampel-efficacy", "interventions": ["exampel"]}, "'exampel' is not among the interventions"),
    ("unknown-word", {"conditions": ["sorrow"]}, "'sorrow' is not among the conditions"),
    ("unknown-word", {"routes": ["nasal"]}, "'nasal' is not among the routes"),
    ("unknown-word", _quantity("speed", 1, 1), "'speed' is not among the measures"),
    ("id-against-fields", {"id": "examples-efficacy"}, "must begin with 'example-'"),
    ("id-against-fields", {"interventions": []}, "must begin with 'any-'"),
    ("id-against-fields", {"id": "example-grief-safety"}, "must contain the facet 'efficacy'"),
    ("id-against-fields", {"id": "example-inefficacy"}, "must contain the facet 'efficacy'"),
    ("one-sentence", {"statement": "Example works"}, "end it with a full stop"),
    ("one-sentence", {"statement": "Does example work?"}, "ends with '?'"),
    ("one-sentence", {"statement": "It works. It is safe."}, "begin at character 10"),
    ("one-sentence", {"statement": "It “works.” (It is safe.)."}, "make it an entry of its own"),
    ("too-long", {"statement": "word " * 60 + "end."}, "has 61 words; the limit is 60"),
    ("proportion-range", _quantity("response-rate", 0.2, 45), "write 45% as 0.45"),
    ("proportion-range", _quantity("response-rate", -0.1, 0), "runs from 0 to 1"),
    ("source-incomplete", _source(title="TODO"), "title of a source is 'TODO'"),
    ("source-incomplete", _source(locator="PLACEHOLDER, table 2"), "locator of a source"),
    ("date-in-future", {"reviewed": date(2026, 6, 2)}, "reviewed is 2026-06-02, after today"),
    ("date-in-future", _source(accessed=date(2027, 1, 1)), "accessed of source 2"),
    ("date-in-future", _source(year=2027), "year of source 2 is 2027"),
    ("review-overdue", {"reviewed": date(2024, 5, 31)}, "last reviewed on 2024-05-31, 731 days ago"),
]  # fmt: skip

PASSED = [
    ("unknown-word", {"routes": ["oral"], **_quantity("relative-risk", 1, 1)}),
    ("id-against-fields", {"id": "any-efficacy", "interventions": []}),
    ("id-against-fields", {"id": "example-efficacy"}),
    ("one-sentence", {"statement": "In the U.S. Example was tried vs. Placebo by Dr. Lee."}),
    ("one-sentence", {"statement": "Of 9 people 4.5 on average (i.e. Half of them) felt better."}),
    ("too-long", {"statement": "word " * 59 + "end."}),
    ("proportion-range", _quantity("response-rate", 0, 1)),
    ("proportion-range", _quantity("relative-risk", 2, 45)),
    ("source-incomplete", _source(title="The Todos of Grief", locator="page 2")),
    ("date-in-future", {"reviewed": TODAY, **_source(accessed=TODAY, year=2026)}),
    ("review-overdue", {"reviewed": date(2024, 6, 1)}),
]


@pytest.mark.parametrize(
    ("rule", "changes", "message"), FLAGGED, ids=[f"{rule}: {words}" for rule, _, words in FLAGGED]
)
def test_rule_flags_its_case_and_no_other_rule_does(
    rule: str, changes: dict[str, Any], message: str
) -> None:
    [finding] = _found(_entry(changes))
    assert (finding.rule, finding.file) == (rule, "example.yaml")
    assert message in finding.message


@pytest.mark.parametrize(("rule", "changes"), PASSED, ids=[rule for rule, _ in PASSED])
def test_rule_passes_its_near_miss(rule: str, changes: dict[str, Any]) -> None:
    assert _found(_entry(changes)) == []


def test_entry_without_a_source_is_flagged() -> None:
    bare = _entry({}).statement.model_copy(update={"sources": ()})
    [finding] = _found(Entry(Path("example.yaml"), bare))
    assert (finding.rule, "has no source" in finding.message) == ("source-incomplete", True)


def test_id_used_twice_is_flagged_where_it_is_used_again() -> None:
    found = _found(_entry({}), _entry({"statement": "Other words."}, "later.yaml"))
    assert [(one.rule, one.file, one.message) for one in found] == [
        (
            "duplicate-id",
            "later.yaml",
            "the id is taken by an entry of example.yaml; choose another",
        )
    ]


def test_statement_said_twice_is_flagged_whatever_its_punctuation() -> None:
    twin = {"id": "example-efficacy-two", "statement": "EXAMPLE eased “grief” in one small trial."}
    [finding] = _found(_entry({}), _entry(twin))
    assert (finding.rule, finding.entry) == ("near-duplicate", "example-efficacy-two")
    assert "says the same as 'example-grief-efficacy-one'" in finding.message


def test_statements_of_other_words_or_another_order_are_no_duplicates() -> None:
    turned = {"id": "example-efficacy-two", "statement": "Grief eased example in one small trial."}
    assert _found(_entry({}), _entry(turned)) == []


def test_findings_stand_in_the_order_of_the_entries() -> None:
    first, second = _entry({"statement": "No stop"}), _entry({"reviewed": date(2020, 1, 1)})
    found = _found(first, second)
    assert [(one.rule, one.severity) for one in found] == [
        ("one-sentence", Severity.ERROR),
        ("review-overdue", Severity.WARNING),
        ("duplicate-id", Severity.ERROR),
    ]


def test_every_rule_has_a_case_here() -> None:
    of_reference = {"duplicate-id", "near-duplicate"}
    assert {rule for rule, *_ in FLAGGED} == set(ENTRY_RULES)
    assert {rule for rule, _ in PASSED} == set(ENTRY_RULES)
    assert of_reference == set(REFERENCE_RULES)
