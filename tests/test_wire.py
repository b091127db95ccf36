"""Requests become blocks, and reports become answers, without losing a place."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from server.engine.check import Engine
from server.engine.values import Block, BlockKind
from server.wire import CheckRequest, answer_of, blocks_of
from tests.conftest import make_tiny_engine

ENGINE = make_tiny_engine()


def test_plain_text_is_one_block() -> None:
    assert blocks_of(CheckRequest(text="It may help.")) == [Block("text", "It may help.")]


def test_blocks_keep_order_and_kind() -> None:
    request = CheckRequest.model_validate(
        {"blocks": [{"id": "h", "text": "Ketamine", "kind": "heading"}, {"id": "b", "text": "x"}]}
    )
    assert blocks_of(request) == [Block("h", "Ketamine", BlockKind.HEADING), Block("b", "x")]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": "x", "blocks": []},
        {"text": "x", "offset_unit": "bytes"},
        {"text": "x", "unknown": 1},
        {"blocks": [{"id": "a", "text": "x"}, {"id": "a", "text": "y"}]},
        {"blocks": [{"id": "", "text": "x"}]},
        {"text": 5},
    ],
    ids=["neither", "both", "unit", "unknown key", "same id twice", "empty id", "no string"],
)
def test_what_the_contract_does_not_know_is_refused(body: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        CheckRequest.model_validate(body)


def test_answer_has_the_shape_of_the_contract(tiny_engine: Engine) -> None:
    report = tiny_engine.check([Block("b0", "🌿 Ketamine is approved.")])
    answer = answer_of(report, "utf16").model_dump(mode="json", by_alias=True)
    (claim,) = answer["claims"]
    assert {key: claim[key] for key in ("block", "start", "end", "text", "verdict")} == {
        "block": "b0",
        "start": 0,
        "end": 24,
        "text": "🌿 Ketamine is approved.",
        "verdict": "false",
    }
    assert claim["context"] == {
        "intervention": "ketamine",
        "interventions": ["ketamine"],
        "from": "sentence",
    }
    assert {one["relation"] for one in claim["evidence"]} == {"contradicts"}
    assert claim["evidence"][0]["sources"][0]["url"] == "https://example.org/trial"
    assert answer["summary"] == {
        "sentences": 1,
        "claims": 1,
        "supported": 0,
        "overstated": 0,
        "unsupported": 0,
        "false": 1,
        "uncovered": 0,
    }
    assert (answer["model_version"], answer["reference_version"]) == (
        "test-model",
        "test-reference",
    )


def test_parts_and_precedents_are_answered_in_the_unit_asked_for(tiny_engine: Engine) -> None:
    text = "🌿 Ketamine is approved for depression, and it may help for days."
    answer = answer_of(tiny_engine.check([Block("b0", text)]), "utf16")
    (claim,) = answer.claims
    first, second = claim.parts
    assert (first.start, first.end, first.verdict) == (0, 38, "false")
    assert (second.text, second.verdict) == ("it may help for days.", "supported")
    assert first.evidence
    assert {one.verdict for one in claim.precedents} == {"false"}


PIECES = st.sampled_from(
    ["🌿", "Ketamine is approved.", "It may help!", "\n", " ", "קטמין", "é", "x."]
)


@settings(deadline=None)
@given(st.lists(PIECES, max_size=12).map("".join))
def test_offsets_hold_in_both_units(text: str) -> None:
    report = ENGINE.check([Block("b", text)])
    in_utf16 = text.encode("utf-16-le")
    for claim in answer_of(report).claims:
        assert text[claim.start : claim.end] == claim.text
    for claim in answer_of(report, "utf16").claims:
        assert in_utf16[2 * claim.start : 2 * claim.end].decode("utf-16-le") == claim.text
        for reason in claim.reasons:
            assert claim.start <= reason.start < reason.end <= claim.end
