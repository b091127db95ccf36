"""The labelled sentences are what the datasheet says, and the split leaks nothing."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from models.reference.schema import load_statements
from models.train.data import in_test, load_labelled, statement_groups
from server.artefacts import load_reference
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
    assert len(CLAIMS) >= 1500
    assert len(LABELLED.not_claims) >= 800
    shares = Counter(claim.verdict for claim in CLAIMS)
    assert shares[Label.SUPPORTED] >= len(CLAIMS) / 3
    assert all(shares[verdict] >= 200 for verdict in VERDICTS)
    assert {claim.facet for claim in CLAIMS} == set(Facet)


def test_no_sentence_stands_twice() -> None:
    texts = [(claim.text.lower(), claim.heading) for claim in CLAIMS]
    texts += [(one.text.lower(), None) for one in LABELLED.not_claims]
    texts += [(one.text.lower(), one.heading) for one in LABELLED.other_claims]
    repeated = [text for text, count in Counter(texts).items() if count > 1]
    assert repeated == []


def test_split_follows_the_hash_of_the_key() -> None:
    keys = [f"statement-{number}" for number in range(2000)]
    chosen = in_test(keys)
    assert 0.2 < chosen.mean() < 0.3
    assert (in_test(list(reversed(keys))) == chosen[::-1]).all()


def test_near_equal_statements_share_a_group() -> None:
    vectors = np.array([[1, 0], [0.99, 0.141], [0, 1]], dtype=np.float32)
    assert statement_groups(vectors).tolist() == [0, 0, 2]


@pytest.mark.trained
def test_no_test_statement_has_a_near_twin_in_training() -> None:
    reference = load_reference(ROOT / "models" / "artefacts" / "reference")
    groups = statement_groups(reference.vectors)
    test = in_test([reference.statements[group].id for group in groups])
    similarities = reference.vectors[test] @ reference.vectors[~test].T
    assert similarities.max() <= 0.88
