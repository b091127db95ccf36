"""The unfinished output of a run, kept so that a run killed at any point can go on.

Beside OUTPUT stands the folder OUTPUT.part: `rows.jsonl`, `errors.jsonl` and `journal.json`. After
each chunk the two files are flushed to the disk, and then the journal is replaced as a whole; it
says how many bytes of each file count. Going on cuts off what was written after the last journal,
so nothing is lost and nothing doubled. OUTPUT itself appears at the end, by one rename.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, Self

from server.batch.rows import BadRow, Row, json_bytes

Fingerprint = Mapping[str, Any]
"""What must be the same for a run to go on: input, options and versions, as JSON."""
TableWriter = Callable[[Path, Path], Path]
"""From finished rows, as JSONL, and a place for a table: the file in the output's format."""


class OutputRefused(ValueError):
    """The output is there already, in use, or of another run; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Journal:
    """How far a run has come: counts, valid bytes, and a digest of the input rows used."""

    fingerprint: Fingerprint
    input_rows: int = 0
    output_rows: int = 0
    bad_rows: int = 0
    output_bytes: int = 0
    error_bytes: int = 0
    input_digest: str = ""
    is_complete: bool = False

    @property
    def has_work(self) -> bool:
        """Whether there is anything to go on with."""
        return self.input_rows > 0 or self.is_complete


class WorkFolder:
    """The folder OUTPUT.part of one run, locked while the run holds it."""

    def __init__(self, output: Path) -> None:
        self.output = output
        self.errors_file = output.with_name(f"{output.name}.errors.jsonl")
        self.folder = output.with_name(f"{output.name}.part")
        self._rows = self.folder / "rows.jsonl"
        self._errors = self.folder / "errors.jsonl"
        self._journal = self.folder / "journal.json"
        self._lock = self.folder / "lock"
        self._open_files = ExitStack()
        self.journal = Journal({})

    def begin(self, fingerprint: Fingerprint, *, resume: bool, force: bool) -> None:
        """Starts a run, or goes on with one; with `resume` and nothing to go on with, it starts.

        Raises:
            OutputRefused: there is a finished or unfinished output that must not be touched, or
                the unfinished one was made of other input, options or models.
        """
        found = None if force and not resume else self._read_journal()
        if found and not resume:
            raise OutputRefused(
                f"{self.folder} holds an unfinished run; --resume goes on with it, "
                "--force starts again"
            )
        if self.output.exists() and not force and not found:
            raise OutputRefused(f"{self.output} is there already; --force replaces it")
        if found:
            _require_same(found.fingerprint, fingerprint, self.folder)
        self._take()
        self.journal = found or Journal(fingerprint)
        self._open_at_journal()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Leaves what is worth going on with, and nothing else."""
        has_begun = bool(self.journal.fingerprint) and self.folder.exists()
        self._open_files.close()
        if has_begun and not self.journal.has_work:
            self._remove()

    def skip_used(self, rows: Iterator[Row | BadRow]) -> None:
        """Passes over the input rows that are done.

        Raises:
            OutputRefused: they are not the rows that were used.
        """
        digest, row_count = "", 0
        while row_count < self.journal.input_rows:
            row = next(rows, None)
            if row is None:
                break
            digest = _extended(digest, row)
            row_count += 1
        if digest != self.journal.input_digest:
            raise OutputRefused(
                f"the input does not begin with the {self.journal.input_rows:,} rows that "
                f"{self.folder} was made of; --force starts again"
            )

    def commit(
        self,
        used: Sequence[Row | BadRow],
        results: Sequence[Mapping[str, Any]],
        bad_rows: Sequence[BadRow],
    ) -> None:
        """Adds what came of a chunk of input rows; once this returns it survives a crash."""
        output_bytes = _append(self._rows_handle, map(json_bytes, results))
        error_bytes = _append(
            self._errors_handle,
            (json_bytes({"row": bad.number, "cause": bad.cause}) for bad in bad_rows),
        )
        digest = self.journal.input_digest
        for row in used:
            digest = _extended(digest, row)
        self.journal = replace(
            self.journal,
            input_rows=self.journal.input_rows + len(used),
            output_rows=self.journal.output_rows + len(results),
            bad_rows=self.journal.bad_rows + len(bad_rows),
            output_bytes=output_bytes,
            error_bytes=error_bytes,
            input_digest=digest,
        )
        self._write_journal()

    def finish(self, write_table: TableWriter) -> None:
        """Puts OUTPUT and its errors in their places and removes the folder.

        Every step may be repeated: the errors are copied, the journal says that all rows are in,
        and only then does OUTPUT appear.
        """
        if self._rows.exists():
            self._publish_errors()
            self.journal = replace(self.journal, is_complete=True)
            self._write_journal()
            finished = write_table(self._rows, self.folder / "table")
            _flush_file(finished)
            finished.replace(self.output)
            _flush_folder(self.output.parent)
            self._rows.unlink(missing_ok=True)
        self._open_files.close()
        self._remove()

    def _take(self) -> None:
        self.folder.mkdir(exist_ok=True)
        lock = self._open_files.enter_context(self._lock.open("wb"))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # the system frees it after a kill
        except BlockingIOError as error:
            self._open_files.close()
            raise OutputRefused(f"another run is writing {self.output}") from error

    def _read_journal(self) -> Journal | None:
        try:
            journal = Journal(**json.loads(self._journal.read_bytes()))
        except FileNotFoundError:
            return None
        except (TypeError, ValueError) as error:
            raise OutputRefused(
                f"{self._journal} is no journal of this version; --force starts again"
            ) from error
        return journal if journal.has_work else None

    def _open_at_journal(self) -> None:
        """Opens the files and cuts off what no journal vouches for."""
        if self.journal.is_complete and not self._rows.exists():
            return  # killed between the last rename and the clean-up
        self._write_journal()  # first: of a run that starts again it must not promise old bytes
        self._rows_handle = self._open_at(self._rows, self.journal.output_bytes)
        self._errors_handle = self._open_at(self._errors, self.journal.error_bytes)

    def _open_at(self, path: Path, length: int) -> BinaryIO:
        handle = self._open_files.enter_context(path.open("ab"))
        if handle.tell() < length:
            raise OutputRefused(f"{path} has lost bytes it had; --force starts again")
        handle.truncate(length)
        handle.seek(length)
        return handle

    def _write_journal(self) -> None:
        fresh = self.folder / "journal.new"
        fresh.write_bytes(json_bytes(asdict(self.journal)))
        _flush_file(fresh)
        fresh.replace(self._journal)
        _flush_folder(self.folder)

    def _publish_errors(self) -> None:
        if self.journal.bad_rows == 0:
            self.errors_file.unlink(missing_ok=True)  # of an earlier run that is being replaced
            return
        copy = self.folder / "errors.copy"
        copy.write_bytes(self._errors.read_bytes())
        _flush_file(copy)
        copy.replace(self.errors_file)

    def _remove(self) -> None:
        for path in self.folder.iterdir():
            if path != self._journal:
                path.unlink()
        self._journal.unlink()  # last: a clean-up cut short is told from an unfinished run
        self.folder.rmdir()


def _require_same(found: Fingerprint, wanted: Fingerprint, folder: Path) -> None:
    differing = [name for name in wanted if found.get(name) != wanted[name]]
    if differing:
        raise OutputRefused(
            f"{folder} was begun with other {' and '.join(differing)}; use the same again, "
            "or --force to start again"
        )


def _extended(digest: str, row: Row | BadRow) -> str:
    text = digest + repr(row)  # a refused row may quote what UTF-8 cannot hold
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _append(handle: BinaryIO, lines: Iterable[bytes]) -> int:
    for line in lines:
        handle.write(line + b"\n")
    handle.flush()
    os.fsync(handle.fileno())
    return handle.tell()


def _flush_file(path: Path) -> None:
    with path.open("rb") as handle:
        os.fsync(handle.fileno())


def _flush_folder(path: Path) -> None:
    """A rename survives a power cut only once the folder that holds the name is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
