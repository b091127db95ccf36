"""The chain from blocks to a report."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.engine.check import MAX_BLOCK_CHARACTERS, MAX_PAGE_CHARACTERS, Engine
from server.engine.errors import InvalidBlock, TextTooLong
from server.engine.values import (
    Block,
    BlockKind,
    Context,
    ContextSource,
    Label,
    Report,
    Versions,
)
from tests.conftest import LetterEncoder, make_tiny_engine

ENGINE = make_tiny_engine()


def labels(report: Report) -> list[Label]:
    return [verdict.label for verdict in report.verdicts]


def test_every_claim_gets_a_verdict_in_page_order(tiny_engine: Engine) -> None:
    report = tiny_engine.check(
        [Block("b0", "Ketamine is approved. Ketamine may help. Ketamine cures.")]
    )
    assert labels(report) == [Label.FALSE, Label.SUPPORTED, Label.OVERSTATED]
    assert report.versions == Versions("test-model", "test-reference")


def test_claim_on_a_treatment_outside_the_reference_is_uncovered(tiny_engine: Engine) -> None:
    report = tiny_engine.check([Block("b0", "Ozone is approved.")])
    assert labels(report) == [Label.UNCOVERED]
    assert report.verdicts[0].judgements == ()


def test_sentence_without_treatment_takes_it_from_its_heading(tiny_engine: Engine) -> None:
    blocks = [Block("h", "Ketamine", BlockKind.HEADING), Block("b", "It may help.")]
    report = tiny_engine.check(blocks)
    assert report.detections[-1].context == Context(("ketamine",), ContextSource.HEADING)
    assert labels(report)[-1] is Label.SUPPORTED


def test_title_gives_context_and_no_verdict(tiny_engine: Engine) -> None:
    report = tiny_engine.check(
        [Block("t", "Ketamine is approved.", BlockKind.TITLE), Block("b", "It may help.")]
    )
    assert [verdict.detection.sentence.block.id for verdict in report.verdicts] == ["b"]
    assert report.verdicts[0].detection.context == Context(("ketamine",), ContextSource.TITLE)


def test_pages_do_not_lend_each_other_context(tiny_engine: Engine) -> None:
    named, unnamed = tiny_engine.check_pages(
        [[Block("b", "Ketamine may help.")], [Block("b", "It may help.")]]
    )
    assert labels(named) == [Label.SUPPORTED]
    assert unnamed.detections[0].context is None
    assert labels(unnamed) == [Label.UNCOVERED]


def test_unsplit_block_is_one_sentence(tiny_engine: Engine) -> None:
    (report,) = tiny_engine.check_pages([[Block("b", " Ketamine may help. It may. ")]], split=False)
    assert [one.sentence.text for one in report.detections] == ["Ketamine may help. It may."]


@pytest.mark.parametrize("text", ["", "   \n\t", "\u200b" * 0])
def test_text_without_words_has_no_sentences(tiny_engine: Engine, text: str) -> None:
    report = tiny_engine.check([Block("b", text)])
    assert (report.detections, report.verdicts) == ((), ())


@pytest.mark.parametrize(
    ("text", "position"), [("Ketamine\x00 may help.", 8), ("\ud800 may help.", 0)]
)
def test_what_is_no_text_is_refused_with_its_place(
    tiny_engine: Engine, text: str, position: int
) -> None:
    with pytest.raises(InvalidBlock) as caught:
        tiny_engine.check([Block("b7", text)])
    assert (caught.value.block_id, caught.value.position) == ("b7", position)


def test_longest_block_is_taken_and_a_longer_one_refused(tiny_engine: Engine) -> None:
    tiny_engine.check([Block("b", "a" * MAX_BLOCK_CHARACTERS)])
    with pytest.raises(TextTooLong) as caught:
        tiny_engine.check([Block("b", "a" * (MAX_BLOCK_CHARACTERS + 1))])
    assert caught.value.limit == MAX_BLOCK_CHARACTERS


def test_page_over_its_limit_is_refused(tiny_engine: Engine) -> None:
    block_count = MAX_PAGE_CHARACTERS // MAX_BLOCK_CHARACTERS + 1
    page = [Block(f"b{n}", "a" * MAX_BLOCK_CHARACTERS) for n in range(block_count)]
    with pytest.raises(TextTooLong, match="the page"):
        tiny_engine.check(page)


def test_ten_thousand_sentences_of_one_word_are_answered(tiny_engine: Engine) -> None:
    report = tiny_engine.check([Block("b", "Ketamine.\n" * 10_000)])
    assert len(report.verdicts) == 10_000


def test_sentence_that_says_several_things_is_judged_part_by_part(tiny_engine: Engine) -> None:
    text = "Ketamine is approved for depression, and it may help for days."
    (verdict,) = tiny_engine.check([Block("b", f"Hello. {text}")]).verdicts[1:]
    assert [(part.span.of(verdict.detection.sentence.block.text), part.label) for part in verdict.parts] == [
        ("Ketamine is approved for depression", Label.FALSE),
        ("it may help for days.", Label.SUPPORTED),
    ]  # fmt: skip
    assert verdict.label is Label.FALSE
    assert all(part.judgements for part in verdict.parts)


def test_no_text_is_embedded_twice(tiny_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    encode = LetterEncoder.encode

    def recording(self: LetterEncoder, texts: Sequence[str]) -> np.ndarray:
        asked.extend(texts)
        return encode(self, texts)

    monkeypatch.setattr(LetterEncoder, "encode", recording)
    report = tiny_engine.check([Block("b", "Ketamine is approved. It may help for days.")])
    assert asked == [
        "Ketamine is approved.",
        "It may help for days.",
        "ketamine: It may help for days.",
    ]
    assert len(report.verdicts) == 2


def test_verdict_shows_labelled_claims_that_agree_with_it(tiny_engine: Engine) -> None:
    (verdict,) = tiny_engine.check([Block("b", "Ketamine is approved for pain.")]).verdicts
    assert verdict.label is Label.FALSE
    assert [one.text for one in verdict.precedents] == ["Ketamine is approved for pain."]


TEXTS = st.text(
    alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=200
)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.one_of(TEXTS, st.sampled_from(["Ketamine 🌿 may help!", "קטמין עוזר."])), max_size=4
    )
)
def test_spans_hold_the_very_words(texts: list[str]) -> None:
    report = ENGINE.check([Block(f"b{n}", text) for n, text in enumerate(texts)])
    for verdict in report.verdicts:
        sentence = verdict.detection.sentence
        block = sentence.block
        assert block.text[sentence.span.start : sentence.span.end] == sentence.text
        for reason in verdict.reasons:
            assert sentence.span.start <= reason.span.start < reason.span.end <= sentence.span.end
