"""What a page that sells a treatment is silent on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from server.engine.check import Engine
from server.engine.omissions import omissions_of
from server.engine.terms import TermMatcher
from server.engine.values import (
    Block,
    Certainty,
    Context,
    ContextSource,
    Detection,
    Direction,
    Evidence,
    Facet,
    Label,
    Sentence,
    Span,
    Topic,
    Verdict,
)
from tests.conftest import SOURCE

NAMED: Callable[[str], tuple[str, ...]] = TermMatcher(
    {"ketamine": ["ketamine"], "tms": ["tms"]}
).find


def statement(name: str, facet: Facet, direction: Direction = Direction.FACT) -> Evidence:
    return Evidence(
        id=f"ketamine-{facet}-{name}",
        statement="Ketamine.",
        interventions=("ketamine",),
        conditions=(),
        facet=facet,
        direction=direction,
        certainty=Certainty.LOW,
        sources=(SOURCE,),
    )


RISK = statement("risk", Facet.SAFETY, Direction.HARM)
STATUS = statement("status", Facet.REGULATORY)
OTHER = statement("other", Facet.COMPARISON)
TIME = statement("time", Facet.DURABILITY)
REFERENCE = (RISK, STATUS, OTHER, TIME)

SELLING = ("Ketamine lifts mood.", "Ketamine calms anxiety.", "Ketamine eases pain.")


def page(*texts: str, facet: Facet = Facet.EFFICACY) -> tuple[list[Detection], list[Verdict]]:
    """A page on which every sentence is a claim on ketamine."""
    context = Context(("ketamine",), ContextSource.SENTENCE)
    detections = [
        Detection(Sentence(Block(str(n), text), Span(0, len(text))), context, facet, 0.9)
        for n, text in enumerate(texts)
    ]
    verdicts = [Verdict(one, Label.OVERSTATED, 0.8, {}, (), ()) for one in detections]
    return detections, verdicts


def topics(*texts: str, reference: tuple[Evidence, ...] = REFERENCE) -> set[Topic]:
    return {one.topic for one in omissions_of(*page(*texts), reference, NAMED)}


def test_page_that_only_praises_leaves_everything_out() -> None:
    found = omissions_of(*page(*SELLING), REFERENCE, NAMED)
    assert {one.topic: one.evidence for one in found} == {
        Topic.RISKS: (RISK,),
        Topic.REGULATORY_STATUS: (STATUS,),
        Topic.ALTERNATIVES: (OTHER,),
        Topic.DURABILITY: (TIME,),
    }
    assert {one.intervention for one in found} == {"ketamine"}


@pytest.mark.parametrize(
    ("said", "topic"),
    [
        ("Side effects include nausea.", Topic.RISKS),
        ("Its use for depression is off-label.", Topic.REGULATORY_STATUS),
        ("TMS is another way.", Topic.ALTERNATIVES),
        ("Other treatments may suit you better.", Topic.ALTERNATIVES),
        ("The effect fades within weeks.", Topic.DURABILITY),
    ],
)
def test_topic_that_is_mentioned_is_not_left_out(said: str, topic: Topic) -> None:
    assert topics(*SELLING, said) == set(Topic) - {topic}


def test_denying_a_risk_is_not_mentioning_it() -> None:
    assert Topic.RISKS in topics(*SELLING, "Ketamine has no side effects.")


def test_only_what_the_reference_holds_is_missed() -> None:
    assert topics(*SELLING, reference=(STATUS,)) == {Topic.REGULATORY_STATUS}
    benefit = replace(RISK, direction=Direction.BENEFIT)
    assert topics(*SELLING, reference=(benefit,)) == set()


def test_page_that_sells_nothing_leaves_nothing_out() -> None:
    assert topics(*SELLING[:2]) == set()
    warnings = page(*SELLING, facet=Facet.SAFETY)
    assert omissions_of(*warnings, REFERENCE, NAMED) == ()


def test_unapproved_uses_and_surest_statements_come_first() -> None:
    sure = replace(STATUS, id="ketamine-regulatory-sure", certainty=Certainty.HIGH)
    unapproved = replace(
        STATUS, id="ketamine-regulatory-unapproved", not_approved_for=("depression",)
    )
    (found,) = omissions_of(*page(*SELLING), (STATUS, sure, unapproved), NAMED)
    assert found.evidence == (unapproved, sure, STATUS)


def test_report_carries_the_omissions_of_its_page(tiny_engine: Engine) -> None:
    text = "Ketamine may lift mood. Ketamine may calm fear. Ketamine may ease pain."
    (left_out,) = tiny_engine.check([Block("b", text)]).omissions
    assert (left_out.intervention, left_out.topic) == ("ketamine", Topic.REGULATORY_STATUS)
    assert tiny_engine.check([Block("b", "Ketamine may lift mood.")]).omissions == ()
