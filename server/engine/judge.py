"""How an evidence statement stands to a claim.

Similarity says that two sentences are about the same thing, never that they agree: "is approved"
and "is not approved" lie side by side. So the judge reads both: the two vectors, the wording cues
of either, what the statement is (facet, direction, certainty), and whether their figures meet. The
claim's own words weigh in once for all of its statements.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from server.engine.approvals import Approvals, approvals
from server.engine.linear import LinearHead
from server.engine.ngrams import Ngrams
from server.engine.terms import TermMatcher
from server.engine.values import (
    RELATION_OF_VERDICT,
    Candidate,
    Certainty,
    Direction,
    Evidence,
    Facet,
    Judgement,
    Label,
    Quantity,
    Relation,
)
from server.engine.wording import CUE_NAMES, cue_vector, figures

RELATED, UNRELATED = "related", "unrelated"

_VECTOR_WEIGHT, _PRODUCT_WEIGHT, _DIFFERENCE_WEIGHT = 3.0, 20.0, 5.0
"""Bring the vector parts into the range of the cues, so that one penalty fits all."""

_SAME_SHARE = 0.025
"""Two shares that differ by less are the same figure rounded otherwise."""
_SAME_TIME = 0.05
"""The same of times, as a difference of decimal logarithms (12%)."""

_KINDS = (*Facet, *Direction, *Certainty)


@dataclass(frozen=True, slots=True)
class Side:
    """What the judge knows of n claims or of n statements before it pairs them."""

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
    """n claims as the judge pairs them; `vectors` (n, d) are theirs."""
    named = [frozenset(conditions.find(text)) for text in texts]
    stated = [approvals(text, conditions) for text in texts]
    return _side(texts, vectors, [()] * len(texts), named, stated)


def statements_side(statements: Sequence[Evidence], vectors: np.ndarray) -> Side:
    """n statements as the judge pairs them; `vectors` (n, d) are theirs."""
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


def pair_features(claims: Side, statements: Side, kinds: np.ndarray) -> np.ndarray:
    """(n, f) float32 features of n pairs; row i pairs claim i with statement i.

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
            crossed.reshape(len(kinds), -1),
            conditions,
            _polarity(claims, statements, conditions),
            _approvals_met(claims, statements),
            _figures_met(claims, statements),
        ],
        dtype=np.float32,
    )


@dataclass(frozen=True, slots=True)
class RelationHead:
    """How a statement that bears on a claim stands to it.

    Args:
        pairs: over `pair_features`; labels are the four verdicts.
        ngrams: the words that `wording` knows.
        wording: (4, v) float32, the weight of each of the claim's words for each verdict.
    """

    pairs: LinearHead
    ngrams: Ngrams
    wording: np.ndarray

    def probabilities(
        self, features: np.ndarray, texts: Sequence[str], owners: Sequence[int]
    ) -> np.ndarray:
        """(n, 4) float32 for n pairs; pair i belongs to the claim ``texts[owners[i]]``."""
        said = self.ngrams.vectors(texts) @ self.wording.T
        return self.pairs.probabilities(features, said[owners])


class PairJudge:
    """Judges every candidate of every claim.

    Args:
        relation_head: trained on pairs that bear on each other.
        relatedness_head: labels `related` and `unrelated`.
        statements: every statement of the reference.
        vectors: (m, d) their vectors.
        conditions: finds the conditions a claim names.

    Raises:
        ValueError: a head was trained on other features.
    """

    def __init__(
        self,
        relation_head: RelationHead,
        relatedness_head: LinearHead,
        statements: Sequence[Evidence],
        vectors: np.ndarray,
        conditions: TermMatcher,
    ) -> None:
        self._relation_head = relation_head
        self._relatedness_head = relatedness_head
        self._row_of = {one.id: row for row, one in enumerate(statements)}
        self._conditions = conditions
        self._statements = statements_side(statements, vectors)
        self._kinds = kinds_of(statements)
        width = pair_features(
            self._statements.rows([0]), self._statements.rows([0]), self._kinds[:1]
        ).shape[1]
        for head in (relation_head.pairs, relatedness_head):
            if head.weights.shape[1] != width:
                raise ValueError(f"the judge reads {width} features, its head {head.weights.shape}")
        self._related_column = relatedness_head.labels.index(RELATED)
        self._relations = [RELATION_OF_VERDICT[Label(name)] for name in relation_head.pairs.labels]

    def judge(
        self,
        texts: Sequence[str],
        vectors: np.ndarray,
        candidates: Sequence[tuple[Candidate, ...]],
    ) -> list[tuple[Judgement, ...]]:
        """Judgements for each claim, in the order of its candidates.

        Args:
            texts: n claims.
            vectors: (n, d) their vectors.
            candidates: the statements to judge each claim by.
        """
        owners = [row for row, found in enumerate(candidates) for _ in found]
        flat = [candidate for found in candidates for candidate in found]
        if not flat:
            return [() for _ in candidates]
        rows = [self._row_of[candidate.evidence.id] for candidate in flat]
        claims = claims_side(texts, vectors, self._conditions).rows(owners)
        features = pair_features(claims, self._statements.rows(rows), self._kinds[rows])
        relatedness = self._relatedness_head.probabilities(features)[:, self._related_column]
        relations = self._relation_head.probabilities(features, texts, owners)
        judgements: list[list[Judgement]] = [[] for _ in candidates]
        for owner, candidate, related, relation in zip(
            owners, flat, relatedness, relations, strict=True
        ):
            judgements[owner].append(
                Judgement(
                    candidate.evidence,
                    candidate.similarity,
                    self._probabilities(float(related), relation),
                )
            )
        return [tuple(found) for found in judgements]

    def _probabilities(self, related: float, relation: np.ndarray) -> Mapping[Relation, float]:
        shares = {
            name: related * float(p) for name, p in zip(self._relations, relation, strict=True)
        }
        return {**shares, Relation.UNRELATED: 1.0 - related}


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
    """(n, p) float32: each way of affirming or denying in the claim, beside each in the statement,
    for the same condition, another and none.

    "Approved for X" meets "not approved for X" here, and does not meet "approved for Y".
    """
    said, known = _stances(claims.cues), _stances(statements.cues)
    crossed = said[:, :, None, None] * known[:, None, :, None] * conditions[:, None, None, :]
    return np.asarray(crossed.reshape(len(crossed), -1), dtype=np.float32)


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
