"""The words of a claim, and what they say by themselves."""

from __future__ import annotations

import numpy as np
import pytest

from server.engine.linear import LinearHead
from server.engine.ngrams import Ngrams, WordJudge, ngrams_of
from server.engine.values import VERDICTS


def test_words_and_neighbouring_pairs() -> None:
    assert ngrams_of("100% Safe, always") == ["100%", "safe", "always", "100% safe", "safe always"]


def test_rare_words_are_not_learnt() -> None:
    ngrams = Ngrams.fit(["safe and sound", "safe", "sound asleep"], least_texts=2)
    assert sorted(ngrams.columns) == ["safe", "sound"]


def test_entries_have_length_one_and_rarer_words_weigh_more() -> None:
    ngrams = Ngrams.fit(["safe cure", "safe cure", "safe"], least_texts=2)
    columns, weights = ngrams.entries("A safe cure for it")
    by_name = ngrams.columns
    weight = dict(zip(columns.tolist(), weights.tolist(), strict=True))
    assert np.linalg.norm(weights) == pytest.approx(1.0)
    assert weight[by_name["cure"]] > weight[by_name["safe"]]


def test_unknown_words_leave_the_bias() -> None:
    head = LinearHead(
        ("false", "overstated", "supported", "unsupported"),  # any order, as trained
        np.array([[2.0], [0.0], [-2.0], [0.0]], np.float32),
        np.zeros(4, np.float32),
        1.0,
    )
    judge = WordJudge(Ngrams({"cure": 0}, np.ones(1, np.float32)), head)
    known, unknown = judge.probabilities(["a cure", "nothing known"])
    assert [str(VERDICTS[int(known.argmax())]), str(VERDICTS[int(known.argmin())])] == [
        "false",
        "supported",
    ]
    assert unknown.tolist() == pytest.approx([0.25] * 4)
    assert judge.probabilities([]).shape == (0, 4)
