"""What the pair model learns from, and that its export says what it says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from models.train.examples import Corpus, Sentences
from server.artefacts import open_session
from server.engine.compare import statements_side
from server.engine.pairs import RELATIONS, OnnxPairModel, evidence_text
from server.engine.retrieve import RANKING_FEATURES, Reference, Retriever
from server.engine.terms import TermMatcher
from server.engine.values import Candidate, Facet, Label, Relation
from tests.conftest import ROOT, STATEMENTS

pytestmark = pytest.mark.slow

VECTORS = np.eye(2, 4, dtype=np.float32)
CANDIDATES = tuple(Candidate(one, 0.5) for one in STATEMENTS)


def corpus_of(labels: list[Label | None], evidence: list[int]) -> Corpus:
    count = len(labels)
    conditions = TermMatcher({"depression": ["depression"]})
    reference = Reference(STATEMENTS, VECTORS, "test", {"ketamine": "ketamine"}, {})
    texts = tuple(f"claim {number}" for number in range(count))
    ranking = (1.0,) + (0.0,) * (len(RANKING_FEATURES) - 1)
    return Corpus(
        sentences=Sentences(
            texts=texts,
            labels=tuple(labels),
            facets=(Facet.EFFICACY,) * count,
            reasons=(frozenset(),) * count,
            families=(None,) * count,
            evidence=np.array(evidence),
            keys=texts,
            vectors=np.zeros((count, 4), np.float32),
            claim_vectors=np.zeros((count, 4), np.float32),
            candidates=(CANDIDATES,) * count,
            in_context=texts,
            contexts=(None,) * count,
        ),
        reference=reference,
        statements=statements_side(STATEMENTS, VECTORS),
        conditions=conditions,
        groups=np.array([0, 1]),
        ranking=ranking,
        retriever=Retriever(reference, conditions, ranking),
    )


def test_pairs_say_what_people_labelled_and_what_does_not_bear() -> None:
    from models.train.pairs import own_pairs

    corpus = corpus_of([Label.FALSE, Label.SUPPORTED, Label.UNCOVERED, None], [0, 1, -1, -1])
    efficacy, regulatory = (evidence_text(one) for one in STATEMENTS)
    assert own_pairs(corpus, corpus.sentences) == [
        ("claim 0", efficacy, Relation.CONTRADICTS),
        ("claim 0", regulatory, Relation.UNRELATED),
        ("claim 1", regulatory, Relation.SUPPORTS),
        ("claim 2", efficacy, Relation.UNRELATED),
        ("claim 2", regulatory, Relation.UNRELATED),
    ]


def test_statement_of_the_same_point_is_never_called_unrelated() -> None:
    from models.train.pairs import own_pairs

    corpus = corpus_of([Label.FALSE], [0])
    corpus.groups[1] = 0
    assert [relation for *_, relation in own_pairs(corpus, corpus.sentences)] == [
        Relation.CONTRADICTS
    ]


def test_an_exercise_gives_each_claim_a_verdict_by_either_evidence(tmp_path: Path) -> None:
    from models.train.pairs import exercise_pairs

    path = tmp_path / "exercises.yaml"
    path.write_text(
        "- {evidence: It helped., opposite: It did not., claims: "
        "[[It works., overstated, 'false'], [It failed., 'false', supported]]}"
    )
    assert exercise_pairs(path) == [
        ("It works.", "It helped.", Relation.IS_WEAKER),
        ("It works.", "It did not.", Relation.CONTRADICTS),
        ("It failed.", "It helped.", Relation.CONTRADICTS),
        ("It failed.", "It did not.", Relation.SUPPORTS),
    ]


def test_export_says_what_the_model_says_whatever_shares_its_batch(tmp_path: Path) -> None:
    """Fresh weights will do: what counts is that int8 rows and padding change next to nothing."""
    from models.train.pair_export import export
    from models.train.pairs import logits, new_model

    model = new_model()
    pairs = [
        ("Ketamine cures depression.", "Ketamine eases depression in some people for days."),
        ("Safe.", " ".join(["Long-term use has been reported to harm the bladder."] * 6)),
    ]
    export(model, tmp_path / "pairs.onnx")
    tokenizer = Tokenizer.from_file(str(ROOT / "models/artefacts/encoder/tokenizer.json"))
    tokenizer.enable_truncation(128)
    tokenizer.no_padding()
    exported = OnnxPairModel(open_session(tmp_path / "pairs.onnx"), tokenizer)
    together = exported.logits(pairs)
    assert together.shape == (2, len(RELATIONS))
    assert np.abs(together - logits(model, pairs)).max() < 0.1
    alone = np.vstack([exported.logits([pair]) for pair in pairs])
    assert np.abs(together - alone).max() < 1e-4
    assert exported.logits([]).shape == (0, len(RELATIONS))
