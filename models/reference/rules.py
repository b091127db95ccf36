"""What makes an entry of the reference sensible beside the others: one function for each rule.

The schema has seen to the form by the time a rule runs. A rule answers with messages, each saying
what is wrong and how to repair it; `models.reference.lint` adds file, line and entry.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import numpy as np

from models.reference.schema import Entry, Statement, Vocabulary
from server.engine.values import Direction, Facet, Label

MAX_STATEMENT_WORDS = 60
"""The encoder reads about 100 words; a statement of more than 60 is seldom one claim."""
NEAR_DUPLICATE = 0.93
"""Cosine of two statements from which they say the same, judged by eye on the pairs around it."""
MUCH_CLOSER = 0.3
"""Difference of two cosines from which a claim's tie to its statement looks like a slip."""
SOURCES_TO_REFUTE = 2
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
class Example:
    """A labelled claim and the id of the statement that decides it."""

    evidence: str
    text: str
    verdict: Label
    vector: np.ndarray
    """(d,) unit vector."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a rule needs beside the entries. Today is given: a commit that passed goes on passing."""

    vocabulary: Vocabulary
    today: date
    vectors: np.ndarray
    """(n, d) unit vectors of the entries' statements, in their order."""
    examples: Sequence[Example] = ()


EntryCheck = Callable[[Statement, Surroundings], Iterator[str]]
ReferenceCheck = Callable[[Sequence[Entry], Surroundings], Iterator[tuple[tuple[Entry, ...], str]]]
"""Answers with the entries concerned, the one to repair first, and the message."""


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


def duplicate_id(
    entries: Sequence[Entry], _: Surroundings
) -> Iterator[tuple[tuple[Entry, ...], str]]:
    """An id names one entry of the whole reference: old reports point to it."""
    first: dict[str, Entry] = {}
    for entry in entries:
        earlier = first.setdefault(entry.statement.id, entry)
        if earlier is not entry:
            yield (entry, earlier), f"the id is taken at {_place(earlier)}; choose another"


def near_duplicate(
    entries: Sequence[Entry], around: Surroundings
) -> Iterator[tuple[tuple[Entry, ...], str]]:
    """The same is not said twice of the same treatments, in whatever words."""
    alike = np.triu(around.vectors @ around.vectors.T >= NEAR_DUPLICATE, k=1)
    for row, column in np.argwhere(alike):
        earlier, entry = entries[row], entries[column]
        if set(earlier.statement.interventions) == set(entry.statement.interventions):
            yield (
                (entry, earlier),
                f"says nearly the same as {earlier.statement.id!r} at {_place(earlier)}; "
                "merge the two and keep the older id, or word what sets them apart",
            )


def disagreement(
    entries: Sequence[Entry], _: Surroundings
) -> Iterator[tuple[tuple[Entry, ...], str]]:
    """Statements that pull apart on the same question say why both stand."""
    by_question: dict[tuple[str, str, Facet], list[Entry]] = {}
    for entry in entries:
        one = entry.statement
        for intervention in one.interventions:
            for condition in one.conditions:
                by_question.setdefault((intervention, condition, one.facet), []).append(entry)
    seen = set()
    for asked in by_question.values():
        for earlier, entry in itertools.combinations(asked, 2):
            pair = (id(earlier), id(entry))
            if pair not in seen and _disagree(earlier.statement, entry.statement):
                seen.add(pair)
                yield (
                    (entry, earlier),
                    f"reports {entry.statement.direction} where {earlier.statement.id!r} at "
                    f"{_place(earlier)} reports {earlier.statement.direction}; say in the note of "
                    "one of them why both stand",
                )


def _disagree(one: Statement, other: Statement) -> bool:
    against = {one.direction, other.direction}
    opposed = against in (
        {Direction.BENEFIT, Direction.NO_EFFECT},
        {Direction.BENEFIT, Direction.HARM},
    )
    return opposed and not (one.note or other.note)


def false_on_one_source(
    entries: Sequence[Entry], around: Surroundings
) -> Iterator[tuple[tuple[Entry, ...], str]]:
    """A labelled claim that is false by a statement on one source cannot be called so.

    The engine sees to that; the rule asks for the second source that would let it.
    """
    refuted = {one.evidence: one.text for one in around.examples if one.verdict is Label.FALSE}
    for entry in entries:
        claim = refuted.get(entry.statement.id)
        if claim and entry.statement.independent_sources < SOURCES_TO_REFUTE:
            yield (
                (entry,),
                f"rests on one publisher, so that {claim!r} will only be called overstated; "
                "add a second, independent source",
            )


def example_elsewhere(
    entries: Sequence[Entry], around: Surroundings
) -> Iterator[tuple[tuple[Entry, ...], str]]:
    """A labelled claim is not much closer to another statement on the same treatment and facet."""
    row_of = {entry.statement.id: row for row, entry in enumerate(entries)}
    of_question = [_rivals(entry, entries) for entry in entries]
    tied = [one for one in around.examples if one.evidence in row_of]
    if not tied:
        return
    similarities = np.array([one.vector for one in tied]) @ around.vectors.T
    for one, similarity in zip(tied, similarities, strict=True):
        own = row_of[one.evidence]
        rivals = of_question[own]
        nearest = rivals[int(np.argmax(similarity[rivals]))]
        if similarity[nearest] - similarity[own] > MUCH_CLOSER:
            yield (
                (entries[own], entries[nearest]),
                f"the labelled claim {one.text!r} is much closer to "
                f"{entries[nearest].statement.id!r}; tie it to that one, or reword it",
            )


def _rivals(entry: Entry, entries: Sequence[Entry]) -> list[int]:
    """Rows of the statements on a treatment and the facet of an entry; its own is among them."""
    one = entry.statement
    return [
        row
        for row, other in enumerate(entries)
        if other.statement.facet is one.facet
        and (other is entry or set(other.statement.interventions) & set(one.interventions))
    ]


def _place(entry: Entry) -> str:
    return f"{entry.path.name}:{entry.line}"


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
    "disagreement": (Severity.ERROR, disagreement),
    "false-on-one-source": (Severity.WARNING, false_on_one_source),
    "example-elsewhere": (Severity.ERROR, example_elsewhere),
}
