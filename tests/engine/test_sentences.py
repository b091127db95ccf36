"""Sentences are cut where a reader would, and their spans are exact."""

from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from server.engine.sentences import split_sentences
from server.engine.values import Block, Span

CASES = yaml.safe_load((Path(__file__).parent / "sentence_cases.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["why"] for case in CASES])
def test_clinic_like_text_is_cut_where_a_reader_would(case: dict) -> None:
    sentences = split_sentences(Block("b0", case["text"]))
    assert [sentence.text for sentence in sentences] == case["sentences"]


def test_repeated_sentence_gets_two_spans() -> None:
    sentences = split_sentences(Block("b0", "It works. It works."))
    assert [sentence.span for sentence in sentences] == [Span(0, 9), Span(10, 19)]


PIECES = st.sampled_from(
    ["It works.", "Dr. Lee", " ", "\n", "\t", "• ", "- ", "1. ", "70%", "🌿", "\u00a0", "\u2028",
     "e.g.", "…", "NAD+.", "“", "”", "(", ")", " | ", "קטמין", "no", "A", "\u00ad", "!!!", "x" * 300]
)  # fmt: skip


@given(st.one_of(st.text(), st.lists(PIECES, max_size=30).map("".join)))
def test_spans_are_ordered_and_hold_no_outer_space(text: str) -> None:
    spans = [sentence.span for sentence in split_sentences(Block("b0", text))]
    assert all(first.end <= second.start for first, second in pairwise(spans))
    assert all(span.of(text) == span.of(text).strip() != "" for span in spans)


@given(st.lists(PIECES, max_size=30).map("".join))
def test_no_word_is_lost(text: str) -> None:
    spans = [sentence.span for sentence in split_sentences(Block("b0", text))]
    covered = {position for span in spans for position in range(span.start, span.end)}
    lost = {text[position] for position in range(len(text)) if position not in covered}
    assert not {character for character in lost if character.isalpha()}
