"""A file of documents through the engine, in chunks that survive a crash."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from server.batch.journal import Fingerprint, Journal, WorkFolder
from server.batch.results import Plan, RowRefused, blocks_of_row, results_of_row
from server.batch.rows import BadRow, InputError, Row, RowReader, open_rows
from server.batch.tables import Columns, require_writable, write_table
from server.engine.check import Engine
from server.engine.errors import EngineError
from server.engine.values import Block, Report

CHUNK_ROWS = 256
"""Enough for the models to work on full batches; a chunk is also what a crash can cost."""
CHUNK_CHARACTERS = 200_000
"""Long pages fill a chunk before their number does."""

Watcher = Callable[[Journal, float | None], None]
"""Told after each chunk how far the run is: its journal, and the share of the input read."""


@dataclass(frozen=True, slots=True)
class BatchFiles:
    """Where a run reads and writes; `source` may be a stream of JSONL."""

    source: Path | BinaryIO
    output: Path


def run_batch(
    engine: Engine,
    files: BatchFiles,
    plan: Plan,
    *,
    resume: bool = False,
    force: bool = False,
    watch: Watcher = lambda journal, fraction: None,
) -> Journal:
    """Checks every row of the input and writes the output as its suffix says.

    Rows that cannot be used go to `OUTPUT.errors.jsonl`.

    Returns:
        The journal of the finished run, with its counts.

    Raises:
        InputError: the input cannot be read, lacks a column, or has a column of our own names;
            or the output is of a format that cannot be written.
        OutputRefused: the output is there already, in use, or of another run.
        OSError: the disk is full or the output's folder cannot be written.
    """
    suffix = files.output.suffix.lower()
    require_writable(suffix)
    _require_places(files)
    with open_rows(files.source) as reader, WorkFolder(files.output) as work:
        columns = _columns(reader, plan)
        work.begin(_fingerprint(engine, files, plan), resume=resume, force=force)
        if not work.journal.is_complete:
            rows = iter(reader)
            work.skip_used(rows)
            for chunk in _chunks(rows, plan):
                results, bad_rows = _check_chunk(engine, chunk, plan)
                work.commit(chunk, results, bad_rows)
                watch(work.journal, reader.fraction())
        work.finish(partial(write_table, suffix=suffix, columns=columns))
        return work.journal


def _require_places(files: BatchFiles) -> None:
    folder = files.output.parent
    if not folder.is_dir():
        raise InputError(f"the output's folder {folder} does not exist; create it first")
    if files.output.is_dir():
        raise InputError(f"the output {files.output} is a folder; name a file")
    if isinstance(files.source, Path) and files.output.resolve() == files.source.resolve():
        raise InputError("input and output are the same file; name another output")


def _columns(reader: RowReader, plan: Plan) -> Columns:
    """The columns of the output, as far as the input's beginning tells."""
    if reader.has_header:
        plan.require_columns(reader.columns)
    return Columns(
        kept=plan.kept_columns(reader.columns),
        own=plan.own_columns,
        schema=reader.schema,
    )


def _fingerprint(engine: Engine, files: BatchFiles, plan: Plan) -> Fingerprint:
    origin: Any = "stream"
    if isinstance(files.source, Path):
        facts = files.source.stat()
        origin = {"bytes": facts.st_size, "modified_ns": facts.st_mtime_ns}
    return {
        "input": origin,
        "options": {
            "level": plan.level.value,
            "column": plan.column,
            "is_html": plan.is_html,
            "context_column": plan.context_column,
        },
        "models": {"model": engine.versions.model, "reference": engine.versions.reference},
    }


def _chunks(rows: Iterator[Row | BadRow], plan: Plan) -> Iterator[list[Row | BadRow]]:
    """Where a chunk ends depends on its rows alone, so a resumed run cuts as the first one did."""
    chunk: list[Row | BadRow] = []
    character_count = 0
    for row in rows:
        chunk.append(row)
        if isinstance(row, Row):
            character_count += len(str(row.values.get(plan.column, "")))
        if len(chunk) >= CHUNK_ROWS or character_count >= CHUNK_CHARACTERS:
            yield chunk
            chunk, character_count = [], 0
    if chunk:
        yield chunk


def _check_chunk(
    engine: Engine, chunk: Sequence[Row | BadRow], plan: Plan
) -> tuple[list[dict[str, Any]], list[BadRow]]:
    """Output rows and bad rows of a chunk, both in the order of the input."""
    pages: dict[int, tuple[Block, ...]] = {}
    bad_rows = {row.number: row for row in chunk if isinstance(row, BadRow)}
    rows = [row for row in chunk if isinstance(row, Row)]
    for row in rows:
        try:
            pages[row.number] = blocks_of_row(row, plan)
        except RowRefused as error:
            bad_rows[row.number] = BadRow(row.number, str(error))
    distinct = list(dict.fromkeys(pages.values()))  # chains of clinics repeat their pages
    answers = dict(zip(distinct, _check_pages(engine, distinct, plan), strict=True))
    results: list[dict[str, Any]] = []
    for row in rows:
        if row.number not in pages:
            continue
        answer = answers[pages[row.number]]
        if isinstance(answer, Report):
            results += results_of_row(row, answer, plan)
        else:
            bad_rows[row.number] = BadRow(row.number, str(answer))
    return results, [bad_rows[number] for number in sorted(bad_rows)]


def _check_pages(
    engine: Engine, pages: Sequence[tuple[Block, ...]], plan: Plan
) -> list[Report | EngineError]:
    """A report for each page, or why the engine refuses it.

    The engine refuses a batch before it does any work on it, so halving the batch until the
    refused pages stand alone costs little and leaves the others together.
    """
    try:
        return list(engine.check_pages(pages, split=plan.is_split))
    except EngineError as error:
        if len(pages) == 1:
            return [error]
    middle = len(pages) // 2
    return [
        *_check_pages(engine, pages[:middle], plan),
        *_check_pages(engine, pages[middle:], plan),
    ]
