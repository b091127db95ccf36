"""Fixtures that many tests share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Playwright, sync_playwright

from server.artefacts import load_engine
from server.engine.check import Engine
from server.engine.context import ContextFinder
from server.engine.decide import Policy
from server.engine.detect import CLAIM, NOT_CLAIM, ClaimDetector, detector_features
from server.engine.judge import (
    RELATED,
    UNRELATED,
    PairJudge,
    RelationHead,
    claims_side,
    kinds_of,
    pair_features,
    statements_side,
)
from server.engine.linear import LinearHead
from server.engine.ngrams import Ngrams
from server.engine.retrieve import Reference, Retriever
from server.engine.terms import TermMatcher
from server.engine.values import (
    VERDICTS,
    Certainty,
    Direction,
    Evidence,
    Facet,
    Source,
)

ROOT = Path(__file__).parents[1]
DIMENSION = 8


class LetterEncoder:
    """A stand-in at the engine's edge: unit vectors from letter counts, the same on every run."""

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        vectors = np.zeros((len(texts), DIMENSION), dtype=np.float32)
        for row, text in enumerate(texts):
            for character in text.lower():
                vectors[row, ord(character) % DIMENSION] += 1
            vectors[row] /= max(float(np.linalg.norm(vectors[row])), 1e-9)
        return vectors


SOURCE = Source("A trial", "A journal", 2020, "https://example.org/trial", "doi:10.1000/example")

STATEMENTS = (
    Evidence(
        id="ketamine-depression-efficacy",
        statement="Ketamine eases depression in some people for days.",
        interventions=("ketamine",),
        conditions=("depression",),
        facet=Facet.EFFICACY,
        direction=Direction.BENEFIT,
        certainty=Certainty.MODERATE,
        sources=(SOURCE,),
        certainty_because="Several small trials.",
        reviewed="2026-11-24",
    ),
    Evidence(
        id="ketamine-regulatory-depression",
        statement="Ketamine is not approved for depression.",
        interventions=("ketamine",),
        conditions=("depression",),
        facet=Facet.REGULATORY,
        direction=Direction.FACT,
        certainty=Certainty.HIGH,
        sources=(SOURCE,),
        certainty_because="Read on the label.",
        reviewed="2026-11-24",
    ),
)


def make_tiny_engine() -> Engine:
    """The real classes with small weights set by hand.

    Every sentence is a claim; a claim is false if it says "approved",
    supported if it says "may", and overstated otherwise; every statement on its treatment bears on
    it.
    """
    encoder = LetterEncoder()
    conditions = TermMatcher({"depression": ["depression"]})
    vectors = encoder.encode([one.statement for one in STATEMENTS])
    detector_width = detector_features(["x"], np.zeros((1, DIMENSION), np.float32)).shape[1]
    pair_width = pair_features(
        claims_side(["x"], vectors[:1], conditions),
        statements_side(STATEMENTS[:1], vectors[:1]),
        kinds_of(STATEMENTS[:1]),
    ).shape[1]
    words = ("approved", "may")
    reference = Reference(
        STATEMENTS,
        vectors,
        "test-reference",
        {"ketamine": "ketamine", "ozone": "ozone"},
        {"depression": "depression"},
    )
    return Engine(
        encoder=encoder,
        contexts=ContextFinder(TermMatcher({"ketamine": ["ketamine"], "ozone": ["ozone"]})),
        detector=ClaimDetector(
            _constant((CLAIM, NOT_CLAIM), detector_width, [2.0, 0.0]),
            _constant(tuple(Facet), detector_width, [1.0] + [0.0] * (len(Facet) - 1)),
        ),
        judge=PairJudge(
            RelationHead(
                _constant(tuple(VERDICTS), pair_width, [0.0, 1.0, 0.0, 0.0]),
                Ngrams({word: column for column, word in enumerate(words)}, np.ones(2, np.float32)),
                np.array([[0, 4], [0, 0], [0, 0], [4, 0]], dtype=np.float32),
            ),
            _constant((RELATED, UNRELATED), pair_width, [2.0, 0.0]),
            STATEMENTS,
            vectors,
            conditions,
        ),
        retriever=Retriever(reference, conditions, (1.0, 1.0, 0.0, 0.0, 0.0, 0.0)),
        reference=reference,
        policy=Policy(
            claim_threshold=0.5,
            related_threshold=0.2,
            supported_threshold=0.5,
            false_threshold=0.5,
            sharpness=1,
        ),
        model_version="test-model",
    )


def _constant(labels: tuple[str, ...], width: int, bias: list[float]) -> LinearHead:
    weights = np.zeros((len(labels), width), dtype=np.float32)
    return LinearHead(
        tuple(str(label) for label in labels), weights, np.array(bias, dtype=np.float32), 1.0
    )


@pytest.fixture(scope="session")
def tiny_engine() -> Engine:
    """A real engine that answers by two words; every sentence is a claim."""
    return make_tiny_engine()


@pytest.fixture(scope="session")
def trained_engine() -> Engine:
    """The engine as shipped."""
    return load_engine(ROOT / "models" / "artefacts")


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """The driver of every browser test: a second one in a process would not start."""
    with sync_playwright() as driver:
        yield driver
