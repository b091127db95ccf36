"""Fixtures that many tests share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Playwright, sync_playwright

from server.artefacts import load_engine
from server.engine.check import Engine
from server.engine.compare import Comparer, compared, kinds_of, statements_side
from server.engine.context import ContextFinder
from server.engine.decide import Advisers, Decider, Known, Policy, decision_features
from server.engine.detect import CLAIM, NOT_CLAIM, ClaimDetector, detector_features
from server.engine.judge import PairJudge
from server.engine.linear import LinearHead
from server.engine.memory import Memory
from server.engine.ngrams import Ngrams, WordJudge
from server.engine.pairs import RELATIONS
from server.engine.reasons import CODES, ReasonFinder, reason_features
from server.engine.retrieve import RANKING_FEATURES, Reference, Retriever
from server.engine.terms import TermMatcher
from server.engine.values import (
    VERDICTS,
    Certainty,
    Direction,
    Evidence,
    Facet,
    Label,
    Relation,
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


class WordReader:
    """A stand-in at the engine's edge: a pair's relation hangs on one word of the claim."""

    def logits(self, pairs: Sequence[tuple[str, str]]) -> np.ndarray:
        found = np.zeros((len(pairs), len(RELATIONS)), dtype=np.float32)
        for row, (claim, _) in enumerate(pairs):
            relation = Relation.IS_WEAKER
            if "approved" in claim:
                relation = Relation.CONTRADICTS
            elif "may" in claim:
                relation = Relation.SUPPORTS
            found[row, RELATIONS.index(relation)] = 4.0
        return found


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
    nothing = np.zeros((1, DIMENSION), np.float32)
    detector_width = detector_features(["x"], nothing).shape[1]
    reason_width = reason_features(["x"], nothing, [Facet.SAFETY], [Label.FALSE]).shape[1]
    advisers = make_advisers(conditions, vectors)
    remembered = ("Ketamine is approved for pain.", "Ketamine may ease pain.")
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
        judge=PairJudge(WordReader(), 1.0),
        retriever=Retriever(
            reference, conditions, (1.0, 1.0, *(0.0 for _ in RANKING_FEATURES[2:]))
        ),
        reference=reference,
        memory=Memory(
            remembered,
            (Label.FALSE, Label.SUPPORTED),
            (frozenset({"ketamine"}),) * 2,
            encoder.encode(remembered),
        ),
        decider=Decider(what_statements_say(advisers), advisers, POLICY),
        reasons=ReasonFinder(_constant(CODES, reason_width, [-4.0] * len(CODES))),
        model_version="test-model",
    )


POLICY = Policy(
    claim_threshold=0.5,
    related_threshold=0.2,
    supported_threshold=0.5,
    false_threshold=0.6,
)


def make_advisers(conditions: TermMatcher, vectors: np.ndarray) -> Advisers:
    """Advisers that find every verdict as likely as the next."""
    first = statements_side(STATEMENTS[:1], vectors[:1])
    width = compared(first, first, kinds_of(STATEMENTS[:1])).shape[1]
    return Advisers(
        WordJudge(
            Ngrams({"approved": 0}, np.ones(1, np.float32)), _constant(VERDICTS, 1, [0.0] * 4)
        ),
        Comparer(_constant(VERDICTS, width, [0.0] * 4), STATEMENTS, vectors, conditions),
    )


def what_statements_say(advisers: Advisers) -> LinearHead:
    """A decision that follows the statements alone: their votes stand first among the features."""
    nothing = Known(["x"], np.zeros((1, DIMENSION), np.float32), [()], [()])
    width = decision_features(nothing, advisers).shape[1]
    weights = np.eye(len(VERDICTS), width, dtype=np.float32)
    return LinearHead(
        tuple(str(label) for label in VERDICTS), weights, np.zeros(4, np.float32), 1.0
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
