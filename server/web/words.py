"""What a reader is told in plain words: verdicts, relations, reasons, certainty, context."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from server.engine.values import (
    Certainty,
    ContextSource,
    Direction,
    Facet,
    Label,
    ReasonCode,
    Relation,
    Topic,
)

NOT_ADVICE = (
    "Overclaim compares wording with published evidence. It is not medical advice; "
    "talk to a clinician before you decide on a treatment."
)


@dataclass(frozen=True, slots=True)
class VerdictWords:
    """How a verdict is shown. The sign and the word stand in for colour."""

    sign: str
    name: str
    meaning: str


VERDICTS: Mapping[Label, VerdictWords] = {
    Label.SUPPORTED: VerdictWords(
        "✓", "Supported by the evidence", "The evidence backs this sentence as it is worded."
    ),
    Label.OVERSTATED: VerdictWords(
        "▲",
        "Overstated",
        "The evidence points this way, but the sentence goes further than it does.",
    ),
    Label.UNSUPPORTED: VerdictWords(
        "?", "No good evidence", "There is no good evidence in people for this, either way."
    ),
    Label.FALSE: VerdictWords(
        "✕",
        "Contradicted by the evidence",
        "Good evidence or a regulator’s record says otherwise.",
    ),
    Label.UNCOVERED: VerdictWords(
        "–",
        "Not covered",
        "The reference holds nothing on this claim, so it is not judged.",
    ),
}

RELATIONS: Mapping[Relation, str] = {
    Relation.SUPPORTS: "Backs the claim",
    Relation.IS_WEAKER: "Says less than the claim",
    Relation.REPORTS_NO_EVIDENCE: "Reports a lack of evidence",
    Relation.CONTRADICTS: "Contradicts the claim",
    Relation.UNRELATED: "Does not bear on the claim",
}

REASONS: Mapping[ReasonCode, str] = {
    ReasonCode.CERTAINTY: "is more certain than the evidence",
    ReasonCode.MAGNITUDE: "claims a larger effect than was found",
    ReasonCode.SCOPE: "covers more people, conditions or products than were studied",
    ReasonCode.DURABILITY: "promises more about time than was found",
    ReasonCode.SAFETY: "makes it sound safer than it is",
    ReasonCode.COMPARISON: "compares what was not compared directly",
    ReasonCode.MECHANISM: "tells a hypothesis about how it works as a fact",
    ReasonCode.REGULATORY: "suggests more from the regulator than there is",
    ReasonCode.CONTRADICTED: "is contradicted by the evidence",
    ReasonCode.NO_EVIDENCE: "has no good evidence in people behind it",
}

CERTAINTIES: Mapping[Certainty, str] = {
    Certainty.HIGH: "High certainty",
    Certainty.MODERATE: "Moderate certainty",
    Certainty.LOW: "Low certainty",
    Certainty.VERY_LOW: "Very low certainty",
}

FACETS: Mapping[Facet, str] = {
    Facet.EFFICACY: "Whether it works",
    Facet.SAFETY: "Safety",
    Facet.MECHANISM: "How it works",
    Facet.REGULATORY: "Approval and rules",
    Facet.DURABILITY: "How fast and how long",
    Facet.COMPARISON: "Compared with other treatments",
    Facet.DOSING: "Dose and schedule",
    Facet.COST: "Cost and coverage",
    Facet.PREVALENCE: "How common",
}

DIRECTIONS: Mapping[Direction, str] = {
    Direction.BENEFIT: "Reports a benefit",
    Direction.HARM: "Reports a harm",
    Direction.NO_EFFECT: "Reports no effect",
    Direction.UNKNOWN: "Reports that it is not known",
    Direction.FACT: "States a fact",
}

TOPICS: Mapping[Topic, str] = {
    Topic.RISKS: "Its risks",
    Topic.REGULATORY_STATUS: "What it is and is not approved for",
    Topic.ALTERNATIVES: "Other treatments",
    Topic.DURABILITY: "How long it lasts",
}

CONTEXTS: Mapping[ContextSource, str] = {
    ContextSource.SENTENCE: "named in the sentence",
    ContextSource.NEIGHBOUR: "taken from a sentence just before",
    ContextSource.HEADING: "taken from the heading above",
    ContextSource.TITLE: "taken from the title",
    ContextSource.PAGE: "the treatment that the page names most",
}

VERY_SURE = 0.9
FAIRLY_SURE = 0.7


def confidence_words(confidence: float) -> str:
    """How sure the checker is, in words and per cent."""
    sure = "very sure" if confidence >= VERY_SURE else "fairly sure"
    if confidence < FAIRLY_SURE:
        sure = "not sure"
    return f"The checker is {sure} of this ({percent(confidence)})."


def percent(share: float) -> str:
    """A share from 0 to 1 as whole per cent; never 100 %, since no answer is certain."""
    return f"{min(round(share * 100), 99)}\u00a0%"  # a line never ends between the two
