"""Several claims in one sentence.

"FDA-approved, safe and works in hours" says three things, and each has evidence of its own. A
sentence is taken apart where its grammar lets it, and only where at least two of the pieces assert
something of a different kind; a list of conditions or of symptoms stays whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from server.engine.values import Span
from server.engine.wording import CUES, figures

_CUT = re.compile(
    r"\s*;\s*|\s+[–—-]\s+|,\s+(?:and\s+|but\s+|yet\s+)?|\s+(?:and|but|plus|&|\+)\s+", re.IGNORECASE
)

_ASSERTS = re.compile(
    r"(?:(?:it|they|this|these|treatment|therapy)(?:['’]s|['’]re)?\s+)?(?:\w+ly\s+|100\s?%\s+|very\s+)?"
    r"(?:is|are|has|have|can|may|will|does|do|works?|working|lasts?|lasting|acts?|helps?|relieves?|treats?|cures?"
    r"|heals?|reverses?|reduces?|improves?|lifts?|boosts?|eases?|ends?|costs?|carries|causes?|comes?|takes?|stays?"
    r"|starts?|kicks|leaves?|needs?|requires?|never|not|safe|safer|effective|fda[\s-]\w+|approved|licen[sc]ed|cleared"
    r"|proven|permanent|instant|immediate|rapid|fast|quick|non[\s-]?(?:addictive|toxic|invasive)|painless|gentle"
    r"|harmless|natural|drug[\s-]free|risk[\s-]free|side[\s-]effect[\s-]free|free (?:of|from)|covered|clinically"
    r"|scientifically|better|faster|cheaper|more (?:effective|powerful)|no (?:\w+\s+){0,2}(?:risks?|side[\s-]effects?"
    r"|downtime|addiction|withdrawal|danger)|without (?:\w+\s+){0,2}(?:risks?|side[\s-]effects?))(?!\w)",
    re.IGNORECASE,
)
"""How a piece begins that says something of the sentence's subject by itself. Anything else, such as
a further item of a list, goes on with what stands before it."""

_GOVERNS = re.compile(
    r"(?<!\w)(?:not|never|neither|\w+n['’]t|as|whether|if|unless|because|found|shows?|proves|that|which|who)"
    r"(?!\w)",
    re.IGNORECASE,
)
"""Words whose reach goes on past a comma: "not found safe and effective" denies both."""

_LEADS_IN = re.compile(
    r"(?:unlike|in|at|after|before|for|as|with|during|to|from|since|when|if|although|while)\b",
    re.IGNORECASE,
)
"""How a phrase begins that only leads in to what the sentence says."""

_ASPECTS = {
    "approval": ("approval", "no approval", "gloss"),
    "safety": ("safe", "risk denied", "risk"),
    "time": ("permanence", "immediacy", "brief"),
    "effect": ("cure",),
    "cost": ("insurance",),
}
"""What a piece may assert, and the cues that show it; the first that fits."""

_EFFECT = re.compile(
    r"(?<!\w)(?:effective\w*|works?|working|helps?|reliev\w+|eas(?:es|ed|ing)|treat(?:s|ed|ing)?"
    r"|improv\w+|reduc\w+|lifts?|boosts?|proven|results?)(?!\w)",
    re.IGNORECASE,
)


def parts_of(text: str) -> tuple[Span, ...]:
    """Spans of the parts of a sentence, in order; empty where it says one thing only.

    A piece that asserts nothing by itself, or the same kind of thing again, belongs to the one
    before it, so the parts together cover the sentence but for the words that join them.
    """
    if "?" in text:  # a question and its answer are one claim
        return ()
    parts: list[Span] = []
    aspects: list[str | None] = []
    for piece in _pieces(text):
        words = piece.of(text)
        aspect = None if _LEADS_IN.match(words) else _aspect(words)
        stands_alone = aspect is not None and (
            not parts or (_ASSERTS.match(words) and not _GOVERNS.search(parts[-1].of(text)))
        )
        if parts and (aspects[-1] is None or aspect == aspects[-1] or not stands_alone):
            parts[-1] = Span(parts[-1].start, piece.end)
            aspects[-1] = aspects[-1] or aspect
        else:
            parts.append(piece)
            aspects.append(aspect)
    return tuple(parts) if len(parts) > 1 else ()


def _pieces(text: str) -> Iterator[Span]:
    start = 0
    for cut in _CUT.finditer(text):
        if cut.start() > start:
            yield Span(start, cut.start())
        start = cut.end()
    if start < len(text):
        yield Span(start, len(text))


def _aspect(words: str) -> str | None:
    for aspect, cues in _ASPECTS.items():
        if any(CUES[cue].search(words) for cue in cues):
            return aspect
    if any(figure.kind == "time" for figure in figures(words)):
        return "time"
    return "effect" if _EFFECT.search(words) else None
