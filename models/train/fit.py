"""Trains the detector and the judge: `python -m models.train.fit`.

Twice: once without the statements on which decisions are learnt and models are measured, and once
more on everything. The first, the twin, stays under `var/` and gives every figure of the model
card; the second is shipped, with the decision, the temperatures and the operating point of the
twin, since those can only be learnt on statements that a pair model has not seen.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from sentence_transformers.cross_encoder import CrossEncoder

from models.train.data import Part
from models.train.decision import (
    claim_threshold_of,
    known_of,
    learn_decision,
    memory_of,
)
from models.train.examples import ARTEFACTS, Corpus, Sentences, load_corpus, only
from models.train.heads import (
    PENALTY,
    SEED,
    AdviserHeads,
    Heads,
    fit_advisers,
    fit_heads,
    temperature_of,
)
from models.train.pair_export import export
from models.train.pairs import (
    LEARNING_RATE,
    MAX_TOKENS,
    PUBLIC_STAGE,
    exercise_pairs,
    new_model,
    own_pairs,
    train,
)
from models.train.public import Pair
from server.artefacts import (
    HEADS_FILE,
    MEMORY_FILE,
    MEMORY_VECTORS,
    NGRAMS_FILE,
    PAIRS_FILE,
    digest_of,
    load_pair_model,
    write_manifest,
)
from server.engine.compare import Comparer
from server.engine.decide import Advisers, Policy, decision_features
from server.engine.detect import CLAIM, detector_features
from server.engine.judge import PairJudge
from server.engine.linear import LinearHead
from server.engine.memory import Memory
from server.engine.ngrams import Ngrams, WordJudge
from server.engine.pairs import RELATIONS

TWIN = Path("var/twin")
"""A whole models directory whose weights never saw the statements of the test."""

STAGES = Path("var/pair-model")
EPOCHS, LAST_EPOCHS = 3.0, 1.0
"""Passes over the pairs of the twin, and then, for what is shipped, over those that it never saw
and as many that it did, lest it forget them."""

VERSION_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Trained:
    """Everything of a model but its pair model's weights."""

    heads: Heads
    advisers: AdviserHeads
    temperature: float
    decision: LinearHead
    policy: Policy


def main() -> None:
    """Trains, calibrates and writes the twin, then what is shipped."""
    corpus = load_corpus()
    seen, unseen = only(corpus.sentences, Part.TRAIN), only(corpus.sentences, Part.DECISION)
    start = PUBLIC_STAGE if PUBLIC_STAGE.exists() else None
    exercises = exercise_pairs()
    pairs = own_pairs(corpus, seen) + exercises
    twin_weights = _learnt("twin", pairs, EPOCHS, LEARNING_RATE, start)
    _share_folders()
    _write_pair_model(twin_weights, TWIN)
    calibrated = _calibrated(corpus, seen, unseen)
    facts: dict[str, object] = {"public_stage": start is not None, "trained_on_pairs": len(pairs)}
    known = only(corpus.sentences, Part.TRAIN, Part.DECISION)
    _write(_taught(calibrated, corpus, known), memory_of(corpus, known), corpus, TWIN, facts)

    known_pairs = set(pairs)
    fresh = [one for one in own_pairs(corpus, corpus.sentences) if one not in known_pairs]
    last = fresh + random.Random(SEED).sample(pairs, min(len(fresh), len(pairs)))
    weights = _learnt("shipped", last, LAST_EPOCHS, LEARNING_RATE / 2, twin_weights)
    _write_pair_model(weights, ARTEFACTS)
    facts["trained_on_pairs"] = len(pairs) + len(fresh)
    trained = _taught(calibrated, corpus, corpus.sentences)
    _write(trained, memory_of(corpus, corpus.sentences), corpus, ARTEFACTS, facts)


def _learnt(
    name: str, pairs: Sequence[Pair], epochs: float, rate: float, start: Path | None
) -> Path:
    """Where the weights of a stage are kept; trained unless they are there for the same pairs."""
    recipe = json.dumps([pairs, epochs, rate, str(start)], default=str)
    home = STAGES / f"{name}-{hashlib.sha256(recipe.encode()).hexdigest()[:VERSION_DIGITS]}"
    if not (home / "weights").exists():
        print(f"{name}: {len(pairs)} pairs, {epochs} epochs", flush=True)
        model = new_model(start)
        train(model, pairs, epochs=epochs, rate=rate, workspace=home / "run")
        model.save_pretrained(str(home / "weights"))
    return home / "weights"


def _taught(calibrated: Trained, corpus: Corpus, sentences: Sentences) -> Trained:
    """The same operating point over heads and advisers that learnt from more sentences."""
    return replace(
        calibrated,
        heads=fit_heads(sentences, calibrated.heads),
        advisers=fit_advisers(corpus, sentences),
    )


