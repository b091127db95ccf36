"""Batches hold like lengths; the shipped encoder holds to the original."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.artefacts import load_encoder, open_onnx_encoder
from server.engine.encode import batches_by_length
from tests.conftest import ROOT

ENCODER = ROOT / "models" / "artefacts" / "encoder"

TEXTS = [
    "Ketamine infusions may ease depression within hours in some people.",
    "No serious side effects.",
    "Spravato must be given in a certified clinic that observes the patient for two hours.",
    "70% der Patienten 🌿 fühlen sich besser",
    "It is not a cure. " * 30,
    "x",
]


@given(st.lists(st.integers(1, 128), max_size=80))
def test_batches_hold_every_row_once_within_the_budget(lengths: list[int]) -> None:
    batches = list(batches_by_length(lengths, 256))
    assert sorted(row for batch in batches for row in batch) == list(range(len(lengths)))
    assert all(len(batch) * max(lengths[row] for row in batch) <= 256 for batch in batches)


def test_batches_group_like_lengths() -> None:
    assert list(batches_by_length([9, 2, 8, 2], 20)) == [[1, 3], [2, 0]]


@pytest.mark.trained
def test_vectors_have_unit_length_and_keep_their_order() -> None:
    encoder = load_encoder(ENCODER)
    vectors = encoder.encode(TEXTS)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    for row, text in enumerate(TEXTS):
        assert np.allclose(vectors[row], encoder.encode([text])[0], atol=1e-5)
    assert encoder.encode([]).shape == (0, vectors.shape[1])


@pytest.mark.slow
@pytest.mark.trained
def test_full_precision_export_equals_the_original(tmp_path: Path) -> None:
    from models.train.encoder import MAX_TOKENS, export_fp32
    from server.original import OriginalEncoder

    export_fp32(tmp_path / "model.onnx")
    (tmp_path / "tokenizer.json").write_bytes((ENCODER / "tokenizer.json").read_bytes())
    exported = open_onnx_encoder(tmp_path / "model.onnx", MAX_TOKENS).encode(TEXTS)
    original = OriginalEncoder().encode(TEXTS)
    assert (exported * original).sum(axis=1).min() >= 0.9999


@pytest.mark.slow
@pytest.mark.trained
def test_shipped_encoder_finds_the_same_first_statement() -> None:
    from models.train.data import load_labelled
    from server.artefacts import load_reference
    from server.original import OriginalEncoder

    labelled = load_labelled(ROOT / "training_data" / "claims")
    claims = [claim.text for tied in labelled.statements for claim in tied.claims]
    statements = [
        one.statement
        for one in load_reference(ROOT / "models" / "artefacts" / "reference").statements
    ]
    shipped, original = load_encoder(ENCODER), OriginalEncoder()
    first = [
        (encoder.encode(claims) @ encoder.encode(statements).T).argmax(axis=1)
        for encoder in (shipped, original)
    ]
    assert (first[0] == first[1]).mean() >= 0.97
