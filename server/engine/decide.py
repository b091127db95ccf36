"""From judgements, precedents and wording to one verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from server.engine.compare import Comparer
from server.engine.linear import LinearHead
from server.engine.memory import SHOWN as SHOWN_PRECEDENTS
from server.engine.memory import shares
from server.engine.ngrams import WordJudge
from server.engine.values import (
    RELATION_OF_VERDICT,
    VERDICTS,
    Judgement,
    Label,
    Part,
    Precedent,
    Relation,
)

SHOWN = 3
"""Judgements a verdict carries: more evidence is not read."""

SHARPNESS = 2
"""How much the most related statement outweighs the next."""

_LEAST = 1e-3
"""Probabilities below it count as it: a logarithm needs a floor."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The operating point, fitted on predictions for unseen statements and kept in the manifest.

    `claim_threshold` is the probability above which a sentence is a claim; `related_threshold`
    that above which a statement bears on a claim; `supported_threshold` the probability from which
    a claim is supported, whatever the rest; `false_threshold` the probability that `false` needs,
    since an honest sentence called false is an accusation.
    """

    claim_threshold: float
    related_threshold: float
    supported_threshold: float
    false_threshold: float


@dataclass(frozen=True, slots=True)
class Decision:
    """A label, how sure we are, and what made it, the weightiest first."""

    label: Label
    confidence: float
    probabilities: Mapping[Label, float]
    judgements: tuple[Judgement, ...]
    precedents: tuple[Precedent, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of n claims before a decision.

    Args:
        texts: the claims, with the treatment in front where they name none.
        vectors: (n, d) theirs.
        judged: the statements read beside each; none for a claim without candidates.
        precedents: the labelled claims nearest to each.
    """

    texts: Sequence[str]
    vectors: np.ndarray
    judged: Sequence[Sequence[Judgement]]
    precedents: Sequence[Sequence[Precedent]]


@dataclass(frozen=True, slots=True)
class Advisers:
    """Two plain judges beside the pair model: each sees what it overlooks."""

    words: WordJudge
    comparer: Comparer


class Decider:
    """Weighs all that is known of a claim, by one regression.

    Args:
        head: over `decision_features`; labels are the four verdicts.
        advisers: asked about every claim.
        policy: the operating point.
    """

    def __init__(self, head: LinearHead, advisers: Advisers, policy: Policy) -> None:
        self._head = head.ordered(VERDICTS)
        self._advisers = advisers
        self.policy = policy

    def decide(self, known: Known) -> list[Decision]:
        """A decision on each of n claims, n above 0; `uncovered` where no statement bears on it."""
        found = self._head.probabilities(decision_features(known, self._advisers))
        return [
            decision_of(probabilities, judgements, alike, self.policy)
            for probabilities, judgements, alike in zip(
                found, known.judged, known.precedents, strict=True
            )
        ]


def decision_of(
    probabilities: np.ndarray,
    judgements: Sequence[Judgement],
    precedents: Sequence[Precedent],
    policy: Policy,
) -> Decision:
    """The decision that probabilities of the four verdicts, (4,), give under a policy."""
    related = sorted(
        (one for one in judgements if one.relatedness >= policy.related_threshold),
        key=lambda one: -one.relatedness,
    )
    if not related:
        nearest = max((one.relatedness for one in judgements), default=0.0)
        return Decision(Label.UNCOVERED, 1.0 - nearest, {}, (), ())
    shares = dict(zip(VERDICTS, map(float, probabilities), strict=True))
    if not any(_refutes(one) for one in related):
        shares[Label.OVERSTATED] += shares[Label.FALSE]
        shares[Label.FALSE] = 0.0
    label = label_of(shares, policy)
    relation = RELATION_OF_VERDICT[label]
    shown = sorted(related[:SHOWN], key=lambda one: one.relation is not relation)
    alike = [one for one in precedents if one.label is label][:SHOWN_PRECEDENTS]
    return Decision(label, shares[label], shares, tuple(shown), tuple(alike))


