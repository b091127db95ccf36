"""Figures of quality, as pure functions of truth and answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from server.engine.values import VERDICTS, Label

RESAMPLES = 1000
SEED = 7
BINS = 10


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its 95% bootstrap interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f}–{self.high:.3f})"


def macro_f1(truth: np.ndarray, answers: np.ndarray) -> float:
    """Mean F1 over the four verdicts; an answer outside them, such as `uncovered`, is a miss."""
    return float(np.mean([f1(truth, answers, label) for label in VERDICTS]))


def f1(truth: np.ndarray, answers: np.ndarray, label: str) -> float:
    """F1 of one label, 0 where it is neither true nor answered."""
    hits = int(((truth == label) & (answers == label)).sum())
    total = int((truth == label).sum()) + int((answers == label).sum())
    return 2 * hits / total if total else 0.0


def precision(truth: np.ndarray, answers: np.ndarray, label: str) -> float:
    """Share of the answers `label` that are right; nan where there are none."""
    return _share((truth == label)[answers == label])


def recall(truth: np.ndarray, answers: np.ndarray, label: str) -> float:
    """Share of the true `label` that are answered so; nan where there are none."""
    return _share((answers == label)[truth == label])


def ordinal_error(truth: np.ndarray, answers: np.ndarray) -> float:
    """Mean number of steps between truth and answer from supported to false; nan where none of the
    answers is a verdict."""
    place = {str(label): step for step, label in enumerate(VERDICTS)}
    steps = [
        abs(place[str(t)] - place[str(a)])
        for t, a in zip(truth, answers, strict=True)
        if str(t) in place and str(a) in place
    ]
    return float(np.mean(steps)) if steps else float("nan")


def honest_called_false(truth: np.ndarray, answers: np.ndarray) -> float:
    """Share of the supported claims that are called false: the accusation we must not make."""
    return _share((answers == Label.FALSE)[truth == Label.SUPPORTED])


def honest_accused(truth: np.ndarray, answers: np.ndarray) -> float:
    """Share of the supported claims called anything but supported or uncovered."""
    cleared = (answers == Label.SUPPORTED) | (answers == Label.UNCOVERED)
    return _share(~cleared[truth == Label.SUPPORTED])


def flagged(truth: np.ndarray, answers: np.ndarray) -> float:
    """Share of the overstated, unsupported and false claims flagged as any of the three."""
    worse = VERDICTS[1:]
    return _share(np.isin(answers, worse)[np.isin(truth, worse)])


def uncovered(truth: np.ndarray, answers: np.ndarray) -> float:
    """Share answered `uncovered`."""
    return _share(answers == Label.UNCOVERED)


def balanced_accuracy(truth: np.ndarray, answers: np.ndarray) -> float:
    """Mean of the two recalls of a yes-or-no question."""
    return (_share(answers[truth]) + _share(~answers[~truth])) / 2


def calibration_error(confidence: np.ndarray, is_right: np.ndarray) -> float:
    """Expected calibration error over ten equal bins of confidence.

    Source:
        Naeini, Cooper, Hauskrecht, "Obtaining Well Calibrated Probabilities Using Bayesian
        Binning", AAAI 2015.
    """
    return float(
        sum(
            count / len(confidence) * abs(said - right)
            for said, right, count in calibration_curve(confidence, is_right)
        )
    )


def calibration_curve(
    confidence: np.ndarray, is_right: np.ndarray
) -> list[tuple[float, float, int]]:
    """Mean confidence, share right and count of each bin that holds any answer."""
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    return [
        (float(confidence[inside].mean()), float(is_right[inside].mean()), int(inside.sum()))
        for inside in (bins == index for index in range(BINS))
        if inside.any()
    ]


def risk_coverage(confidence: np.ndarray, is_right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(n,) share of claims answered and (n,) share of those answers that are wrong, when only the
    surest are answered.

    Source:
        El-Yaniv, Wiener, "On the Foundations of Noise-free Selective Classification", JMLR 2010.
    """
    order = np.argsort(-confidence, kind="stable")
    answered = np.arange(1, len(order) + 1)
    return answered / len(order), np.cumsum(~is_right[order]) / answered


def with_interval(
    figure: Callable[[np.ndarray, np.ndarray], float], truth: np.ndarray, answers: np.ndarray
) -> Interval:
    """A figure and its 95% interval by resampling rows."""
    generator = np.random.default_rng(SEED)
    values = []
    for _ in range(RESAMPLES):
        rows = generator.integers(0, len(truth), len(truth))
        values.append(figure(truth[rows], answers[rows]))
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return Interval(figure(truth, answers), float(low), float(high))


def confusion(truth: Sequence[str], answers: Sequence[str]) -> dict[str, dict[str, int]]:
    """Counts by true verdict, then by answer."""
    columns = (*VERDICTS, Label.UNCOVERED)
    return {
        str(row): {
            str(column): sum(t == row and a == column for t, a in zip(truth, answers, strict=True))
            for column in columns
        }
        for row in VERDICTS
    }


def _share(hits: np.ndarray) -> float:
    return float(np.mean(hits)) if len(hits) else float("nan")
