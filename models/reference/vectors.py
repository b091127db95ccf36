"""Vectors of evidence statements, embedding only those that changed since the last build."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from server.artefacts import digest_of, load_encoder, read_manifest
from server.engine.errors import ArtefactMismatch


def statement_vectors(texts: Sequence[str], models_dir: Path) -> tuple[np.ndarray, int]:
    """(n, d) unit vectors of n statements, and how many of them had to be embedded.

    A statement whose words stand in the compiled reference under `models_dir` keeps its vector, if
    the same encoder made it.

    Raises:
        ArtefactMismatch: the encoder under `models_dir` is missing or changed.
    """
    known = _compiled_vectors(models_dir)
    missing = sorted({text for text in texts if text not in known})
    if missing:
        vectors = load_encoder(models_dir / "encoder").encode(missing)
        known |= dict(zip(missing, vectors, strict=True))
    return np.array([known[text] for text in texts], dtype=np.float32), len(missing)


def _compiled_vectors(models_dir: Path) -> dict[str, np.ndarray]:
    directory = models_dir / "reference"
    try:
        encoder = read_manifest(directory)["encoder"]
    except ArtefactMismatch:  # never built, or cut off while being written
        return {}
    if encoder != digest_of(models_dir / "encoder" / "model.onnx"):
        return {}
    # Only the words are read: a reference built by earlier code may lack fields of today's.
    entries = json.loads((directory / "statements.json").read_text(encoding="utf-8"))
    vectors = np.load(directory / "vectors.npy")
    return {entry["statement"]: vector for entry, vector in zip(entries, vectors, strict=True)}
