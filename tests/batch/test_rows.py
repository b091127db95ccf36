"""Files are read as rows, and what is broken in them is said row by row."""

import base64
import csv
import datetime
import gzip
import io
import json
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.batch import rows as rows_module
from server.batch.rows import BadRow, InputError, Row, open_rows
from server.batch.tables import require_writable

Write = Callable[[str, bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_file(name: str, content: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write_file


def _read(path: Path) -> list[Row | BadRow]:
    with open_rows(path) as reader:
        return list(reader)


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        pytest.param(b'{"text": ', "not JSON: Expecting value", id="cut off"),
        pytest.param(b'"It works."', "expected a JSON object, got a string", id="string"),
        pytest.param(b"[1]", "expected a JSON object, got an array", id="array"),
        pytest.param(b"null", "expected a JSON object, got null", id="null"),
        pytest.param(b'{"n": NaN}', "NaN is not a number that JSON knows", id="NaN"),
        pytest.param(b'{"text": "caf\xe9"}', "not UTF-8", id="Latin-1"),
        pytest.param(b'{"other": "\\ud800"}', "U+D800", id="lone surrogate"),
        pytest.param(b"[" * 100_000, "nested too deeply", id="deep"),
        pytest.param(b'{"n": ' + b"9" * 5_000 + b"}", "not JSON", id="number of 5,000 digits"),
        pytest.param(b'{"n": 1e999}', "cannot be written as JSON", id="infinite number"),
    ],
)
def test_broken_json_line_is_one_bad_row(write: Write, line: bytes, cause: str) -> None:
    first, bad, last = _read(write("in.jsonl", b'{"text": "a"}\n' + line + b'\n{"text": "b"}'))
    assert (first, last) == (Row(0, {"text": "a"}), Row(2, {"text": "b"}))
    assert isinstance(bad, BadRow)
    assert bad.number == 1
    assert cause in bad.cause


def test_overlong_json_line_is_one_bad_row(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows_module, "MAX_LINE_BYTES", 20)
    content = b'{"text": "a"}\n{"text": "' + b"x" * 90 + b'"}\n{"text": "b"}\n'
    assert _read(write("in.jsonl", content)) == [
        Row(0, {"text": "a"}),
        BadRow(1, "the line has more than 20 bytes"),
        Row(2, {"text": "b"}),
    ]


def test_blank_lines_and_byte_order_mark_are_no_rows(write: Write) -> None:
    content = b'\xef\xbb\xbf{"text": "a"}\r\n\r\n  \n{"text": "b"}\n\n'
    assert _read(write("in.jsonl", content)) == [Row(0, {"text": "a"}), Row(1, {"text": "b"})]


@pytest.mark.parametrize(("name", "mark"), [("in.csv", ","), ("in.tsv", "\t")])
def test_quotes_and_newlines_of_a_table_survive(write: Write, name: str, mark: str) -> None:
    content = f'\ufeffid{mark}text\r\n1{mark}"He said ""cures"".\nTwice.\r\n"\r\n2{mark}b\n'
    assert _read(write(name, content.encode())) == [
        Row(0, {"id": "1", "text": 'He said "cures".\nTwice.\r\n'}),
        Row(1, {"id": "2", "text": "b"}),
    ]


@pytest.mark.parametrize(
    ("record", "cause"),
    [
        pytest.param(b"1,a,b", "the row has 3 fields, the header 2", id="too many fields"),
        pytest.param(b"1", "the row has 1 fields, the header 2", id="too few fields"),
        pytest.param(b'1,"a"b', "not CSV", id="text after a quotation"),
        pytest.param(b"1,caf\xe9", "U+DCE9", id="Latin-1"),
    ],
)
def test_broken_csv_record_is_one_bad_row(write: Write, record: bytes, cause: str) -> None:
    first, bad, last = _read(write("in.csv", b"id,text\n0,a\n" + record + b"\n2,b\n"))
    assert (first, last) == (
        Row(0, {"id": "0", "text": "a"}),
        Row(2, {"id": "2", "text": "b"}),
    )
    assert isinstance(bad, BadRow)
    assert bad.number == 1
    assert cause in bad.cause


def test_quotation_that_never_closes_is_a_bad_row(write: Write) -> None:
    [bad] = _read(write("in.csv", b'id,text\n1,"a\n2,b\n'))
    assert bad == BadRow(0, "not CSV: unexpected end of data")


def test_page_longer_than_the_usual_limit_of_csv_is_read(write: Write) -> None:
    text = "x" * 200_000
    assert _read(write("in.csv", f"text\n{text}\n".encode())) == [Row(0, {"text": text})]


@given(st.lists(st.tuples(st.text(), st.text()).filter(any)))
def test_csv_comes_back_as_it_was_written(records: list[tuple[str, str]]) -> None:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows([("a", "b"), *records])
    content = buffer.getvalue().encode("utf-8", "surrogatepass")
    reader = rows_module._reader(_named(content), ".csv", is_zipped=False)
    expected = [dict(zip("ab", record, strict=True)) for record in records]
    assert [row.values for row in reader if isinstance(row, Row)] == expected


def _named(content: bytes) -> io.BufferedReader:
    import tempfile

    handle = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the reader that holds it
    handle.write(content)
    handle.seek(0)
    return handle  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        pytest.param("in.csv", b"", "the file is empty", id="no header"),
        pytest.param("in.csv", b"a,a\n", "column 'a' appears twice", id="column twice"),
        pytest.param("in.csv", b"caf\xe9,b\n", "the header is not UTF-8", id="Latin-1 header"),
        pytest.param("in.txt", b"a", "is none of .jsonl, .csv, .tsv, .parquet", id="suffix"),
        pytest.param("in.parquet.gz", b"a", "is none of", id="zipped Parquet"),
        pytest.param("in.parquet", b"text\na\n", "the file is not Parquet", id="not Parquet"),
        pytest.param("in.jsonl.gz", b"text\na\n", "breaks off or is damaged", id="not zipped"),
        pytest.param(
            "in.jsonl.gz", gzip.compress(b'{"text": "a"}\n' * 9)[:-9], "damaged", id="cut off"
        ),
    ],
)
def test_file_that_cannot_be_read_is_refused(
    write: Write, name: str, content: bytes, message: str
) -> None:
    path = write(name, content)
    with pytest.raises(InputError, match=message):
        _read(path)


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        _read(tmp_path / "none.jsonl")


