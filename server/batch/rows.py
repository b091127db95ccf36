"""Readers of the files that batch takes: JSONL, CSV, TSV and Parquet, a document a row.

A row that cannot be used is a value, `BadRow`, and reading goes on; `InputError` is for a file that
cannot be read at all. Whatever a `Row` holds can be written as JSON in UTF-8.
"""

from __future__ import annotations

import base64
import csv
import gzip
import io
import json
import os
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn, Protocol, cast

if TYPE_CHECKING:
    import pyarrow

TEXT_SUFFIXES = (".jsonl", ".csv", ".tsv")
INPUT_SUFFIXES = (*TEXT_SUFFIXES, ".parquet")
DELIMITERS = {".csv": ",", ".tsv": "\t"}
PARQUET_HINT = "Parquet needs the package pyarrow; `pip install pyarrow` in .venv installs it"

MAX_LINE_BYTES = 64 * 1024 * 1024
"""A line of JSON beyond this is no document but a file without line ends."""
MAX_FIELD_CHARACTERS = 16 * 1024 * 1024
"""A quote that is never closed makes the rest of a CSV one field; csv's own limit of 131,072
characters is shorter than a long page."""
PARQUET_BATCH_ROWS = 1_000


class InputError(ValueError):
    """The input cannot be read at all; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the input: its place, counted from 0, and its columns."""

    number: int
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be used, and why."""

    number: int
    cause: str


class RowReader(Protocol):
    """The rows of an input, once and in order."""

    has_header: bool
    """Whether every row has the same columns."""
    columns: tuple[str, ...]
    """Columns of every row; without a header those of the first row, if it is usable."""
    schema: pyarrow.Schema | None
    """Types of the columns, where the format has them."""

    def __iter__(self) -> Iterator[Row | BadRow]: ...

    def fraction(self) -> float | None:
        """How much of the input is read, 0 to 1; None where its size is not known."""


@contextmanager
def open_rows(source: Path | BinaryIO) -> Iterator[RowReader]:
    """The rows of a file by its suffix, or of JSONL from a stream.

    Raises:
        InputError: the file is missing, of another format, or broken at its beginning.
    """
    if not isinstance(source, Path):
        yield _JsonRows(source, _Progress(source, None))
        return
    suffix, is_zipped = _format_of(source)
    try:
        raw = source.open("rb")
    except OSError as error:
        raise InputError(f"{source} cannot be read: {error.strerror}") from error
    with raw:
        yield _reader(raw, suffix, is_zipped)


def json_bytes(value: object) -> bytes:
    """A value as JSON in UTF-8, on one line.

    Raises:
        ValueError: the value holds a lone surrogate, or a number that JSON does not know.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, default=_json_text)
    return text.encode("utf-8")


def _format_of(path: Path) -> tuple[str, bool]:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    is_zipped = suffixes[-1:] == [".gz"]
    suffix = "".join(suffixes[:-1][-1:] if is_zipped else suffixes[-1:])
    if suffix not in (TEXT_SUFFIXES if is_zipped else INPUT_SUFFIXES):
        raise InputError(
            f"{path} is none of {', '.join(INPUT_SUFFIXES)} (all but the last also as .gz); "
            "give it the suffix of its format"
        )
    return suffix, is_zipped


def _reader(raw: BinaryIO, suffix: str, is_zipped: bool) -> RowReader:
    if suffix == ".parquet":
        return _ParquetRows(raw)
    progress = _Progress(raw, os.fstat(raw.fileno()).st_size)
    handle = cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if is_zipped else raw
    try:
        if suffix == ".jsonl":
            return _JsonRows(handle, progress)
        return _DelimitedRows(handle, DELIMITERS[suffix], progress)
    except (OSError, EOFError, zlib.error) as error:
        _refuse_broken(error)


class _Progress:
    """How far a file is read, seen from the bytes that were taken from it."""

    def __init__(self, raw: BinaryIO, size: int | None) -> None:
        self._raw = raw
        self._size = size

    def fraction(self) -> float | None:
        return min(self._raw.tell() / self._size, 1.0) if self._size else None


class _JsonRows:
    """One JSON object a line. Blank lines are no rows."""

    has_header = False
    schema = None

    def __init__(self, handle: BinaryIO, progress: _Progress) -> None:
        self._handle = handle
        self.fraction = progress.fraction
        self._first = next(_json_lines(handle), None)
        opening = _json_row(0, self._first) if self._first else None
        self.columns = tuple(opening.values) if isinstance(opening, Row) else ()

    def __iter__(self) -> Iterator[Row | BadRow]:
        if self._first is None:
            return
        yield _json_row(0, self._first)
        try:
            for number, line in enumerate(_json_lines(self._handle), start=1):
                yield _json_row(number, line)
        except (OSError, EOFError, zlib.error) as error:
            _refuse_broken(error)


def _json_lines(handle: BinaryIO) -> Iterator[bytes]:
    """Lines that are not blank; of one that is too long only as much as shows that it is."""
    while line := handle.readline(MAX_LINE_BYTES + 1):
        rest = line
        while len(rest) > MAX_LINE_BYTES and not rest.endswith(b"\n"):
            rest = handle.readline(MAX_LINE_BYTES + 1)
        if line.strip():
            yield line


