"""What a sentence's wording shows: strength, hedges, negation, figures, regulatory words.

Every cue is a pattern with a name. The patterns see the sentence alone; whether a cue is a fault
depends on the evidence, and that is for the judge to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from server.engine.values import Span


def _words(*alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(alternatives)})(?!\w)", re.IGNORECASE)


CUES: dict[str, re.Pattern[str]] = {
    "negation": _words(
        "no", "not", "never", "none", "neither", "nor", "without", "cannot", "nothing", "nobody",
        r"\w+n['’]t", "lacks?", "lacking", "fails?", "failed", "unproven", "unapproved", "untested",
        "unlicensed", "unestablished", "free of", "free from",
    ),
    "hedge": _words(
        "may", "might", "can", "could", "appears?", "seems?", "suggests?", "suggested", "possibl[ey]",
        "potential(?:ly)?", "perhaps", "likely", "promising", "thought to", "believed", "reported",
        "preliminary", "early", "tends?", "in some", "for some", "some", "often", "usually",
        "sometimes", "roughly", "about", "around", "up to",
    ),
    "doubt": _words(
        "unclear", "uncertain(?:ty)?", "unknown", "not (?:yet )?known", "not (?:yet )?(?:been )?established",
        "more research", "further (?:research|study|studies)", "still being studied", "under study",
        "limited", "small (?:trial|trials|study|studies)", "low[- ]certainty", "no (?:good |solid |strong )?evidence",
        "no (?:controlled |randomi[sz]ed |large )?(?:trial|trials|study|studies)", "not (?:been )?(?:proven|shown|tested|studied)",
        "inconclusive", "mixed", "remains? to be seen", "open question", "jury is (?:still )?out", "vary|varies",
    ),
    "absolute": _words(
        "all", "every", "everyone", "everybody", "always", "any", "anyone", "entire(?:ly)?",
        "complete(?:ly)?", "total(?:ly)?", "fully", "absolutely", "guaranteed?s?", "certain(?:ly)?",
        "definitely", "undoubtedly", "100 ?%", "zero", "only", "no one", "nothing else", "each",
        "whatever", "regardless", "works for everyone",
    ),
    "proof": _words(
        "proven", "proves?", "proof", "demonstrated", "confirmed", "established", "scientifically",
        "clinically", "evidence[- ]based", "shown", "shows?", "studies show", "research shows", "well[- ]documented",
    ),
    "cure": _words(
        "cures?", "cured", "curing", "heals?", "healed", "eliminat\\w+", "eradicat\\w+", "reverses?",
        "reversed", "ends?", "rid of", "erases?", "wipes? out", "fix(?:es|ed)?", "repairs?", "rewir\\w+",
        "resets?", "rebuil\\w+", "regrow\\w*", "restor\\w+",
    ),
    "boost": _words(
        "breakthrough", "revolutionary", "dramatic(?:ally)?", "remarkabl[ey]", "powerful(?:ly)?", "miracle",
        "miraculous", "gold standard", "best", "most effective", "life[- ]changing", "profound(?:ly)?",
        "amazing", "incredible", "extraordinary", "highly", "extremely", "unmatched", "unparalleled", "superior",
        "game[- ]chang\\w+", "transform\\w*", "ultimate", "far (?:better|more|safer)", "significant(?:ly)?", "vastly",
    ),
    "permanence": _words(
        "permanent(?:ly)?", "forever", "for good", "for life", "lifelong", "lasting", "long[- ]lasting",
        "long[- ]term", "years?", "sustained", "durable", "never (?:return|come)s?", "once and for all", "indefinitely",
        "enduring", "stays?",
    ),
    "immediacy": _words(
        "instant(?:ly)?", "immediate(?:ly)?", "minutes?", "hours?", "rapid(?:ly)?", "fast", "fast[- ]acting",
        "quick(?:ly)?", "same day", "overnight", "right away", "at once", "first (?:dose|session|infusion)",
    ),
    "brief": _words(
        "temporar(?:y|ily)", "short[- ](?:term|lived)", "days?", "weeks?", "wears? off", "fades?", "relapses?d?", "transient(?:ly)?",
        "brief(?:ly)?",
    ),
    "safe": _words(
        "safe(?:ly|r|st|ty)?", "harmless", "risk[- ]free", "non[- ]?addictive", "not addictive", "well[- ]tolerated", "gentle",
        "natural(?:ly)?", "no (?:known |major |serious |real )?(?:side effects|risks?|danger|downside)", "minimal", "mild", "tolerat\\w+",
        "no downtime", "worry[- ]free", "nothing to worry",
    ),
    "risk": _words(
        "risks?", "side effects?", "adverse", "nausea", "vomiting", "dissociat\\w+", "sedat\\w+", "blood pressure", "warn\\w*",
        "addict\\w+", "dependen\\w+", "abuse[ds]?", "misuse", "harm\\w*", "danger\\w*", "bladder", "liver", "overdose", "deaths?",
        "monitor\\w*", "contraindicat\\w+", "withdrawal", "toxic\\w*", "suicid\\w+",
    ),
    "approval": _words(
        "fda[- ]approv\\w+", "approv\\w+", "licen[sc]\\w+", "authori[sz]\\w+", "indicat(?:ed|ions?)", "cleared", "clearance",
        "green[- ]?light\\w*", "on[- ]label", "fda",
    ),
    "no approval": _words(
        "off[- ]label", "unapproved", "unlicen[sc]ed", "(?:not|never|isn['’]t|hasn['’]t|aren['’]t|without|no|nor|lacks?|neither)(?: \\w+){0,6} (?:approv\\w+|licen[sc]\\w+|authori[sz]\\w+|cleared|indicat\\w+)",
        "outside (?:its|the) (?:label|licen[sc]e)", "(?:has|have) not (?:\\w+ ){0,3}approved",
    ),
    "gloss": _words(
        "recogni[sz]ed", "registered", "endors\\w+", "compliant", "inspected", "listed", "breakthrough (?:therapy|status|designation)",
        "fast[- ]track", "designat\\w+", "backed",
    ),
    "comparison": _words(
        "than", "versus", "vs\\.?", "compared", "unlike", "better", "faster", "safer", "superior", "outperform\\w*", "as (?:well|good|effective|safe) as",
        "beats?", "inferior", "equal(?:ly)?", "instead of", "same as", "alternative", "worse",
    ),
    "mechanism": _words(
        "brain", "receptors?", "nmda", "glutamate", "ampa", "bdnf", "synap\\w+", "neuroplastic\\w*", "neural", "neurons?", "pathways?",
        "inflammation", "works by", "serotonin", "dopamine", "opioid system", "network",
    ),
    "animal": _words("animals?", "mice", "mouse", "rats?", "rodents?", "laboratory", "in vitro", "cells?", "preclinical"),
    "own patients": _words("our patients?", "our clients?", "we(?:['’]ve)? (?:see|seen|find|found)", "patients (?:tell|report)", "in our (?:clinic|experience)"),
    "most": _words("most", "majority", "nearly all", "almost (?:all|every\\w*)", "many", "the vast majority", "\\w+ out of \\w+", "9 in 10", "half", "a third"),
    "insurance": _words("insur\\w+", "medicare", "medicaid", "cover\\w*", "reimburs\\w+", "cost\\w*", "\\$ ?\\d[\\d,]*", "dollars?", "price\\w*"),
    "home": _words("at[- ]home", "home", "telehealth", "mail", "online", "lozenges?", "troches?", "compounded", "sublingual\\w*"),
    "risk denied": _words(
        r"(?:no|not|never|without|zero|nor|neither|free (?:of|from)|\w+n['’]t|little|nothing|none of)(?:[\s-]+[\w'’]+){0,4}?[\s-]+"
        r"(?:risks?|side[\s-]effects?|adverse|addict\w+|dependen\w+|habit[\s-]forming|harm\w*|danger\w*|withdrawal|downside|downtime|toxic\w*|hangover|damage|problems?|complications?|worry|precautions?|monitor\w*|contraindicat\w+)",
        r"non[\s-]?(?:addictive|toxic|habit[\s-]forming)", r"risk[\s-]free",
    ),
    "benefit denied": _words(
        r"(?:no|not|never|neither|nor|without|fail\w*|cannot|\w+n['’]t|nothing|little|un(?:likely|proven|tested|clear|known|certain))(?:[\s-]+[\w'’]+){0,5}?[\s-]+"
        r"(?:better|benefits?|effects?|effective\w*|efficacy|help\w*|works?|improv\w+|reliev\w+|reduc\w+|eas(?:e|ed|es)|superior|differen\w+|cures?|evidence|prov\w+|shown|show|establish\w+|last\w*|trials?|stud\w+|outperform\w*|beat)",
    ),
    "question": re.compile(r"\?"),
    "exclamation": re.compile(r"!"),
}  # fmt: skip
"""Cue name to the words that show it."""

CUE_NAMES = tuple(CUES)

_PERCENT = re.compile(
    r"(\d{1,3}(?:\.\d+)?)(?:\s*(?:-|–|to)\s*(\d{1,3}(?:\.\d+)?))?\s*(?:%|per ?cent)", re.I
)
_DURATION = re.compile(
    r"\b(\d+(?:\.\d+)?|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|several|few)"
    r"(?:\s*(?:-|–|to|or)\s*(\d+(?:\.\d+)?|\w+))?[\s-]+(minutes?|mins?|hours?|hrs?|days?|weeks?|months?|years?)\b",
    re.I,
)
_NUMBER_WORDS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "twelve": 12, "several": 4, "few": 3,
}  # fmt: skip
_OUT_OF = re.compile(
    rf"\b(\d+|{'|'.join(_NUMBER_WORDS)})\s+(?:out\s+of|in)\s+(?:every\s+)?(\d+|{'|'.join(_NUMBER_WORDS)})\b",
    re.I,
)
_FRACTIONS = (
    (re.compile(r"\b(?:two|2)[\s-]thirds\b", re.I), 2 / 3),
    (re.compile(r"\bthree[\s-]quarters\b", re.I), 0.75),
    (re.compile(r"\b(?:a|one)[\s-]third\b", re.I), 1 / 3),
    (re.compile(r"\b(?:a|one)[\s-]quarter\b", re.I), 0.25),
    (re.compile(r"\bhalf(?=\s+(?:of|the|all)\b)", re.I), 0.5),
)
_DAYS = {"m": 1 / 1440, "h": 1 / 24, "d": 1.0, "w": 7.0, "mo": 30.0, "y": 365.0}


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure in a sentence: `share` from 0 to 1, or `time` in days."""

    kind: str
    value: float
    span: Span


