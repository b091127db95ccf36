"""What a claim's own words say of its verdict, before any evidence is read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from server.engine.linear import LinearHead, softmax
from server.engine.values import VERDICTS

_TOKEN = re.compile(r"[\w%]+")


@dataclass(frozen=True, slots=True)
class Ngrams:
    """A vocabulary of words and word pairs.

    Args:
        columns: n-gram to its column.
        rarity: (v,) float32, inverse document frequency of each column.
    """

    columns: Mapping[str, int]
    rarity: np.ndarray

    @classmethod
    def fit(cls, texts: Sequence[str], least_texts: int) -> Ngrams:
        """The n-grams that stand in at least `least_texts` of the texts, in alphabetical order."""
        found = Counter(ngram for text in texts for ngram in set(ngrams_of(text)))
        kept = sorted(ngram for ngram, count in found.items() if count >= least_texts)
        counts = np.array([found[ngram] for ngram in kept], dtype=np.float32)
        rarity = np.log((1 + len(texts)) / (1 + counts)) + 1
        return cls({ngram: column for column, ngram in enumerate(kept)}, rarity.astype(np.float32))

    def entries(self, text: str) -> tuple[np.ndarray, np.ndarray]:
        """Columns of the known n-grams of a text, and their weights: logarithmic counts times
        rarity, (k,) float32 of length 1 together; k may be 0."""
        counts = [
            (column, count)
            for ngram, count in Counter(ngrams_of(text)).items()
            if (column := self.columns.get(ngram)) is not None
        ]
        columns = np.array([column for column, _ in counts], dtype=np.int64)
        logarithms = np.log([count for _, count in counts])
        weights = (1 + logarithms) * self.rarity[columns]
        return columns, (weights / max(float(np.linalg.norm(weights)), 1e-9)).astype(np.float32)


class WordJudge:
    """Judges claims by their wording alone.

    Wording is no proof, so this is never a verdict by itself; but what sells is worded to sell.

    Args:
        ngrams: the words that the head knows.
        head: labels are the four verdicts, a column for each n-gram.
    """

    def __init__(self, ngrams: Ngrams, head: LinearHead) -> None:
        self._ngrams = ngrams
        ordered = head.ordered(VERDICTS)
        self._bias = ordered.bias
        self._weights = np.ascontiguousarray(ordered.weights.T)

    def probabilities(self, texts: Sequence[str]) -> np.ndarray:
        """(n, 4) float32 of `VERDICTS`; each row sums to 1."""
        logits = np.zeros((len(texts), len(VERDICTS)), dtype=np.float32)
        for row, text in enumerate(texts):
            columns, weights = self._ngrams.entries(text)
            logits[row] = self._bias + weights @ self._weights[columns]
        return softmax(logits)


def ngrams_of(text: str) -> list[str]:
    """Words and pairs of neighbouring words, in lower case."""
    words = _TOKEN.findall(text.lower())
    return [*words, *(" ".join(pair) for pair in pairwise(words))]