def _json_row(number: int, line: bytes) -> Row | BadRow:
    if len(line) > MAX_LINE_BYTES:
        return BadRow(number, f"the line has more than {MAX_LINE_BYTES:,} bytes")
    try:
        values = json.loads(line.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        return BadRow(number, f"the line is not UTF-8: {error.reason} at byte {error.start}")
    except RecursionError:
        return BadRow(number, "the JSON is nested too deeply")
    except ValueError as error:
        return BadRow(number, f"not JSON: {error}")
    if not isinstance(values, dict):
        return BadRow(number, f"expected a JSON object, got {_json_type(values)}")
    return _checked(number, values)


class _DelimitedRows:
    """CSV or TSV with a header, quoted as RFC 4180 says; lines end as any system ends them."""

    has_header = True
    schema = None

    def __init__(self, handle: BinaryIO, delimiter: str, progress: _Progress) -> None:
        self.fraction = progress.fraction
        # A byte that is not UTF-8 becomes a lone surrogate, which makes its row a bad one.
        text = io.TextIOWrapper(handle, "utf-8-sig", errors="surrogateescape", newline="")
        csv.field_size_limit(MAX_FIELD_CHARACTERS)
        self._records = csv.reader(text, delimiter=delimiter, strict=True)
        self.columns = self._header()

    def __iter__(self) -> Iterator[Row | BadRow]:
        number = 0
        for fields in self._fields():
            if fields == []:
                continue
            yield self._row(number, fields)
            number += 1

    def _header(self) -> tuple[str, ...]:
        try:
            columns = tuple(next(self._records, ()))
        except csv.Error as error:
            raise InputError(f"the header is broken: {error}") from error
        if not columns:
            raise InputError("the file is empty; the first line must name the columns")
        _require_names(columns)
        return columns

    def _fields(self) -> Iterator[list[str] | csv.Error]:
        while True:
            try:
                yield next(self._records)
            except StopIteration:
                return
            except csv.Error as error:  # the reader goes on with the next line
                yield error
            except (OSError, EOFError, zlib.error) as error:
                _refuse_broken(error)

    def _row(self, number: int, fields: list[str] | csv.Error) -> Row | BadRow:
        if isinstance(fields, csv.Error):
            return BadRow(number, f"not CSV: {fields}")
        if len(fields) != len(self.columns):
            return BadRow(
                number,
                f"the row has {len(fields)} fields, the header {len(self.columns)}; "
                "is a delimiter or a quotation mark missing?",
            )
        return _checked(number, dict(zip(self.columns, fields, strict=True)))


class _ParquetRows:
    """A Parquet file, a record batch at a time.

    Dates, times and decimals become text as Arrow prints it, binary columns Base64.
    """

    has_header = True

    def __init__(self, raw: BinaryIO) -> None:
        try:
            import pyarrow
            import pyarrow.parquet
        except ImportError as error:
            raise InputError(PARQUET_HINT) from error
        self._arrow_errors = (pyarrow.ArrowException, OSError)
        try:
            self._file = pyarrow.parquet.ParquetFile(raw)
        except self._arrow_errors as error:
            raise InputError(f"the file is not Parquet: {error}") from error
        self.schema = self._file.schema_arrow
        self.columns = tuple(self.schema.names)
        _require_names(self.columns)
        self._rows_read = 0

    def __iter__(self) -> Iterator[Row | BadRow]:
        batches = self._file.iter_batches(batch_size=PARQUET_BATCH_ROWS)
        while True:
            try:
                batch = next(batches, None)
            except self._arrow_errors as error:
                raise InputError(f"the Parquet file is broken: {error}") from error
            if batch is None:
                return
            columns = [_plain_values(column) for column in batch.columns]
            for number in range(batch.num_rows):
                values = {
                    name: column[number] for name, column in zip(self.columns, columns, strict=True)
                }
                yield _checked(self._rows_read, values)
                self._rows_read += 1

    def fraction(self) -> float | None:
        total = self._file.metadata.num_rows
        return self._rows_read / total if total else None


def _plain_values(column: pyarrow.Array[Any]) -> Sequence[Any]:
    import pyarrow

    kind = column.type
    if is_kept_as_text(kind):
        column = column.cast(pyarrow.string())
    values: list[Any] = column.to_pylist()
    if pyarrow.types.is_floating(kind):
        return [None if value != value else value for value in values]  # NaN: JSON has none
    return values


def is_kept_as_text(kind: pyarrow.DataType) -> bool:
    """Whether Arrow turns values of a type into text and back without loss."""
    import pyarrow.types

    tests = (pyarrow.types.is_date, pyarrow.types.is_timestamp, pyarrow.types.is_decimal)
    return any(test(kind) for test in tests)


def _checked(number: int, values: dict[str, Any]) -> Row | BadRow:
    try:
        json_bytes(values)
    except UnicodeEncodeError as error:
        character = ord(error.object[error.start])
        return BadRow(
            number,
            f"the row holds U+{character:04X}, which is not part of any text; "
            "is it in another encoding than UTF-8?",
        )
    except ValueError as error:
        return BadRow(number, f"the row cannot be written as JSON: {error}")
    return Row(number, values)


def _require_names(columns: Sequence[str]) -> None:
    """Refuses a header that cannot name the columns of a row."""
    repeated = [name for name, count in Counter(columns).items() if count > 1]
    if repeated:
        raise InputError(f"column {repeated[0]!r} appears twice; names must differ")
    for name in columns:
        if any("\ud800" <= character <= "\udfff" for character in name):
            raise InputError("the header is not UTF-8; save the file as UTF-8")


def _refuse_broken(error: Exception) -> NoReturn:
    raise InputError(f"the input breaks off or is damaged: {error}") from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number that JSON knows")


def _json_text(value: object) -> str:
    """Text for what Parquet may nest in a column and JSON has no type for."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    return str(value)


def _json_type(value: object) -> str:
    names = {str: "a string", list: "an array", bool: "a truth value", type(None): "null"}
    return names.get(type(value), "a number")
