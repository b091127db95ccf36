"""Trains the first models: linear heads on frozen vectors and wording cues.

`python -m models.train.fit` reads the labelled sentences and the compiled reference and writes the
detector and the judge. Test statements are never seen; thresholds and temperatures are fitted on
predictions for training statements that the model making them had not seen (five folds).
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import minimize_scalar
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from models.train.data import in_test, load_labelled, statement_groups
from models.train.examples import Sentences, labelled_rows, sentences_of
from server.artefacts import (
    digest_of,
    load_encoder,
    load_intervention_terms,
    load_reference,
    write_manifest,
)
from server.engine.context import ContextFinder
from server.engine.decide import Decision, Policy, decide
from server.engine.detect import CLAIM, NOT_CLAIM, detector_features
from server.engine.judge import (
    RELATED,
    UNRELATED,
    PairJudge,
    Side,
    kinds_of,
    pair_features,
    side_of,
)
from server.engine.linear import LinearHead
from server.engine.retrieve import Reference
from server.engine.values import VERDICTS, Evidence, Judgement, Label

CLAIMS = Path("training_data/claims")
ARTEFACTS = Path("models/artefacts")

FOLDS = 5
SEED = 20261124
PENALTY = {"claim": 0.3, "facet": 0.3, "relation": 0.1, "relatedness": 0.03}
"""C of each logistic regression, the best of 0.03, 0.1, 0.3 and 1 on the training folds."""

HONEST_CALLED_FALSE = 0.02
"""The share of supported training claims that the operating point may call false."""


@dataclass(frozen=True, slots=True)
class Heads:
    """The four trained classifiers."""

    claim: LinearHead
    facet: LinearHead
    relation: LinearHead
    relatedness: LinearHead


@dataclass(frozen=True, slots=True)
class Corpus:
    """The labelled sentences and the reference they are judged by."""

    sentences: Sentences
    reference: Reference
    statements: Side
    kinds: np.ndarray
    groups: np.ndarray
    """Group of each statement: one group never stands on both sides of a split."""


def load_corpus(models_dir: Path = ARTEFACTS, claims_dir: Path = CLAIMS) -> Corpus:
    """Everything training and evaluation need, embedded once."""
    reference = load_reference(models_dir / "reference")
    groups = statement_groups(reference.vectors)
    rows = labelled_rows(load_labelled(claims_dir), reference, groups)
    finder = ContextFinder(load_intervention_terms(models_dir / "reference"))
    return Corpus(
        sentences=sentences_of(rows, reference, finder, load_encoder(models_dir / "encoder")),
        reference=reference,
        statements=statements_side(reference),
        kinds=kinds_of(reference.statements),
        groups=groups,
    )


def statements_side(reference: Reference) -> Side:
    """The statements of a reference as the judge pairs them."""
    statements = reference.statements
    return side_of(
        [one.statement for one in statements],
        reference.vectors,
        [one.quantities for one in statements],
    )


def fit_heads(corpus: Corpus, train: Sentences) -> Heads:
    """The four classifiers from training sentences, their temperatures still 1."""
    detector = detector_features(train.texts, train.vectors)
    claims = np.flatnonzero(train.is_claim)
    claim_labels = np.where(train.is_claim, CLAIM, NOT_CLAIM)
    facet_labels = np.array([str(train.facets[row]) for row in claims])
    owners, statements, relations = _relation_pairs(train)
    relation_features = _features(corpus, train, owners, statements)
    near_owners, near_statements, related = _relatedness_pairs(corpus, train)
    near_features = _features(corpus, train, near_owners, near_statements)
    return Heads(
        claim=_fit(detector, claim_labels, "claim"),
        facet=_fit(detector[claims], facet_labels, "facet"),
        relation=_fit(relation_features, relations, "relation"),
        relatedness=_fit(near_features, np.where(related, RELATED, UNRELATED), "relatedness"),
    )


def decisions(
    corpus: Corpus, heads: Heads, sentences: Sentences, policy: Policy
) -> list[Decision]:
    """The decision on every sentence, taken as a claim."""
    return [decide(found, policy) for found in judgements(corpus.reference, heads, sentences)]


def judgements(
    reference: Reference, heads: Heads, sentences: Sentences
) -> list[tuple[Judgement, ...]]:
    """Every candidate of every sentence, judged as the engine does."""
    judge = PairJudge(heads.relation, heads.relatedness, reference.statements, reference.vectors)
    return judge.judge(sentences.texts, sentences.claim_vectors, sentences.candidates)


def train_and_test(sentences: Sentences) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the two sides of the split."""
    test = in_test(sentences.keys)
    return np.flatnonzero(~test), np.flatnonzero(test)


def main() -> None:
    """Trains, calibrates and writes `models/artefacts/detector` and `models/artefacts/judge`."""
    corpus = load_corpus()
    train_rows, _ = train_and_test(corpus.sentences)
    train = corpus.sentences.rows(train_rows)
    print(f"training on {len(train_rows)} of {len(corpus.sentences.texts)} sentences", flush=True)
    folds = list(_folds(corpus, train))
    heads = _calibrated(corpus, train, folds, fit_heads(corpus, train))
    policy = _operating_point(corpus, train, folds, heads)
    print(policy, flush=True)
    _write(heads, policy, corpus)


