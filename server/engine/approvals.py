"""What a sentence says is approved for what.

"Approved as an anaesthetic, off-label for depression" says two things, and a judge that sees only
the words "approved" and "depression" takes it for a lie. So approval is read clause by clause.
"""

from __future__ import annotations

import re

from server.engine.terms import TermMatcher
from server.engine.wording import CUES

Approvals = frozenset[tuple[str, bool]]
"""Pairs of a condition and whether it is said to be an approved use."""

_CLAUSE_END = re.compile(
    r"[,;:()–—…!?.]+(?=\s|$)|\s[–—-]\s"
    r"|\b(?:but|while|whereas|although|though|yet|however|and (?:its|their) use)\b",
    re.IGNORECASE,
)
_APPROVED = re.compile(
    r"(?<!\w)(?:fda[- ]approv\w+|approv\w+|licen[sc]\w+|authori[sz]\w+|indicat(?:ed|ions?)|cleared"
    r"|clearance|on[- ]label|green[- ]?light\w*|labell?ed (?:for|use))(?!\w)",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"(?<!\w)(?:not|never|no|nor|neither|none|nothing|without|lacks?|cannot|\w+n['’]t)(?!\w)",
    re.IGNORECASE,
)


def approvals(text: str, conditions: TermMatcher) -> Approvals:
    """The approved and unapproved uses that a sentence states; empty where it states none.

    A clause without a word of approval that begins with a negation ("..., not for depression")
    denies what the clause before it grants, and grants what that one denies.
    """
    found: set[tuple[str, bool]] = set()
    before: bool | None = None
    for clause in _CLAUSE_END.split(text):
        stated = _stance(clause, before)
        if stated is not None:
            found.update((condition, stated) for condition in conditions.find(clause))
            before = stated
    return frozenset(found)


def _stance(clause: str, before: bool | None) -> bool | None:
    if CUES["no approval"].search(clause):
        return False
    if _APPROVED.search(clause):
        return not _DENIED.search(clause)
    if before is not None and _DENIED.match(clause.strip()):
        return not before
    return None
