"""Which words of a claim carry the problem."""

from __future__ import annotations

from collections.abc import Iterator

from server.engine.values import Detection, Facet, Label, Reason, ReasonCode, Span
from server.engine.wording import cue_spans, figures

_CUES_OF_CODE: dict[ReasonCode, tuple[str, ...]] = {
    ReasonCode.CERTAINTY: ("proof", "absolute"),
    ReasonCode.MAGNITUDE: ("boost", "cure"),
    ReasonCode.SCOPE: ("absolute", "most"),
    ReasonCode.DURABILITY: ("permanence", "immediacy"),
    ReasonCode.SAFETY: ("safe",),
    ReasonCode.COMPARISON: ("comparison",),
    ReasonCode.MECHANISM: ("mechanism",),
    ReasonCode.REGULATORY: ("gloss", "approval", "no approval"),
}

_CODE_OF_FACET: dict[Facet, ReasonCode] = {
    Facet.SAFETY: ReasonCode.SAFETY,
    Facet.MECHANISM: ReasonCode.MECHANISM,
    Facet.REGULATORY: ReasonCode.REGULATORY,
    Facet.DURABILITY: ReasonCode.DURABILITY,
    Facet.COMPARISON: ReasonCode.COMPARISON,
}

_CODES_OF_OVERSTATEMENT = (
    ReasonCode.CERTAINTY,
    ReasonCode.MAGNITUDE,
    ReasonCode.SCOPE,
    ReasonCode.DURABILITY,
    ReasonCode.SAFETY,
)


def reasons_for(detection: Detection, label: Label) -> tuple[Reason, ...]:
    """Why a claim is not supported, with spans in its block; empty if it is, or is uncovered.

    The words are found by their cues. Where no cue shows, the whole sentence carries the reason.
    """
    if label in (Label.SUPPORTED, Label.UNCOVERED):
        return ()
    whole = detection.sentence.span
    found = [
        Reason(code, Span(whole.start + span.start, whole.start + span.end))
        for code in _codes(detection.facet, label)
        for span in _spans(detection.sentence.text, code)
    ]
    if label is Label.FALSE:
        return _without_overlap([*found, Reason(ReasonCode.CONTRADICTED, whole)])
    if label is Label.UNSUPPORTED:
        return _without_overlap([*found, Reason(ReasonCode.NO_EVIDENCE, whole)])
    return _without_overlap(found) or (Reason(ReasonCode.CERTAINTY, whole),)


def _codes(facet: Facet, label: Label) -> tuple[ReasonCode, ...]:
    of_facet = (_CODE_OF_FACET[facet],) if facet in _CODE_OF_FACET else ()
    if label is Label.OVERSTATED:
        return tuple(dict.fromkeys((*of_facet, *_CODES_OF_OVERSTATEMENT)))
    return of_facet


def _spans(text: str, code: ReasonCode) -> Iterator[Span]:
    for cue in _CUES_OF_CODE[code]:
        yield from cue_spans(text, cue)
    if code is ReasonCode.MAGNITUDE:
        yield from (figure.span for figure in figures(text) if figure.kind == "share")
    if code is ReasonCode.DURABILITY:
        yield from (figure.span for figure in figures(text) if figure.kind == "time")


def _without_overlap(reasons: list[Reason]) -> tuple[Reason, ...]:
    """In page order, without a second reason of one code on the same words."""
    kept: list[Reason] = []
    for reason in sorted(reasons, key=lambda one: (one.span.start, -one.span.end)):
        if not any(
            other.code is reason.code and reason.span.start < other.span.end for other in kept
        ):
            kept.append(reason)
    return tuple(kept)