def _relation_pairs(train: Sentences) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Claims with the statement that decides them, and their verdicts."""
    owners = np.flatnonzero(train.is_covered)
    labels = np.array([str(train.labels[row]) for row in owners])
    return owners, train.evidence[owners], labels


def _relatedness_pairs(
    corpus: Corpus, train: Sentences
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Claims with their candidates, and whether each bears on the claim.

    A statement of the same facet and condition as the one that decides may well bear on the claim
    too; nobody has said, so such pairs are left out.
    """
    row_of = {one.id: row for row, one in enumerate(corpus.reference.statements)}
    pairs = []
    for owner in np.flatnonzero(train.is_claim):
        tied = train.evidence[owner]
        if tied >= 0:
            pairs.append((owner, tied, True))
        for candidate in train.candidates[owner]:
            row = row_of[candidate.evidence.id]
            if tied < 0 or (
                corpus.groups[row] != corpus.groups[tied]
                and not _alike(candidate.evidence, corpus.reference.statements[tied])
            ):
                pairs.append((owner, row, False))
    owners, statements, related = zip(*pairs, strict=True)
    return np.array(owners), np.array(statements), np.array(related)


def _alike(one: Evidence, other: Evidence) -> bool:
    conditions = set(one.conditions) & set(other.conditions)
    return one.facet is other.facet and bool(conditions or not (one.conditions or other.conditions))


def _features(
    corpus: Corpus, sentences: Sentences, owners: np.ndarray, statements: np.ndarray
) -> np.ndarray:
    claims = side_of(sentences.texts, sentences.claim_vectors)
    return pair_features(
        claims.rows(owners.tolist()),
        corpus.statements.rows(statements.tolist()),
        corpus.kinds[statements],
    )


def _fit(features: np.ndarray, labels: np.ndarray, name: str) -> LinearHead:
    model = LogisticRegression(C=PENALTY[name], max_iter=400, random_state=SEED)
    model.fit(features, labels)
    weights, bias = model.coef_, model.intercept_
    if len(model.classes_) == 2:  # scikit-learn keeps one row for two classes
        weights, bias = np.vstack([0 * weights, weights]), np.array([0.0, bias[0]])
    return LinearHead(
        labels=tuple(str(label) for label in model.classes_),
        weights=weights.astype(np.float32),
        bias=bias.astype(np.float32),
        temperature=1.0,
    )


def _folds(corpus: Corpus, train: Sentences) -> Iterator[tuple[Heads, np.ndarray]]:
    """Heads fitted without each fold, and the rows of that fold."""
    splitter = GroupKFold(FOLDS, shuffle=True, random_state=SEED)
    for number, (seen, unseen) in enumerate(splitter.split(train.texts, groups=train.keys), 1):
        print(f"fold {number} of {FOLDS}", flush=True)
        yield fit_heads(corpus, train.rows(seen)), unseen


def _calibrated(
    corpus: Corpus, train: Sentences, folds: Sequence[tuple[Heads, np.ndarray]], heads: Heads
) -> Heads:
    """The heads with the temperatures that make unseen folds likeliest."""
    detected, faceted, related, relating = [], [], [], []
    for fold_heads, unseen in folds:
        part = train.rows(unseen)
        features = detector_features(part.texts, part.vectors)
        claims = np.flatnonzero(part.is_claim)
        detected.append((fold_heads.claim, features, np.where(part.is_claim, CLAIM, NOT_CLAIM)))
        facets = np.array([str(part.facets[row]) for row in claims])
        faceted.append((fold_heads.facet, features[claims], facets))
        owners, statements, labels = _relation_pairs(part)
        related.append((fold_heads.relation, _features(corpus, part, owners, statements), labels))
        owners, statements, bears = _relatedness_pairs(corpus, part)
        relating.append(
            (
                fold_heads.relatedness,
                _features(corpus, part, owners, statements),
                np.where(bears, RELATED, UNRELATED),
            )
        )
    return Heads(
        claim=_with_temperature(heads.claim, detected),
        facet=_with_temperature(heads.facet, faceted),
        relation=_with_temperature(heads.relation, related),
        relatedness=_with_temperature(heads.relatedness, relating),
    )


def _with_temperature(
    head: LinearHead, unseen: Sequence[tuple[LinearHead, np.ndarray, np.ndarray]]
) -> LinearHead:
    """One temperature by maximum likelihood: Guo et al. 2017, arXiv:1706.04599."""

    def loss(log_temperature: float) -> float:
        total = 0.0
        for fold_head, features, labels in unseen:
            column = {label: index for index, label in enumerate(fold_head.labels)}
            probabilities = _heated(fold_head, float(np.exp(log_temperature))).probabilities(features)
            picked = probabilities[np.arange(len(labels)), [column[label] for label in labels]]
            total -= float(np.log(np.maximum(picked, 1e-9)).sum())
        return total

    best = minimize_scalar(loss, bounds=(-1.5, 2.5), method="bounded")
    return _heated(head, float(np.exp(best.x)))


