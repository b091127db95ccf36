"""One decision from many judgements."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.engine.decide import Policy, decide
from server.engine.values import VERDICTS, Judgement, Label, Relation
from tests.conftest import STATEMENTS

POLICY = Policy(
    claim_threshold=0.5,
    related_threshold=0.2,
    supported_threshold=0.5,
    false_threshold=0.6,
    sharpness=1,
)


def judgement(
    related: float, supports: float, weaker: float, none: float, contradicts: float, row: int = 0
) -> Judgement:
    """A judgement whose relation probabilities are given for a related pair."""
    return Judgement(
        STATEMENTS[row],
        0.5,
        {
            Relation.SUPPORTS: related * supports,
            Relation.IS_WEAKER: related * weaker,
            Relation.REPORTS_NO_EVIDENCE: related * none,
            Relation.CONTRADICTS: related * contradicts,
            Relation.UNRELATED: 1 - related,
        },
    )


def test_claim_without_candidates_is_uncovered() -> None:
    decision = decide((), POLICY)
    assert (decision.label, decision.confidence, decision.judgements) == (Label.UNCOVERED, 1.0, ())


def test_claim_without_related_statement_is_uncovered() -> None:
    decision = decide([judgement(0.1, 1, 0, 0, 0)], POLICY)
    assert decision.label is Label.UNCOVERED
    assert decision.confidence == 0.9


def test_likely_false_is_called_false() -> None:
    assert decide([judgement(0.9, 0.1, 0.2, 0.0, 0.7)], POLICY).label is Label.FALSE


def test_false_below_its_threshold_gets_a_weaker_verdict() -> None:
    assert decide([judgement(0.9, 0.1, 0.35, 0.0, 0.55)], POLICY).label is Label.OVERSTATED


def test_false_threshold_only_ever_weakens() -> None:
    one = judgement(0.9, 0.1, 0.3, 0.05, 0.55)
    order = [Label.SUPPORTED, *VERDICTS[1:]]
    found = [
        order.index(decide([one], replace(POLICY, false_threshold=t / 100)).label)
        for t in range(0, 101, 5)
    ]
    assert found == sorted(found, reverse=True)


def test_more_related_statement_outweighs() -> None:
    near, far = judgement(0.9, 0.9, 0.1, 0, 0), judgement(0.3, 0, 0, 0, 1, row=1)
    assert decide([far, near], POLICY).label is Label.SUPPORTED


def test_probabilities_add_up() -> None:
    decision = decide([judgement(0.9, 0.4, 0.3, 0.2, 0.1), judgement(0.5, 0, 0, 0, 1)], POLICY)
    assert abs(sum(decision.probabilities.values()) - 1) < 1e-9


def test_evidence_that_carries_the_verdict_stands_first() -> None:
    nearest, carrying = judgement(0.9, 0.55, 0.45, 0, 0), judgement(0.8, 0.0, 0.0, 0, 1.0, row=1)
    decision = decide([nearest, carrying], replace(POLICY, false_threshold=0.3))
    assert decision.label is Label.FALSE
    assert decision.judgements[0] is carrying


def test_statement_on_one_source_makes_no_claim_false() -> None:
    against = judgement(0.9, 0.0, 0.05, 0.0, 0.95)
    alone = replace(against, evidence=replace(against.evidence, may_refute=False))
    assert decide([against], POLICY).label is Label.FALSE
    weaker = decide([alone], POLICY)
    assert (weaker.label, weaker.probabilities[Label.FALSE]) == (Label.OVERSTATED, 0.0)
    assert sum(weaker.probabilities.values()) == pytest.approx(1.0)
