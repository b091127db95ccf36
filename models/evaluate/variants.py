"""Pair models trained in other ways, to learn what the training is worth.

`python -m models.evaluate.variants` trains them under `var/`; the report measures those it finds
there. Each is judged alone, beside the right statement: the rest of the decision is the same for
all. They read the pairs once, where the twin reads them thrice, and are to be held against each
other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from sentence_transformers.cross_encoder import CrossEncoder

from models.evaluate.twin import Twin, by_pair_model_alone, with_gold_evidence
from models.train.data import Part
from models.train.examples import Corpus, Sentences, load_corpus, only
from models.train.fit import STAGES
from models.train.pairs import (
    PUBLIC_STAGE,
    exercise_pairs,
    logits,
    new_model,
    own_pairs,
    train,
)
from server.engine.pairs import PairModel

TOPICS_LEFT_OUT = 10
"""One treatment in so many is left out of training altogether."""

EPOCHS = 1.0

NO_PUBLIC, NO_TOPICS = STAGES / "without-public", STAGES / "without-topics"

Figures = Callable[[np.ndarray, np.ndarray], dict[str, object]]


class _Original:
    """A cross-encoder as PyTorch runs it."""

    def __init__(self, weights: Path) -> None:
        self._model = CrossEncoder(str(weights), device="cpu")

    def logits(self, pairs: Sequence[tuple[str, str]]) -> np.ndarray:
        return logits(self._model, pairs)


def measure_variants(corpus: Corpus, twin: Twin, figures: Figures) -> dict[str, dict[str, object]]:
    """Figures of every variant that was trained, beside the twin's."""
    covered = corpus.sentences.rows(np.flatnonzero(corpus.sentences.is_covered))
    on_left_out = _on_left_out(corpus, covered)
    left_out, others = (covered.rows(np.flatnonzero(of)) for of in (on_left_out, ~on_left_out))
    test = only(others, Part.TEST)
    asked: list[tuple[str, PairModel, Sentences]] = []
    if PUBLIC_STAGE.exists():
        model = _Original(PUBLIC_STAGE)
        asked.append(("stage one alone (public data)", model, test))
    if NO_PUBLIC.exists():
        model = _Original(NO_PUBLIC)
        asked.append(("stage two alone, one pass", model, test))
    if NO_TOPICS.exists():
        model = _Original(NO_TOPICS)
        asked.append(("both stages, one pass", model, test))
        asked.append(("both stages, one pass, on topics never seen", model, left_out))
    if asked:
        asked.append(("both stages, three passes", twin.pair_model, test))
    return {
        name: figures(claims.truth, _said(model, corpus, claims)) for name, model, claims in asked
    }


def _said(model: PairModel, corpus: Corpus, claims: Sentences) -> np.ndarray:
    return by_pair_model_alone(model, with_gold_evidence(corpus, claims))


def _on_left_out(corpus: Corpus, sentences: Sentences) -> np.ndarray:
    """(n,) bool: covered claims decided by a statement on a treatment that is left out."""
    left_out = [
        bool(one.interventions) and _is_left_out(one.interventions[0])
        for one in corpus.reference.statements
    ]
    return np.array([row >= 0 and left_out[row] for row in sentences.evidence], dtype=bool)


def _is_left_out(treatment: str) -> bool:
    return hashlib.sha256(treatment.encode()).digest()[0] % TOPICS_LEFT_OUT == 0


def main() -> None:
    """Trains the variants on the pairs of the training part."""
    corpus = load_corpus()
    seen = only(corpus.sentences, Part.TRAIN)
    others = corpus.sentences.rows(np.flatnonzero(~_on_left_out(corpus, corpus.sentences)))
    for home, sentences, start in (
        (NO_TOPICS, only(others, Part.TRAIN), PUBLIC_STAGE if PUBLIC_STAGE.exists() else None),
        (NO_PUBLIC, seen, None),
    ):
        if not home.exists():
            model = new_model(start)
            pairs = own_pairs(corpus, sentences) + exercise_pairs()
            print(f"{home.name}: {len(pairs)} pairs", flush=True)
            train(model, pairs, epochs=EPOCHS, workspace=home.with_name(f"{home.name}-run"))
            model.save_pretrained(str(home))


if __name__ == "__main__":
    main()
