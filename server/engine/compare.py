"""What a claim's wording and figures show beside an evidence statement's.

The pair model reads words; it does not count. Whether the claim's rate is above the statement's,
whether it calls approved what the statement says is not, whether it speaks of another condition or
route than was studied: these are compared here, one by one, so that a decision can weigh them and a
reader can be told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from server.engine.approvals import Approvals, approvals
from server.engine.linear import LinearHead
from server.engine.terms import TermMatcher
from server.engine.values import (
    VERDICTS,
    Certainty,
    Direction,
    Evidence,
    Facet,
    Quantity,
)
from server.engine.wording import CUE_NAMES, cue_vector, figures

_SAME_SHARE = 0.025
"""Two shares that differ by less are the same figure rounded otherwise."""
_SAME_TIME = 0.05
"""The same of times, as a difference of decimal logarithms (12%)."""


_VECTOR_WEIGHT, _PRODUCT_WEIGHT, _DIFFERENCE_WEIGHT = 3.0, 20.0, 5.0
"""Bring the vector parts into the range of the cues, so that one penalty fits all."""

_KINDS = (*Facet, *Direction, *Certainty)


@dataclass(frozen=True, slots=True)
class Side:
    """What is known of n claims or of n statements before they are paired."""

    vectors: np.ndarray
    """(n, d) float32."""
    cues: np.ndarray
    """(n, cues) float32."""
    shares: Sequence[Sequence[float]]
    times: Sequence[Sequence[float]]
    """Figures of each text: shares from 0 to 1 and times in days."""
    conditions: Sequence[frozenset[str]]
    """Conditions each text speaks of; empty where it names none."""
    approvals: Sequence[Approvals]
    """Uses that each text says are approved or not."""

    def rows(self, rows: Sequence[int]) -> Side:
        """The side with only these rows, in this order; a row may come twice."""
        return Side(
            self.vectors[rows],
            self.cues[rows],
            [self.shares[row] for row in rows],
            [self.times[row] for row in rows],
            [self.conditions[row] for row in rows],
            [self.approvals[row] for row in rows],
        )


def claims_side(texts: Sequence[str], vectors: np.ndarray, conditions: TermMatcher) -> Side:
    """n claims; `vectors` (n, d) are theirs."""
    named = [frozenset(conditions.find(text)) for text in texts]
    stated = [approvals(text, conditions) for text in texts]
    return _side(texts, vectors, [()] * len(texts), named, stated)


def statements_side(statements: Sequence[Evidence], vectors: np.ndarray) -> Side:
    """n statements; `vectors` (n, d) are theirs."""
    return _side(
        [one.statement for one in statements],
        vectors,
        [one.quantities for one in statements],
        [frozenset(one.conditions) for one in statements],
        [
            frozenset(
                [(use, True) for use in one.approved_for]
                + [(use, False) for use in one.not_approved_for]
            )
            for one in statements
        ],
    )


def _side(
    texts: Sequence[str],
    vectors: np.ndarray,
    quantities: Sequence[Sequence[Quantity]],
    conditions: Sequence[frozenset[str]],
    stated_approvals: Sequence[Approvals],
) -> Side:
    cues = [cue_vector(text) for text in texts] or np.zeros((0, len(CUE_NAMES)), np.float32)
    stated = [figures(text) for text in texts]
    return Side(
        vectors=vectors,
        cues=np.asarray(cues, dtype=np.float32),
        shares=[
            [figure.value for figure in found if figure.kind == "share"] + _typed_shares(typed)
            for found, typed in zip(stated, quantities, strict=True)
        ],
        times=[
            [figure.value for figure in found if figure.kind == "time"] + _typed_times(typed)
            for found, typed in zip(stated, quantities, strict=True)
        ],
        conditions=conditions,
        approvals=stated_approvals,
    )


def kinds_of(statements: Sequence[Evidence]) -> np.ndarray:
    """(n, 18) float32: one-hot facet, direction and certainty of each statement."""
    return np.array(
        [
            [kind in (one.facet, one.direction, one.certainty) for kind in _KINDS]
            for one in statements
        ],
        dtype=np.float32,
    ).reshape(len(statements), len(_KINDS))


def compared(claims: Side, statements: Side, kinds: np.ndarray) -> np.ndarray:
    """(n, f) float32 of n pairs; row i compares claim i with statement i.

    The columns: the two vectors, their product and difference; the cues of either, and what the
    claim's cues meet in the statement's cues and kind; conditions shared, apart or unnamed; what
    the claim affirms or denies beside what the statement does; approvals agreed, opposed, other or
    unknown; shares and times stated, comparable, met or exceeded.

    Args:
        claims: n claims.
        statements: n statements.
        kinds: (n, 18), from `kinds_of`.
    """
    product = claims.vectors * statements.vectors
    conditions = _conditions_met(claims, statements)
    both = claims.cues * statements.cues
    crossed = claims.cues[:, :, None] * kinds[:, None, :]
    return np.hstack(
        [
            claims.vectors * _VECTOR_WEIGHT,
            product * _PRODUCT_WEIGHT,
            np.abs(claims.vectors - statements.vectors) * _DIFFERENCE_WEIGHT,
            product.sum(axis=1, keepdims=True),
            claims.cues,
            statements.cues,
            both,
            claims.cues - both,
            kinds,
            _flat(crossed),
            conditions,
            _flat(_polarity(claims, statements, conditions)),
            _approvals_met(claims, statements),
            _figures_met(claims, statements),
        ],
        dtype=np.float32,
    )


class Comparer:
    """Judges each claim by one statement, from what can be compared one by one.

    Args:
        head: over `compared`; labels are the four verdicts.
        statements: every statement of the reference.
        vectors: (m, d) their vectors.
        conditions: finds the conditions a claim names.

    Raises:
        ValueError: the head was trained on other features.
    """

    def __init__(
        self,
        head: LinearHead,
        statements: Sequence[Evidence],
        vectors: np.ndarray,
        conditions: TermMatcher,
    ) -> None:
        self._head = head.ordered(VERDICTS)
        self._row_of = {one.id: row for row, one in enumerate(statements)}
        self._statements = statements_side(statements, vectors)
        self._kinds = kinds_of(statements)
        self._conditions = conditions
        first = self._statements.rows([0])
        width = compared(first, first, self._kinds[:1]).shape[1]
        if head.weights.shape[1] != width:
            raise ValueError(f"{width} features are compared, the head has {head.weights.shape}")

    def probabilities(
        self, texts: Sequence[str], vectors: np.ndarray, by: Sequence[Evidence | None]
    ) -> np.ndarray:
        """(n, 4) float32 of `VERDICTS`; even where there is no statement to judge by.

        Args:
            texts: n claims.
            vectors: (n, d) theirs.
            by: the statement that each is compared with.
        """
        found = np.full((len(texts), len(VERDICTS)), 1 / len(VERDICTS), dtype=np.float32)
        rows = [row for row, one in enumerate(by) if one is not None]
        if rows:
            side = claims_side([texts[row] for row in rows], vectors[rows], self._conditions)
            statements = [self._row_of[one.id] for one in by if one is not None]
            features = compared(side, self._statements.rows(statements), self._kinds[statements])
            found[rows] = self._head.probabilities(features)
        return found


def _flat(features: np.ndarray) -> np.ndarray:
    return features.reshape(len(features), int(np.prod(features.shape[1:])))


def _typed_shares(quantities: Sequence[Quantity]) -> list[float]:
    return [
        value
        for quantity in quantities
        if quantity.measure.endswith(("-rate", "-prevalence"))
        or quantity.measure == "bioavailability"
        for value in (quantity.low, quantity.high)
    ]


def _typed_times(quantities: Sequence[Quantity]) -> list[float]:
    days_of = {"duration": 1.0, "onset": 1 / 24, "observation": 1 / 24, "session-length": 1 / 1440}
    return [
        value * days_of[quantity.measure]
        for quantity in quantities
        if quantity.measure in days_of
        for value in (quantity.low, quantity.high)
    ]


def _conditions_met(claims: Side, statements: Side) -> np.ndarray:
    """(n, 3) float32: whether claim and statement share a condition, speak of different ones, or
    either names none."""
    met = [
        (bool(said & known), bool(said and known and not said & known), not (said and known))
        for said, known in zip(claims.conditions, statements.conditions, strict=True)
    ]
    return np.array(met, dtype=np.float32).reshape(len(met), 3)


def _approvals_met(claims: Side, statements: Side) -> np.ndarray:
    """(n, 4) float32: of the uses a claim calls approved or not, whether the statement says so of
    any, says the opposite of any, knows only others, or knows none."""
    met = []
    for said, known in zip(claims.approvals, statements.approvals, strict=True):
        agrees = bool(said & known)
        differs = any((use, not stated) in known for use, stated in said)
        apart = bool(said and known) and not (agrees or differs)
        met.append((agrees, differs, apart, bool(said) and not known))
    return np.array(met, dtype=np.float32).reshape(len(met), 4)


def _polarity(claims: Side, statements: Side, conditions: np.ndarray) -> np.ndarray:
    """(n, 9, 9, 3) float32: each way of affirming or denying in the claim, beside each in the statement,
    for the same condition, another and none.

    "Approved for X" meets "not approved for X" here, and does not meet "approved for Y".
    """
    said, known = _stances(claims.cues), _stances(statements.cues)
    crossed = said[:, :, None, None] * known[:, None, :, None] * conditions[:, None, None, :]
    return np.asarray(crossed, dtype=np.float32)


def _stances(cues: np.ndarray) -> np.ndarray:
    """(n, 9) float32: what a text affirms and what it denies."""
    shown = {name: cues[:, column] for column, name in enumerate(CUE_NAMES)}
    affirms_approval = shown["approval"] * (1 - shown["no approval"])
    affirms_risk = shown["risk"] * (1 - shown["risk denied"])
    plain = 1 - np.maximum(shown["negation"], shown["doubt"])
    return np.stack(
        [
            affirms_approval,
            shown["no approval"],
            affirms_risk,
            shown["risk denied"],
            shown["benefit denied"],
            shown["doubt"],
            shown["negation"],
            shown["absolute"],
            plain,
        ],
        axis=1,
    )


def _figures_met(claims: Side, statements: Side) -> np.ndarray:
    """(n, 8) float32: for shares and for times, whether the claim states any, whether it states
    some and the statement has some, whether they meet, and whether the claim's exceed."""
    return np.array(
        [
            (*_met(*shares, _share_gap, _SAME_SHARE), *_met(*times, _time_gap, _SAME_TIME))
            for shares, times in zip(
                zip(claims.shares, statements.shares, strict=True),
                zip(claims.times, statements.times, strict=True),
                strict=True,
            )
        ],
        dtype=np.float32,
    ).reshape(len(claims.shares), 8)


def _share_gap(claimed: float, known: float) -> float:
    return claimed - known


def _time_gap(claimed: float, known: float) -> float:
    tiny = 1 / 1440  # a minute: no source measures finer
    return float(np.log10(max(claimed, tiny) / max(known, tiny)))


def _met(
    claimed: Sequence[float],
    known: Sequence[float],
    gap: Callable[[float, float], float],
    same: float,
) -> tuple[float, float, float, float]:
    if not claimed or not known:
        return float(bool(claimed)), 0.0, 0.0, 0.0
    meets = all(min(abs(gap(one, other)) for other in known) <= same for one in claimed)
    exceeds = gap(max(claimed), max(known)) > same
    return 1.0, 1.0, float(meets), float(exceeds and not meets)
