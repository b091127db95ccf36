"""The form of the evidence reference as people edit it: one pydantic model per YAML shape.

The schema holds form (fields, types, closed lists). What makes an entry sensible beside the others
is the business of `models.reference.lint`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from server.engine.values import Certainty, Direction, Facet

VOCABULARY = "vocabulary.yaml"
EXCEPTIONS = "exceptions.yaml"

FIRST_PUBLICATION_YEAR = 1950
"""Older than any source on a treatment in the vocabulary; an earlier year is a typing error."""

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Identifier = Annotated[
    str,
    StringConstraints(
        pattern=r"^(doi:10\.\d{4,9}/\S+|pmid:\d{1,8}|pmcid:PMC\d{1,8}|nct:NCT\d{8}|cfr:\S.*|fr:\S.*)$"
    ),
]
StatementId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)+$")]


class CurationError(ValueError):
    """A file of the reference is not in the form the schema asks for; the message says where."""


class Closed(BaseModel):
    """An object that takes no other keys than the ones it names."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Term(Closed):
    """A controlled word: the name a reader sees and the words pages use for it.

    `background` marks treatments that pages mostly name beside the one they speak of.
    """

    name: Text
    terms: tuple[Text, ...] = Field(min_length=1)
    background: bool = False


class Vocabulary(Closed):
    """The controlled lists; see `training_data/evidence/vocabulary.yaml`."""

    interventions: dict[str, Term]
    conditions: dict[str, Term]
    routes: tuple[str, ...]
    measures: dict[str, str]


class Quantity(Closed):
    """One figure of a statement. `low` equals `high` where the source gives a single value."""

    measure: str
    low: float
    high: float
    of: Text | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low > self.high:
            raise ValueError(f"low {self.low} is above high {self.high}: swap them")
        return self


class Source(Closed):
    """Where a statement comes from.

    `locator` says where in the source it stands, as far as that was seen; `seen` what was read: the
    original, a copy or a report of it.
    """

    title: Text
    publisher: Text
    year: Annotated[int, Field(ge=FIRST_PUBLICATION_YEAR)]
    url: Annotated[str, StringConstraints(pattern=r"^https://[^\s]+$")]
    identifier: Identifier | None = None
    locator: Text
    seen: Literal["original", "copy", "report"]
    accessed: date

    def repeats(self, other: Source) -> bool:
        """Whether the two are one publisher's word or one text read twice."""
        return (
            _head(self.publisher) == _head(other.publisher)
            or self.title.casefold() == other.title.casefold()
            or (self.identifier is not None and self.identifier == other.identifier)
        )


def _head(publisher: str) -> str:
    """The publisher without where it was read: "FDA (copy at DailyMed)" is the FDA."""
    return re.split(r"[,(;]| via | through | reproduced | copy ", publisher.casefold())[0].strip()


class LintException(Closed):
    """A finding of the linter that stands, and why. One that nothing finds any more is an error."""

    rule: Text
    entries: tuple[StatementId, ...] = Field(min_length=1)
    because: Text


class Statement(Closed):
    """One evidence statement: one sentence, one facet, one claim about the world.

    An empty `interventions` means that the statement holds whatever the treatment. `approved_for`
    and `not_approved_for` are the conditions for which the statement says that a regulator has, or
    has not, approved its interventions.
    """

    id: StatementId
    statement: Text
    interventions: tuple[str, ...]
    conditions: tuple[str, ...]
    facet: Facet
    direction: Direction
    certainty: Certainty
    certainty_because: Text
    population: Text | None = None
    product: Text | None = None
    routes: tuple[str, ...] = ()
    quantities: tuple[Quantity, ...] = ()
    approved_for: tuple[str, ...] = ()
    not_approved_for: tuple[str, ...] = ()
    sources: tuple[Source, ...] = Field(min_length=1)
    note: Text | None = None
    reviewed: date

    @property
    def independent_sources(self) -> int:
        """How many sources are left once those of one publisher, and copies of one text, count as
        one."""
        kept: list[Source] = []
        for source in self.sources:
            if not any(source.repeats(other) for other in kept):
                kept.append(source)
        return len(kept)


@dataclass(frozen=True, slots=True)
class Entry:
    """A statement and where it stands: file, and the line its entry begins on, counted from 1."""

    path: Path
    line: int
    statement: Statement


class _UniqueKeyLoader(yaml.CSafeLoader):
    """PyYAML keeps the last of two equal keys and says nothing; a curator's file must not."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if len(set(keys)) < len(keys):
            repeated = next(key for key in keys if keys.count(key) > 1)
            raise yaml.constructor.ConstructorError(
                None, None, f"key {repeated!r} appears twice", node.start_mark
            )
        return super().construct_mapping(node, deep)


def load_vocabulary(directory: Path) -> Vocabulary:
    """The controlled lists of a reference directory.

    Raises:
        CurationError: the file is not in the form of `Vocabulary`.
    """
    path = directory / VOCABULARY
    content, _ = _load(path)
    try:
        return Vocabulary.model_validate(content)
    except ValidationError as error:
        raise CurationError(f"{path.name}: {error}") from error


def load_exceptions(directory: Path) -> list[tuple[int, LintException]]:
    """The findings that a curator has looked at and lets stand, each with its line.

    Raises:
        CurationError: the file is not a list in the form of `LintException`.
    """
    path = directory / EXCEPTIONS
    content, lines = _load(path) if path.exists() else ([], [])
    try:
        exceptions = TypeAdapter(list[LintException]).validate_python(content or [])
    except ValidationError as error:
        raise CurationError(f"{path.name}: {error}") from error
    return list(zip(lines, exceptions, strict=True))


def load_statements(directory: Path) -> list[Entry]:
    """Every statement of a reference directory, in file and page order.

    Raises:
        CurationError: an entry is not in the form of `Statement`; the message names file and line.
    """
    return [
        entry
        for path in sorted(directory.glob("*.yaml"))
        if path.name not in (VOCABULARY, EXCEPTIONS)
        for entry in _entries_of(path)
    ]


def _entries_of(path: Path) -> Iterator[Entry]:
    content, lines = _load(path)
    if not isinstance(content, list):
        raise CurationError(
            f"{path.name}: expected a list of statements, got {type(content).__name__}"
        )
    for entry, line in zip(content, lines, strict=True):
        try:
            yield Entry(path, line, Statement.model_validate(entry))
        except ValidationError as error:
            name = entry.get("id") if isinstance(entry, dict) else None
            details = re.sub(r"\n\s+For further information.*", "", str(error))
            raise CurationError(f"{path.name}:{line}: {name}: {details}") from error


def _load(path: Path) -> tuple[object, list[int]]:
    """The content of a YAML file, and the lines on which the items of its list begin.

    Raises:
        CurationError: the file is not YAML, or a mapping in it repeats a key.
    """
    loader = _UniqueKeyLoader(path.read_text(encoding="utf-8"))
    try:
        node = loader.get_single_node()
        content = None if node is None else loader.construct_document(node)
    except yaml.YAMLError as error:
        raise CurationError(f"{path.name}: {error}") from error
    finally:
        loader.dispose()
    items = node.value if isinstance(node, yaml.SequenceNode) else []
    return content, [item.start_mark.line + 1 for item in items]
