"""An unfinished output goes on where it stopped, and never mixes with another."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.batch.journal import OutputRefused, WorkFolder
from server.batch.rows import BadRow, Row

FINGERPRINT = {"input": {"bytes": 9}, "options": {"level": "sentence"}, "models": {"model": "m1"}}
ROWS = [Row(0, {"text": "a"}), BadRow(1, "broken"), Row(2, {"text": "b"})]


def _as_is(rows: Path, _: Path) -> Path:
    return rows


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "out.jsonl"


def _begin_and_stop(output: Path, used: int = 2) -> None:
    with WorkFolder(output) as work:
        work.begin(FINGERPRINT, resume=False, force=False)
        work.commit(ROWS[:used], [{"n": 1}], [BadRow(1, "broken")])


def _remaining(work: WorkFolder) -> Iterator[Row | BadRow]:
    rows = iter(ROWS)
    work.skip_used(rows)
    return rows


def test_run_that_goes_on_has_what_one_run_would_have(output: Path) -> None:
    _begin_and_stop(output)
    with WorkFolder(output) as work:
        work.begin(FINGERPRINT, resume=True, force=False)
        assert list(_remaining(work)) == ROWS[2:]
        work.commit(ROWS[2:], [{"n": 2}], [])
        work.finish(_as_is)
    assert output.read_bytes() == b'{"n": 1}\n{"n": 2}\n'
    assert work.errors_file.read_bytes() == b'{"row": 1, "cause": "broken"}\n'
    assert sorted(output.parent.iterdir()) == [output, work.errors_file]


def test_what_was_written_after_the_last_commit_is_cut_off(output: Path) -> None:
    _begin_and_stop(output)
    work = WorkFolder(output)
    for name in ("rows.jsonl", "errors.jsonl"):
        with (work.folder / name).open("ab") as handle:
            handle.write(b'{"n": 1, "half a ro')
    with work:
        work.begin(FINGERPRINT, resume=True, force=False)
        work.commit(ROWS[2:], [], [])
        work.finish(_as_is)
    assert output.read_bytes() == b'{"n": 1}\n'
    assert work.errors_file.read_bytes() == b'{"row": 1, "cause": "broken"}\n'


def test_unfinished_run_is_not_overwritten_unasked(output: Path) -> None:
    _begin_and_stop(output)
    with WorkFolder(output) as work, pytest.raises(OutputRefused, match="--resume goes on"):
        work.begin(FINGERPRINT, resume=False, force=False)
    with WorkFolder(output) as work:
        work.begin(FINGERPRINT, resume=False, force=True)
        assert list(_remaining(work)) == ROWS
        work.finish(_as_is)
    assert output.read_bytes() == b""


@pytest.mark.parametrize("resume", [False, True])
def test_finished_output_is_not_overwritten_unasked(output: Path, resume: bool) -> None:
    output.write_text("precious")
    with WorkFolder(output) as work, pytest.raises(OutputRefused, match="--force replaces it"):
        work.begin(FINGERPRINT, resume=resume, force=False)
    assert list(output.parent.iterdir()) == [output]
    assert output.read_text() == "precious"


def test_old_errors_leave_with_the_output_they_belong_to(output: Path) -> None:
    work = WorkFolder(output)
    output.write_text("old")
    work.errors_file.write_text("old")
    with work:
        work.begin(FINGERPRINT, resume=False, force=True)
        work.commit(ROWS[:1], [], [])
        work.finish(_as_is)
    assert list(output.parent.iterdir()) == [output]


def test_replacement_that_was_cut_off_goes_on(output: Path) -> None:
    output.write_text("old")
    with WorkFolder(output) as work:
        work.begin(FINGERPRINT, resume=False, force=True)
        work.commit(ROWS[:1], [{"n": 1}], [])
    assert output.read_text() == "old"
    with WorkFolder(output) as work:
        work.begin(FINGERPRINT, resume=True, force=False)
        work.finish(_as_is)
    assert output.read_bytes() == b'{"n": 1}\n'


@pytest.mark.parametrize("part", FINGERPRINT)
def test_run_of_other_input_options_or_models_does_not_go_on(output: Path, part: str) -> None:
    _begin_and_stop(output)
    with WorkFolder(output) as work, pytest.raises(OutputRefused, match=f"other {part}"):
        work.begin(FINGERPRINT | {part: {}}, resume=True, force=False)
    assert work.folder.is_dir()


@pytest.mark.parametrize(
    "rows", [[Row(0, {"text": "other"}), *ROWS[1:]], ROWS[:1], []], ids=["other", "fewer", "none"]
)
def test_input_with_another_beginning_does_not_go_on(
    output: Path, rows: list[Row | BadRow]
) -> None:
    _begin_and_stop(output)
    with WorkFolder(output) as work:
        work.begin(FINGERPRINT, resume=True, force=False)
        with pytest.raises(OutputRefused, match="does not begin with the 2 rows"):
            work.skip_used(iter(rows))


def test_run_without_a_commit_leaves_nothing(output: Path) -> None:
    with WorkFolder(output) as work:
        work.begin(FINGERPRINT, resume=False, force=False)
    assert list(output.parent.iterdir()) == []


def test_two_runs_do_not_write_one_output(output: Path) -> None:
    with WorkFolder(output) as first, WorkFolder(output) as second:
        first.begin(FINGERPRINT, resume=False, force=False)
        with pytest.raises(OutputRefused, match="another run is writing"):
            second.begin(FINGERPRINT, resume=False, force=True)


def test_finish_that_was_cut_off_may_be_repeated(output: Path) -> None:
    _begin_and_stop(output)

    def fail(rows: Path, table: Path) -> Path:
        table.write_bytes(rows.read_bytes()[:3])
        raise OSError("disk full")

    with WorkFolder(output) as work:
        work.begin(FINGERPRINT, resume=True, force=False)
        with pytest.raises(OSError, match="disk full"):
            work.finish(fail)
    with WorkFolder(output) as work:
        work.begin(FINGERPRINT, resume=True, force=False)
        assert work.journal.is_complete
        work.finish(_as_is)
    assert output.read_bytes() == b'{"n": 1}\n'


def test_kill_between_the_last_rename_and_the_clean_up_costs_nothing(output: Path) -> None:
    _begin_and_stop(output)
    work = WorkFolder(output)
    journal_file = work.folder / "journal.json"
    journal = json.loads(journal_file.read_bytes())
    journal_file.write_text(json.dumps(journal | {"is_complete": True}))
    (work.folder / "rows.jsonl").replace(output)
    with work:
        work.begin(FINGERPRINT, resume=True, force=False)
        work.finish(_as_is)
    assert output.read_bytes() == b'{"n": 1}\n'
    assert not work.folder.exists()


def test_file_that_lost_bytes_is_not_gone_on_with(output: Path) -> None:
    _begin_and_stop(output)
    (WorkFolder(output).folder / "rows.jsonl").write_bytes(b"")
    with WorkFolder(output) as work, pytest.raises(OutputRefused, match="has lost bytes"):
        work.begin(FINGERPRINT, resume=True, force=False)


def test_journal_of_another_version_is_refused(output: Path) -> None:
    _begin_and_stop(output)
    (WorkFolder(output).folder / "journal.json").write_text('{"pages": 3}')
    with WorkFolder(output) as work, pytest.raises(OutputRefused, match="no journal"):
        work.begin(FINGERPRINT, resume=True, force=False)
