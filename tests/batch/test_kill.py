"""A batch that is killed with no warning, as a process of its own, goes on as if nothing was."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import ROOT

ROWS = 2_500
COMMAND = """
import server.__main__ as cli
from tests.conftest import make_tiny_engine
cli.load_engine = lambda *_, **__: make_tiny_engine()
cli.app()
"""
"""The command with small models: what is killed here is the code, whatever the weights."""
DEADLINE_SECONDS = 120.0

pytestmark = pytest.mark.slow


def _batch(source: Path, output: Path, *more: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-c", COMMAND, "batch", str(source), "-o", str(output), *more]
    return subprocess.Popen(command, stderr=subprocess.PIPE, cwd=ROOT)


def _finish(process: "subprocess.Popen[bytes]") -> int:
    _, errors = process.communicate(timeout=DEADLINE_SECONDS)
    assert b"Traceback" not in errors
    return process.returncode


def _kill_in_the_middle(process: "subprocess.Popen[bytes]", journal: Path, rows: int) -> None:
    """Kills once more than `rows` are committed; fails if the run is done before."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if _rows_done(journal) > rows:
            os.kill(process.pid, signal.SIGKILL)
            break
    process.communicate()
    assert process.returncode == -signal.SIGKILL


def _rows_done(journal: Path) -> int:
    try:
        return int(json.loads(journal.read_bytes())["input_rows"])
    except FileNotFoundError:
        return 0


def test_killed_and_resumed_run_is_byte_for_byte_an_uninterrupted_one(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    lines = [
        json.dumps({"id": n, "text": f"Ketamine cures {n} of 9 people for good. Call us."})
        for n in range(ROWS)
    ]
    source.write_text("\n".join([*lines[:700], "broken", *lines[700:]]))
    whole, cut = tmp_path / "whole.jsonl", tmp_path / "cut.jsonl"
    assert _finish(_batch(source, whole)) == 3

    journal = tmp_path / f"{cut.name}.part" / "journal.json"
    _kill_in_the_middle(_batch(source, cut), journal, 0)
    _kill_in_the_middle(_batch(source, cut, "--resume"), journal, ROWS // 2)
    assert not cut.exists()
    assert _finish(_batch(source, cut, "--resume")) == 3

    assert cut.read_bytes() == whole.read_bytes()
    errors = [path.with_name(f"{path.name}.errors.jsonl").read_bytes() for path in (cut, whole)]
    assert errors[0] == errors[1] != b""
    assert not journal.parent.exists()
