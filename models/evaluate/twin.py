"""The twin of the shipped models that never saw the test statements, taken apart for measuring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.train.decision import known_of
from models.train.examples import Corpus, Sentences
from models.train.fit import TWIN
from server.artefacts import (
    load_advisers,
    load_heads,
    load_memory,
    load_pair_model,
    read_manifest,
)
from server.engine.decide import Advisers, Decider, Decision, Known, Policy
from server.engine.detect import CLAIM, detector_features
from server.engine.judge import PairJudge
from server.engine.linear import LinearHead
from server.engine.memory import Memory
from server.engine.pairs import RELATIONS, PairModel, evidence_text
from server.engine.values import RELATION_OF_VERDICT, VERDICTS, Candidate


class ReadOnce:
    """A pair model that keeps what it said: the same pairs are asked for by many figures."""

    def __init__(self, model: PairModel) -> None:
        self._model = model
        self._said: dict[tuple[str, str], np.ndarray] = {}

    def logits(self, pairs: Sequence[tuple[str, str]]) -> np.ndarray:
        """As the model's own."""
        fresh = list(dict.fromkeys(pair for pair in pairs if pair not in self._said))
        self._said.update(zip(fresh, self._model.logits(fresh), strict=True))
        found = [self._said[pair] for pair in pairs]
        return np.array(found, dtype=np.float32).reshape(len(pairs), len(RELATIONS))


@dataclass(frozen=True, slots=True)
class Twin:
    """What `models.train.fit` left under `var/twin`."""

    claim: LinearHead
    pair_model: PairModel
    temperature: float
    memory: Memory
    advisers: Advisers
    decision: LinearHead
    policy: Policy

    @property
    def judge(self) -> PairJudge:
        """The pair model with its temperature."""
        return PairJudge(self.pair_model, self.temperature)

    @property
    def decider(self) -> Decider:
        """The decision as the engine takes it."""
        return Decider(self.decision, self.advisers, self.policy)

    def known(self, claims: Sentences) -> Known:
        """What it knows of claims before it decides."""
        return known_of(claims, self.judge, self.memory)

    def decisions(self, claims: Sentences) -> list[Decision]:
        """Its decision on every sentence, taken as a claim."""
        return self.decider.decide(self.known(claims))

    def claim_probability(self, sentences: Sentences) -> np.ndarray:
        """(n,) that each sentence is a claim."""
        features = detector_features(sentences.texts, sentences.vectors)
        return self.claim.probabilities(features)[:, self.claim.labels.index(CLAIM)]


def load_twin(corpus: Corpus) -> Twin:
    """The twin of the last training.

    Raises:
        ArtefactMismatch: there is none; `make train` makes one.
    """
    detector, judge = (read_manifest(TWIN / name) for name in ("detector", "judge"))
    (claim,) = load_heads(TWIN / "detector", detector, ("claim",))
    (decision,) = load_heads(TWIN / "judge", judge, ("decision",))
    return Twin(
        claim=claim,
        pair_model=ReadOnce(load_pair_model(TWIN, judge)),
        temperature=judge["temperature"],
        memory=load_memory(TWIN / "judge"),
        advisers=load_advisers(TWIN / "judge", judge, corpus.reference, corpus.conditions),
        decision=decision,
        policy=Policy(**judge["policy"]),
    )


def with_gold_evidence(corpus: Corpus, covered: Sentences) -> Sentences:
    """The same claims with the statement that decides each as the only candidate."""
    statements, vectors = corpus.reference.statements, corpus.reference.vectors
    gold = tuple(
        (Candidate(statements[row], float(vector @ vectors[row])),)
        for row, vector in zip(covered.evidence, covered.claim_vectors, strict=True)
    )
    return replace(covered, candidates=gold)


def by_pair_model_alone(model: PairModel, claims: Sentences) -> np.ndarray:
    """(n,) the likeliest verdict of each claim beside its first candidate; `uncovered` where it has
    none. No adviser, no temperature, no threshold."""
    rows = [row for row, found in enumerate(claims.candidates) if found]
    logits = model.logits(
        [
            (claims.in_context[row], evidence_text(claims.candidates[row][0].evidence))
            for row in rows
        ]
    )
    columns = [RELATIONS.index(RELATION_OF_VERDICT[label]) for label in VERDICTS]
    answers = np.full(len(claims.texts), "uncovered", dtype=object)
    answers[rows] = np.array([str(label) for label in VERDICTS], dtype=object)[
        logits[:, columns].argmax(axis=1)
    ]
    return answers


def labels_of(found: Sequence[Decision]) -> np.ndarray:
    """(n,) the answers of decisions."""
    return np.array([str(one.label) for one in found], dtype=object)
