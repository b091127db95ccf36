"""Code points to UTF-16 code units and back.

Python counts code points; JavaScript, and so every browser, counts UTF-16 code units. A character
outside the Basic Multilingual Plane, such as an emoji, is one of the first and two of the second.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate

_LAST_BASIC = 0xFFFF


class Utf16Offsets:
    """Translates offsets into one text. Texts without astral characters cost nothing.

    Args:
        text: the text the offsets count in.
    """

    def __init__(self, text: str) -> None:
        self._units: list[int] | None = None
        if text and max(text) > chr(_LAST_BASIC):
            widths = (2 if ord(character) > _LAST_BASIC else 1 for character in text)
            self._units = list(accumulate(widths, initial=0))

    def from_codepoint(self, offset: int) -> int:
        """The UTF-16 offset of the character at code point `offset`."""
        return offset if self._units is None else self._units[offset]

    def to_codepoint(self, offset: int) -> int:
        """The code point offset of the character that begins at or contains UTF-16 `offset`."""
        return offset if self._units is None else bisect_left(self._units, offset)
