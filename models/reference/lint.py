"""Runs the rules over the reference that people edit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from models.reference.rules import (
    ENTRY_RULES,
    REFERENCE_RULES,
    Example,
    Severity,
    Surroundings,
)
from models.reference.schema import (
    EXCEPTIONS,
    Entry,
    LintException,
    load_exceptions,
    load_statements,
    load_vocabulary,
)
from models.reference.vectors import statement_vectors
from models.train.data import load_labelled
from server.artefacts import load_encoder

UNNEEDED = "unneeded-exception"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule says of an entry, and the other entries it names."""

    rule: str
    severity: Severity
    file: str
    line: int
    entries: tuple[str, ...]
    message: str

    def __str__(self) -> str:
        return (
            f"{self.severity}: {self.file}:{self.line}: {self.entries[0]}: "
            f"{self.message} [{self.rule}]"
        )


def lint_reference(
    directory: Path, *, today: date, models_dir: Path, claims_dir: Path | None = None
) -> list[Finding]:
    """What the rules find in a reference directory, by file and line; empty if all is well.

    Args:
        directory: the evidence as people edit it.
        today: what reviews are held against.
        models_dir: holds the encoder.
        claims_dir: the labelled claims; None leaves out the rules that read them.

    Raises:
        ArtefactMismatch: the encoder is missing or changed.
        CurationError: a file is not in the form of the schema, so no rule could run.
        OSError: the directory has no readable vocabulary.
    """
    vocabulary = load_vocabulary(directory)
    entries = load_statements(directory)
    vectors, _ = statement_vectors([one.statement.statement for one in entries], models_dir)
    examples = _examples(claims_dir, models_dir) if claims_dir else ()
    around = Surroundings(vocabulary, today, vectors, examples)
    return without_exceptions(lint_entries(entries, around), load_exceptions(directory))


def lint_entries(entries: Sequence[Entry], around: Surroundings) -> list[Finding]:
    """What the rules find in entries that are in form, by file and line."""
    found = [*_by_entry(entries, around), *_by_reference(entries, around)]
    return sorted(found, key=lambda one: (one.file, one.line))


def without_exceptions(
    findings: Sequence[Finding], exceptions: Sequence[tuple[int, LintException]]
) -> list[Finding]:
    """The findings that no exception lets stand, and an error for each exception that is no longer
    needed."""
    excused = {(one.rule, frozenset(one.entries)) for _, one in exceptions}
    found = {(one.rule, frozenset(one.entries)) for one in findings}
    kept = [one for one in findings if (one.rule, frozenset(one.entries)) not in excused]
    return kept + [
        Finding(
            UNNEEDED,
            Severity.ERROR,
            EXCEPTIONS,
            line,
            one.entries,
            f"nothing is found by {one.rule!r} any more; take the exception out",
        )
        for line, one in exceptions
        if (one.rule, frozenset(one.entries)) not in found
    ]


def _examples(claims_dir: Path, models_dir: Path) -> list[Example]:
    tied = [
        (of.evidence, claim) for of in load_labelled(claims_dir).statements for claim in of.claims
    ]
    vectors = load_encoder(models_dir / "encoder").encode([claim.text for _, claim in tied])
    return [
        Example(evidence, claim.text, claim.verdict, vector)
        for (evidence, claim), vector in zip(tied, vectors, strict=True)
    ]


def _by_entry(entries: Sequence[Entry], around: Surroundings) -> Iterator[Finding]:
    for entry in entries:
        for rule, (severity, check) in ENTRY_RULES.items():
            for message in check(entry.statement, around):
                yield _finding(rule, severity, (entry,), message)


def _by_reference(entries: Sequence[Entry], around: Surroundings) -> Iterator[Finding]:
    for rule, (severity, check) in REFERENCE_RULES.items():
        for concerned, message in check(entries, around):
            yield _finding(rule, severity, concerned, message)


def _finding(rule: str, severity: Severity, concerned: tuple[Entry, ...], message: str) -> Finding:
    first = concerned[0]
    ids = tuple(entry.statement.id for entry in concerned)
    return Finding(rule, severity, first.path.name, first.line, ids, message)
