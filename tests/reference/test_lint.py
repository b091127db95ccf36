"""The reference as it stands keeps its own rules."""

from datetime import date
from pathlib import Path

import pytest

from models.reference.lint import lint_reference
from models.reference.rules import Severity
from models.reference.schema import CurationError
from tests.conftest import ROOT

EVIDENCE = ROOT / "training_data" / "evidence"
MODELS = ROOT / "models" / "artefacts"


def test_shipped_reference_has_no_errors() -> None:
    findings = lint_reference(
        EVIDENCE,
        today=date.today(),
        models_dir=MODELS,
        claims_dir=ROOT / "training_data" / "claims",
    )
    assert [str(one) for one in findings if one.severity is Severity.ERROR] == []


def test_old_reviews_only_warn() -> None:
    findings = lint_reference(EVIDENCE, today=date(2100, 1, 1), models_dir=MODELS)
    old = {(one.rule, one.severity) for one in findings if one.rule != "unneeded-exception"}
    assert old == {("review-overdue", Severity.WARNING)}


def test_file_out_of_form_is_named(tmp_path: Path) -> None:
    (tmp_path / "vocabulary.yaml").write_text((EVIDENCE / "vocabulary.yaml").read_text("utf-8"))
    (tmp_path / "bad.yaml").write_text("- {id: example-efficacy, colour: blue}")
    with pytest.raises(CurationError, match=r"bad\.yaml:1: example-efficacy"):
        lint_reference(tmp_path, today=date(2026, 6, 1), models_dir=MODELS)
