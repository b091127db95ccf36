"""What each part of the decision is worth: the decision learnt anew without it.

Everything here learns from the training part alone, and the operating point from the decision part,
as in training; only the test claims are measured.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from models.evaluate.twin import Twin, labels_of
from models.train.data import Part
from models.train.decision import (
    answers_of,
    known_of,
    learn_decision,
    memory_of,
)
from models.train.examples import Corpus, Sentences, only
from models.train.fit import opened
from models.train.heads import fit_advisers
from server.engine.decide import Known, decision_groups
from server.engine.values import VERDICTS, Label

WITHOUT = {
    "all of it": (),
    "without the pair model": ("statements",),
    "without memory": ("memory",),
    "without the claim's own words": ("words",),
    "without comparing one by one": ("comparison",),
    "pair model alone": ("memory", "words", "comparison"),
}
"""Groups of features that are left out. Which statements bear on a claim is always the pair model's
answer."""

Figures = Callable[[np.ndarray, np.ndarray], dict[str, object]]


def ablations(corpus: Corpus, twin: Twin, figures: Figures) -> dict[str, dict[str, object]]:
    """Figures on the covered test claims without each part, on equal terms.

    Args:
        corpus: everything labelled.
        twin: lends its pair model.
        figures: of truth and answers.
    """
    seen, unseen, test = (only(corpus.sentences, part) for part in Part)
    unseen = unseen.rows(np.flatnonzero(unseen.is_claim))
    test = test.rows(np.flatnonzero(test.is_covered))
    advisers, memory = opened(fit_advisers(corpus, seen), corpus), memory_of(corpus, seen)
    knowns = [known_of(part, twin.judge, memory) for part in (unseen, test)]
    groups = [decision_groups(known, advisers) for known in knowns]
    found = {}
    for name, left_out in WITHOUT.items():
        learning, measured = (
            np.hstack([array for group, array in of.items() if group not in left_out])
            for of in groups
        )
        answers = _answers(learning, measured, unseen, knowns, twin.policy.claim_threshold)
        found[name] = figures(test.truth, answers)
    found["without page context"] = figures(test.truth, _without_context(twin, test))
    return found


def _answers(
    learning: np.ndarray,
    measured: np.ndarray,
    unseen: Sentences,
    knowns: list[Known],
    claim_threshold: float,
) -> np.ndarray:
    head, policy = learn_decision(learning, unseen, knowns[0], claim_threshold)
    return answers_of(knowns[1], head.ordered(VERDICTS).probabilities(measured), policy)


def _without_context(twin: Twin, test: Sentences) -> np.ndarray:
    """A sentence under a heading that names its treatment, read as if the heading were not there,
    has no treatment to be judged by."""
    answers = labels_of(twin.decisions(test))
    named = np.array([context is None or context.source == "sentence" for context in test.contexts])
    return np.where(named, answers, str(Label.UNCOVERED)).astype(object)
