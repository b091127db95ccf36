"""Writes the pair model as ONNX with weights in int8, one scale for each channel.

The sums stay in fp32. Quantising them on the fly takes one scale for a whole batch, and a verdict
must not depend on the sentences that share its batch. ONNX Runtime unpacks the weights once, when
the file is loaded.
"""

from __future__ import annotations

import copy
from pathlib import Path

import onnx
import torch
from sentence_transformers.cross_encoder import CrossEncoder

from models.train.encoder import RowQuantisedEmbedding
from models.train.pairs import MAX_TOKENS


class RowQuantisedLinear(torch.nn.Module):  # type: ignore[misc] # PyTorch is not type-checked here
    """A linear layer whose weights are int8 with one scale for each output channel."""

    def __init__(self, layer: torch.nn.Linear) -> None:
        super().__init__()
        weight = layer.weight.detach()
        scale = weight.abs().amax(dim=1, keepdim=True).clamp(min=1e-12) / 127
        self.register_buffer("scale", scale)
        self.register_buffer("rows", torch.round(weight / scale).to(torch.int8))
        self.register_buffer("bias", layer.bias.detach())

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        weight = self.rows.to(states.dtype) * self.scale
        return torch.nn.functional.linear(states, weight, self.bias)


class FirstTokenLayer(torch.nn.Module):  # type: ignore[misc] # as above
    """The last layer of a transformer of which only the first token's state is read.

    Its query, its sum and its feed-forward are computed for that token alone, which gives the same
    logits for a seventh less work.
    """

    def __init__(self, layer: torch.nn.Module) -> None:
        super().__init__()
        self.layer = layer
        self.heads = layer.attention.self.num_attention_heads

    def forward(
        self, states: torch.Tensor, attention_mask: torch.Tensor, *_: object, **__: object
    ) -> torch.Tensor:
        first = states[:, :1]
        mine = self.layer.attention.self
        mixed = torch.nn.functional.scaled_dot_product_attention(
            self._by_head(mine.query(first)),
            self._by_head(mine.key(states)),
            self._by_head(mine.value(states)),
            attn_mask=attention_mask[:, :, :1],
        )
        mixed = mixed.transpose(1, 2).flatten(2)
        return self.layer.feed_forward_chunk(self.layer.attention.output(mixed, first))

    def _by_head(self, states: torch.Tensor) -> torch.Tensor:
        """(batch, tokens, width) to (batch, heads, tokens, width / heads)."""
        return states.unflatten(2, (self.heads, -1)).transpose(1, 2)


class Logits(torch.nn.Module):  # type: ignore[misc] # as above
    """The pair model with its logits as the only output."""

    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor
    ) -> torch.Tensor:
        return self.model(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).logits


def export(model: CrossEncoder, path: Path) -> None:
    """Writes `model` to `path`; the model itself is left as it was."""
    network = copy.deepcopy(model.model).eval()
    embeddings = network.bert.embeddings
    embeddings.word_embeddings = RowQuantisedEmbedding(embeddings.word_embeddings)
    _quantise(network.bert.encoder)
    layers = network.bert.encoder.layer
    layers[-1] = FirstTokenLayer(layers[-1])
    batch, tokens = torch.export.Dim("batch"), torch.export.Dim("tokens", max=MAX_TOKENS)
    ids = torch.ones(2, 7, dtype=torch.long)
    inputs = (ids, torch.ones_like(ids), torch.zeros_like(ids))
    torch.onnx.export(
        Logits(network),
        inputs,
        str(path),
        input_names=["input_ids", "attention_mask", "token_type_ids"],
        output_names=["logits"],
        dynamic_shapes=({0: batch, 1: tokens},) * 3,
        opset_version=20,
        dynamo=True,
        external_data=False,
        verbose=False,
    )
    _forget_where(path)


def _forget_where(path: Path) -> None:
    """Takes out where in the source each operation came from: paths of the machine that exported."""
    exported = onnx.load(path)
    for part in (*exported.graph.node, *exported.graph.value_info):
        del part.metadata_props[:]
    onnx.save(exported, path)


def _quantise(module: torch.nn.Module) -> None:
    """Replaces every linear layer under `module`."""
    for name, child in module.named_children():
        if isinstance(child, torch.nn.Linear):
            setattr(module, name, RowQuantisedLinear(child))
        else:
            _quantise(child)
