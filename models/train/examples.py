"""Labelled sentences as the engine sees them: blocks, contexts, vectors, candidates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.train.data import Labelled, Part, load_labelled, parts_of, statement_groups
from models.train.ranking import fit_ranking
from server.artefacts import load_contexts, load_encoder, load_reference, load_terms
from server.engine.compare import Side, statements_side
from server.engine.context import ContextFinder, with_treatment
from server.engine.encode import Encoder
from server.engine.retrieve import Reference, Retriever
from server.engine.terms import TermMatcher
from server.engine.values import (
    Block,
    BlockKind,
    Candidate,
    Context,
    Facet,
    Label,
    ReasonCode,
    Sentence,
    Span,
)

CLAIMS = Path("training_data/claims")
ARTEFACTS = Path("models/artefacts")


@dataclass(frozen=True, slots=True)
class Sentences:
    """n sentences with what the engine makes of them before any model.

    `evidence` is the row of the statement that decides each one, or -1; `label` its verdict, or
    `uncovered` for a claim on a treatment outside the reference, or None where it is no claim.
    """

    texts: tuple[str, ...]
    labels: tuple[Label | None, ...]
    facets: tuple[Facet | None, ...]
    reasons: tuple[frozenset[ReasonCode], ...]
    families: tuple[str | None, ...]
    """Claims of one contrast set share a name."""
    evidence: np.ndarray
    keys: tuple[str, ...]
    """What a split follows: the group of the statement, or the sentence itself."""
    vectors: np.ndarray
    """(n, d) of the sentences alone, as the detector reads them."""
    claim_vectors: np.ndarray
    """(n, d) with the treatment in front where a sentence names none, as the judge reads them."""
    candidates: tuple[tuple[Candidate, ...], ...]
    in_context: tuple[str, ...]
    """The sentences with the treatment in front where they name none."""
    contexts: tuple[Context | None, ...]

    def rows(self, rows: np.ndarray) -> Sentences:
        """Only these rows, in this order."""
        return Sentences(
            texts=tuple(self.texts[row] for row in rows),
            labels=tuple(self.labels[row] for row in rows),
            facets=tuple(self.facets[row] for row in rows),
            reasons=tuple(self.reasons[row] for row in rows),
            families=tuple(self.families[row] for row in rows),
            evidence=self.evidence[rows],
            keys=tuple(self.keys[row] for row in rows),
            vectors=self.vectors[rows],
            claim_vectors=self.claim_vectors[rows],
            candidates=tuple(self.candidates[row] for row in rows),
            in_context=tuple(self.in_context[row] for row in rows),
            contexts=tuple(self.contexts[row] for row in rows),
        )

    @property
    def is_claim(self) -> np.ndarray:
        """(n,) bool."""
        return np.array([label is not None for label in self.labels], dtype=bool)

    @property
    def truth(self) -> np.ndarray:
        """(n,) the labels as text; of use where all are claims."""
        return np.array([str(label) for label in self.labels], dtype=object)

    @property
    def is_covered(self) -> np.ndarray:
        """(n,) bool: claims with a verdict."""
        return self.evidence >= 0


@dataclass(frozen=True, slots=True)
class Corpus:
    """The labelled sentences and the reference they are judged by."""

    sentences: Sentences
    reference: Reference
    statements: Side
    conditions: TermMatcher
    groups: np.ndarray
    """Group of each statement: one group never stands on both sides of a split."""
    ranking: tuple[float, ...]
    """Weights of the retriever, fitted on the training side alone."""
    retriever: Retriever


def load_corpus(models_dir: Path = ARTEFACTS, claims_dir: Path = CLAIMS) -> Corpus:
    """Everything training and evaluation need, embedded once."""
    reference = load_reference(models_dir / "reference")
    conditions = load_terms(models_dir / "reference", "conditions")
    groups = statement_groups(reference.vectors)
    rows = labelled_rows(load_labelled(claims_dir), reference, groups)
    finder = load_contexts(models_dir / "reference")
    embedded = embed(rows, reference, finder, load_encoder(models_dir / "encoder"))
    ranking = _ranking_of(rows, embedded, reference, conditions)
    retriever = Retriever(reference, conditions, ranking)
    return Corpus(
        sentences=sentences_of(rows, embedded, retriever),
        reference=reference,
        statements=statements_side(reference.statements, reference.vectors),
        conditions=conditions,
        groups=groups,
        ranking=ranking,
        retriever=retriever,
    )


def _ranking_of(
    rows: Sequence[Row], embedded: Embedded, reference: Reference, conditions: TermMatcher
) -> tuple[float, ...]:
    """The ranking fitted on the covered claims of the training side."""
    part = parts_of([row.key for row in rows])
    seen = [at for at, row in enumerate(rows) if row.evidence >= 0 and part[at] is Part.TRAIN]
    return fit_ranking(
        reference,
        conditions,
        [embedded.in_context[at] for at in seen],
        [embedded.contexts[at] for at in seen],
        embedded.claim_vectors[seen],
        np.array([rows[at].evidence for at in seen]),
    )


def only(sentences: Sentences, *parts: Part) -> Sentences:
    """The sentences of these parts of the split."""
    return sentences.rows(np.flatnonzero(np.isin(parts_of(sentences.keys), parts)))


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled sentence before the engine's part."""

    text: str
    heading: str | None
    label: Label | None
    facet: Facet | None
    evidence: int
    key: str
    reasons: frozenset[ReasonCode] = frozenset()
    family: str | None = None


