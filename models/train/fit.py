"""Trains the first models: linear heads on frozen vectors and wording cues.

`python -m models.train.fit` reads the labelled sentences and the compiled reference and writes the
detector and the judge, and a twin of both that never saw the test statements, for the figures of
the model card. Thresholds and temperatures are fitted on predictions for statements that the model
making them had not seen.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path

import numpy as np

from models.train.calibrate import calibrate
from models.train.examples import ARTEFACTS, Corpus, Sentences, load_corpus, train_and_test
from models.train.heads import PENALTY, SEED, Heads
from server.artefacts import (
    HEADS_FILE,
    NGRAMS_FILE,
    WORDING_FILE,
    digest_of,
    load_heads,
    load_relation_head,
    read_manifest,
    write_manifest,
)
from server.engine.decide import Policy
from server.engine.judge import RelationHead
from server.engine.linear import LinearHead

HELD_OUT = ARTEFACTS / "held_out"
"""The twin of the shipped models that never saw the test statements; the server does not read it."""

VERSION_DIGITS = 12


def main() -> None:
    """Trains twice: once without the test statements, to be measured, and once on everything, to
    be shipped."""
    corpus = load_corpus()
    train_rows, _ = train_and_test(corpus.sentences)
    _train(corpus, corpus.sentences.rows(train_rows), HELD_OUT)
    _train(corpus, corpus.sentences, ARTEFACTS)


def _train(corpus: Corpus, train: Sentences, target: Path) -> None:
    """Trains, calibrates and writes `target/detector` and `target/judge`."""
    print(f"training on {len(train.texts)} sentences for {target}", flush=True)
    heads, policy = calibrate(corpus, train)
    print(policy, flush=True)
    _write(heads, policy, corpus, target)


def load_trained(models_dir: Path) -> tuple[Heads, Policy]:
    """The heads and the operating point of a directory.

    Raises:
        ArtefactMismatch: a file is missing or changed.
    """
    detector, judge = (read_manifest(models_dir / name) for name in ("detector", "judge"))
    claim, facet = load_heads(models_dir / "detector", detector, ("claim", "facet"))
    (relatedness,) = load_heads(models_dir / "judge", judge, ("relatedness",))
    relation = load_relation_head(models_dir / "judge", judge)
    return Heads(claim, facet, relation, relatedness), Policy(**judge["policy"])


def _write(heads: Heads, policy: Policy, corpus: Corpus, target: Path) -> None:
    shared = {
        "encoder": digest_of(ARTEFACTS / "encoder" / "model.onnx"),
        "trained_on_reference": corpus.reference.version,
        "seed": SEED,
        "penalty": PENALTY,
    }
    detector, judge = target / "detector", target / "judge"
    for directory in (detector, judge):
        directory.mkdir(parents=True, exist_ok=True)
    _save_heads(detector, {"claim": heads.claim, "facet": heads.facet})
    _save_heads(judge, {"relation": heads.relation.pairs, "relatedness": heads.relatedness})
    _save_wording(judge, heads.relation)
    write_manifest(
        detector,
        [HEADS_FILE],
        {"heads": _described({"claim": heads.claim, "facet": heads.facet}), **shared},
    )
    files = [HEADS_FILE, WORDING_FILE, NGRAMS_FILE]
    content = b"".join(
        path.read_bytes() for path in (detector / HEADS_FILE, *(judge / name for name in files))
    )
    write_manifest(
        judge,
        files,
        {
            "heads": _described(
                {"relation": heads.relation.pairs, "relatedness": heads.relatedness}
            ),
            "version": hashlib.sha256(content).hexdigest()[:VERSION_DIGITS],
            "policy": asdict(policy),
            "ranking": list(corpus.ranking),
            **shared,
        },
    )


def _save_heads(directory: Path, heads: dict[str, LinearHead]) -> None:
    arrays: dict[str, np.ndarray] = {}
    for name, head in heads.items():
        arrays[f"{name}_weights"], arrays[f"{name}_bias"] = head.weights, head.bias
    np.savez(directory / HEADS_FILE, **arrays)  # type: ignore[arg-type]


def _described(heads: dict[str, LinearHead]) -> dict[str, object]:
    return {
        name: {"labels": list(head.labels), "temperature": head.temperature}
        for name, head in heads.items()
    }


def _save_wording(directory: Path, head: RelationHead) -> None:
    """Writes the words of a relation head and their weights."""
    ngrams = sorted(head.ngrams.columns, key=lambda ngram: head.ngrams.columns[ngram])
    text = json.dumps(ngrams, ensure_ascii=False, indent=0)
    (directory / NGRAMS_FILE).write_text(text + "\n", encoding="utf-8")
    np.savez(directory / WORDING_FILE, wording=head.wording, rarity=head.ngrams.rarity)


if __name__ == "__main__":
    main()
