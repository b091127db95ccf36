"""The ranking learns what sets a claim's own statement above its rivals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.train.ranking import fit_ranking
from server.engine.retrieve import RANKING_FEATURES, Reference
from server.engine.terms import TermMatcher
from server.engine.values import Context, ContextSource
from tests.conftest import STATEMENTS

CONDITIONS = TermMatcher({"depression": ["depression"], "pain": ["pain"]})
KETAMINE = Context(("ketamine",), ContextSource.SENTENCE)


def test_feature_that_tells_the_right_statement_gets_weight() -> None:
    """Twenty claims, each nearest to a statement on another condition than it names."""
    sad = replace(STATEMENTS[0], id="ketamine-efficacy-one", conditions=("depression",))
    sore = replace(STATEMENTS[0], id="ketamine-efficacy-two", conditions=("pain",))
    reference = Reference((sad, sore), np.eye(2, dtype=np.float32), "test", {})
    texts = ["It eases depression.", "It eases pain."] * 10
    misleading = np.array([[0.4, 0.6], [0.6, 0.4]] * 10, dtype=np.float32)
    ranking = fit_ranking(
        reference, CONDITIONS, texts, [KETAMINE] * 20, misleading, np.array([0, 1] * 10)
    )
    weights = dict(zip(RANKING_FEATURES, ranking, strict=True))
    assert weights["conditions"] > 0 > weights["similarity"]
    assert weights["general"] == weights["treatments"] == weights["figures"] == 0