def labelled_rows(labelled: Labelled, reference: Reference, groups: np.ndarray) -> list[Row]:
    """Every labelled sentence, claims first.

    Args:
        labelled: the sentences as people edit them.
        reference: the compiled reference.
        groups: group of each of its statements, from `statement_groups`.

    Raises:
        KeyError: claims are tied to a statement that the reference lacks.
    """
    row_of = {one.id: row for row, one in enumerate(reference.statements)}
    first_of_group = {group: reference.statements[group].id for group in set(groups)}
    rows = [
        Row(claim.text, claim.heading, claim.verdict, claim.facet, row_of[tied.evidence],
            first_of_group[groups[row_of[tied.evidence]]],
            frozenset(reason.code for reason in claim.reasons),
            f"{tied.evidence} {claim.family}" if claim.family else None)
        for tied in labelled.statements
        for claim in tied.claims
    ]  # fmt: skip
    rows += [
        Row(claim.text, claim.heading, Label.UNCOVERED, claim.facet, -1, claim.text)
        for claim in labelled.other_claims
    ]
    rows += [Row(one.text, None, None, None, -1, one.text) for one in labelled.not_claims]
    return rows


@dataclass(frozen=True, slots=True)
class Embedded:
    """n sentences with their contexts and vectors, before any search."""

    contexts: tuple[Context | None, ...]
    in_context: tuple[str, ...]
    """The sentences with the treatment in front where they name none."""
    vectors: np.ndarray
    """(n, d) of the sentences alone."""
    claim_vectors: np.ndarray
    """(n, d) of the sentences in context."""


def embed(
    rows: Sequence[Row], reference: Reference, finder: ContextFinder, encoder: Encoder
) -> Embedded:
    """The rows as the engine reads them, each as a page of its own with its heading."""
    contexts = tuple(_context(row, finder) for row in rows)
    in_context = tuple(
        with_treatment(row.text, context, reference.intervention_names)
        for row, context in zip(rows, contexts, strict=True)
    )
    return Embedded(
        contexts,
        in_context,
        encoder.encode([row.text for row in rows]),
        encoder.encode(in_context),
    )


def sentences_of(rows: Sequence[Row], embedded: Embedded, retriever: Retriever) -> Sentences:
    """The rows with their candidates."""
    return Sentences(
        texts=tuple(row.text for row in rows),
        labels=tuple(row.label for row in rows),
        facets=tuple(row.facet for row in rows),
        reasons=tuple(row.reasons for row in rows),
        families=tuple(row.family for row in rows),
        evidence=np.array([row.evidence for row in rows], dtype=np.int64),
        keys=tuple(row.key for row in rows),
        vectors=embedded.vectors,
        claim_vectors=embedded.claim_vectors,
        candidates=tuple(
            retriever.candidates(embedded.in_context, embedded.contexts, embedded.claim_vectors)
        ),
        in_context=embedded.in_context,
        contexts=embedded.contexts,
    )


def _context(row: Row, finder: ContextFinder) -> Context | None:
    sentence = Sentence(Block("text", row.text), Span(0, len(row.text)))
    if row.heading is None:
        return finder.contexts([sentence])[0]
    heading = Sentence(Block("heading", row.heading, BlockKind.HEADING), Span(0, len(row.heading)))
    return finder.contexts([heading, sentence])[1]
