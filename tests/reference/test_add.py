"""A new entry by questions: asked again where an answer does not fit, written tidily."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from models.reference.add import ask_entry, entry_yaml, findings_on, write_entry
from models.reference.schema import load_statements
from tests.conftest import ROOT

EVIDENCE = ROOT / "training_data" / "evidence"
MODELS = ROOT / "models" / "artefacts"
TODAY = date(2026, 11, 25)

ANSWERS = {
    "The sentence": "In an invented trial kratom eased nothing: not one person noticed a change.",
    "Treatments": "kratom",
    "Conditions": "chronic-pain, depression",
    "Facet": "efficacy",
    "Direction": "no-effect",
    "Certainty": "low",
    "Why that certainty": "One invented trial.",
    "Id": "kratom-chronic-pain-efficacy-invented",
    "Title": "An invented trial",
    "Publisher": "A journal",
    "Year": "2024",
    "Address": "https://example.org/kratom",
    "Where in": "abstract",
    "What was read": "original",
    "Another source": "n",
}


class Person:
    """Answers by the first words of a question; each answer given first is a wrong one."""

    def __init__(self, **wrong: str) -> None:
        self.wrong = {key.replace("_", " "): answer for key, answer in wrong.items()}
        self.heard: list[str] = []

    def __call__(self, question: str, default: str) -> str:
        self.heard.append(question)
        for start in list(self.wrong):
            if question.startswith(start):
                return self.wrong.pop(start)
        if question.startswith("year"):
            return "2024"
        return next(
            (text for start, text in ANSWERS.items() if question.startswith(start)), default
        )


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A small reference of its own."""
    for name in ("vocabulary.yaml", "ketamine-cost.yaml"):
        shutil.copy(EVIDENCE / name, tmp_path / name)
    return tmp_path


def test_entry_is_asked_checked_and_written(directory: Path) -> None:
    before = (directory / "ketamine-cost.yaml").read_text()
    statement = ask_entry(directory, Person(), TODAY)
    assert findings_on(statement, directory, MODELS, TODAY) == []
    path = write_entry(statement, directory)
    assert path.name == "kratom.yaml"
    assert statement in [entry.statement for entry in load_statements(directory)]
    assert (directory / "ketamine-cost.yaml").read_text() == before


def test_answer_outside_the_vocabulary_is_asked_again(directory: Path) -> None:
    person = Person(Treatments="krattom", Year="last year")
    statement = ask_entry(directory, person, TODAY)
    assert statement.interventions == ("kratom",)
    assert statement.sources[0].year == 2024
    assert any(question.startswith("krattom: not one of") for question in person.heard)


def test_rules_are_run_beside_the_other_entries(directory: Path) -> None:
    person = Person(Id="kratom-chronic-pain-safety")
    statement = ask_entry(directory, person, TODAY)
    assert [one.rule for one in findings_on(statement, directory, MODELS, TODAY)] == [
        "id-against-fields"
    ]


def test_second_entry_goes_below_the_first_and_leaves_it_alone(directory: Path) -> None:
    first = ask_entry(directory, Person(), TODAY)
    write_entry(first, directory)
    second = first.model_copy(update={"id": "kratom-depression-efficacy-invented"})
    text = write_entry(second, directory).read_text()
    assert text == entry_yaml(first) + "\n" + entry_yaml(second)
