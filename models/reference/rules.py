"""What makes an entry of the reference sensible beside the others: one function for each rule.

The schema has seen to the form by the time a rule runs. A rule answers with messages, each saying
what is wrong and how to repair it; `models.reference.lint` adds file and entry.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path

from models.reference.schema import Statement, Vocabulary

MAX_STATEMENT_WORDS = 60
"""The encoder reads about 100 words; a statement of more than 60 is seldom one claim."""
REVIEW_INTERVAL = timedelta(days=730)
"""Two years, about the time between updates of a living guideline."""
ANY = "any"
"""First part of the id of a statement that holds whatever the treatment."""

_PLACEHOLDER = re.compile(r"\b(placeholder|todo|tbd|fixme|xxx)\b", re.IGNORECASE)
_NOT_FINAL = re.compile(r"\b(U\.S\.|U\.K\.|vs\.|e\.g\.|i\.e\.|No\.|Dr\.|St\.|approx\.)(?=\s)")
_SENTENCE_END = re.compile(r"[.!?][)\]\"”’']*\s+[“\"‘'(\[]*[A-Z0-9]")


class Severity(StrEnum):
    """An error fails the build; a warning asks for a curator's time."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Entry:
    """A statement and the file it stands in."""

    path: Path
    statement: Statement


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a rule needs beside the entry. Today is given: a commit that passed goes on passing."""

    vocabulary: Vocabulary
    today: date


EntryCheck = Callable[[Statement, Surroundings], Iterator[str]]
ReferenceCheck = Callable[[Sequence[Entry]], Iterator[tuple[Entry, str]]]


def unknown_word(statement: Statement, around: Surroundings) -> Iterator[str]:
    """Every controlled word is in the vocabulary."""
    vocabulary = around.vocabulary
    used: Mapping[str, tuple[Sequence[str], Sequence[str]]] = {
        "interventions": (statement.interventions, list(vocabulary.interventions)),
        "conditions": (
            (*statement.conditions, *statement.approved_for, *statement.not_approved_for),
            list(vocabulary.conditions),
        ),
        "routes": (statement.routes, vocabulary.routes),
        "measures": ([one.measure for one in statement.quantities], list(vocabulary.measures)),
    }
    for field, (words, known) in used.items():
        for word in words:
            if word not in known:
                yield (
                    f"{word!r} is not among the {field} of vocabulary.yaml; correct the word, "
                    "or add it there with the terms pages use for it"
                )


def id_against_fields(statement: Statement, _: Surroundings) -> Iterator[str]:
    """An id tells the treatment and the facet, and keeps telling the truth about both."""
    first = statement.interventions[0] if statement.interventions else ANY
    if not statement.id.startswith(f"{first}-"):
        yield f"the id must begin with {first + '-'!r}, the entry's first intervention"
    if f"-{statement.facet}-" not in f"{statement.id}-":
        yield f"the id must contain the facet {statement.facet.value!r} as one of its parts"


def one_sentence(statement: Statement, _: Surroundings) -> Iterator[str]:
    """A statement is one sentence, so that one verdict can rest on it."""
    text = statement.statement
    if not text.endswith("."):
        yield f"the statement ends with {text[-1]!r}; end it with a full stop"
    second = _SENTENCE_END.search(_NOT_FINAL.sub(lambda found: found[0].replace(".", " "), text))
    if second:
        yield (
            f"a second sentence seems to begin at character {second.end() - 1}; "
            "make it an entry of its own, or join the two"
        )


def too_long(statement: Statement, _: Surroundings) -> Iterator[str]:
    """A statement is short enough for the encoder, and to be read beside a claim."""
    word_count = len(statement.statement.split())
    if word_count > MAX_STATEMENT_WORDS:
        yield (
            f"the statement has {word_count} words; the limit is {MAX_STATEMENT_WORDS}. "
            "Split it into entries, or move detail to the note"
        )


def proportion_range(statement: Statement, around: Surroundings) -> Iterator[str]:
    """Proportions run from 0 to 1."""
    for quantity in statement.quantities:
        unit = around.vocabulary.measures.get(quantity.measure)
        if unit == "proportion" and not 0 <= quantity.low <= quantity.high <= 1:
            yield (
                f"{quantity.measure} is {quantity.low:g} to {quantity.high:g}, but a proportion "
                "runs from 0 to 1; write 45% as 0.45"
            )


def source_incomplete(statement: Statement, _: Surroundings) -> Iterator[str]:
    """A statement has a source, and no field of a source is still to be filled in."""
    if not statement.sources:
        yield "the entry has no source; name at least one that was read"
    for source in statement.sources:
        for field, value in source.model_dump().items():
            if isinstance(value, str) and _PLACEHOLDER.search(value):
                yield f"{field} of a source is {value!r}; fill it in, or take the source out"


def date_in_future(statement: Statement, around: Surroundings) -> Iterator[str]:
    """Nobody has read or published anything tomorrow."""
    dates = {"reviewed": statement.reviewed}
    for position, source in enumerate(statement.sources, start=1):
        dates[f"accessed of source {position}"] = source.accessed
    for field, day in dates.items():
        if day > around.today:
            yield f"{field} is {day}, after today ({around.today}); correct the date"
    for position, source in enumerate(statement.sources, start=1):
        if source.year > around.today.year:
            yield f"year of source {position} is {source.year}, in the future; correct the year"


def review_overdue(statement: Statement, around: Surroundings) -> Iterator[str]:
    """Evidence moves; a statement is looked at again every two years."""
    age = around.today - statement.reviewed
    if age > REVIEW_INTERVAL:
        yield (
            f"last reviewed on {statement.reviewed}, {age.days} days ago; look at its sources "
            "and at newer ones, then set 'reviewed'"
        )


def duplicate_id(entries: Sequence[Entry]) -> Iterator[tuple[Entry, str]]:
    """An id names one entry of the whole reference: old reports point to it."""
    first: dict[str, Entry] = {}
    for entry in entries:
        earlier = first.setdefault(entry.statement.id, entry)
        if earlier is not entry:
            yield entry, f"the id is taken by an entry of {earlier.path.name}; choose another"


def near_duplicate(entries: Sequence[Entry]) -> Iterator[tuple[Entry, str]]:
    """The same words are not said twice, whatever their case and punctuation."""
    first: dict[tuple[str, ...], Entry] = {}
    for entry in entries:
        words = tuple(re.findall(r"\w+", entry.statement.statement.casefold()))
        earlier = first.setdefault(words, entry)
        if earlier is not entry:
            yield (
                entry,
                f"says the same as {earlier.statement.id!r} in {earlier.path.name}; "
                "merge the two and keep the older id",
            )


ENTRY_RULES: Mapping[str, tuple[Severity, EntryCheck]] = {
    "unknown-word": (Severity.ERROR, unknown_word),
    "id-against-fields": (Severity.ERROR, id_against_fields),
    "one-sentence": (Severity.ERROR, one_sentence),
    "too-long": (Severity.ERROR, too_long),
    "proportion-range": (Severity.ERROR, proportion_range),
    "source-incomplete": (Severity.ERROR, source_incomplete),
    "date-in-future": (Severity.ERROR, date_in_future),
    "review-overdue": (Severity.WARNING, review_overdue),
}

REFERENCE_RULES: Mapping[str, tuple[Severity, ReferenceCheck]] = {
    "duplicate-id": (Severity.ERROR, duplicate_id),
    "near-duplicate": (Severity.ERROR, near_duplicate),
}
