"""Trains the first models: linear heads on frozen vectors and wording cues.

`python -m models.train.fit` reads the labelled sentences and the compiled reference and writes the
detector and the judge, and a twin of both that never saw the test statements, for the figures of
the model card. Thresholds and temperatures are fitted on predictions for statements that the model
making them had not seen (five folds).
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from scipy.optimize import minimize_scalar
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from models.train.data import in_test, load_labelled, statement_groups
from models.train.examples import Sentences, labelled_rows, sentences_of
from server.artefacts import (
    HEADS_FILE,
    NGRAMS_FILE,
    WORDING_FILE,
    digest_of,
    load_encoder,
    load_heads,
    load_reference,
    load_relation_head,
    load_terms,
    read_manifest,
    write_manifest,
)
from server.engine.context import ContextFinder
from server.engine.decide import Decision, Policy, decide, label_of, verdict_probabilities
from server.engine.detect import CLAIM, NOT_CLAIM, detector_features
from server.engine.judge import (
    RELATED,
    UNRELATED,
    PairJudge,
    RelationHead,
    Side,
    claims_side,
    kinds_of,
    pair_features,
    statements_side,
)
from server.engine.linear import LinearHead
from server.engine.ngrams import Ngrams
from server.engine.retrieve import Reference
from server.engine.terms import TermMatcher
from server.engine.values import VERDICTS, Evidence, Judgement, Label

CLAIMS = Path("training_data/claims")
ARTEFACTS = Path("models/artefacts")
HELD_OUT = ARTEFACTS / "held_out"
"""The twin of the shipped models that never saw the test statements; the server does not read it."""

FOLDS = 5
SEED = 20261124
VERSION_DIGITS = 12
PENALTY = {"claim": 0.3, "facet": 0.3, "relation": 0.1, "relatedness": 0.03}
"""C of each logistic regression, the best of 0.03, 0.1, 0.3 and 1 on the training folds."""

LEAST_TEXTS = 2
"""A word that stands in one claim only teaches nothing about others."""
WORD_WEIGHT = 5.0
"""Scale of a claim's words beside its cues; best of 3, 5 and 8 on the training folds."""

HONEST_CALLED_FALSE = 0.01
"""The share of supported training claims that the operating point may call false. On test statements
it came out two to three times as high, so the bound is half of what we can accept."""


@dataclass(frozen=True, slots=True)
class Heads:
    """The four trained classifiers."""

    claim: LinearHead
    facet: LinearHead
    relation: RelationHead
    relatedness: LinearHead


@dataclass(frozen=True, slots=True)
class Corpus:
    """The labelled sentences and the reference they are judged by."""

    sentences: Sentences
    reference: Reference
    statements: Side
    kinds: np.ndarray
    conditions: TermMatcher
    groups: np.ndarray
    """Group of each statement: one group never stands on both sides of a split."""


def load_corpus(models_dir: Path = ARTEFACTS, claims_dir: Path = CLAIMS) -> Corpus:
    """Everything training and evaluation need, embedded once."""
    reference = load_reference(models_dir / "reference")
    groups = statement_groups(reference.vectors)
    rows = labelled_rows(load_labelled(claims_dir), reference, groups)
    finder = ContextFinder(load_terms(models_dir / "reference", "interventions"))
    return Corpus(
        sentences=sentences_of(rows, reference, finder, load_encoder(models_dir / "encoder")),
        reference=reference,
        statements=statements_side(reference.statements, reference.vectors),
        kinds=kinds_of(reference.statements),
        conditions=load_terms(models_dir / "reference", "conditions"),
        groups=groups,
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
        relation=_fit_relation(relation_features, [train.texts[row] for row in owners], relations),
        relatedness=_fit(near_features, np.where(related, RELATED, UNRELATED), "relatedness"),
    )


