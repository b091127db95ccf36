"""Each rule flags its case and passes its near miss."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.reference.lint import Finding, lint_entries, without_exceptions
from models.reference.rules import (
    ENTRY_RULES,
    REFERENCE_RULES,
    Example,
    Severity,
    Surroundings,
)
from models.reference.schema import Entry, LintException, Statement, Vocabulary
from server.engine.values import Label

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
    "locator": "abstract",
    "seen": "original",
    "accessed": date(2026, 5, 1),
}
GOOD_ID = "example-grief-efficacy-one"
GOOD = {
    "id": GOOD_ID,
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
    return Entry(Path(file), 1, Statement.model_validate(GOOD | changes))


def _found(*entries: Entry, alike: bool = False, examples: Sequence[Example] = ()) -> list[Finding]:
    """What the rules find where the entries' vectors are all the same, or each by itself."""
    vectors = np.ones((len(entries), 1)) if alike else np.eye(len(entries))
    return lint_entries(entries, Surroundings(VOCABULARY, TODAY, vectors, examples))


def _example(text: str, verdict: Label, *vector: float, evidence: str = GOOD_ID) -> Example:
    return Example(evidence, text, verdict, np.array(vector))


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
    [finding] = _found(Entry(Path("example.yaml"), 1, bare))
    assert (finding.rule, "has no source" in finding.message) == ("source-incomplete", True)


def test_id_used_twice_is_flagged_where_it_is_used_again() -> None:
    found = _found(_entry({}), _entry({"statement": "Other words."}, "later.yaml"))
    assert [(one.rule, one.file, one.line, one.message) for one in found] == [
        (
            "duplicate-id",
            "later.yaml",
            1,
            "the id is taken at example.yaml:1; choose another",
        )
    ]


TWIN = {"id": "example-efficacy-two", "statement": "Grief is eased by example, one trial found."}


def test_statements_that_lie_together_on_one_treatment_are_flagged() -> None:
    [finding] = _found(_entry({}), _entry(TWIN), alike=True)
    assert (finding.rule, finding.entries) == ("near-duplicate", ("example-efficacy-two", GOOD_ID))
    assert f"says nearly the same as {GOOD_ID!r} at example.yaml:1" in finding.message


def test_statements_that_lie_apart_or_on_other_treatments_are_no_duplicates() -> None:
    assert _found(_entry({}), _entry(TWIN)) == []
    general = TWIN | {"id": "any-efficacy-two", "interventions": []}
    assert _found(_entry({}), _entry(general), alike=True) == []


NULL = TWIN | {"direction": "no-effect", "statement": "Example did not ease grief in a review."}


def test_statements_that_disagree_say_why_both_stand() -> None:
    [finding] = _found(_entry({}), _entry(NULL))
    assert (finding.rule, finding.entries[0]) == ("disagreement", "example-efficacy-two")
    assert "reports no-effect where" in finding.message
    assert _found(_entry({"note": "The review is later."}), _entry(NULL)) == []


@pytest.mark.parametrize(
    "change", [{"conditions": []}, {"direction": "unknown"}, {"facet": "safety", "id": "example-safety"}]
)  # fmt: skip
def test_statements_on_other_questions_do_not_disagree(change: dict[str, Any]) -> None:
    assert _found(_entry({}), _entry(NULL | change)) == []


def test_false_claim_on_one_source_asks_for_a_second() -> None:
    claim = _example("Example makes grief worse.", Label.FALSE, 1.0)
    [finding] = _found(_entry({}), examples=[claim])
    assert (finding.rule, finding.severity) == ("false-on-one-source", Severity.WARNING)
    second = SOURCE | {"title": "Another trial", "publisher": "Another journal"}
    assert _found(_entry({"sources": (SOURCE, second)}), examples=[claim]) == []
    assert _found(_entry({}), examples=[_example("It helps.", Label.SUPPORTED, 1.0)]) == []


@pytest.mark.parametrize(
    "second",
    [
        {"title": "Another trial", "publisher": "A journal (copy at a library)"},
        {"title": "A TRIAL", "publisher": "Another journal"},
        {"title": "Another", "publisher": "Another journal", "identifier": "pmid:1"},
    ],
)
def test_one_publisher_one_title_or_one_identifier_is_one_source(second: dict[str, Any]) -> None:
    first = SOURCE | {"identifier": "pmid:1"}
    assert _entry({"sources": (first, SOURCE | second)}).statement.independent_sources == 1


def test_example_much_closer_to_another_statement_is_flagged() -> None:
    entries = _entry({}), _entry(TWIN)
    [finding] = _found(*entries, examples=[_example("Eased.", Label.SUPPORTED, 0.3, 0.95)])
    assert (finding.rule, finding.entries) == ("example-elsewhere", (GOOD_ID, TWIN["id"]))
    assert _found(*entries, examples=[_example("Eased.", Label.SUPPORTED, 0.6, 0.8)]) == []
    apart = _entry(TWIN | {"facet": "safety", "id": "example-safety"})
    near_it = _example("Eased.", Label.SUPPORTED, 0.3, 0.95)
    assert _found(_entry({}), apart, examples=[near_it]) == []


def test_exception_lets_a_finding_stand_and_must_be_needed() -> None:
    found = _found(_entry({}), _entry(TWIN), alike=True)
    needed = LintException(
        rule="near-duplicate", entries=(GOOD_ID, "example-efficacy-two"), because="Looked at."
    )
    assert without_exceptions(found, [(4, needed)]) == []
    [finding] = without_exceptions([], [(4, needed)])
    assert (finding.rule, finding.file, finding.line) == (
        "unneeded-exception",
        "exceptions.yaml",
        4,
    )
    assert finding.severity is Severity.ERROR


def test_findings_stand_in_the_order_of_the_entries() -> None:
    first, second = _entry({"statement": "No stop"}), _entry({"reviewed": date(2020, 1, 1)})
    found = _found(first, second)
    assert [(one.rule, one.severity) for one in found] == [
        ("one-sentence", Severity.ERROR),
        ("review-overdue", Severity.WARNING),
        ("duplicate-id", Severity.ERROR),
    ]


def test_every_rule_has_a_case_here() -> None:
    of_reference = {
        "duplicate-id",
        "near-duplicate",
        "disagreement",
        "false-on-one-source",
        "example-elsewhere",
    }
    assert {rule for rule, *_ in FLAGGED} == set(ENTRY_RULES)
    assert {rule for rule, _ in PASSED} == set(ENTRY_RULES)
    assert of_reference == set(REFERENCE_RULES)