def cue_vector(text: str) -> np.ndarray:
    """(len(CUE_NAMES),) float32: 1 where the sentence shows the cue."""
    return np.array([bool(CUES[name].search(text)) for name in CUE_NAMES], dtype=np.float32)


def cue_spans(text: str, cue: str) -> list[Span]:
    """Where in the sentence a cue shows, in order."""
    return [Span(match.start(), match.end()) for match in CUES[cue].finditer(text)]


def figures(text: str) -> list[Figure]:
    """The shares and times a sentence states, in order of kind, then of place."""
    return [*_shares(text), *_times(text)]


def _shares(text: str) -> Iterator[Figure]:
    for match in _PERCENT.finditer(text):
        value = float(match[2] or match[1])
        if value <= 100:
            yield Figure("share", value / 100, Span(match.start(), match.end()))
    for match in _OUT_OF.finditer(text):
        part, whole = _number(match[1]), _number(match[2])
        if part is not None and whole is not None and 0 < part <= whole and whole > 1:
            yield Figure("share", part / whole, Span(match.start(), match.end()))
    for fraction, value in _FRACTIONS:
        for match in fraction.finditer(text):
            yield Figure("share", value, Span(match.start(), match.end()))


def _times(text: str) -> Iterator[Figure]:
    for match in _DURATION.finditer(text):
        amount = _number(match[2] or "") or _number(match[1])
        unit = match[3].lower()
        if amount is not None:
            days = _DAYS["mo" if unit.startswith("mo") else unit[0]]
            yield Figure("time", amount * days, Span(match.start(), match.end()))


def _number(word: str) -> float | None:
    try:
        return float(word)
    except ValueError:
        return _NUMBER_WORDS.get(word.lower())
