"""A build embeds only what changed, and knows what may refute a claim."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from models.reference.build import build_reference
from server.artefacts import load_reference
from tests.conftest import ROOT

EVIDENCE = ROOT / "training_data" / "evidence"


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    """A small reference of its own, and a models folder with the encoder."""
    source, models = tmp_path / "evidence", tmp_path / "models"
    source.mkdir()
    for name in ("vocabulary.yaml", "biotin.yaml", "nad.yaml"):
        shutil.copy(EVIDENCE / name, source / name)
    shutil.copytree(ROOT / "models" / "artefacts" / "encoder", models / "encoder")
    return source, models


def test_only_changed_statements_are_embedded(places: tuple[Path, Path]) -> None:
    source, models = places
    first = build_reference(source, models)
    assert first.embedded == first.statements
    vectors = load_reference(models / "reference").vectors
    again = build_reference(source, models)
    assert (again.version, again.embedded) == (first.version, 0)
    path = source / "biotin.yaml"
    path.write_text(path.read_text().replace("statement: >-\n    ", "statement: >-\n    Now ", 1))
    changed = build_reference(source, models)
    assert (changed.embedded, changed.statements) == (1, first.statements)
    assert changed.version != first.version
    assert (load_reference(models / "reference").vectors != vectors).any(axis=1).sum() == 1


def test_reference_cut_off_while_written_is_built_anew(places: tuple[Path, Path]) -> None:
    source, models = places
    first = build_reference(source, models)
    (models / "reference" / "vectors.npy").write_bytes(b"half a file")
    assert build_reference(source, models).embedded == first.statements


def test_statement_on_one_source_may_not_refute(places: tuple[Path, Path]) -> None:
    source, models = places
    build_reference(source, models)
    entries = json.loads((models / "reference" / "statements.json").read_text())
    for entry, one in zip(entries, load_reference(models / "reference").statements, strict=True):
        assert one.may_refute is entry["may_refute"]
        assert len(entry["sources"]) > 1 or not one.may_refute
    assert {one["may_refute"] for one in entries} == {True, False}
