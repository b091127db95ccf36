"""A row to the engine's blocks, and its report to rows of the output.

Names and shapes of what a claim carries are those of `server.wire`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from server.batch.markup import blocks_of_html
from server.batch.rows import InputError, Row
from server.engine.values import Block, BlockKind, Label, Report
from server.wire import CheckAnswer, ClaimOut, answer_of

CONTEXT_ID = "context"
TEXT_ID = "text"
MAX_HTML_CHARACTERS = 5_000_000
"""Markup is many times its text; the engine's own limit holds for what is left of it."""


class Level(StrEnum):
    """What one row of the output stands for."""

    SENTENCE = "sentence"
    DOCUMENT = "document"
    AS_SENTENCE = "as-sentence"


_VERSIONS = ("model_version", "reference_version")
_ANSWER = ("confidence", "reasons", "evidence_ids", *_VERSIONS)
_PLACE_IN_HTML = ("block", "block_text")

_COLUMNS: Mapping[Level, tuple[str, ...]] = {
    Level.SENTENCE: ("row", "start", "end", "claim", "verdict", *_ANSWER),
    Level.DOCUMENT: (
        "row",
        "sentences",
        "claims",
        *(label.value for label in Label),
        "worst_verdict",
        *_VERSIONS,
    ),
    Level.AS_SENTENCE: (
        "row",
        "is_claim",
        "claim_probability",
        "verdict",
        "probabilities",
        *_ANSWER,
    ),
}


class RowRefused(ValueError):
    """A row holds no text to check; the message says what it holds instead."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to read from a row and what to write for it.

    Args:
        column: holds the text, or the HTML where `is_html`.
        context_column: holds the title or heading that the text stands under.
    """

    level: Level
    column: str
    is_html: bool = False
    context_column: str | None = None

    @property
    def is_split(self) -> bool:
        """Whether a text is cut into sentences."""
        return self.level is not Level.AS_SENTENCE

    @property
    def own_columns(self) -> tuple[str, ...]:
        """Columns this run adds to those of the input, in order.

        HTML is not the text that a span counts in, so there a claim brings its block.
        """
        is_claim_of_html = self.is_html and self.level is Level.SENTENCE
        return (*_COLUMNS[self.level], *(_PLACE_IN_HTML if is_claim_of_html else ()))

    def kept_columns(self, columns: Sequence[str]) -> tuple[str, ...]:
        """Columns of the input that the output repeats: all but the text.

        Raises:
            InputError: one of them has the name of a column of our own.
        """
        kept = tuple(name for name in columns if name != self.column)
        taken = [name for name in kept if name in self.own_columns]
        if taken:
            raise InputError(
                f"column {taken[0]!r} has the name of a column that batch writes; rename it. "
                f"Names taken: {', '.join(self.own_columns)}"
            )
        return kept

    def require_columns(self, columns: Sequence[str]) -> None:
        """Refuses an input whose header lacks a column that is to be read.

        Raises:
            InputError: one is missing.
        """
        for name in (self.column, self.context_column):
            if name is not None and name not in columns:
                raise InputError(f"there is no column {name!r}; the columns are {_names(columns)}")


def blocks_of_row(row: Row, plan: Plan) -> tuple[Block, ...]:
    """The blocks to check: the context as a title, then the text.

    Raises:
        RowRefused: a column is missing, holds no text or too much HTML, or has one of our
            own names.
    """
    try:
        plan.kept_columns(tuple(row.values))
    except InputError as error:
        raise RowRefused(str(error)) from error
    content = _text_in(row, plan.column)
    context: list[Block] = []
    if plan.context_column is not None:
        title = _text_in(row, plan.context_column, is_optional=True)
        context = [Block(CONTEXT_ID, title, BlockKind.TITLE)]  # a title is never itself a claim
    if not plan.is_html:
        return (*context, Block(TEXT_ID, content))
    if len(content) > MAX_HTML_CHARACTERS:
        raise RowRefused(
            f"the HTML has {len(content):,} characters; the limit is {MAX_HTML_CHARACTERS:,}"
        )
    return (*context, *blocks_of_html(content))


def results_of_row(row: Row, report: Report, plan: Plan) -> Iterator[dict[str, Any]]:
    """The output rows of one input row, in the order of its claims."""
    kept = {name: row.values[name] for name in plan.kept_columns(tuple(row.values))}
    answer = answer_of(report)
    for result in _RESULTS[plan.level](report, answer):
        own = {"row": row.number, **result}
        yield kept | {name: own[name] for name in plan.own_columns}


def _sentence_results(report: Report, answer: CheckAnswer) -> Iterator[dict[str, Any]]:
    texts = {block.id: block.text for block in report.blocks}
    for claim in answer.claims:
        yield {
            "start": claim.start,
            "end": claim.end,
            "claim": claim.text,
            "verdict": claim.verdict.value,
            "block": claim.block,
            "block_text": texts[claim.block],
            **_answer_columns(answer, claim),
        }


def _document_results(report: Report, answer: CheckAnswer) -> Iterator[dict[str, Any]]:
    found = {claim.verdict for claim in answer.claims}
    worst = [label.value for label in Label if label in found]  # Label is in order of severity
    in_context = sum(one.sentence.block.id == CONTEXT_ID for one in report.detections)
    yield {
        **answer.summary.model_dump(),
        "sentences": answer.summary.sentences - in_context,
        "worst_verdict": worst[-1] if worst else None,
        **_versions(answer),
    }


def _as_sentence_results(report: Report, answer: CheckAnswer) -> Iterator[dict[str, Any]]:
    """One row whatever the text; without words it has no detection and is no claim."""
    probability = [one.probability for one in report.detections if one.sentence.block.id == TEXT_ID]
    claim = answer.claims[0] if answer.claims else None
    yield {
        "is_claim": claim is not None,
        "claim_probability": round(probability[0], 4) if probability else 0.0,
        "verdict": claim.verdict.value if claim else None,
        "probabilities": (
            {label.value: p for label, p in claim.probabilities.items()} if claim else {}
        ),
        **_answer_columns(answer, claim),
    }


_RESULTS = {
    Level.SENTENCE: _sentence_results,
    Level.DOCUMENT: _document_results,
    Level.AS_SENTENCE: _as_sentence_results,
}


def _answer_columns(answer: CheckAnswer, claim: ClaimOut | None) -> dict[str, Any]:
    return {
        "confidence": claim.confidence if claim else None,
        "reasons": [one.model_dump(mode="json") for one in claim.reasons] if claim else [],
        "evidence_ids": [evidence.id for evidence in claim.evidence] if claim else [],
        **_versions(answer),
    }


def _versions(answer: CheckAnswer) -> dict[str, str]:
    return {name: getattr(answer, name) for name in _VERSIONS}


def _text_in(row: Row, column: str, *, is_optional: bool = False) -> str:
    if column not in row.values:
        raise RowRefused(f"there is no column {column!r}; the row has {_names(tuple(row.values))}")
    value = row.values[column]
    if value is None and is_optional:
        return ""
    if not isinstance(value, str):
        raise RowRefused(f"column {column!r} must hold text, got {type(value).__name__}")
    return value


def _names(columns: Sequence[str]) -> str:
    return ", ".join(repr(name) for name in columns[:20]) or "none"
