"""What anything trained must beat: answers that need no judge."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from models.train.examples import Sentences
from server.engine.values import Label
from server.engine.wording import CUES

AGREES = 0.6
"""Cosine from which "about the same thing" is taken for agreement. Not searched."""


def majority(train: Sentences, texts: Sequence[str]) -> np.ndarray:
    """The commonest verdict of the training claims, always."""
    labels, counts = np.unique(train.truth[train.is_covered], return_counts=True)
    return np.full(len(texts), labels[counts.argmax()], dtype=object)


def keywords(train: Sentences, texts: Sequence[str]) -> np.ndarray:
    """A rule a reader could write: absolutes are false, strong words overstated, hedges fine."""
    return np.array([_by_keyword(text) for text in texts], dtype=object)


def similarity_only(test: Sentences) -> np.ndarray:
    """The nearest statement agrees if it is near enough; otherwise the claim has no evidence."""
    nearest = [max((one.similarity for one in found), default=0.0) for found in test.candidates]
    return np.where(np.array(nearest) >= AGREES, "supported", "unsupported").astype(object)


def tfidf(train: Sentences, texts: Sequence[str]) -> np.ndarray:
    """Logistic regression on word and word-pair counts of the claim alone: how far tone goes."""
    model = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True),
        LogisticRegression(C=10, max_iter=400, class_weight="balanced"),
    )
    covered = np.flatnonzero(train.is_covered)
    model.fit([train.texts[row] for row in covered], train.truth[covered])
    return np.asarray(model.predict(texts), dtype=object)


BY_TEXT = {
    "majority": majority,
    "keyword rules": keywords,
    "TF-IDF, claim alone": tfidf,
}


def _by_keyword(text: str) -> Label:
    def shows(*cues: str) -> bool:
        return any(CUES[cue].search(text) for cue in cues)

    if shows("doubt", "no approval"):
        return Label.SUPPORTED
    if shows("risk denied") or (shows("cure") and shows("permanence", "absolute")):
        return Label.FALSE
    if shows("absolute", "boost", "permanence", "cure") and not shows("hedge"):
        return Label.OVERSTATED
    return Label.SUPPORTED
