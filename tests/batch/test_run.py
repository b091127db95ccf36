"""A file of documents goes through the engine and comes out whole."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.batch import run as run_module
from server.batch.journal import OutputRefused
from server.batch.results import Level, Plan
from server.batch.rows import InputError, json_bytes
from server.batch.run import BatchFiles, run_batch
from server.engine.check import MAX_BLOCK_CHARACTERS, Engine
from server.engine.values import Block, Report, Versions
from server.wire import answer_of

SENTENCES = Plan(Level.SENTENCE, "text")
AS_SENTENCE = Plan(Level.AS_SENTENCE, "text")
TEXTS = (
    "Ketamine is FDA approved for depression. Call us today.",
    "Ketamine cures PTSD for good.",
    "Our office is in Springfield.",
    "",
    "Spravato may ease treatment-resistant depression. It lasts forever!",
)


class Spy:
    """An engine that keeps what it is asked, and dies when told to."""

    def __init__(self, engine: Engine, *, calls_before_death: int | None = None) -> None:
        self.versions: Versions = engine.versions
        self.asked: list[Sequence[Sequence[Block]]] = []
        self._engine = engine
        self._calls_before_death = calls_before_death

    def check_pages(self, pages: Sequence[Sequence[Block]], *, split: bool = True) -> list[Report]:
        if len(self.asked) == self._calls_before_death:
            raise KeyboardInterrupt
        self.asked.append(pages)
        return self._engine.check_pages(pages, split=split)


def _as_engine(spy: Spy) -> Engine:
    return cast(Engine, spy)


def _jsonl(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    path.write_bytes(b"".join(json_bytes(row) + b"\n" for row in rows))
    return path


def _results(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def _errors(output: Path) -> list[dict[str, Any]]:
    return _results(output.with_name(f"{output.name}.errors.jsonl"))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    rows = [{"id": number, "text": TEXTS[number % len(TEXTS)]} for number in range(23)]
    return _jsonl(tmp_path / "in.jsonl", rows)


def test_every_claim_of_every_row_is_in_the_output(tiny_engine: Engine, tmp_path: Path) -> None:
    rows = [{"text": text, "id": place} for place, text in enumerate(TEXTS)]
    files = BatchFiles(_jsonl(tmp_path / "in.jsonl", rows), tmp_path / "out.jsonl")
    done = run_batch(tiny_engine, files, SENTENCES)
    expected = [
        (place, claim.start, claim.end, claim.text, claim.verdict.value)
        for place, text in enumerate(TEXTS)
        for claim in answer_of(tiny_engine.check([Block("text", text)])).claims
    ]
    names = ("id", "start", "end", "claim", "verdict")
    assert [tuple(result[name] for name in names) for result in _results(files.output)] == expected
    assert (done.input_rows, done.output_rows, done.bad_rows) == (5, len(expected), 0)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl", "out.jsonl"]


def test_as_sentence_gives_one_row_for_each_in_order(tiny_engine: Engine, source: Path) -> None:
    output = source.with_name("out.jsonl")
    run_batch(tiny_engine, BatchFiles(source, output), AS_SENTENCE)
    results = _results(output)
    assert [(result["row"], result["id"]) for result in results] == [(n, n) for n in range(23)]
    assert all(result["is_claim"] == (result["verdict"] is not None) for result in results)


def test_context_column_names_the_treatment(tiny_engine: Engine, tmp_path: Path) -> None:
    spy = Spy(tiny_engine)
    rows = [{"text": "It works.", "title": "Ketamine"}]
    files = BatchFiles(_jsonl(tmp_path / "in.jsonl", rows), tmp_path / "out.jsonl")
    run_batch(_as_engine(spy), files, Plan(Level.AS_SENTENCE, "text", context_column="title"))
    [[page]] = spy.asked
    assert [block.text for block in page] == ["Ketamine", "It works."]
    [result] = _results(files.output)
    assert result["title"] == "Ketamine"


def test_html_is_checked_block_by_block(tiny_engine: Engine, tmp_path: Path) -> None:
    rows = [{"page": f"<nav>Home</nav><p>{TEXTS[0]}<p>{TEXTS[1]}"}]
    files = BatchFiles(_jsonl(tmp_path / "in.jsonl", rows), tmp_path / "out.jsonl")
    run_batch(tiny_engine, files, Plan(Level.SENTENCE, "page", is_html=True))
    results = _results(files.output)
    assert results
    for result in results:
        assert result["block_text"][result["start"] : result["end"]] == result["claim"]


def test_bad_rows_go_to_the_errors_and_the_others_are_checked(
    tiny_engine: Engine, tmp_path: Path
) -> None:
    source = tmp_path / "in.jsonl"
    lines = [
        json_bytes({"text": TEXTS[0]}),
        b"{broken",
        json_bytes({"text": 5}),
        json_bytes({"text": "It \x00 works."}),
        json_bytes({"body": "a"}),
        json_bytes({"text": "x" * (MAX_BLOCK_CHARACTERS + 1)}),
        json_bytes({"text": TEXTS[1]}),
    ]
    source.write_bytes(b"\n".join(lines))
    output = tmp_path / "out.jsonl"
    done = run_batch(tiny_engine, BatchFiles(source, output), AS_SENTENCE)
    assert [result["row"] for result in _results(output)] == [0, 6]
    errors = _errors(output)
    assert [error["row"] for error in errors] == [1, 2, 3, 4, 5]
    for error, words in zip(
        errors,
        ["not JSON", "must hold text", "U+0000", "no column 'text'", "limit is 100,000"],
        strict=True,
    ):
        assert words in error["cause"]
    assert (done.input_rows, done.output_rows, done.bad_rows) == (7, 2, 5)


def test_equal_texts_of_a_chunk_are_judged_once(tiny_engine: Engine, source: Path) -> None:
    spy = Spy(tiny_engine)
    files = BatchFiles(source, source.with_name("out.jsonl"))
    run_batch(_as_engine(spy), files, AS_SENTENCE)
    assert spy.asked == [[(Block("text", text),) for text in TEXTS]]


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
def test_resumed_run_is_byte_for_byte_an_uninterrupted_one(
    tiny_engine: Engine, source: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if suffix == ".parquet":
        pytest.importorskip("pyarrow")
    monkeypatch.setattr(run_module, "CHUNK_ROWS", 3)
    with source.open("ab") as handle:
        handle.write(b"broken\n")
    whole = source.with_name(f"whole{suffix}")
    run_batch(tiny_engine, BatchFiles(source, whole), SENTENCES)
    cut = source.with_name(f"cut{suffix}")
    for calls in (2, 0, 4, 1):
        dying = _as_engine(Spy(tiny_engine, calls_before_death=calls))
        with pytest.raises(KeyboardInterrupt):
            run_batch(dying, BatchFiles(source, cut), SENTENCES, resume=True)
    run_batch(tiny_engine, BatchFiles(source, cut), SENTENCES, resume=True)
    assert cut.read_bytes() == whole.read_bytes()
    assert _errors(cut) == _errors(whole)


def test_stream_resumes_when_it_begins_the_same(
    tiny_engine: Engine, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_module, "CHUNK_ROWS", 3)
    content = source.read_bytes()
    output = source.with_name("out.jsonl")
    dying = _as_engine(Spy(tiny_engine, calls_before_death=2))
    with pytest.raises(KeyboardInterrupt):
        run_batch(dying, BatchFiles(io.BytesIO(content), output), AS_SENTENCE)
    other = BatchFiles(io.BytesIO(content[20:]), output)
    with pytest.raises(OutputRefused, match="does not begin with"):
        run_batch(tiny_engine, other, AS_SENTENCE, resume=True)
    files = BatchFiles(io.BytesIO(content), output)
    assert run_batch(tiny_engine, files, AS_SENTENCE, resume=True).output_rows == 23


def test_changed_input_does_not_resume(
    tiny_engine: Engine, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_module, "CHUNK_ROWS", 3)
    files = BatchFiles(source, source.with_name("out.jsonl"))
    with pytest.raises(KeyboardInterrupt):
        run_batch(_as_engine(Spy(tiny_engine, calls_before_death=2)), files, AS_SENTENCE)
    with source.open("ab") as handle:
        handle.write(b'{"text": "More."}\n')
    with pytest.raises(OutputRefused, match="other input"):
        run_batch(tiny_engine, files, AS_SENTENCE, resume=True)


WORDS = st.sampled_from([*TEXTS, 'He said "cured",\r\nthen left.', "🌿 NAD+ heals.", "\u2028"])
DOCUMENTS = st.lists(st.fixed_dictionaries({"text": WORDS, "id": st.text(max_size=5)}))


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(documents=DOCUMENTS, plan=st.sampled_from([Plan(level, "text") for level in Level]))
def test_formats_in_and_out_agree(
    tiny_engine: Engine,
    tmp_path_factory: pytest.TempPathFactory,
    documents: list[dict[str, str]],
    plan: Plan,
) -> None:
    pa = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    folder = tmp_path_factory.mktemp("formats")
    sources = [_jsonl(folder / "a.jsonl", documents), folder / "a.csv", folder / "a.parquet"]
    with sources[1].open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, ["text", "id"])
        writer.writeheader()
        writer.writerows(documents)
    text = pa.string()
    schema = pa.schema([("text", text), ("id", text)])
    parquet.write_table(pa.Table.from_pylist(documents, schema=schema), sources[2])
    found = []
    for place, source in enumerate(sources):
        for suffix in (".jsonl", ".csv", ".parquet"):
            output = folder / f"out{place}{suffix}"
            run_batch(tiny_engine, BatchFiles(source, output), plan)
            found.append(_in_common(output, plan))
    assert all(results == found[0] for results in found)


def _in_common(output: Path, plan: Plan) -> list[dict[str, Any]]:
    """The results in the one form that every format can be brought to."""
    if output.suffix == ".parquet":
        parquet = pytest.importorskip("pyarrow.parquet")
        return [_without_empty(row) for row in parquet.read_table(output).to_pylist()]
    if output.suffix == ".jsonl":
        return [_without_empty(row) for row in _results(output)]
    with output.open(encoding="utf-8", newline="") as handle:
        return [
            _without_empty({name: _value(name, cell, plan) for name, cell in row.items()})
            for row in csv.DictReader(handle, strict=True)
        ]


def _without_empty(row: Mapping[str, Any]) -> dict[str, Any]:
    """CSV has no null but nothing, Parquet no object without members."""
    return {name: value for name, value in row.items() if value not in (None, "", {})}


def _value(name: str, cell: str, plan: Plan) -> Any:
    is_text = name in ("claim", "verdict", "worst_verdict") or name.endswith("_version")
    return cell if is_text or name not in plan.own_columns or not cell else json.loads(cell)


@pytest.mark.parametrize(
    ("name", "content", "output", "plan", "message"),
    [
        pytest.param("in.csv", "id\n1\n", "out.jsonl", SENTENCES, "no column 'text'", id="column"),
        pytest.param(
            "in.csv", "text,row\na,1\n", "out.csv", SENTENCES, "column 'row' has the name", id="csv"
        ),
        pytest.param(
            "in.jsonl", '{"text": "a", "row": 1}', "out.csv", SENTENCES, "rename it", id="jsonl"
        ),
        pytest.param("in.csv", "text\na\n", "out.xlsx", SENTENCES, "must end in", id="output"),
        pytest.param("in.csv", "text\na\n", "in.csv", SENTENCES, "same file", id="itself"),
        pytest.param("in.csv", "text\na\n", "no/out.csv", SENTENCES, "does not exist", id="folder"),
    ],
)
def test_run_that_cannot_succeed_is_refused_and_leaves_nothing(
    tiny_engine: Engine,
    tmp_path: Path,
    name: str,
    content: str,
    output: str,
    plan: Plan,
    message: str,
) -> None:
    source = tmp_path / name
    source.write_text(content)
    with pytest.raises(InputError, match=message):
        run_batch(tiny_engine, BatchFiles(source, tmp_path / output), plan, force=True)
    assert list(tmp_path.iterdir()) == [source]


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
def test_input_without_rows_gives_an_output_without_rows(
    tiny_engine: Engine, tmp_path: Path, suffix: str
) -> None:
    if suffix == ".parquet":
        pytest.importorskip("pyarrow")
    source = tmp_path / "in.jsonl"
    source.write_bytes(b"")
    output = tmp_path / f"out{suffix}"
    done = run_batch(tiny_engine, BatchFiles(source, output), SENTENCES)
    assert (done.input_rows, output.exists()) == (0, True)
