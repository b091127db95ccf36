"""Reads a claim and an evidence statement together, and says how the one stands to the other.

Similarity says that two sentences are about the same thing, never that they agree: "is approved"
and "is not approved" lie side by side. A cross-encoder reads both at once, word against word.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import onnxruntime as ort
from tokenizers import Encoding, Tokenizer

from server.engine.encode import batches_by_length, padded
from server.engine.values import Evidence, Relation

RELATIONS = tuple(Relation)
"""The order of a pair model's outputs."""


class PairModel(Protocol):
    """Anything that reads pairs of a claim and a piece of evidence."""

    def logits(self, pairs: Sequence[tuple[str, str]]) -> np.ndarray:
        """(n, 5) float32, a column for each of `RELATIONS`; n may be 0."""
        ...


class OnnxPairModel:
    """A cross-encoder run by ONNX Runtime. Safe to share between threads.

    Args:
        session: inputs ``input_ids``, ``attention_mask`` and ``token_type_ids`` (batch, tokens),
            output logits (batch, 5).
        tokenizer: truncates to the model's limit; must not pad.
    """

    def __init__(self, session: ort.InferenceSession, tokenizer: Tokenizer) -> None:
        self._session = session
        self._tokenizer = tokenizer

    def logits(self, pairs: Sequence[tuple[str, str]]) -> np.ndarray:
        """(n, 5) float32, a row for each pair in the order given; pairs of like length share a
        batch."""
        found = np.zeros((len(pairs), len(RELATIONS)), dtype=np.float32)
        encodings = self._tokenizer.encode_batch(list(pairs))
        for rows in batches_by_length([len(one.ids) for one in encodings]):
            found[rows] = self._run([encodings[row] for row in rows])
        return found

    def _run(self, encodings: Sequence[Encoding]) -> np.ndarray:
        ids, mask, segments = padded(encodings)
        (logits,) = self._session.run(
            None, {"input_ids": ids, "attention_mask": mask, "token_type_ids": segments}
        )
        return np.asarray(logits, dtype=np.float32)


def evidence_text(evidence: Evidence) -> str:
    """A statement as the pair model reads it: what it says, how sure it is, and of whom it holds.

    The model reads from the left and forgets what lies beyond its window, so the statement's own
    words stand first.
    """
    about = [f"{evidence.certainty} certainty", evidence.direction]
    about += [part for part in (evidence.product, evidence.population) if part]
    return f"{evidence.statement} ({'; '.join(about)})"