def test_zipped_file_is_read_as_its_content(write: Write) -> None:
    assert _read(write("in.csv.gz", gzip.compress(b"text\na\n"))) == [Row(0, {"text": "a"})]


def test_parquet_values_become_what_json_can_hold(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    columns = {
        "text": pa.array(["a", None]),
        "price": pa.array([Decimal("1.20"), None]),
        "seen": pa.array([datetime.date(2020, 1, 31), None]),
        "share": pa.array([0.5, float("nan")]),
        "photo": pa.array([b"\xff", None]),
        "tags": pa.array([["x"], []]),
    }
    pq.write_table(pa.table(columns), tmp_path / "in.parquet")
    photo = base64.b64encode(b"\xff").decode()
    kept = {"text": "a", "price": "1.20", "seen": "2020-01-31", "share": 0.5, "tags": ["x"]}
    empty = dict.fromkeys(columns) | {"tags": []}
    first, second = (row.values for row in _read(tmp_path / "in.parquet") if isinstance(row, Row))
    assert json.loads(rows_module.json_bytes(first)) == kept | {"photo": photo}
    assert second == empty


def test_fraction_grows_to_the_whole(write: Write) -> None:
    with open_rows(write("in.jsonl", b'{"text": "a"}\n' * 5_000)) as reader:
        fractions = [reader.fraction() for _ in reader]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0


def test_fraction_of_a_stream_is_not_known() -> None:
    with open_rows(io.BytesIO(b'{"text": "a"}\n')) as reader:
        assert [(row, reader.fraction()) for row in reader] == [(Row(0, {"text": "a"}), None)]


def test_parquet_without_its_package_names_it(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    path = write("in.parquet", b"PAR1")
    with pytest.raises(InputError, match="Parquet needs the package pyarrow"):
        _read(path)
    with pytest.raises(InputError, match="Parquet needs the package pyarrow"):
        require_writable(".parquet")
