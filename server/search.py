"""Finds evidence statements by their words, for curators and for readers of `/evidence`."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Protocol, TypeVar


class Searchable(Protocol):
    """What is searched: an entry that people edit, or a statement of the compiled reference."""

    @property
    def id(self) -> str:
        """The permanent name."""

    @property
    def statement(self) -> str:
        """The sentence."""

    @property
    def interventions(self) -> tuple[str, ...]:
        """Treatments, by their controlled word."""

    @property
    def conditions(self) -> tuple[str, ...]:
        """Conditions, by their controlled word."""


Found = TypeVar("Found", bound=Searchable)


def search_statements(statements: Sequence[Found], query: str, *, limit: int) -> list[Found]:
    """The statements that share the rarest words with a query, the closest first.

    Words count by how few statements hold them, so that "ketamine" says little in a reference on
    ketamine. A statement that shares no word with the query is left out.
    """
    words_of = [_words(_searchable(statement)) for statement in statements]
    frequency = Counter(word for words in words_of for word in words)
    wanted = _words(query)
    weighed = []
    for statement, words in zip(statements, words_of, strict=True):
        shared = wanted & words
        if shared:
            weight = sum(math.log(1 + len(statements) / frequency[word]) for word in shared)
            weighed.append((weight, statement))
    weighed.sort(key=lambda pair: (-pair[0], pair[1].id))
    return [statement for _, statement in weighed[:limit]]


def _searchable(statement: Searchable) -> str:
    return " ".join(
        [statement.id, statement.statement, *statement.interventions, *statement.conditions]
    )


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))
