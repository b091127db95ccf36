"""Words and word pairs of a claim, weighted by how rare they are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

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

    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        """(n, v) float32: logarithmic counts times rarity, each row of length 1, or 0 if unknown."""
        vectors = np.zeros((len(texts), len(self.columns)), dtype=np.float32)
        for row, text in enumerate(texts):
            for ngram, count in Counter(ngrams_of(text)).items():
                column = self.columns.get(ngram)
                if column is not None:
                    vectors[row, column] = (1 + np.log(count)) * self.rarity[column]
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(lengths, 1e-9), dtype=np.float32)


def ngrams_of(text: str) -> list[str]:
    """Words and pairs of neighbouring words, in lower case."""
    words = _TOKEN.findall(text.lower())
    return [*words, *(" ".join(pair) for pair in pairwise(words))]
