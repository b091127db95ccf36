"""The command line answers, and refuses bad input in words."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

import server.__main__ as cli
from models.reference.build import Built
from server.curator import EVIDENCE_DIR
from server.engine.check import MAX_PAGE_CHARACTERS, Engine
from server.engine.values import Block, BlockKind
from server.wire import answer_of
from tests.conftest import ROOT

EVIDENCE = ROOT / "training_data" / "evidence"
FDA = "Ketamine is FDA approved for depression."


@pytest.fixture
def runner(tiny_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setattr(cli, "load_engine", lambda *_, **__: tiny_engine)
    return CliRunner()


def _refused(runner: CliRunner, arguments: list[str], given: bytes | None = None) -> str:
    """The message of a call that must be refused without a traceback."""
    result = runner.invoke(cli.app, arguments, input=given)
    assert (result.exit_code, result.stdout) == (2, "")
    assert isinstance(result.exception, SystemExit)
    return result.stderr


def test_check_prints_the_api_answer_as_json(runner: CliRunner, tiny_engine: Engine) -> None:
    result = runner.invoke(cli.app, ["check", f"🌿 {FDA}", "--json"])
    expected = answer_of(tiny_engine.check([Block("text", f"🌿 {FDA}")]))
    assert json.loads(result.stdout) == expected.model_dump(mode="json", by_alias=True)
    assert result.exit_code == 0


@pytest.mark.parametrize("arguments", [["check", "-"], ["check"]])
def test_check_reads_standard_input(runner: CliRunner, arguments: list[str]) -> None:
    given = runner.invoke(cli.app, arguments, input=b"\xef\xbb\xbf" + FDA.encode())
    assert given.stdout == runner.invoke(cli.app, ["check", FDA]).stdout
    assert given.exit_code == 0


def test_check_takes_the_treatment_from_the_title(runner: CliRunner, tiny_engine: Engine) -> None:
    result = runner.invoke(cli.app, ["check", "It works.", "--title", "Ketamine", "--json"])
    blocks = [Block("title", "Ketamine", BlockKind.TITLE), Block("text", "It works.")]
    expected = answer_of(tiny_engine.check(blocks)).model_dump(mode="json", by_alias=True)
    assert json.loads(result.stdout) == expected


def test_plain_answer_names_verdict_claim_and_evidence(
    runner: CliRunner, tiny_engine: Engine
) -> None:
    lines = runner.invoke(cli.app, ["check", f"{FDA}\x1b[31m"]).stdout.splitlines()
    [verdict] = tiny_engine.check([Block("text", FDA)]).verdicts
    assert lines[0].split() == [verdict.label, f"{verdict.confidence:.0%}", *FDA.split(), "[31m"]
    assert any(verdict.judgements[0].evidence.id in line for line in lines)
    assert lines[-1] == f"1 claims in 1 sentences: 1 {verdict.label}"


@pytest.mark.parametrize("text", ["", " \n\t"])
def test_empty_text_is_an_empty_answer(runner: CliRunner, text: str) -> None:
    result = runner.invoke(cli.app, ["check", text, "--json"])
    answer = json.loads(result.stdout)
    assert (answer["claims"], answer["summary"]["sentences"], result.exit_code) == ([], 0, 0)
    assert result.stderr == "The text is empty, so there is nothing to check.\n"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        pytest.param(b"\x89PNG\r\n", "not UTF-8 text (byte 0x89 at position 0)", id="image"),
        pytest.param(b"ELF\x00", "U+0000 at position 3", id="NUL"),
        pytest.param(b"x" * (MAX_PAGE_CHARACTERS + 1), "the limit is", id="too long"),
        pytest.param(b"x" * (4 * MAX_PAGE_CHARACTERS + 1), "more than 1,000,000", id="endless"),
    ],
)
def test_text_that_is_none_is_refused(runner: CliRunner, given: bytes, message: str) -> None:
    assert message in _refused(runner, ["check", "-"], given)


def test_missing_models_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OVERCLAIM_MODELS_DIR", str(tmp_path))
    assert "is missing" in _refused(CliRunner(), ["check", FDA])


def test_setting_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OVERCLAIM_THREADS", "many")
    assert "OVERCLAIM_THREADS is 'many'" in _refused(CliRunner(), ["check", FDA])


def test_missing_encoder_package_names_its_make_target(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(*_: Any, **__: Any) -> None:
        raise ModuleNotFoundError("No module named 'torch'", name="torch")

    monkeypatch.setattr(cli, "load_engine", load)
    assert "needs torch, which is not installed; `make dev`" in _refused(CliRunner(), ["check", ""])


def test_missing_evaluation_package_names_its_make_target(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "models.evaluate.report", raising=False)
    monkeypatch.setitem(sys.modules, "models.evaluate.report", None)
    assert "`make evaluate` installs" in _refused(CliRunner(), ["evaluate"])


def test_batch_says_what_it_did(runner: CliRunner, tmp_path: Path) -> None:
    source, output = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text(f"id,body\n1,{FDA}\n", encoding="utf-8")
    arguments = ["batch", str(source), "-o", str(output), "--text-column", "body"]
    result = runner.invoke(cli.app, arguments)
    assert result.stderr == f"1 rows, 1 results: {output}\n"
    assert result.exit_code == 0
    assert output.read_text(encoding="utf-8").startswith("id,row,start,end,claim,verdict,")


def test_batch_with_bad_rows_has_status_3(runner: CliRunner, tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    result = runner.invoke(
        cli.app, ["batch", "-", "-o", str(output)], input=b'{"text": "a"}\n{"text": 1}\n'
    )
    assert result.stderr.splitlines()[-1] == f"1 bad rows: {output}.errors.jsonl"
    assert result.exit_code == 3


def test_batch_that_is_stopped_says_how_to_go_on(
    runner: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "run_batch", stop)
    result = runner.invoke(cli.app, ["batch", "in.csv", "-o", str(tmp_path / "out.csv")])
    assert (result.exit_code, "--resume" in result.stderr) == (130, True)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--engine", "ray"], "--engine ray is not available in this version"),
        (["--address", "auto"], "goes with --engine ray only"),
        (["--text-column", "a", "--html-column", "b"], "exclude each other"),
        (["--as-sentence", "--html-column", "b"], "--as-sentence takes a text"),
        (["--as-sentence", "--level", "document"], "exclude each other"),
        (["--context-column", "text"], "cannot be both"),
        ([], "No such file"),
        (["--level", "page"], "Invalid value for '--level'"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_batch_refuses_options_that_do_not_fit(
    runner: CliRunner, tmp_path: Path, options: list[str], message: str
) -> None:
    arguments = ["batch", str(tmp_path / "in.csv"), "-o", str(tmp_path / "out.csv"), *options]
    assert message in _refused(runner, arguments)
    assert list(tmp_path.iterdir()) == []


def test_reference_is_searched_and_shown() -> None:
    runner, evidence = CliRunner(), str(ROOT / "training_data" / "evidence")
    found = runner.invoke(
        cli.app, ["reference", "search", "blood pressure", "-d", evidence, "--limit", "1"]
    )
    first, statement = found.stdout.splitlines()
    assert "pressure" in statement
    shown = runner.invoke(cli.app, ["reference", "show", first, "-d", evidence])
    assert shown.stdout.startswith(f"{first}\n{statement}\n")


def test_lint_with_errors_has_status_1(tmp_path: Path) -> None:
    vocabulary = "interventions: {}\nconditions: {}\nroutes: []\nmeasures: {}\n"
    (tmp_path / "vocabulary.yaml").write_text(vocabulary)
    (tmp_path / "any.yaml").write_text(
        "- {id: any-efficacy-one, statement: It works, interventions: [], conditions: [],\n"
        "   facet: efficacy, direction: fact, certainty: low, certainty_because: A guess.,\n"
        "   reviewed: 2020-01-01, sources: [{title: T, publisher: P, year: 2000,\n"
        "   url: 'https://example.org', locator: page, seen: original, accessed: 2020-01-01}]}\n"
    )
    nothing = str(tmp_path / "claims")
    arguments = ["reference", "lint", str(tmp_path), "--claims", nothing, "--today", "2021-01-01"]
    result = CliRunner().invoke(cli.app, arguments)
    assert result.exit_code == 1
    assert result.stdout.splitlines()[0] == (
        "error: any.yaml:1: any-efficacy-one: the statement ends with 's'; "
        "end it with a full stop [one-sentence]"
    )


def test_build_prints_the_reference_version(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked = []

    def build_reference(source: Path, models_dir: Path) -> Built:
        asked.append((source, models_dir))
        return Built("0123456789ab", 7, 2)

    monkeypatch.setattr("models.reference.build.build_reference", build_reference)
    monkeypatch.setenv("OVERCLAIM_MODELS_DIR", str(tmp_path))
    result = CliRunner().invoke(cli.app, ["reference", "build"])
    assert (result.stdout, asked) == (
        "0123456789ab: 7 statements, 2 embedded anew\n",
        [(EVIDENCE_DIR, tmp_path)],
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["lint", "none"],
        ["build", "none"],
        ["search", "x", "-d", "none"],
        ["show", "x", "-d", "none"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_reference_that_is_not_there_is_refused(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "none" in _refused(CliRunner(), ["reference", *arguments])


def test_unknown_entry_is_refused_with_what_looks_like_it() -> None:
    evidence = str(ROOT / "training_data" / "evidence")
    message = _refused(CliRunner(), ["reference", "show", "ketamine-safety", "-d", evidence])
    assert "did you mean ketamine-safety-" in message


@pytest.mark.trained
def test_check_prints_false_for_the_fda_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OVERCLAIM_MODELS_DIR", str(ROOT / "models" / "artefacts"))
    result = CliRunner().invoke(cli.app, ["check", FDA])
    assert result.stdout.startswith("false ")
    assert result.stdout.endswith("1 claims in 1 sentences: 1 false\n")


@pytest.mark.slow
@pytest.mark.trained
def test_command_runs_as_people_run_it() -> None:
    command = [sys.executable, "-m", "server", "check", "-"]
    done = subprocess.run(
        command, input=FDA, capture_output=True, text=True, cwd=ROOT, timeout=120, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("false ")


def _commands(app: typer.Typer, prefix: str = "") -> Iterator[str]:
    for command in app.registered_commands:
        yield prefix + getattr(command.callback, "__name__", "")
    for group in app.registered_groups:
        if group.typer_instance:
            yield from _commands(group.typer_instance, f"{group.name} ")


def test_commands_are_those_of_the_contract() -> None:
    assert sorted(_commands(cli.app)) == [
        "batch", "check", "evaluate",
        "reference add", "reference build", "reference confirm", "reference diff", "reference lint",
        "reference search", "reference show",
    ]  # fmt: skip


ENTRY = (
    "In an invented trial kratom eased nothing.", "kratom", "chronic-pain", "efficacy", "no-effect",
    "low", "One invented trial.", "", "", "", "", "kratom-chronic-pain-efficacy-invented",
    "An invented trial", "A journal", "2024", "https://example.org/kratom", "", "abstract", "original",
    "n",
)  # fmt: skip


def _small_reference(directory: Path) -> Path:
    for name in ("vocabulary.yaml", "biotin.yaml"):
        shutil.copy(EVIDENCE / name, directory / name)
    return directory


def test_entry_is_added_by_answering_questions(tmp_path: Path) -> None:
    directory = _small_reference(tmp_path)
    result = CliRunner().invoke(
        cli.app, ["reference", "add", "-d", str(directory)], input="\n".join(ENTRY) + "\n"
    )
    assert result.exit_code == 0, result.output
    assert "kratom-chronic-pain-efficacy-invented written to" in result.stdout
    assert "In an invented trial" in (directory / "kratom.yaml").read_text()


def test_entry_that_breaks_a_rule_is_not_written(tmp_path: Path) -> None:
    directory = _small_reference(tmp_path)
    wrong = list(ENTRY)
    wrong[11] = "kratom-chronic-pain-safety"
    result = CliRunner().invoke(
        cli.app, ["reference", "add", "-d", str(directory)], input="\n".join([*wrong, "n"]) + "\n"
    )
    assert result.exit_code == 2
    assert "must contain the facet 'efficacy'" in result.stderr
    assert not (directory / "kratom.yaml").exists()


def test_diff_tells_what_changed_and_refuses_what_is_no_state(tmp_path: Path) -> None:
    directory = _small_reference(tmp_path)
    same = CliRunner().invoke(cli.app, ["reference", "diff", str(directory), str(directory)])
    assert (same.exit_code, same.stdout) == (0, "")
    assert "0 entries changed" in same.stderr
    assert "neither a folder nor a commit" in _refused(
        CliRunner(), ["reference", "diff", "no-such-commit", str(directory)]
    )