def _heated(head: LinearHead, temperature: float) -> LinearHead:
    return LinearHead(head.labels, head.weights, head.bias, temperature)


def _operating_point(
    corpus: Corpus, train: Sentences, folds: Sequence[tuple[Heads, np.ndarray]], heads: Heads
) -> Policy:
    """The policy with the best macro-F1 on unseen folds among those that rarely accuse."""
    found: list[tuple[Judgement, ...]] = []
    labels: list[Label] = []
    probability: list[float] = []
    is_claim: list[bool] = []
    for fold_heads, unseen in folds:
        part = train.rows(unseen)
        tempered = Heads(
            _heated(fold_heads.claim, heads.claim.temperature),
            _heated(fold_heads.facet, heads.facet.temperature),
            _heated(fold_heads.relation, heads.relation.temperature),
            _heated(fold_heads.relatedness, heads.relatedness.temperature),
        )
        column = tempered.claim.labels.index(CLAIM)
        features = detector_features(part.texts, part.vectors)
        probability.extend(tempered.claim.probabilities(features)[:, column])
        is_claim.extend(part.is_claim)
        claims = part.rows(np.flatnonzero(part.is_claim))
        found.extend(judgements(corpus.reference, tempered, claims))
        labels.extend(label for label in claims.labels if label is not None)
    threshold = _best_threshold(np.array(probability), np.array(is_claim))
    policies = [
        Policy(threshold, related, false, sharpness)
        for related, false, sharpness in itertools.product(
            (0.1, 0.15, 0.2, 0.25, 0.3, 0.4), np.arange(0.3, 0.96, 0.05).round(2).tolist(), (1, 2, 4)
        )
    ]
    return max(policies, key=lambda policy: _worth(found, labels, policy))


def _best_threshold(probability: np.ndarray, is_claim: np.ndarray) -> float:
    """The threshold with the best balanced accuracy."""
    grid = np.arange(0.2, 0.81, 0.01).round(2)
    return float(
        max(
            grid,
            key=lambda t: (probability[is_claim] >= t).mean() + (probability[~is_claim] < t).mean(),
        )
    )


def _worth(
    found: Sequence[Sequence[Judgement]], labels: Sequence[Label], policy: Policy
) -> float:
    """Macro-F1 over the five answers; below 0 where too many honest claims are called false."""
    answers = np.array([decide(one, policy).label for one in found])
    truth = np.array(labels)
    accused = float((answers[truth == Label.SUPPORTED] == Label.FALSE).mean())
    if accused > HONEST_CALLED_FALSE:
        return -accused
    return float(np.mean([_f1(truth == label, answers == label) for label in (*VERDICTS, Label.UNCOVERED)]))


def _f1(truth: np.ndarray, answers: np.ndarray) -> float:
    hits = int((truth & answers).sum())
    return 2 * hits / max(1, int(truth.sum()) + int(answers.sum()))


def _write(heads: Heads, policy: Policy, corpus: Corpus) -> None:
    shared = {
        "encoder": digest_of(ARTEFACTS / "encoder" / "model.onnx"),
        "trained_on_reference": corpus.reference.version,
        "seed": SEED,
        "penalty": PENALTY,
    }
    for name, pair in (
        ("detector", {"claim": heads.claim, "facet": heads.facet}),
        ("judge", {"relation": heads.relation, "relatedness": heads.relatedness}),
    ):
        _write_heads(ARTEFACTS / name, name, pair, shared)
    version = hashlib.sha256(
        b"".join((ARTEFACTS / name / "weights.npz").read_bytes() for name in ("detector", "judge"))
    ).hexdigest()[:12]
    _write_heads(
        ARTEFACTS / "judge",
        "judge",
        {"relation": heads.relation, "relatedness": heads.relatedness},
        {**shared, "version": version, "policy": _policy_facts(policy)},
    )


def _policy_facts(policy: Policy) -> dict[str, float]:
    return {
        "claim_threshold": policy.claim_threshold,
        "related_threshold": policy.related_threshold,
        "false_threshold": policy.false_threshold,
        "sharpness": policy.sharpness,
    }


def _write_heads(
    directory: Path, name: str, heads: dict[str, LinearHead], facts: dict[str, object]
) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, np.ndarray] = {}
    for part, head in heads.items():
        arrays[f"{part}_weights"], arrays[f"{part}_bias"] = head.weights, head.bias
    np.savez(directory / "weights.npz", **arrays)  # type: ignore[arg-type]
    described = {
        part: {"labels": list(head.labels), "temperature": head.temperature}
        for part, head in heads.items()
    }
    write_manifest(directory, ["weights.npz"], {"name": name, "heads": described, **facts})


if __name__ == "__main__":
    main()
