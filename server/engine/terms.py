"""Which controlled terms a text names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

_SEPARATORS = re.compile(r"[\s\u00ad\-‐-―_/]+")


class TermMatcher:
    """Finds the ids of a controlled list whose terms a text names.

    Case, hyphens and runs of white space do not matter, and a longer term hides the shorter ones
    inside it: "S-ketamine" is esketamine and not also ketamine.

    Args:
        terms: id to the words that pages use for it.
    """

    def __init__(self, terms: Mapping[str, Sequence[str]]) -> None:
        self._id_of = {_normalised(word): name for name, words in terms.items() for word in words}
        longest_first = sorted(self._id_of, key=lambda word: (-len(word), word))
        alternatives = "|".join(map(re.escape, longest_first)) or r"(?!)"
        self._pattern = re.compile(rf"(?<![a-z0-9])(?:{alternatives})(?![a-z0-9])")

    def find(self, text: str) -> tuple[str, ...]:
        """Ids in order of first mention, each once."""
        found = (self._id_of[match[0]] for match in self._pattern.finditer(_normalised(text)))
        return tuple(dict.fromkeys(found))


def _normalised(text: str) -> str:
    return _SEPARATORS.sub(" ", text.lower()).replace("’", "'")
