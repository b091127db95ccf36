"""How retrieval holds as the reference grows: recall and time at 700, 10,000 and 100,000 statements.

The reference is filled up with synthetic statements: words of two real ones mixed, treatments drawn
from the vocabulary, vectors between those of the two. Search is exact at every size; an approximate
index (faiss, HNSW) is timed beside the dense part, to show from where it would pay.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import faiss
import numpy as np

from models.train.data import load_labelled, statement_groups
from models.train.examples import CLAIMS, Embedded, embed, labelled_rows
from server.artefacts import load_contexts, load_encoder, load_reference, load_terms, read_manifest
from server.engine.retrieve import Reference, Retriever
from server.engine.values import Evidence

SIZES = (700, 10_000, 100_000)
SAMPLE = 300
"""Claims asked at every size; the statements that decide them are always in the reference."""
FIRST = 5
LINKS = 32
"""Neighbours a node of the index keeps: the library's usual figure."""
SEED = 20261125


@dataclass(frozen=True, slots=True)
class Asked:
    """Claims with the id of the statement that decides each."""

    embedded: Embedded
    own: tuple[str, ...]


def main(models_dir: Path = Path("models/artefacts")) -> None:
    """Prints a line for each size."""
    reference = load_reference(models_dir / "reference")
    asked = _asked(reference, models_dir)
    conditions = load_terms(models_dir / "reference", "conditions")
    ranking = read_manifest(models_dir / "judge")["ranking"]
    print(f"retrieval as the reference grows, {SAMPLE} claims, exact search")
    first = None
    for size in SIZES:
        grown = grow(reference, size, keep=set(asked.own))
        seconds, recall = _search(Retriever(grown, conditions, ranking), asked)
        first = first or seconds
        exact, index = _dense_alone(grown, asked.embedded.claim_vectors)
        print(
            f"{size:>8,} statements: recall@{FIRST} {recall:.3f}, "
            f"{seconds / SAMPLE * 1000:6.2f} ms a claim, {seconds / first:6.2f}x the first; "
            f"dense part exact {exact / SAMPLE * 1000:.2f} ms, by index {index / SAMPLE * 1000:.2f} ms"
        )


def grow(reference: Reference, size: int, keep: set[str]) -> Reference:
    """A reference of `size` statements: real ones, those in `keep` first, and synthetic ones."""
    dice = np.random.default_rng(SEED)
    order = sorted(range(len(reference.statements)),
                   key=lambda row: reference.statements[row].id not in keep)  # fmt: skip
    rows = order[:size]
    statements = [reference.statements[row] for row in rows]
    vectors = [reference.vectors[rows]]
    treatments = sorted({name for one in statements for name in one.interventions})
    missing = size - len(rows)
    pairs = dice.integers(len(rows), size=(missing, 2))
    for number, (one, other) in enumerate(pairs):
        statements.append(_mixed(statements[one], statements[other], number, treatments, dice))
    if missing:
        between = vectors[0][pairs[:, 0]] + vectors[0][pairs[:, 1]]
        between += dice.normal(scale=0.02, size=between.shape).astype(np.float32)
        vectors.append(between / np.linalg.norm(between, axis=1, keepdims=True))
    return Reference(tuple(statements), np.vstack(vectors), "grown", reference.intervention_names)


def _mixed(
    one: Evidence,
    other: Evidence,
    number: int,
    treatments: Sequence[str],
    dice: np.random.Generator,
) -> Evidence:
    words = one.statement.split()[::2] + other.statement.split()[1::2]
    return replace(
        one,
        id=f"synthetic-{number}",
        statement=" ".join(dice.permutation(words)),
        interventions=(str(dice.choice(treatments)),),
        conditions=other.conditions,
    )


def _asked(reference: Reference, models_dir: Path) -> Asked:
    rows = labelled_rows(load_labelled(CLAIMS), reference, statement_groups(reference.vectors))
    covered = [row for row in rows if row.evidence >= 0]
    dice = np.random.default_rng(SEED)
    drawn = [covered[at] for at in dice.choice(len(covered), SAMPLE, replace=False)]
    finder = load_contexts(models_dir / "reference")
    embedded = embed(drawn, reference, finder, load_encoder(models_dir / "encoder"))
    return Asked(embedded, tuple(reference.statements[row.evidence].id for row in drawn))


def _search(retriever: Retriever, asked: Asked) -> tuple[float, float]:
    """Seconds for all claims, and the share whose own statement is among the first."""
    claims = asked.embedded
    start = time.perf_counter()
    found = retriever.candidates(claims.in_context, claims.contexts, claims.claim_vectors)
    seconds = time.perf_counter() - start
    hits = [
        own in [one.evidence.id for one in candidates[:FIRST]]
        for own, candidates in zip(asked.own, found, strict=True)
    ]
    return seconds, float(np.mean(hits))


def _dense_alone(reference: Reference, claims: np.ndarray) -> tuple[float, float]:
    """Seconds of the cosines by brute force, and by an approximate index already built."""
    index = faiss.IndexHNSWFlat(reference.vectors.shape[1], LINKS, faiss.METRIC_INNER_PRODUCT)
    index.add(reference.vectors)
    start = time.perf_counter()
    similarities = claims @ reference.vectors.T
    np.argpartition(-similarities, FIRST, axis=1)
    exact = time.perf_counter() - start
    start = time.perf_counter()
    index.search(claims, FIRST)
    return exact, time.perf_counter() - start


if __name__ == "__main__":
    main()
