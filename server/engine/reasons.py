"""What is wrong with a claim, and which of its words carry it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from server.engine.detect import detector_features
from server.engine.linear import LinearHead
from server.engine.values import VERDICTS, Detection, Facet, Label, Reason, ReasonCode, Span
from server.engine.wording import cue_spans, figures

_CUES_OF_CODE: dict[ReasonCode, tuple[str, ...]] = {
    ReasonCode.CERTAINTY: ("proof", "absolute"),
    ReasonCode.MAGNITUDE: ("boost", "cure"),
    ReasonCode.SCOPE: ("absolute", "most"),
    ReasonCode.DURABILITY: ("permanence", "immediacy"),
    ReasonCode.SAFETY: ("safe", "risk denied"),
    ReasonCode.COMPARISON: ("comparison",),
    ReasonCode.MECHANISM: ("mechanism",),
    ReasonCode.REGULATORY: ("gloss", "approval", "no approval"),
}

CODES = tuple(_CUES_OF_CODE)
"""The reasons that wording shows; the other two follow from the verdict."""

_LIKELY = 0.4
"""Probability from which a reason is given; best F1 over the codes on unseen statements."""

_BY_VERDICT = {Label.FALSE: ReasonCode.CONTRADICTED, Label.UNSUPPORTED: ReasonCode.NO_EVIDENCE}


class ReasonFinder:
    """Names the reasons of a verdict.

    Args:
        head: a yes-or-no regression over `reason_features` for each of `CODES`.
    """

    def __init__(self, head: LinearHead) -> None:
        self._head = head

    def reasons(
        self, claims: Sequence[Detection], vectors: np.ndarray, labels: Sequence[Label]
    ) -> list[tuple[Reason, ...]]:
        """Why each claim is not supported, with spans in its block; empty if it is, or is uncovered.

        The words are found by their cues. Where no cue shows, the whole sentence carries the reason.

        Args:
            claims: n claims, n above 0.
            vectors: (n, d) of the sentences alone.
            labels: the answer on each.
        """
        texts = [claim.sentence.text for claim in claims]
        features = reason_features(texts, vectors, [claim.facet for claim in claims], labels)
        likely = self._head.likelihoods(features)
        return [
            _reasons(claim, label, row)
            for claim, label, row in zip(claims, labels, likely, strict=True)
        ]


def reason_features(
    texts: Sequence[str],
    vectors: np.ndarray,
    facets: Sequence[Facet | None],
    labels: Sequence[Label | None],
) -> np.ndarray:
    """(n, f) float32: what the detector reads, the facet and the verdict."""
    facet = np.array([[own is one for one in Facet] for own in facets], dtype=np.float32)
    label = np.array([[own is one for one in VERDICTS] for own in labels], dtype=np.float32)
    return np.hstack([detector_features(texts, vectors), 2 * facet, 2 * label])


def _reasons(claim: Detection, label: Label, likely: np.ndarray) -> tuple[Reason, ...]:
    if label in (Label.SUPPORTED, Label.UNCOVERED):
        return ()
    whole = claim.sentence.span
    codes = [code for code, p in zip(CODES, likely, strict=True) if p >= _LIKELY]
    if label in _BY_VERDICT:
        codes.append(_BY_VERDICT[label])
    elif not codes:
        codes.append(CODES[int(likely.argmax())])
    found: list[Reason] = []
    for code in codes:
        spans = list(_spans(claim.sentence.text, code))
        inside = [Span(whole.start + span.start, whole.start + span.end) for span in spans]
        found.extend(Reason(code, span) for span in inside or [whole])
    return _without_overlap(found)


def _spans(text: str, code: ReasonCode) -> Iterator[Span]:
    for cue in _CUES_OF_CODE.get(code, ()):
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
