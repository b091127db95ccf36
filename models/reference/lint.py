"""Runs the rules over the reference that people edit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from models.reference.rules import (
    ENTRY_RULES,
    REFERENCE_RULES,
    Entry,
    Severity,
    Surroundings,
)
from models.reference.schema import load_statements, load_vocabulary


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule says of an entry."""

    rule: str
    severity: Severity
    file: str
    entry: str
    message: str

    def __str__(self) -> str:
        return f"{self.severity}: {self.file}: {self.entry}: {self.message} [{self.rule}]"


def lint_reference(directory: Path, *, today: date) -> list[Finding]:
    """What the rules find in a reference directory, by file and entry; empty if all is well.

    Raises:
        CurationError: a file is not in the form of the schema, so no rule could run.
        OSError: the directory has no readable vocabulary.
    """
    around = Surroundings(load_vocabulary(directory), today)
    entries = [Entry(path, statement) for path, statement in load_statements(directory)]
    return lint_entries(entries, around)


def lint_entries(entries: Sequence[Entry], around: Surroundings) -> list[Finding]:
    """What the rules find in entries that are in form, in the order of file and entry."""
    places = {id(entry): place for place, entry in enumerate(entries)}
    found = [*_by_entry(entries, around), *_by_reference(entries)]
    found.sort(key=lambda pair: places[id(pair[0])])
    return [finding for _, finding in found]


def _by_entry(entries: Sequence[Entry], around: Surroundings) -> Iterator[tuple[Entry, Finding]]:
    for entry in entries:
        for rule, (severity, check) in ENTRY_RULES.items():
            for message in check(entry.statement, around):
                yield entry, _finding(rule, severity, entry, message)


def _by_reference(entries: Sequence[Entry]) -> Iterator[tuple[Entry, Finding]]:
    for rule, (severity, check) in REFERENCE_RULES.items():
        for entry, message in check(entries):
            yield entry, _finding(rule, severity, entry, message)


def _finding(rule: str, severity: Severity, entry: Entry, message: str) -> Finding:
    return Finding(rule, severity, entry.path.name, entry.statement.id, message)
