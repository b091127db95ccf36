"""The order of candidates, and who is let in."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from server.engine.retrieve import CANDIDATES, RANKING_FEATURES, Reference, Retriever
from server.engine.terms import TermMatcher
from server.engine.values import Context, ContextSource
from tests.conftest import STATEMENTS

CONDITIONS = TermMatcher({"depression": ["depression"], "pain": ["pain"]})
KETAMINE = Context(("ketamine",), ContextSource.SENTENCE)
HALF = replace(
    STATEMENTS[0], id="ketamine-pain-efficacy", statement="Half (50%) felt less pain.",
    conditions=("pain",),
)  # fmt: skip
GENERAL = replace(
    STATEMENTS[0], id="any-efficacy-general", statement="Hope helps.", interventions=()
)
OZONE = replace(STATEMENTS[0], id="ozone-efficacy", interventions=("ozone",))
ALL = (*STATEMENTS, HALF, GENERAL, OZONE)


def retriever(**weights: float) -> Retriever:
    """A retriever over five statements that ranks by the named features alone."""
    vectors = np.eye(len(ALL), dtype=np.float32)
    ranking = [weights.get(name, 0.0) for name in RANKING_FEATURES]
    return Retriever(Reference(ALL, vectors, "test", {}), CONDITIONS, ranking)


def found(text: str, context: Context | None = KETAMINE, **weights: float) -> list[str]:
    vector = np.array([[0.1, 0.2, 0.3, 0.4, 0.9]], dtype=np.float32)
    (candidates,) = retriever(**weights).candidates([text], [context], vector)
    return [one.evidence.id for one in candidates]


def test_statement_on_another_treatment_is_never_a_candidate() -> None:
    assert found("Anything", similarity=1.0) == [
        GENERAL.id, HALF.id, STATEMENTS[1].id, STATEMENTS[0].id,
    ]  # fmt: skip


def test_claim_without_a_treatment_meets_general_statements_only() -> None:
    assert found("Anything", None, similarity=1.0) == [GENERAL.id]


@pytest.mark.parametrize(
    ("text", "feature", "first"),
    [
        ("It is not approved.", "words", STATEMENTS[1].id),
        ("It helps with pain.", "conditions", HALF.id),
        ("It is FDA-approved.", "approval", STATEMENTS[1].id),
        ("It works in 50% of people.", "figures", HALF.id),
        ("Anything", "general", GENERAL.id),
    ],
)
def test_each_feature_can_lead(text: str, feature: str, first: str) -> None:
    assert found(text, **{feature: 1.0})[0] == first


def test_ties_keep_the_order_of_the_reference() -> None:
    assert found("Anything") == [STATEMENTS[0].id, STATEMENTS[1].id, HALF.id, GENERAL.id]


def test_no_more_candidates_than_the_judge_reads() -> None:
    many = tuple(replace(STATEMENTS[0], id=f"ketamine-efficacy-{n}") for n in range(20))
    reference = Reference(many, np.ones((20, 1), np.float32), "test", {})
    searched = Retriever(reference, CONDITIONS, [1.0] * len(RANKING_FEATURES))
    (candidates,) = searched.candidates(["x"], [KETAMINE], np.ones((1, 1), np.float32))
    assert [one.evidence.id for one in candidates] == [one.id for one in many[:CANDIDATES]]


def test_ranking_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="7 weights, got 2"):
        Retriever(Reference((), np.zeros((0, 1), np.float32), "t", {}), CONDITIONS, [1.0, 1.0])
