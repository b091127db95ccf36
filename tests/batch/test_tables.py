"""Finished rows become the table that was asked for."""

import csv
import datetime
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from server.batch.rows import InputError, Row, json_bytes, open_rows
from server.batch.tables import Columns, require_writable, write_table

OWN = ("row", "verdict", "probabilities", "reasons")
RESULT = {"row": 0, "verdict": None, "probabilities": {}, "reasons": []}


def _rows_file(folder: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    path = folder / "rows.jsonl"
    path.write_bytes(b"".join(json_bytes(row) + b"\n" for row in rows))
    return path


def _csv(folder: Path, rows: Sequence[Mapping[str, Any]], columns: Columns) -> list[list[str]]:
    table = write_table(_rows_file(folder, rows), folder / "table", suffix=".csv", columns=columns)
    with table.open(encoding="utf-8", newline="") as handle:
        return list(csv.reader(handle, strict=True))


def _parquet(folder: Path, rows: Sequence[Mapping[str, Any]], columns: Columns) -> Any:
    parquet = pytest.importorskip("pyarrow.parquet")
    rows_file = _rows_file(folder, rows)
    return parquet.read_table(
        write_table(rows_file, folder / "table", suffix=".parquet", columns=columns)
    )


def test_jsonl_is_the_rows_as_they_are(tmp_path: Path) -> None:
    rows = _rows_file(tmp_path, [RESULT])
    assert write_table(rows, tmp_path / "t", suffix=".jsonl", columns=Columns((), OWN)) == rows


def test_csv_holds_text_as_it_is_and_the_rest_as_json(tmp_path: Path) -> None:
    rows = [
        {"id": 'a "b"\r\n,c', **RESULT, "reasons": [{"code": "é"}]},
        {"id": None, "late": True, **RESULT, "verdict": "false", "probabilities": {"false": 0.5}},
    ]
    assert _csv(tmp_path, rows, Columns(("id",), OWN)) == [
        ["id", "late", *OWN],
        ['a "b"\r\n,c', "", "0", "", "{}", '[{"code": "é"}]'],
        ["", "true", "0", "false", '{"false": 0.5}', "[]"],
    ]


@pytest.mark.parametrize("text", ["\r", "\n", "a\r\nb", '"', ",", " a ", "\u2028", "\x00"])
def test_csv_cell_comes_back_as_it_went_in(tmp_path: Path, text: str) -> None:
    assert _csv(tmp_path, [{"id": text, **RESULT}], Columns(("id",), OWN))[1][0] == text


def test_table_without_rows_still_has_its_columns(tmp_path: Path) -> None:
    assert _csv(tmp_path, [], Columns(("id",), OWN)) == [["id", *OWN]]
    assert _parquet(tmp_path, [], Columns(("id",), OWN)).column_names == ["id", *OWN]


def test_parquet_gives_our_columns_their_types(tmp_path: Path) -> None:
    reasons = [{"code": "scope", "start": 0, "end": 3}]
    probabilities = {"supported": 0.5, "overstated": 0.5, "unsupported": 0.0, "false": 0.0}
    judged = {"row": 1, "verdict": "false", "probabilities": probabilities, "reasons": reasons}
    found = _parquet(tmp_path, [RESULT, judged], Columns((), OWN)).to_pylist()
    assert found == [RESULT | {"probabilities": None}, judged]


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        ([1, None, 2], "int64", [1, None, 2]),
        ([1, 2.5], "double", [1.0, 2.5]),
        ([True, None], "bool", [True, None]),
        (["a", None], "string", ["a", None]),
        ([None, None], "string", [None, None]),
        ([1, "x"], "string", ["1", "x"]),
        ([True, 1], "string", ["true", "1"]),
        ([{"a": 1}, [2], {}], "string", ['{"a": 1}', "[2]", "{}"]),
        ([2**70, 1], "string", [str(2**70), "1"]),
        ([2**60, 0.5], "string", [str(2**60), "0.5"]),
    ],
)
def test_parquet_column_has_the_narrowest_type_of_its_values(
    tmp_path: Path, values: list[Any], kind: str, expected: list[Any]
) -> None:
    rows = [{"x": value, **RESULT} for value in values]
    column = _parquet(tmp_path, rows, Columns((), OWN)).column("x")
    assert (str(column.type), column.to_pylist()) == (kind, expected)


def test_columns_of_a_parquet_input_keep_their_types(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    day, moment = datetime.date(2020, 1, 31), datetime.datetime(2020, 1, 31, 12, 0, 0, 123456)
    table = pa.table(
        {
            "small": pa.array([1, None], pa.int8()),
            "single": pa.array([0.1, 2.5], pa.float32()),
            "price": pa.array([Decimal("1.20"), None], pa.decimal128(9, 2)),
            "day": pa.array([day, None]),
            "moment": pa.array([moment, None], pa.timestamp("us")),
            "utc": pa.array([moment, None], pa.timestamp("ns", "UTC")),
            "tags": pa.array([["x", None], None]),
            "empty": pa.array([None, None], pa.large_string()),
        }
    )
    parquet.write_table(table, tmp_path / "in.parquet")
    with open_rows(tmp_path / "in.parquet") as reader:
        rows = [row.values | RESULT for row in reader if isinstance(row, Row)]
        columns = Columns(reader.columns, OWN, reader.schema)
    found = _parquet(tmp_path, rows, columns)
    assert found.select(table.column_names).equals(table)


def test_unknown_output_format_is_refused() -> None:
    with pytest.raises(InputError, match=r"must end in \.jsonl, \.csv, \.parquet, got '\.xlsx'"):
        require_writable(".xlsx")


def test_rows_are_json_on_one_line() -> None:
    assert json.loads(json_bytes({"a": "\n"})) == {"a": "\n"}
    assert b"\n" not in json_bytes({"a": "\n"})