def label_of(probabilities: Mapping[Label, float], policy: Policy) -> Label:
    """The verdict that probabilities give under a policy.

    A claim that is not likely enough to be supported gets the likeliest of the other verdicts, but
    `false` only where it is likely enough.
    """
    if probabilities[Label.SUPPORTED] >= policy.supported_threshold:
        return Label.SUPPORTED
    faults = [Label.OVERSTATED, Label.UNSUPPORTED]
    if probabilities[Label.FALSE] >= policy.false_threshold:
        faults.append(Label.FALSE)
    return max(faults, key=lambda label: probabilities[label])


def worst_of(whole: Decision, parts: Sequence[Part]) -> Decision:
    """The decision on a sentence: that on the whole of it, or on a part that is worse."""
    order = list(Label)
    worst = max(parts, key=lambda part: order.index(part.label), default=None)
    if worst is None or order.index(worst.label) <= order.index(whole.label):
        return whole
    return replace(
        whole,
        label=worst.label,
        confidence=worst.confidence,
        judgements=worst.judgements,
        precedents=(),
    )


def decision_features(known: Known, advisers: Advisers) -> np.ndarray:
    """(n, f) float32: all of `decision_groups`, side by side; n above 0."""
    return np.hstack(list(decision_groups(known, advisers).values()), dtype=np.float32)


def decision_groups(known: Known, advisers: Advisers) -> dict[str, np.ndarray]:
    """Arrays (n, f) by what they speak of: what the statements say, what was said of claims alike,
    what the wording suggests, and how the claim compares with the most related statement."""
    votes = np.stack([_votes(judgements) for judgements in known.judged])
    most = [max(found, key=lambda one: one.relatedness, default=None) for found in known.judged]
    related = [one.relatedness if one else 0.0 for one in most]
    past = np.stack([shares(found) for found in known.precedents])
    nearest = [max((one.similarity for one in found), default=0.0) for found in known.precedents]
    by = [one.evidence if one else None for one in most]
    return {
        "statements": np.hstack([_log(votes), np.array(related)[:, None]]),
        "memory": np.hstack([_log(past), past * np.array(nearest)[:, None]]),
        "words": _log(advisers.words.probabilities(known.texts)),
        "comparison": _log(advisers.comparer.probabilities(known.texts, known.vectors, by)),
    }


def _log(shares: np.ndarray) -> np.ndarray:
    return np.asarray(np.log(np.maximum(shares, _LEAST)))


def _votes(judgements: Sequence[Judgement]) -> np.ndarray:
    """(4,) float32: the verdicts that the statements give, the more related the weightier; even
    where there are none."""
    weights = [one.relatedness**SHARPNESS for one in judgements]
    total = sum(weights) + _LEAST
    pooled = [
        (
            sum(w * _vote(one)[label] for w, one in zip(weights, judgements, strict=True))
            + _LEAST / 4
        )
        / total
        for label in VERDICTS
    ]
    return np.array(pooled, dtype=np.float32)


def _vote(judgement: Judgement) -> Mapping[Label, float]:
    """What one statement says of a claim, given that it bears on it.

    A statement that rests on one source cannot make a claim false: that it contradicts the claim
    counts as the claim going too far.
    """
    related = max(judgement.relatedness, _LEAST)
    vote = {
        label: judgement.probabilities[RELATION_OF_VERDICT[label]] / related for label in VERDICTS
    }
    if not judgement.evidence.may_refute:
        vote[Label.OVERSTATED] += vote[Label.FALSE]
        vote[Label.FALSE] = 0.0
    return vote


def _refutes(judgement: Judgement) -> bool:
    """Whether a claim may be called false by this statement: it must contradict the claim, and rest
    on two independent sources."""
    return judgement.evidence.may_refute and judgement.relation is Relation.CONTRADICTS
