"""Which evidence statements may bear on a claim."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import bm25s
import numpy as np

from server.engine.terms import TermMatcher
from server.engine.values import Candidate, Context, Evidence, Facet
from server.engine.wording import CUES, figures

CANDIDATES = 8
"""Statements handed to the judge for each claim."""

SHORTLIST = 50
"""Statements whose figures are compared with the claim's; the rest are too far off to matter."""

RANKING_FEATURES = (
    "similarity", "words", "conditions", "general", "treatments", "approval", "figures",
)  # fmt: skip
"""What the order of candidates is made of, in the order of a ranking's weights: cosine of the
vectors; BM25 over ten; share of the claim's conditions that the statement bears on; whether the
statement holds for any treatment; share of the claim's treatments that it speaks of; whether the
claim speaks of approval and the statement is a regulatory one; figures the two have in common."""

_TOKEN = re.compile(r"\w+")
_STOP_WORDS = frozenset(
    "a an and are as at be been but by for from has have in is it its of on or than that the their "
    "them there these they this to was were which who will with you your our we i".split()
)


@dataclass(frozen=True)
class Reference:
    """The compiled evidence reference.

    Args:
        statements: m evidence statements.
        vectors: (m, d) float32 unit vectors of the statements, by the encoder that embeds claims.
        version: content hash of the reference.
        intervention_names: id to the name a reader sees, for every treatment in the vocabulary.
        condition_names: the same of conditions.
    """

    statements: tuple[Evidence, ...]
    vectors: np.ndarray
    version: str
    intervention_names: Mapping[str, str]
    condition_names: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.statements) != len(self.vectors):
            raise ValueError(f"{len(self.statements)} statements, {len(self.vectors)} vectors")

    def evidence(self, evidence_id: str) -> Evidence | None:
        """The statement of that id, or None."""
        return self._by_id.get(evidence_id)

    @cached_property
    def _by_id(self) -> Mapping[str, Evidence]:
        return {one.id: one for one in self.statements}


class Retriever:
    """Dense and lexical search over a reference, gated by treatment.

    A statement is a candidate only where it speaks of a treatment the claim speaks of, or holds
    whatever the treatment. Without the gate the nearest statement to a sentence about ozone is one
    about ketamine, and a verdict from it would be wrong whatever it says.

    Search is exact and takes time in proportion to the reference; `make bench` shows it up to
    100,000 statements.

    Args:
        reference: what is searched.
        conditions: finds the conditions a claim names.
        ranking: (7,) weights of `RANKING_FEATURES`, from training.
    """

    def __init__(
        self, reference: Reference, conditions: TermMatcher, ranking: Sequence[float]
    ) -> None:
        self._reference = reference
        self._conditions = conditions
        self._weights = np.asarray(ranking, dtype=np.float32)
        if self._weights.shape != (len(RANKING_FEATURES),):
            raise ValueError(f"a ranking has {len(RANKING_FEATURES)} weights, got {len(ranking)}")
        self._lexical = bm25s.BM25()
        corpus = [_tokens(evidence.statement) for evidence in reference.statements]
        if any(corpus):
            self._lexical.index(corpus, show_progress=False)
        self._known = {token for tokens in corpus for token in tokens}
        self._general = np.array(
            [not one.interventions for one in reference.statements], dtype=bool
        )
        self._speaks_of = _rows_by_word([one.interventions for one in reference.statements])
        self._bears_on = _rows_by_word([one.conditions for one in reference.statements])
        self._regulatory = np.array(
            [one.facet is Facet.REGULATORY for one in reference.statements], dtype=bool
        )
        self._figures = [_figures(one.statement) for one in reference.statements]

    def candidates(
        self, texts: Sequence[str], contexts: Sequence[Context | None], vectors: np.ndarray
    ) -> list[tuple[Candidate, ...]]:
        """For each claim up to `CANDIDATES` statements, the likeliest first; ties by their order.

        Args:
            texts: n claims.
            contexts: the treatments each speaks of.
            vectors: (n, d) unit vectors of the claims.
        """
        similarities = vectors @ self._reference.vectors.T
        return [
            self._best(text, context, similarity)
            for text, context, similarity in zip(texts, contexts, similarities, strict=True)
        ]

    def features(
        self, text: str, context: Context | None, similarity: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """(k,) rows of the statements open to a claim and (k, 7) their `RANKING_FEATURES`.

        Args:
            text: the claim.
            context: the treatments it speaks of.
            similarity: (m,) cosine with every statement.
        """
        rows, features = self._coarse_features(text, context, similarity)
        features[:, -1] = self._figures_shared(text, rows)
        return rows, features

    def _best(
        self, text: str, context: Context | None, similarity: np.ndarray
    ) -> tuple[Candidate, ...]:
        rows, features = self._coarse_features(text, context, similarity)
        near = np.argsort(-(features @ self._weights), kind="stable")[:SHORTLIST]
        rows, features = rows[near], features[near]
        features[:, -1] = self._figures_shared(text, rows)
        order = np.argsort(-(features @ self._weights), kind="stable")[:CANDIDATES]
        return tuple(
            Candidate(self._reference.statements[row], float(similarity[row]))
            for row in rows[order]
        )

    def _coarse_features(
        self, text: str, context: Context | None, similarity: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """All features but the figures, whose column is left at 0."""
        treatments = context.interventions if context else ()
        spoken_of = _count(self._speaks_of, treatments, len(similarity))
        rows = np.flatnonzero(self._general | (spoken_of > 0))
        named = self._conditions.find(text)
        borne_on = _count(self._bears_on, named, len(similarity))
        features = np.zeros((len(rows), len(RANKING_FEATURES)), dtype=np.float32)
        features[:, 0] = similarity[rows]
        features[:, 1] = self._lexical_scores(text)[rows] / 10
        features[:, 2] = borne_on[rows] / max(len(named), 1)
        features[:, 3] = self._general[rows]
        features[:, 4] = spoken_of[rows] / max(len(treatments), 1)
        if any(CUES[cue].search(text) for cue in ("approval", "no approval")):
            features[:, 5] = self._regulatory[rows]
        return rows, features

    def _figures_shared(self, text: str, rows: np.ndarray) -> list[int]:
        stated = _figures(text)
        return [len(stated & self._figures[row]) for row in rows] if stated else [0] * len(rows)

    def _lexical_scores(self, text: str) -> np.ndarray:
        tokens = [token for token in _tokens(text) if token in self._known]
        if not tokens:
            return np.zeros(len(self._reference.statements), dtype=np.float32)
        return np.asarray(self._lexical.get_scores(tokens), dtype=np.float32)


def _rows_by_word(words: Sequence[Sequence[str]]) -> dict[str, np.ndarray]:
    """Rows of the statements that carry each controlled word."""
    rows: dict[str, list[int]] = {}
    for row, of_statement in enumerate(words):
        for word in of_statement:
            rows.setdefault(word, []).append(row)
    return {word: np.array(found) for word, found in rows.items()}


def _count(rows_by_word: Mapping[str, np.ndarray], words: Sequence[str], total: int) -> np.ndarray:
    """(total,) how many of the words each statement carries."""
    counts = np.zeros(total, dtype=np.float32)
    for word in words:
        if word in rows_by_word:
            counts[rows_by_word[word]] += 1
    return counts


def _figures(text: str) -> frozenset[tuple[str, float]]:
    return frozenset((one.kind, round(one.value, 3)) for one in figures(text))


def _tokens(text: str) -> list[str]:
    return [token for token in _TOKEN.findall(text.lower()) if token not in _STOP_WORDS]
