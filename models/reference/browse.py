"""Looks entries of the reference up by their words or their id."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from difflib import get_close_matches

from models.reference.schema import Statement

MAX_SUGGESTIONS = 3


class UnknownStatement(LookupError):
    """No entry has the id; the message names ids that look like it."""


def search_statements(
    statements: Sequence[Statement], query: str, *, limit: int
) -> list[Statement]:
    """The entries that share the rarest words with a query, the closest first.

    Words count by how few entries hold them, so that "ketamine" says little in a reference on
    ketamine. An entry that shares no word with the query is left out.
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


def find_statement(statements: Sequence[Statement], statement_id: str) -> Statement:
    """The entry of an id.

    Raises:
        UnknownStatement: there is none.
    """
    by_id = {statement.id: statement for statement in statements}
    if statement_id not in by_id:
        alike = get_close_matches(statement_id, list(by_id), MAX_SUGGESTIONS)
        hint = f"; did you mean {' or '.join(alike)}?" if alike else ""
        raise UnknownStatement(f"the reference has no entry {statement_id!r}{hint}")
    return by_id[statement_id]


def describe(statement: Statement) -> str:
    """An entry for reading: its sentence first, then its fields and sources, a line each."""
    fields = {
        "interventions": ", ".join(statement.interventions) or "any",
        "conditions": ", ".join(statement.conditions),
        "facet": statement.facet.value,
        "direction": statement.direction.value,
        "certainty": f"{statement.certainty.value}: {statement.certainty_because}",
        "population": statement.population,
        "product": statement.product,
        "routes": ", ".join(statement.routes),
        "quantities": "; ".join(
            f"{one.measure} {one.low:g}" + ("" if one.low == one.high else f" to {one.high:g}")
            for one in statement.quantities
        ),
        "note": statement.note,
        "reviewed": statement.reviewed.isoformat(),
    }
    lines = [statement.id, f"  {statement.statement}", ""]
    lines += [f"  {name}: {value}" for name, value in fields.items() if value]
    for source in statement.sources:
        place = "".join(f", {part}" for part in (source.identifier, source.locator) if part)
        lines += [
            f"  source: {source.title}. {source.publisher}, {source.year}{place}",
            f"    {source.url} (seen: {source.seen}, {source.accessed})",
        ]
    return "\n".join(lines)


def _searchable(statement: Statement) -> str:
    return " ".join([statement.id, statement.statement, *statement.interventions])


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))
