"""What the shipped engine must say of plain sentences."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from server.artefacts import load_encoder
from server.engine.check import Engine
from server.engine.values import Block, Label, Verdict
from tests.conftest import ROOT

pytestmark = pytest.mark.trained

PAIRS = yaml.safe_load((Path(__file__).parent / "minimal_pairs.yaml").read_text(encoding="utf-8"))


def verdict_on(engine: Engine, text: str) -> Verdict:
    (report,) = engine.check_pages([[Block("b", text)]], split=False)
    (verdict,) = report.verdicts
    return verdict


def answer_on(engine: Engine, text: str) -> Label | None:
    """The label of a sentence; None where it is taken for no claim."""
    (report,) = engine.check_pages([[Block("b", text)]], split=False)
    return report.verdicts[0].label if report.verdicts else None


def test_unapproved_use_called_approved_is_false_by_the_approval_statement(
    trained_engine: Engine,
) -> None:
    verdict = verdict_on(trained_engine, "Ketamine infusions are FDA-approved for depression.")
    assert verdict.label is Label.FALSE
    assert verdict.judgements[0].evidence.id == "ketamine-regulatory-depression-off-label"


def test_honest_account_of_approval_is_supported(trained_engine: Engine) -> None:
    text = (
        "Ketamine is approved by the FDA as an anesthetic, and its use for depression is off-label."
    )
    assert verdict_on(trained_engine, text).label is Label.SUPPORTED


def test_treatment_outside_the_reference_is_uncovered(trained_engine: Engine) -> None:
    verdict = verdict_on(trained_engine, "Laser surgery fixes short sight for good.")
    assert verdict.label is Label.UNCOVERED


def test_untested_use_of_a_covered_treatment_is_unsupported(trained_engine: Engine) -> None:
    verdict = verdict_on(trained_engine, "Exosome drips reverse ageing.")
    assert verdict.label is Label.UNSUPPORTED
    assert verdict.judgements[0].evidence.id.startswith("exosomes-")


def test_minimal_pairs_do_not_share_a_verdict(trained_engine: Engine) -> None:
    """The honest sentence of a pair is cleared and its twin flagged, though they are near-equal in
    words: similarity alone would give both one answer."""
    told_apart = [
        answer_on(trained_engine, honest["text"]) is Label.SUPPORTED
        and answer_on(trained_engine, twin["text"]) in (Label.OVERSTATED, Label.FALSE)
        for honest, twin in PAIRS
    ]
    assert len(PAIRS) == 20
    assert sum(told_apart) >= MINIMAL_PAIRS_TOLD_APART


MINIMAL_PAIRS_TOLD_APART = 12
"""As measured on the shipped weights; raised when they get better. It was 14 while a linear judge
served ketamine alone, and 11 when the same judge had to serve 76 treatments."""


def test_twins_lie_side_by_side() -> None:
    """What makes the pairs hard: the encoder alone hardly tells them apart."""
    encoder = load_encoder(ROOT / "models" / "artefacts" / "encoder")
    honest, twins = (encoder.encode([pair[side]["text"] for pair in PAIRS]) for side in (0, 1))
    assert (honest * twins).sum(axis=1).mean() > 0.8
