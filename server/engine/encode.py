"""Sentences to unit vectors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
import onnxruntime as ort
from tokenizers import Encoding, Tokenizer

BATCH_TOKENS = 512
"""Padded tokens of one batch. What a layer hands the next then stays in a processor's cache: four
times as many take a third longer."""


class Encoder(Protocol):
    """Anything that embeds texts; equal meanings lie close together."""

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """(n, d) float32 unit vectors, one row per text in the order given; n may be 0."""
        ...


class OnnxEncoder:
    """A sentence-transformers encoder run by ONNX Runtime.

    Safe to share between threads: the session and the tokenizer hold no request state.

    Args:
        session: inputs ``input_ids`` and ``attention_mask`` (batch, tokens), output unit vectors
            (batch, dimension).
        tokenizer: truncates to the model's limit; must not pad, since batches are padded here to
            their own longest text.
        dimension: length of a vector.
    """

    def __init__(self, session: ort.InferenceSession, tokenizer: Tokenizer, dimension: int) -> None:
        self._session = session
        self._tokenizer = tokenizer
        self._dimension = dimension

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """(n, d) float32 unit vectors, one row per text in the order given; n may be 0.

        Texts of like length share a batch: padding every text to one fixed length costs several
        times the work.
        """
        vectors = np.zeros((len(texts), self._dimension), dtype=np.float32)
        encodings = self._tokenizer.encode_batch(list(texts))
        for rows in batches_by_length([len(encoding.ids) for encoding in encodings]):
            vectors[rows] = self._run([encodings[row] for row in rows])
        return vectors

    def _run(self, encodings: Sequence[Encoding]) -> np.ndarray:
        ids, mask, _ = padded(encodings)
        (vectors,) = self._session.run(None, {"input_ids": ids, "attention_mask": mask})
        return np.asarray(vectors, dtype=np.float32)


def padded(encodings: Sequence[Encoding]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ids, attention mask and segments of n texts, (n, tokens) int64 each, filled up to the longest
    with 0; n above 0."""
    width = max(len(encoding.ids) for encoding in encodings)
    ids = np.zeros((len(encodings), width), dtype=np.int64)
    mask, segments = np.zeros_like(ids), np.zeros_like(ids)
    for row, encoding in enumerate(encodings):
        ids[row, : len(encoding.ids)] = encoding.ids
        mask[row, : len(encoding.ids)] = 1
        segments[row, : len(encoding.ids)] = encoding.type_ids
    return ids, mask, segments


def batches_by_length(
    lengths: Sequence[int], batch_tokens: int = BATCH_TOKENS
) -> Iterator[list[int]]:
    """Rows grouped so that each batch, padded to its longest row, keeps within `batch_tokens`.

    A row longer than the budget makes a batch of its own. Equal lengths keep their order, so the
    grouping is the same on every run.
    """
    order = sorted(range(len(lengths)), key=lambda row: lengths[row])
    batch: list[int] = []
    for row in order:
        if batch and (len(batch) + 1) * lengths[row] > batch_tokens:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch
