"""From judgements to one verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from server.engine.values import RELATION_OF_VERDICT, VERDICTS, Judgement, Label

SHOWN = 3
"""Judgements a verdict carries: more evidence is not read."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The operating point, fitted on predictions for unseen statements and kept in the manifest.

    `claim_threshold` is the probability above which a sentence is a claim; `related_threshold`
    that above which a statement bears on a claim; `supported_threshold` the probability from which
    a claim is supported, whatever the rest; `false_threshold` the probability that `false` needs,
    since an honest sentence called false is an accusation. `sharpness` says how much the most
    related statement outweighs the next.
    """

    claim_threshold: float
    related_threshold: float
    supported_threshold: float
    false_threshold: float
    sharpness: float


@dataclass(frozen=True, slots=True)
class Decision:
    """A label, how sure we are, and the judgements that made it, the weightiest first."""

    label: Label
    confidence: float
    probabilities: Mapping[Label, float]
    judgements: tuple[Judgement, ...]


def decide(judgements: Sequence[Judgement], policy: Policy) -> Decision:
    """The decision on one claim; `uncovered` where no statement bears on it."""
    probabilities = verdict_probabilities(judgements, policy)
    label = label_of(probabilities, policy)
    if label is Label.UNCOVERED:
        nearest = max((one.relatedness for one in judgements), default=0.0)
        return Decision(label, 1.0 - nearest, {}, ())
    shown = _shown(_related(judgements, policy), label)
    return Decision(label, probabilities[label], probabilities, shown)


def verdict_probabilities(judgements: Sequence[Judgement], policy: Policy) -> Mapping[Label, float]:
    """Probabilities of the four verdicts, every related statement voting with its relatedness;
    empty where no statement is related."""
    related = _related(judgements, policy)
    if not related:
        return {}
    weights = [one.relatedness**policy.sharpness for one in related]
    total = sum(weights)
    votes = [_vote(one) for one in related]
    return {
        label: sum(weight * vote[label] for weight, vote in zip(weights, votes, strict=True))
        / total
        for label in VERDICTS
    }


def _vote(judgement: Judgement) -> Mapping[Label, float]:
    """What one statement says of a claim, given that it bears on it.

    A statement that rests on one source cannot make a claim false: that it contradicts the claim
    counts as the claim going too far.
    """
    vote = {
        label: judgement.probabilities[RELATION_OF_VERDICT[label]] / judgement.relatedness
        for label in VERDICTS
    }
    if not judgement.evidence.may_refute:
        vote[Label.OVERSTATED] += vote[Label.FALSE]
        vote[Label.FALSE] = 0.0
    return vote


def label_of(probabilities: Mapping[Label, float], policy: Policy) -> Label:
    """The answer that probabilities give under a policy.

    A claim that is not likely enough to be supported gets the likeliest of the other verdicts, but
    `false` only where it is likely enough.
    """
    if not probabilities:
        return Label.UNCOVERED
    if probabilities[Label.SUPPORTED] >= policy.supported_threshold:
        return Label.SUPPORTED
    faults = [Label.OVERSTATED, Label.UNSUPPORTED]
    if probabilities[Label.FALSE] >= policy.false_threshold:
        faults.append(Label.FALSE)
    return max(faults, key=lambda label: probabilities[label])


def _related(judgements: Sequence[Judgement], policy: Policy) -> list[Judgement]:
    """The judgements of statements that bear on the claim, the most related first."""
    return sorted(
        (one for one in judgements if one.relatedness >= policy.related_threshold),
        key=lambda one: -one.relatedness,
    )


def _shown(related: Sequence[Judgement], label: Label) -> tuple[Judgement, ...]:
    """The most related judgements, those that carry the verdict before those that do not."""
    shown = related[:SHOWN]
    return tuple(sorted(shown, key=lambda one: one.relation is not RELATION_OF_VERDICT[label]))
