"""The form of the evidence reference as people edit it: one pydantic model per YAML shape.

The schema holds form (fields, types, closed lists). What makes an entry sensible beside the others
is the business of `models.reference.lint`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from server.engine.values import Certainty, Direction, Facet

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
    """A controlled word: the name a reader sees and the words pages use for it."""

    name: Text
    terms: tuple[Text, ...] = Field(min_length=1)


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
    """Where a statement comes from. `seen` says what was read: the original, a copy or a report of it."""

    title: Text
    publisher: Text
    year: Annotated[int, Field(ge=FIRST_PUBLICATION_YEAR)]
    url: Annotated[str, StringConstraints(pattern=r"^https://[^\s]+$")]
    identifier: Identifier | None = None
    locator: Text | None = None
    seen: Literal["original", "copy", "report"]
    accessed: date


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


class _UniqueKeyLoader(yaml.SafeLoader):
    """PyYAML keeps the last of two equal keys and says nothing; a curator's file must not."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if len(set(keys)) < len(keys):
            repeated = next(key for key in keys if keys.count(key) > 1)
            raise yaml.constructor.ConstructorError(
                None, None, f"key {repeated!r} appears twice", node.start_mark
            )
        return super().construct_mapping(node, deep)


def load_yaml(path: Path) -> object:
    """The content of a YAML file.

    Raises:
        CurationError: the file is not YAML, or a mapping in it repeats a key.
    """
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_UniqueKeyLoader)
    except yaml.YAMLError as error:
        raise CurationError(f"{path.name}: {error}") from error


def load_vocabulary(directory: Path) -> Vocabulary:
    """The controlled lists of a reference directory.

    Raises:
        CurationError: the file is not in the form of `Vocabulary`.
    """
    path = directory / "vocabulary.yaml"
    try:
        return Vocabulary.model_validate(load_yaml(path))
    except ValidationError as error:
        raise CurationError(f"{path.name}: {error}") from error


def load_statements(directory: Path) -> list[tuple[Path, Statement]]:
    """Every statement of a reference directory with the file it stands in, in file and page order.

    Raises:
        CurationError: an entry is not in the form of `Statement`; the message names file and entry.
    """
    return [
        (path, statement)
        for path in sorted(directory.glob("*.yaml"))
        if path.name != "vocabulary.yaml"
        for statement in _statements_of(path)
    ]


def _statements_of(path: Path) -> Iterator[Statement]:
    entries = load_yaml(path)
    if not isinstance(entries, list):
        raise CurationError(
            f"{path.name}: expected a list of statements, got {type(entries).__name__}"
        )
    for position, entry in enumerate(entries, start=1):
        try:
            yield Statement.model_validate(entry)
        except ValidationError as error:
            name = entry.get("id") if isinstance(entry, dict) else None
            details = re.sub(r"\n\s+For further information.*", "", str(error))
            raise CurationError(f"{path.name}: entry {position} ({name}): {details}") from error
