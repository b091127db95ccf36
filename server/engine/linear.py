"""A trained linear classifier, reduced to what answering needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True, slots=True)
class LinearHead:
    """Multinomial logistic regression with a calibrated temperature.

    Args:
        labels: k names, in the order of the rows of `weights`.
        weights: (k, f) float32.
        bias: (k,) float32.
        temperature: dimensionless, above 0; above 1 softens.

    Raises:
        ValueError: the shapes do not agree, or the temperature is not above 0.
    """

    labels: tuple[str, ...]
    weights: np.ndarray
    bias: np.ndarray
    temperature: float

    def __post_init__(self) -> None:
        count = len(self.labels)
        if self.weights.ndim != 2 or len(self.weights) != count or self.bias.shape != (count,):
            raise ValueError(
                f"{count} labels need weights ({count}, f) and bias ({count},), "
                f"got {self.weights.shape} and {self.bias.shape}"
            )
        if not self.temperature > 0:
            raise ValueError(f"temperature must be above 0, got {self.temperature}")

    def ordered(self, labels: Sequence[str]) -> LinearHead:
        """The same head with its labels in this order.

        Raises:
            ValueError: the head has no such label.
        """
        rows = [self.labels.index(label) for label in labels]
        return replace(self, labels=tuple(labels), weights=self.weights[rows], bias=self.bias[rows])

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """(n, k) float32 for features (n, f); each row sums to 1, n may be 0."""
        logits = (features @ self.weights.T + self.bias) / np.float32(self.temperature)
        return np.asarray(softmax(logits), dtype=np.float32)

    def likelihoods(self, features: np.ndarray) -> np.ndarray:
        """(n, k) float32, each label by itself: a row need not sum to 1."""
        logits = (features @ self.weights.T + self.bias) / np.float32(self.temperature)
        return np.asarray(1 / (1 + np.exp(-logits)), dtype=np.float32)


def softmax(logits: np.ndarray) -> np.ndarray:
    """(n, k) probabilities of (n, k) logits; each row sums to 1, n may be 0."""
    # exp overflows float32 near 89
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))
