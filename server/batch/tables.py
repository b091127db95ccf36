"""Finished rows, kept as JSONL, to the format that was asked for.

Two passes: the columns, and for Parquet their types, are known only when all rows are.
"""

from __future__ import annotations

import csv
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from server.batch.rows import PARQUET_HINT, InputError, is_kept_as_text
from server.engine.values import VERDICTS

if TYPE_CHECKING:
    import pyarrow

OUTPUT_SUFFIXES = (".jsonl", ".csv", ".parquet")
PARQUET_GROUP_ROWS = 10_000

_INT64 = range(-(2**63), 2**63)
_EXACT_IN_DOUBLE = range(-(2**53), 2**53 + 1)


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of an output.

    Args:
        kept: columns of the input that are known beforehand; others follow as rows show them.
        own: columns that batch adds, at the end.
        schema: the Arrow schema of an input in Parquet, so that kept columns keep their types.
    """

    kept: tuple[str, ...]
    own: tuple[str, ...]
    schema: pyarrow.Schema | None = field(default=None, compare=False)


def require_writable(suffix: str) -> None:
    """Refuses a format that cannot be written, before any work is done.

    Raises:
        InputError: the suffix is of no known format, or its package is missing.
    """
    if suffix not in OUTPUT_SUFFIXES:
        raise InputError(f"the output must end in {', '.join(OUTPUT_SUFFIXES)}, got {suffix!r}")
    if suffix == ".parquet":
        try:
            import pyarrow  # noqa: F401
        except ImportError as error:
            raise InputError(PARQUET_HINT) from error


def write_table(rows: Path, table: Path, *, suffix: str, columns: Columns) -> Path:
    """The file that holds JSONL rows in the format of a suffix: `table`, or `rows` as they are."""
    if suffix == ".jsonl":
        return rows
    if suffix == ".csv":
        _write_csv(rows, table, columns)
    else:
        _write_parquet(rows, table, columns)
    return table


def _write_csv(rows: Path, table: Path, columns: Columns) -> None:
    names = [*_kept_names(rows, columns), *columns.own]
    with table.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)  # with "\n" as line end, a lone "\r" would go unquoted
        writer.writerow(names)
        for row in _rows(rows):
            writer.writerow([_csv_cell(row.get(name)) for name in names])


def _csv_cell(value: object) -> str:
    """Text as it is, nothing for null, JSON for the rest."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _write_parquet(rows: Path, table: Path, columns: Columns) -> None:
    import pyarrow
    import pyarrow.parquet

    kept = _kept_names(rows, columns)
    kinds = _kinds(rows, kept)
    types = {name: _kept_type(name, kinds[name], columns.schema) for name in kept}
    own_types = _own_types()
    types |= {name: own_types.get(name, pyarrow.string()) for name in columns.own}
    schema = pyarrow.schema(list(types.items()))
    with pyarrow.parquet.ParquetWriter(table, schema) as writer:
        remaining = _rows(rows)
        while group := list(itertools.islice(remaining, PARQUET_GROUP_ROWS)):
            arrays = [
                _array([row.get(name) for row in group], kind) for name, kind in types.items()
            ]
            writer.write_table(pyarrow.Table.from_arrays(arrays, schema=schema))


def _array(values: Sequence[Any], kind: pyarrow.DataType) -> pyarrow.Array[Any]:
    import pyarrow

    if is_kept_as_text(kind):
        return pyarrow.array(values, pyarrow.string()).cast(kind)
    if kind == pyarrow.string():
        values = [None if value is None else _csv_cell(value) for value in values]
    elif pyarrow.types.is_struct(kind):
        values = [value or None for value in values]  # Parquet cannot tell {} from null
    return pyarrow.array(values, kind)


class _Kind(Enum):
    """What the values of a column have in common."""

    NOTHING = 0
    TRUTH = 1
    WHOLE = 2
    NUMBER = 3
    OTHER = 4


def _kinds(rows: Path, names: Sequence[str]) -> dict[str, _Kind]:
    """The narrowest kind that holds every value of each column, whatever their order."""
    seen: dict[str, set[_Kind]] = {name: set() for name in names}
    beyond_double = set()
    for row in _rows(rows):
        for name in names:
            value = row.get(name)
            if value is not None:
                seen[name].add(_kind_of(value))
            if isinstance(value, int) and value not in _EXACT_IN_DOUBLE:
                beyond_double.add(name)
    return {name: _common_kind(found, name in beyond_double) for name, found in seen.items()}


def _kind_of(value: object) -> _Kind:
    if isinstance(value, bool):
        return _Kind.TRUTH
    if isinstance(value, int):
        return _Kind.WHOLE if value in _INT64 else _Kind.OTHER
    return _Kind.NUMBER if isinstance(value, float) else _Kind.OTHER


def _common_kind(found: set[_Kind], is_beyond_double: bool) -> _Kind:
    if found == {_Kind.WHOLE, _Kind.NUMBER} and not is_beyond_double:
        return _Kind.NUMBER
    if len(found) > 1:
        return _Kind.OTHER
    return next(iter(found), _Kind.NOTHING)


def _kept_type(name: str, kind: _Kind, schema: pyarrow.Schema | None) -> pyarrow.DataType:
    import pyarrow

    if schema is not None and _survives_json(schema.field(name).type):
        return schema.field(name).type
    of_kind = {
        _Kind.TRUTH: pyarrow.bool_(),
        _Kind.WHOLE: pyarrow.int64(),
        _Kind.NUMBER: pyarrow.float64(),
    }
    return of_kind.get(kind, pyarrow.string())


def _survives_json(kind: pyarrow.DataType) -> bool:
    """Whether a column of a Parquet input comes out of its JSON as it went in."""
    import pyarrow.types as types

    if is_kept_as_text(kind):
        return True
    if types.is_list(kind):
        return _survives_json(kind.value_type) and not is_kept_as_text(kind.value_type)
    tests = (
        types.is_boolean,
        types.is_integer,
        types.is_float32,
        types.is_float64,
        types.is_string,
        types.is_large_string,
    )
    return any(test(kind) for test in tests)


def _own_types() -> Mapping[str, pyarrow.DataType]:
    """Arrow types of the columns that batch adds; the rest of them are text."""
    import pyarrow

    whole, number, text = pyarrow.int64(), pyarrow.float64(), pyarrow.string()
    counts = ("row", "start", "end", "sentences", "claims", "uncovered", *VERDICTS)
    return {
        **{str(name): whole for name in counts},
        "confidence": number,
        "claim_probability": number,
        "is_claim": pyarrow.bool_(),
        "probabilities": pyarrow.struct([(label.value, number) for label in VERDICTS]),
        "reasons": pyarrow.list_(
            pyarrow.struct([("code", text), ("start", whole), ("end", whole)])
        ),
        "evidence_ids": pyarrow.list_(text),
    }


def _kept_names(rows: Path, columns: Columns) -> tuple[str, ...]:
    names = dict.fromkeys(columns.kept)
    for row in _rows(rows):
        names.update(dict.fromkeys(row))
    return tuple(name for name in names if name not in columns.own)


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as handle:
        for line in handle:
            yield json.loads(line)
