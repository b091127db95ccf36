"""One decision from all that is known of a claim."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from server.engine.decide import (
    Decider,
    Decision,
    Known,
    Policy,
    decision_features,
    label_of,
    worst_of,
)
from server.engine.terms import TermMatcher
from server.engine.values import VERDICTS, Judgement, Label, Part, Precedent, Relation, Span
from tests.conftest import POLICY, STATEMENTS, LetterEncoder, make_advisers, what_statements_say

CONDITIONS = TermMatcher({"depression": ["depression"]})
VECTORS = LetterEncoder().encode([one.statement for one in STATEMENTS])
ADVISERS = make_advisers(CONDITIONS, VECTORS)


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


def decide(
    judgements: Sequence[Judgement],
    policy: Policy = POLICY,
    precedents: Sequence[Precedent] = (),
) -> Decision:
    """The decision on one claim, by its statements alone."""
    decider = Decider(what_statements_say(ADVISERS), ADVISERS, policy)
    known = Known(["Ketamine eases depression."], VECTORS[:1], [judgements], [precedents])
    (decision,) = decider.decide(known)
    return decision


def test_claim_without_candidates_is_uncovered() -> None:
    decision = decide(())
    assert (decision.label, decision.confidence, decision.judgements) == (Label.UNCOVERED, 1.0, ())


def test_claim_without_related_statement_is_uncovered() -> None:
    decision = decide([judgement(0.1, 1, 0, 0, 0)])
    assert decision.label is Label.UNCOVERED
    assert decision.confidence == 0.9


def test_likely_false_is_called_false() -> None:
    assert decide([judgement(0.9, 0.1, 0.2, 0.0, 0.7)]).label is Label.FALSE


def test_false_below_its_threshold_gets_a_weaker_verdict() -> None:
    assert decide([judgement(0.9, 0.1, 0.35, 0.0, 0.55)]).label is Label.OVERSTATED


def test_false_threshold_only_ever_weakens() -> None:
    one = judgement(0.9, 0.1, 0.3, 0.05, 0.55)
    order = list(VERDICTS)
    found = [
        order.index(decide([one], replace(POLICY, false_threshold=t / 100)).label)
        for t in range(0, 101, 5)
    ]
    assert found == sorted(found, reverse=True)
    assert len(set(found)) > 1


def test_more_related_statement_outweighs() -> None:
    near, far = judgement(0.9, 0.9, 0.1, 0, 0), judgement(0.3, 0, 0, 0, 1, row=1)
    assert decide([far, near]).label is Label.SUPPORTED


def test_probabilities_add_up() -> None:
    decision = decide([judgement(0.9, 0.4, 0.3, 0.2, 0.1), judgement(0.5, 0, 0, 0, 1)])
    assert sum(decision.probabilities.values()) == pytest.approx(1.0)


def test_evidence_that_carries_the_verdict_stands_first() -> None:
    nearest, carrying = judgement(0.9, 0.55, 0.45, 0, 0), judgement(0.8, 0.0, 0.0, 0, 1.0, row=1)
    decision = decide([nearest, carrying], replace(POLICY, false_threshold=0.3))
    assert decision.label is Label.FALSE
    assert decision.judgements[0] is carrying


def test_statement_on_one_source_makes_no_claim_false() -> None:
    against = judgement(0.9, 0.0, 0.05, 0.0, 0.95)
    alone = replace(against, evidence=replace(against.evidence, may_refute=False))
    assert decide([against]).label is Label.FALSE
    weaker = decide([alone])
    assert (weaker.label, weaker.probabilities[Label.FALSE]) == (Label.OVERSTATED, 0.0)
    assert sum(weaker.probabilities.values()) == pytest.approx(1.0)


def test_nothing_is_false_that_no_statement_contradicts() -> None:
    shares = {Label.SUPPORTED: 0.05, Label.OVERSTATED: 0.05, Label.UNSUPPORTED: 0.0}
    assert label_of({**shares, Label.FALSE: 0.9}, POLICY) is Label.FALSE
    agreeing = judgement(0.9, 0.4, 0.3, 0.0, 0.3)
    assert decide([agreeing], replace(POLICY, false_threshold=0.1)).label is not Label.FALSE


def test_precedents_shown_have_the_verdict() -> None:
    alike = [Precedent(f"claim {label}", label, 0.9) for label in VERDICTS]
    decision = decide([judgement(0.9, 1, 0, 0, 0)], precedents=alike)
    assert decision.precedents == (alike[0],)


def test_sentence_takes_the_worst_verdict_of_its_parts() -> None:
    whole = decide([judgement(0.9, 1, 0, 0, 0)])
    worse = judgement(0.9, 0, 0, 0, 1, row=1)
    parts = [
        Part(Span(0, 4), Label.SUPPORTED, 0.9, whole.judgements),
        Part(Span(5, 9), Label.FALSE, 0.8, (worse,)),
    ]
    worst = worst_of(whole, parts)
    assert (worst.label, worst.confidence, worst.judgements) == (Label.FALSE, 0.8, (worse,))
    assert worst_of(whole, parts[:1]) is whole


def test_uncovered_part_hides_no_verdict() -> None:
    whole = decide([judgement(0.9, 1, 0, 0, 0)])
    assert worst_of(whole, [Part(Span(0, 4), Label.UNCOVERED, 0.9, ())]) is whole


def test_features_have_one_width_whatever_is_known() -> None:
    known = Known(
        ["Ketamine eases depression.", "x"],
        VECTORS,
        [[judgement(0.9, 1, 0, 0, 0)], ()],
        [[Precedent("x", Label.FALSE, 0.9)], ()],
    )
    features = decision_features(known, ADVISERS)
    assert features.shape == (2, what_statements_say(ADVISERS).weights.shape[1])
    assert np.isfinite(features).all()
