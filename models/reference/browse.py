"""Looks an entry of the reference up by its id, and shows it."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from models.reference.schema import Statement

MAX_SUGGESTIONS = 3


class UnknownStatement(LookupError):
    """No entry has the id; the message names ids that look like it."""


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
