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
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = [
        (bins == index).mean()
        * abs(confidence[bins == index].mean() - is_right[bins == index].mean())
        for index in range(BINS)
        if (bins == index).any()
    ]
    return float(sum(gaps))


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