def decisions(corpus: Corpus, heads: Heads, sentences: Sentences, policy: Policy) -> list[Decision]:
    """The decision on every sentence, taken as a claim."""
    return [decide(found, policy) for found in judgements(corpus, heads, sentences)]


def judgements(corpus: Corpus, heads: Heads, sentences: Sentences) -> list[tuple[Judgement, ...]]:
    """Every candidate of every sentence, judged as the engine does."""
    judge = PairJudge(
        heads.relation,
        heads.relatedness,
        corpus.reference.statements,
        corpus.reference.vectors,
        corpus.conditions,
    )
    return judge.judge(sentences.texts, sentences.claim_vectors, sentences.candidates)


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


def train_and_test(sentences: Sentences) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the two sides of the split."""
    test = in_test(sentences.keys)
    return np.flatnonzero(~test), np.flatnonzero(test)


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
    folds = list(_folds(corpus, train))
    heads = _calibrated(corpus, train, folds, fit_heads(corpus, train))
    policy = _operating_point(corpus, train, folds, heads)
    print(policy, flush=True)
    _write(heads, policy, corpus, target)


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
    claims = claims_side(sentences.texts, sentences.claim_vectors, corpus.conditions)
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


def _fit_relation(features: np.ndarray, texts: Sequence[str], labels: np.ndarray) -> RelationHead:
    """One regression over pairs and words, taken apart so that words are weighed once a claim."""
    ngrams = Ngrams.fit(texts, LEAST_TEXTS)
    words = ngrams.vectors(texts) * np.float32(WORD_WEIGHT)
    whole = _fit(np.hstack([features, words]), labels, "relation")
    width = features.shape[1]
    return RelationHead(
        pairs=replace(whole, weights=whole.weights[:, :width]),
        ngrams=ngrams,
        wording=whole.weights[:, width:] * np.float32(WORD_WEIGHT),
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
    unseen = [_unseen_probabilities(corpus, fold, train.rows(rows)) for fold, rows in folds]
    temperatures = [_temperature(list(predictions)) for predictions in zip(*unseen, strict=True)]
    return _heated(heads, temperatures)


def _unseen_probabilities(
    corpus: Corpus, heads: Heads, part: Sentences
) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    """For each head, in the order of `Heads`: what it says of sentences it never saw, and the
    column of the right label."""
    features = detector_features(part.texts, part.vectors)
    claims = np.flatnonzero(part.is_claim)
    facets = np.array([str(part.facets[row]) for row in claims])
    owners, statements, relations = _relation_pairs(part)
    near_owners, near_statements, related = _relatedness_pairs(corpus, part)
    return (
        _scored(heads.claim.probabilities(features), heads.claim,
                np.where(part.is_claim, CLAIM, NOT_CLAIM)),
        _scored(heads.facet.probabilities(features[claims]), heads.facet, facets),
        _scored(
            heads.relation.probabilities(
                _features(corpus, part, owners, statements), part.texts, owners.tolist()
            ),
            heads.relation.pairs, relations),
        _scored(
            heads.relatedness.probabilities(_features(corpus, part, near_owners, near_statements)),
            heads.relatedness, np.where(related, RELATED, UNRELATED)),
    )  # fmt: skip


def _scored(
    probabilities: np.ndarray, head: LinearHead, labels: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    return probabilities, np.array([head.labels.index(str(label)) for label in labels])


def _temperature(predictions: Sequence[tuple[np.ndarray, np.ndarray]]) -> float:
    """One temperature by maximum likelihood: Guo et al. 2017, arXiv:1706.04599."""
    logits = np.log(np.maximum(np.vstack([one for one, _ in predictions]), 1e-9))
    columns = np.concatenate([one for _, one in predictions])

    def loss(log_temperature: float) -> float:
        heated = logits / np.exp(log_temperature)
        heated = heated - heated.max(axis=1, keepdims=True)
        right = heated[np.arange(len(columns)), columns]
        return float((np.log(np.exp(heated).sum(axis=1)) - right).sum())

    return float(np.exp(minimize_scalar(loss, bounds=(-1.5, 2.5), method="bounded").x))


def _heated(heads: Heads, temperatures: Sequence[float]) -> Heads:
    claim, facet, relation, relatedness = temperatures
    return Heads(
        claim=replace(heads.claim, temperature=claim),
        facet=replace(heads.facet, temperature=facet),
        relation=replace(heads.relation, pairs=replace(heads.relation.pairs, temperature=relation)),
        relatedness=replace(heads.relatedness, temperature=relatedness),
    )


def _temperatures(heads: Heads) -> list[float]:
    return [
        heads.claim.temperature,
        heads.facet.temperature,
        heads.relation.pairs.temperature,
        heads.relatedness.temperature,
    ]


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
        tempered = _heated(fold_heads, _temperatures(heads))
        column = tempered.claim.labels.index(CLAIM)
        features = detector_features(part.texts, part.vectors)
        probability.extend(tempered.claim.probabilities(features)[:, column])
        is_claim.extend(part.is_claim)
        claims = part.rows(np.flatnonzero(part.is_claim))
        found.extend(judgements(corpus, tempered, claims))
        labels.extend(label for label in claims.labels if label is not None)
    threshold = _best_threshold(np.array(probability), np.array(is_claim))
    return max(_policies(threshold, found), key=lambda tried: _worth(tried, labels))[0]


def _policies(
    claim_threshold: float, found: Sequence[Sequence[Judgement]]
) -> Iterator[tuple[Policy, list[Label]]]:
    """Every policy of the grid, and what it answers on each claim."""
    thresholds = np.arange(0.3, 0.96, 0.05).round(2).tolist()
    for related, sharpness in itertools.product((0.05, 0.1, 0.15, 0.2, 0.3), (1, 2, 4)):
        mixing = Policy(claim_threshold, related, 0.5, 0.5, sharpness)
        probabilities = [verdict_probabilities(one, mixing) for one in found]
        for supported, false in itertools.product(thresholds[:7], thresholds):
            policy = replace(mixing, supported_threshold=supported, false_threshold=false)
            yield policy, [label_of(one, policy) for one in probabilities]


def _best_threshold(probability: np.ndarray, is_claim: np.ndarray) -> float:
    """The threshold with the best balanced accuracy."""
    grid = np.arange(0.2, 0.81, 0.01).round(2)
    return float(
        max(
            grid,
            key=lambda t: (probability[is_claim] >= t).mean() + (probability[~is_claim] < t).mean(),
        )
    )


def _worth(tried: tuple[Policy, Sequence[Label]], labels: Sequence[Label]) -> float:
    """Macro-F1 over the five answers; below 0 where too many honest claims are called false."""
    truth, answers = np.array(labels), np.array(tried[1])
    accused = float((answers[truth == Label.SUPPORTED] == Label.FALSE).mean())
    if accused > HONEST_CALLED_FALSE:
        return -accused
    classes = (*VERDICTS, Label.UNCOVERED)
    return float(np.mean([_f1(truth == label, answers == label) for label in classes]))


def _f1(truth: np.ndarray, answers: np.ndarray) -> float:
    hits = int((truth & answers).sum())
    return 2 * hits / max(1, int(truth.sum()) + int(answers.sum()))


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
    save_wording(judge, heads.relation)
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


def save_wording(directory: Path, head: RelationHead) -> None:
    """Writes the words of a relation head and their weights."""
    ngrams = sorted(head.ngrams.columns, key=lambda ngram: head.ngrams.columns[ngram])
    text = json.dumps(ngrams, ensure_ascii=False, indent=0)
    (directory / NGRAMS_FILE).write_text(text + "\n", encoding="utf-8")
    np.savez(directory / WORDING_FILE, wording=head.wording, rarity=head.ngrams.rarity)


if __name__ == "__main__":
    main()
