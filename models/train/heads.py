"""The linear classifiers: is it a claim, about what, what is wrong, and the pair model's advisers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from models.train.examples import Corpus, Sentences
from server.engine.compare import claims_side, compared, kinds_of
from server.engine.detect import CLAIM, NOT_CLAIM, detector_features
from server.engine.linear import LinearHead
from server.engine.ngrams import Ngrams
from server.engine.reasons import CODES, reason_features
from server.engine.values import Label, ReasonCode

SEED = 20261124
PENALTY = {"claim": 0.3, "facet": 0.3, "reason": 0.3, "words": 5.0, "comparison": 0.1}
"""C of each logistic regression. First guesses, not searched, but for `comparison`: the better of
0.03 and 0.1 on folds of the first edition's statements."""

LEAST_TEXTS = 2
"""A word that stands in one claim only teaches nothing about others."""


@dataclass(frozen=True, slots=True)
class AdviserHeads:
    """What the pair model's advisers are made of."""

    ngrams: Ngrams
    words: LinearHead
    comparison: LinearHead


def fit_advisers(corpus: Corpus, train: Sentences) -> AdviserHeads:
    """The advisers from the covered claims of training, each beside the statement that decides it."""
    covered = train.rows(np.flatnonzero(train.is_covered))
    labels = covered.truth
    ngrams = Ngrams.fit(covered.in_context, LEAST_TEXTS)
    decides = [corpus.reference.statements[row] for row in covered.evidence]
    features = compared(
        claims_side(covered.in_context, covered.claim_vectors, corpus.conditions),
        corpus.statements.rows(covered.evidence.tolist()),
        kinds_of(decides),
    )
    return AdviserHeads(
        ngrams,
        fit_head(_sparse(ngrams, covered.in_context), labels, PENALTY["words"]),
        fit_head(features, labels, PENALTY["comparison"]),
    )


def _sparse(ngrams: Ngrams, texts: Sequence[str]) -> csr_matrix:
    entries = [ngrams.entries(text) for text in texts]
    ends = np.cumsum([0, *(len(columns) for columns, _ in entries)])
    columns = np.concatenate([columns for columns, _ in entries])
    weights = np.concatenate([weights for _, weights in entries])
    return csr_matrix((weights, columns, ends), shape=(len(texts), len(ngrams.columns)))


@dataclass(frozen=True, slots=True)
class Heads:
    """The trained classifiers; `reasons` holds one for each code that wording can show."""

    claim: LinearHead
    facet: LinearHead
    reasons: LinearHead


def fit_heads(train: Sentences, unseen: Sentences | Heads) -> Heads:
    """The classifiers from training sentences, with temperatures from unseen ones, or with those of
    classifiers that had some."""
    features, claims = detector_features(train.texts, train.vectors), train.is_claim
    claim = fit_head(features, np.where(claims, CLAIM, NOT_CLAIM), PENALTY["claim"])
    facets = np.array([str(facet) for facet in train.facets])
    facet = fit_head(features[claims], facets[claims], PENALTY["facet"])
    reasons = _fit_reasons(train)
    if isinstance(unseen, Heads):
        return Heads(
            claim=replace(claim, temperature=unseen.claim.temperature),
            facet=replace(facet, temperature=unseen.facet.temperature),
            reasons=reasons,
        )
    others = detector_features(unseen.texts, unseen.vectors)
    other_facets = np.array([str(one) for one in unseen.facets])
    return Heads(
        claim=tempered(claim, others, np.where(unseen.is_claim, CLAIM, NOT_CLAIM)),
        facet=tempered(facet, others[unseen.is_claim], other_facets[unseen.is_claim]),
        reasons=reasons,
    )


def fit_head(
    features: np.ndarray, labels: np.ndarray, penalty: float, weights: np.ndarray | None = None
) -> LinearHead:
    """Multinomial logistic regression on (n, f) features, its temperature still 1."""
    model = LogisticRegression(C=penalty, max_iter=400, random_state=SEED)
    model.fit(features, labels, sample_weight=weights)
    rows, bias = model.coef_, model.intercept_
    if len(model.classes_) == 2:  # scikit-learn keeps one row for two classes
        rows, bias = np.vstack([0 * rows, rows]), np.array([0.0, bias[0]])
    return LinearHead(
        labels=tuple(str(label) for label in model.classes_),
        weights=rows.astype(np.float32),
        bias=bias.astype(np.float32),
        temperature=1.0,
    )


def tempered(head: LinearHead, features: np.ndarray, labels: np.ndarray) -> LinearHead:
    """The head with the temperature that makes the labels of unseen rows likeliest."""
    columns = np.array([head.labels.index(str(label)) for label in labels])
    logits = np.log(np.maximum(head.probabilities(features), 1e-9))
    return replace(head, temperature=temperature_of(logits, columns))


def temperature_of(logits: np.ndarray, columns: np.ndarray) -> float:
    """One temperature by maximum likelihood: Guo et al. 2017, arXiv:1706.04599.

    Args:
        logits: (n, k).
        columns: (n,) the right column of each row.
    """

    def loss(log_temperature: float) -> float:
        heated = logits / np.exp(log_temperature)
        heated = heated - heated.max(axis=1, keepdims=True)
        right = heated[np.arange(len(columns)), columns]
        return float((np.log(np.exp(heated).sum(axis=1)) - right).sum())

    return float(np.exp(minimize_scalar(loss, bounds=(-1.5, 2.5), method="bounded").x))


def _fit_reasons(train: Sentences) -> LinearHead:
    """One yes-or-no regression for each code, over the claims that are not supported."""
    rows = train.rows(
        np.flatnonzero(
            train.is_covered & np.array([r is not Label.SUPPORTED for r in train.labels])
        )
    )
    features = reason_features(rows.texts, rows.vectors, rows.facets, rows.labels)
    heads = [_fit_reason(features, rows.reasons, code) for code in CODES]
    return LinearHead(
        labels=tuple(str(code) for code in CODES),
        weights=np.vstack([head.weights[1:] for head in heads]),
        bias=np.array([head.bias[1] for head in heads], dtype=np.float32),
        temperature=1.0,
    )


def _fit_reason(
    features: np.ndarray, reasons: Sequence[frozenset[ReasonCode]], code: ReasonCode
) -> LinearHead:
    given = np.array(["yes" if code in found else "no" for found in reasons])
    return fit_head(features, given, PENALTY["reason"])
