"""What a page that sells a treatment leaves out of what the reference holds on it.

Audits of clinics' sites find risks missing on three pages of four, so what is not there is often
what a reader most needs to be told. A topic counts as mentioned on the weakest sign of it: a page is
told off only for silence.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from server.engine.values import (
    Certainty,
    Detection,
    Direction,
    Evidence,
    Facet,
    Label,
    Omission,
    Topic,
    Verdict,
)
from server.engine.wording import CUES

SELLING_CLAIMS = 3
"""Claims on one treatment from which a page is about it, rather than naming it in passing."""

SHOWN = 3
"""Statements an omission names."""

_SELLING = (Facet.EFFICACY, Facet.DURABILITY, Facet.MECHANISM, Facet.COMPARISON)

_RISK = re.compile(
    r"\b(risks?|side[\s-]effects?|adverse|nausea|vomit\w*|dizz\w+|dissociat\w+|sedat\w+|warning|"
    r"addict\w+|dependen\w+|misuse|infections?|bleed\w*|seizures?|deaths?|contraindicat\w+|"
    r"complications?|harms?|harmful|danger\w*|toxic\w*|should not (?:be used|have|take|use)|"
    r"not (?:suitable|recommended|safe) for)\b",
    re.IGNORECASE,
)
_LASTING = re.compile(
    r"\b(lasts?|lasted|wears? off|fades?|relaps\w+|maintenance|boosters?|repeat\w*|top[\s-]ups?|"
    r"temporar\w+|permanent\w*|long[\s-]term|ongoing|for (?:days|weeks|months|years|life))\b",
    re.IGNORECASE,
)
_OTHER_OPTIONS = re.compile(
    r"\b(alternatives?|other (?:treatments?|options?|therap\w+|medic\w+)|first[\s-]line|"
    r"standard (?:care|treatments?)|instead of|compared (?:with|to))\b",
    re.IGNORECASE,
)
_CERTAINTIES = tuple(Certainty)


def omissions_of(
    detections: Sequence[Detection],
    verdicts: Sequence[Verdict],
    statements: Sequence[Evidence],
    named: Callable[[str], tuple[str, ...]],
) -> tuple[Omission, ...]:
    """What a page leaves out, by treatment and topic; empty if it sells nothing.

    Args:
        detections: every sentence of the page.
        verdicts: the answers on its claims.
        statements: the reference.
        named: finds the treatments that a text names.
    """
    texts = [one.sentence.text for one in detections]
    return tuple(
        Omission(treatment, topic, held)
        for treatment in _sold(verdicts)
        for topic, mentioned in _MENTIONED.items()
        if not any(mentioned(text, treatment, named) for text in texts)
        and (held := _held(statements, treatment, topic))
    )


def _sold(verdicts: Sequence[Verdict]) -> list[str]:
    """Treatments the page makes several claims on, some of what they do; the most claimed first."""
    claims: Counter[str] = Counter()
    selling: Counter[str] = Counter()
    for verdict in verdicts:
        context = verdict.detection.context
        if verdict.label is not Label.UNCOVERED and context:
            claims.update(context.interventions)
            if verdict.detection.facet in _SELLING:
                selling.update(context.interventions)
    most = max(claims.values(), default=0)
    return [
        name
        for name, count in claims.most_common()
        if count >= max(SELLING_CLAIMS, most / 2) and selling[name]
    ]


def _risk(text: str, _: str, __: Callable[[str], tuple[str, ...]]) -> bool:
    return bool(_RISK.search(text)) and not CUES["risk denied"].search(text)


def _status(text: str, _: str, __: Callable[[str], tuple[str, ...]]) -> bool:
    return bool(CUES["approval"].search(text) or CUES["no approval"].search(text))


def _lasting(text: str, _: str, __: Callable[[str], tuple[str, ...]]) -> bool:
    return bool(_LASTING.search(text))


def _alternatives(text: str, treatment: str, named: Callable[[str], tuple[str, ...]]) -> bool:
    others = set(named(text)) - {treatment}
    return bool(others) or bool(_OTHER_OPTIONS.search(text))


_MENTIONED: Mapping[Topic, Callable[[str, str, Callable[[str], tuple[str, ...]]], bool]] = {
    Topic.RISKS: _risk,
    Topic.REGULATORY_STATUS: _status,
    Topic.ALTERNATIVES: _alternatives,
    Topic.DURABILITY: _lasting,
}

_FACETS: Mapping[Topic, Facet] = {
    Topic.RISKS: Facet.SAFETY,
    Topic.REGULATORY_STATUS: Facet.REGULATORY,
    Topic.ALTERNATIVES: Facet.COMPARISON,
    Topic.DURABILITY: Facet.DURABILITY,
}


def _held(statements: Sequence[Evidence], treatment: str, topic: Topic) -> tuple[Evidence, ...]:
    """The surest statements on a topic; of risks the harms, of approval what is not approved first."""
    found = [
        one
        for one in statements
        if treatment in one.interventions
        and one.facet is _FACETS[topic]
        and (topic is not Topic.RISKS or one.direction is Direction.HARM)
    ]
    found.sort(
        key=lambda one: (
            topic is Topic.REGULATORY_STATUS and not one.not_approved_for,
            _CERTAINTIES.index(one.certainty),
        )
    )
    return tuple(found[:SHOWN])
