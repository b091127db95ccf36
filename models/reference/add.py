"""Writes a new entry of the reference from answers to questions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from models.reference.lint import Finding, lint_entries
from models.reference.rules import Severity, Surroundings
from models.reference.schema import (
    Entry,
    Source,
    Statement,
    load_statements,
    load_vocabulary,
)
from models.reference.vectors import statement_vectors
from server.engine.values import Certainty, Direction, Facet

Ask = Callable[[str, str], str]
"""Puts a question to the person, with a default, and returns the answer."""

WIDTH = 100
"""Columns of the YAML files."""


@dataclass(frozen=True, slots=True)
class _Question:
    field: str
    text: str
    choices: tuple[str, ...] = ()
    is_list: bool = False


def ask_entry(directory: Path, ask: Ask, today: date, start: Statement | None = None) -> Statement:
    """An entry in the form of the schema; a question is put again until its answer fits.

    Args:
        directory: the reference, whose vocabulary the answers use.
        ask: puts one question.
        today: becomes `reviewed` and `accessed`.
        start: what was answered before, offered as defaults.
    """
    vocabulary = load_vocabulary(directory)
    questions = (
        _Question("statement", "The sentence, in our own words"),
        _Question("interventions", "Treatments, by comma; empty for any",
                  tuple(vocabulary.interventions), is_list=True),
        _Question("conditions", "Conditions, by comma; empty for none",
                  tuple(vocabulary.conditions), is_list=True),
        _Question("facet", "Facet", tuple(Facet)),
        _Question("direction", "Direction", tuple(Direction)),
        _Question("certainty", "Certainty", tuple(Certainty)),
        _Question("certainty_because", "Why that certainty, in one line"),
        _Question("population", "Who was studied (may be empty)"),
        _Question("product", "Which product (may be empty)"),
        _Question("routes", "Routes, by comma (may be empty)", vocabulary.routes, is_list=True),
        _Question("note", "Note on conflicts or limits (may be empty)"),
        _Question("id", "Id: treatment-condition-facet-detail"),
    )  # fmt: skip
    answers: dict[str, Any] = start.model_dump() if start else {}
    for question in questions:
        answers[question.field] = _answered(question, ask, answers)
    answers["sources"] = _ask_sources(ask, today, answers.get("sources", ()))
    answers["reviewed"] = today
    return _checked(answers, ask)


def findings_on(
    statement: Statement, directory: Path, models_dir: Path, today: date
) -> list[Finding]:
    """What the rules say of the entry beside the others; warnings are left out."""
    entries = [*load_statements(directory), Entry(_path(statement, directory), 0, statement)]
    vectors, _ = statement_vectors([one.statement.statement for one in entries], models_dir)
    around = Surroundings(load_vocabulary(directory), today, vectors)
    return [
        one
        for one in lint_entries(entries, around)
        if statement.id in one.entries and one.severity is Severity.ERROR
    ]


def write_entry(statement: Statement, directory: Path) -> Path:
    """Adds the entry to the file of its treatment, whose other lines stay as they are."""
    path = _path(statement, directory)
    before = path.read_text(encoding="utf-8").rstrip("\n") + "\n\n" if path.exists() else ""
    path.write_text(before + entry_yaml(statement), encoding="utf-8")
    return path


def entry_yaml(statement: Statement) -> str:
    """The entry as the files have it: fields in the order of the schema, short lists on a line."""
    fields = {
        name: _styled(name, value)
        for name, value in statement.model_dump(mode="json", exclude_none=True).items()
        if value or name in ("interventions", "conditions")
    }
    return yaml.dump([fields], Dumper=_Tidy, sort_keys=False, allow_unicode=True, width=WIDTH)


def _path(statement: Statement, directory: Path) -> Path:
    """The file that holds the treatment's other entries on the facet, or on anything."""
    first = statement.interventions[0] if statement.interventions else "any"
    by_facet = directory / f"{first}-{statement.facet}.yaml"
    return by_facet if by_facet.exists() else directory / f"{first}.yaml"


def _answered(question: _Question, ask: Ask, known: Mapping[str, Any]) -> Any:
    default = known.get(question.field) or ""
    if question.is_list:
        default = ", ".join(default)
    while True:
        answer = ask(question.text, str(default))
        words = [word.strip() for word in answer.split(",") if word.strip()]
        chosen = words if question.is_list else [answer]
        unknown = [word for word in chosen if question.choices and word not in question.choices]
        if not unknown:
            return tuple(words) if question.is_list else answer or None
        ask(f"{', '.join(unknown)}: not one of {', '.join(question.choices)}. Enter goes on", "")


def _ask_sources(ask: Ask, today: date, known: Any) -> list[dict[str, Any]]:
    sources = [dict(one) for one in known]
    while not sources or ask("Another source? (y/n)", "n").lower().startswith("y"):
        sources.append(
            {
                "title": ask("Title, exactly as printed", ""),
                "publisher": ask("Publisher", ""),
                "year": ask("Year", ""),
                "url": ask("Address (https)", ""),
                "identifier": ask("Identifier, as doi:, pmid:, nct: (may be empty)", "") or None,
                "locator": ask("Where in the source it stands", "abstract"),
                "seen": ask("What was read: original, copy, report", "original"),
                "accessed": today,
            }
        )
        sources[-1] = _checked_source(sources[-1], ask)
    return sources


def _checked_source(source: dict[str, Any], ask: Ask) -> dict[str, Any]:
    return Source.model_validate(_mended(Source, source, ask)).model_dump()


def _checked(answers: dict[str, Any], ask: Ask) -> Statement:
    return Statement.model_validate(_mended(Statement, answers, ask))


def _mended(
    form: type[Statement] | type[Source], answers: dict[str, Any], ask: Ask
) -> dict[str, Any]:
    """The answers, asked again field by field until the form takes them."""
    while True:
        try:
            form.model_validate(answers)
        except ValidationError as error:
            first = error.errors()[0]
            field = str(first["loc"][0])
            answers[field] = ask(f"{field}: {first['msg']}. {field}", "") or None
        else:
            return answers


class _Tidy(yaml.SafeDumper):
    """Lists indented below their key, texts folded, short lists on one line."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: object) -> bool:
        return True


class _Folded(str):
    pass


class _OnOneLine(list[Any]):
    pass


class _MappingOnOneLine(dict[str, Any]):
    pass


_Tidy.add_representer(
    _Folded, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style=">")
)
_Tidy.add_representer(
    _OnOneLine,
    lambda dumper, items: dumper.represent_sequence(
        "tag:yaml.org,2002:seq", items, flow_style=True
    ),
)
_Tidy.add_representer(
    _MappingOnOneLine,
    lambda dumper, fields: dumper.represent_mapping(
        "tag:yaml.org,2002:map", fields, flow_style=True
    ),
)


def _styled(name: str, value: Any) -> Any:
    if name == "statement":
        return _Folded(value)
    if name == "quantities":
        return [
            _MappingOnOneLine({key: _whole(figure) for key, figure in one.items()}) for one in value
        ]
    if name == "sources":
        return [_dated(one) for one in value]
    if isinstance(value, list):
        return _OnOneLine(value)
    return date.fromisoformat(value) if name == "reviewed" else value


def _whole(figure: Any) -> Any:
    return int(figure) if isinstance(figure, float) and figure.is_integer() else figure


def _dated(source: dict[str, Any]) -> dict[str, Any]:
    return {**source, "accessed": date.fromisoformat(source["accessed"])}