def _calibrated(corpus: Corpus, seen: Sentences, unseen: Sentences) -> Trained:
    """What can be learnt from statements that neither the pair model nor the heads have seen."""
    heads, advisers = fit_heads(seen, unseen), fit_advisers(corpus, seen)
    pair_model = load_pair_model(TWIN, {"max_tokens": MAX_TOKENS})
    gold = own_pairs(corpus, unseen)
    temperature = temperature_of(
        pair_model.logits([(claim, evidence) for claim, evidence, _ in gold]),
        np.array([RELATIONS.index(relation) for _, _, relation in gold]),
    )
    claims = unseen.rows(np.flatnonzero(unseen.is_claim))
    known = known_of(claims, PairJudge(pair_model, temperature), memory_of(corpus, seen))
    features = decision_features(known, opened(advisers, corpus))
    detected = heads.claim.probabilities(detector_features(unseen.texts, unseen.vectors))
    threshold = claim_threshold_of(detected[:, heads.claim.labels.index(CLAIM)], unseen.is_claim)
    decision, policy = learn_decision(features, claims, known, threshold)
    print(f"temperature {temperature:.2f}; {policy}", flush=True)
    return Trained(heads, advisers, temperature, decision, policy)


def opened(advisers: AdviserHeads, corpus: Corpus) -> Advisers:
    """Advisers as the engine asks them."""
    reference = corpus.reference
    return Advisers(
        WordJudge(advisers.ngrams, advisers.words),
        Comparer(advisers.comparison, reference.statements, reference.vectors, corpus.conditions),
    )


def _share_folders() -> None:
    """The twin stands on the encoder and the reference of what is shipped."""
    TWIN.mkdir(parents=True, exist_ok=True)
    for name in ("encoder", "reference"):
        if not (TWIN / name).exists():
            (TWIN / name).symlink_to((ARTEFACTS / name).resolve())


def _write_pair_model(weights: Path, target: Path) -> None:
    (target / "judge").mkdir(parents=True, exist_ok=True)
    export(CrossEncoder(str(weights), device="cpu"), target / "judge" / PAIRS_FILE)


def _write(
    trained: Trained, memory: Memory, corpus: Corpus, target: Path, facts: Mapping[str, object]
) -> None:
    """Writes `target/detector` and `target/judge`, the pair model apart."""
    shared = {
        "encoder": digest_of(ARTEFACTS / "encoder" / "model.onnx"),
        "trained_on_reference": corpus.reference.version,
        "seed": SEED,
        "penalty": PENALTY,
    }
    detector, judge = target / "detector", target / "judge"
    detector.mkdir(parents=True, exist_ok=True)
    of_detector = {"claim": trained.heads.claim, "facet": trained.heads.facet}
    of_judge = {
        "decision": trained.decision,
        "reasons": trained.heads.reasons,
        "words": trained.advisers.words,
        "comparison": trained.advisers.comparison,
    }
    _save_heads(detector, of_detector)
    _save_heads(judge, of_judge, rarity=trained.advisers.ngrams.rarity)
    _save_ngrams(judge, trained.advisers.ngrams)
    _save_memory(judge, memory)
    write_manifest(detector, [HEADS_FILE], {"heads": _described(of_detector), **shared})
    files = [HEADS_FILE, NGRAMS_FILE, PAIRS_FILE, MEMORY_FILE, MEMORY_VECTORS]
    content = b"".join(
        path.read_bytes() for path in (detector / HEADS_FILE, *(judge / name for name in files))
    )
    write_manifest(
        judge,
        files,
        {
            "heads": _described(of_judge),
            "version": hashlib.sha256(content).hexdigest()[:VERSION_DIGITS],
            "temperature": trained.temperature,
            "max_tokens": MAX_TOKENS,
            "policy": asdict(trained.policy),
            "ranking": list(corpus.ranking),
            **facts,
            **shared,
        },
    )


def _save_heads(directory: Path, heads: dict[str, LinearHead], **arrays: np.ndarray) -> None:
    for name, head in heads.items():
        arrays[f"{name}_weights"], arrays[f"{name}_bias"] = head.weights, head.bias
    np.savez(directory / HEADS_FILE, **arrays)  # type: ignore[arg-type]


def _described(heads: dict[str, LinearHead]) -> dict[str, object]:
    return {
        name: {"labels": list(head.labels), "temperature": head.temperature}
        for name, head in heads.items()
    }


def _save_ngrams(directory: Path, ngrams: Ngrams) -> None:
    known = sorted(ngrams.columns, key=lambda ngram: ngrams.columns[ngram])
    text = json.dumps(known, ensure_ascii=False, indent=0)
    (directory / NGRAMS_FILE).write_text(text + "\n", encoding="utf-8")


def _save_memory(directory: Path, memory: Memory) -> None:
    """Writes the claims and their vectors, a byte for each number: neighbours need no more."""
    claims = [
        {"text": text, "verdict": label, "interventions": sorted(treatments)}
        for text, label, treatments in zip(
            memory.texts, memory.labels, memory.interventions, strict=True
        )
    ]
    text = json.dumps(claims, ensure_ascii=False, indent=0)
    (directory / MEMORY_FILE).write_text(text + "\n", encoding="utf-8")
    scale = np.abs(memory.vectors).max(axis=1, keepdims=True) / 127
    rows = np.round(memory.vectors / scale).astype(np.int8)
    np.savez_compressed(directory / MEMORY_VECTORS, rows=rows, scale=scale.astype(np.float32))


if __name__ == "__main__":
    main()
