"""The two curves of a model card, as SVG."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

mpl.use("svg")
mpl.rcParams["svg.hashsalt"] = "overclaim"  # the same figures give the same file

from matplotlib import pyplot as plt  # noqa: E402 # once the backend is chosen

from models.evaluate.metrics import calibration_curve, risk_coverage  # noqa: E402

Curves = Mapping[str, tuple[np.ndarray, np.ndarray]]
"""Confidence (n,) and whether the answer was right (n,), by what was measured."""


def draw_calibration(curves: Curves, path: Path) -> None:
    """Share right over mean confidence; on the diagonal the confidence means what it says."""
    figure, axes = plt.subplots(figsize=(5, 4))
    axes.plot([0, 1], [0, 1], color="#78828f", linestyle=":", label="as it should be")
    for marker, (name, (confidence, is_right)) in zip("os^", curves.items(), strict=False):
        bins = calibration_curve(confidence, is_right)
        axes.plot(
            [said for said, _, _ in bins], [right for _, right, _ in bins], marker, label=name
        )
    axes.set(xlabel="confidence shown", ylabel="share right", xlim=(0, 1), ylim=(0, 1))
    _save(figure, path)


def draw_risk_coverage(curves: Curves, path: Path) -> None:
    """Share wrong over the share answered, the surest first."""
    figure, axes = plt.subplots(figsize=(5, 4))
    for style, (name, (confidence, is_right)) in zip(
        ("-", "--", ":"), curves.items(), strict=False
    ):
        axes.plot(*risk_coverage(confidence, is_right), style, label=name)
    axes.set(xlabel="share of claims answered", ylabel="share of answers wrong", xlim=(0, 1))
    axes.set_ylim(bottom=0)
    _save(figure, path)


def _save(figure: Figure, path: Path) -> None:
    figure.axes[0].legend(frameon=False)
    figure.tight_layout()
    figure.savefig(path, format="svg", metadata={"Date": None})
    plt.close(figure)
