"""What changed between two states, and which labelled claims it turns."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from models.reference.confirmed import changed_verdicts
from models.reference.diff import (
    Change,
    UnknownState,
    changes_between,
    flips_between,
    reference_state,
)
from tests.conftest import ROOT

EVIDENCE = ROOT / "training_data" / "evidence"
CLAIMS = ROOT / "training_data" / "claims"
MODELS = ROOT / "models" / "artefacts"


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """The reference with one certainty lowered and one file gone."""
    directory = tmp_path / "evidence"
    shutil.copytree(EVIDENCE, directory)
    (directory / "amanita.yaml").unlink()
    path = directory / "nad.yaml"
    path.write_text(path.read_text().replace("  certainty: low\n", "  certainty: very-low\n", 1))
    return directory


def test_changes_are_told_by_entry_and_field(changed: Path) -> None:
    changes = changes_between(EVIDENCE, changed)
    gone = [one.id for one in changes if one.kind == "removed"]
    assert gone
    assert all(name.startswith("amanita-") for name in gone)
    (turned,) = (one for one in changes if one.kind == "changed")
    assert turned.fields == ("certainty",)
    assert str(turned) == f"changed: {turned.id} (certainty)"
    assert {one.kind for one in changes_between(changed, EVIDENCE)} == {"added", "changed"}
    assert changes_between(EVIDENCE, EVIDENCE) == []


def test_state_is_a_folder_or_a_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    subprocess.run(["git", "init", "-q"], check=True)
    inside = tmp_path / "training_data" / "evidence"
    inside.mkdir(parents=True)
    (inside / "vocabulary.yaml").write_text("routes: []\n")
    subprocess.run(["git", "add", "."], check=True)
    author = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run(["git", *author, "commit", "-qm", "First"], check=True)
    with reference_state("HEAD") as directory:
        assert (directory / "vocabulary.yaml").read_text() == "routes: []\n"
    with reference_state(str(inside)) as directory:
        assert directory == inside
    with pytest.raises(UnknownState, match="'no-such-commit' is neither"):
        reference_state("no-such-commit").__enter__()


@pytest.mark.slow
@pytest.mark.trained
def test_claims_lose_their_verdict_with_their_statements(changed: Path) -> None:
    flips = flips_between(EVIDENCE, changed, CLAIMS, MODELS)
    assert any(flip.evidence.startswith("amanita-") for flip in flips)
    assert all(flip.before != flip.after for flip in flips)


@pytest.mark.slow
@pytest.mark.trained
def test_labelled_claims_keep_their_confirmed_verdicts() -> None:
    flips = changed_verdicts(CLAIMS, MODELS)
    told = "\n".join(str(flip) for flip in flips[:20])
    assert not flips, f"{len(flips)} verdicts changed; `reference confirm` accepts them:\n{told}"


def test_change_reads_as_a_line() -> None:
    assert str(Change("a-efficacy", "added")) == "added: a-efficacy"
