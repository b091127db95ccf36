"""The labelled sentences are what the datasheet says, and the split leaks nothing."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from models.reference.schema import load_statements
from models.train.data import (
    SAME_STATEMENT,
    Part,
    load_exercises,
    load_labelled,
    parts_of,
    statement_groups,
)
from server.artefacts import load_reference, load_terms
from server.engine.values import VERDICTS, Facet, Label
from tests.conftest import ROOT

LABELLED = load_labelled(ROOT / "training_data" / "claims")
CLAIMS = [claim for tied in LABELLED.statements for claim in tied.claims]


def test_every_claim_is_tied_to_a_statement_of_the_reference() -> None:
    known = {one.statement.id for one in load_statements(ROOT / "training_data" / "evidence")}
    assert {tied.evidence for tied in LABELLED.statements} <= known


def test_every_statement_has_labelled_claims_once() -> None:
    counts = Counter(tied.evidence for tied in LABELLED.statements)
    assert set(counts.values()) == {1}


def test_edition_holds_what_it_promises() -> None:
    assert len(CLAIMS) >= 8000
    assert len(LABELLED.not_claims) >= 3000
    statements = load_statements(ROOT / "training_data" / "evidence")
    assert len(LABELLED.statements) == len(statements)
    assert min(len(tied.claims) for tied in LABELLED.statements) >= 8
    shares = Counter(claim.verdict for claim in CLAIMS)
    assert shares[Label.SUPPORTED] >= len(CLAIMS) / 3
    assert all(shares[verdict] >= 1000 for verdict in VERDICTS)
    assert {claim.facet for claim in CLAIMS} == set(Facet)


def test_no_sentence_stands_twice() -> None:
    texts = [(claim.text.lower(), claim.heading) for claim in CLAIMS]
    texts += [(one.text.lower(), None) for one in LABELLED.not_claims]
    texts += [(one.text.lower(), one.heading) for one in LABELLED.other_claims]
    repeated = [text for text, count in Counter(texts).items() if count > 1]
    assert repeated == []


def test_exercises_name_no_treatment_that_exists() -> None:
    treatments = load_terms(ROOT / "models" / "artefacts" / "reference", "interventions")
    texts = [
        text
        for one in load_exercises(ROOT / "training_data" / "exercises.yaml")
        for text in (one.evidence, one.opposite, *(claim for claim, *_ in one.claims))
    ]
    assert len(texts) > 900
    assert [text for text in texts if treatments.find(text)] == []


def test_split_follows_the_hash_of_the_key() -> None:
    keys = [f"statement-{number}" for number in range(2000)]
    parts = parts_of(keys)
    shares = {part: (parts == part).mean() for part in Part}
    assert 0.17 < shares[Part.TEST] < 0.23
    assert 0.12 < shares[Part.DECISION] < 0.18
    assert (parts_of(list(reversed(keys))) == parts[::-1]).all()


def test_near_equal_statements_share_a_group() -> None:
    vectors = np.array([[1, 0], [0.99, 0.141], [0, 1]], dtype=np.float32)
    assert statement_groups(vectors).tolist() == [0, 0, 2]


@pytest.mark.trained
def test_no_statement_has_a_near_twin_in_another_part() -> None:
    reference = load_reference(ROOT / "models" / "artefacts" / "reference")
    groups = statement_groups(reference.vectors)
    parts = parts_of([reference.statements[group].id for group in groups])
    for part in Part:
        inside = parts == part
        similarities = reference.vectors[inside] @ reference.vectors[~inside].T
        assert similarities.max() <= SAME_STATEMENT
