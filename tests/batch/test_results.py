"""What a row asks of the engine, and what its report becomes in the output."""

from typing import Any

import pytest

from server.batch.results import Level, Plan, RowRefused, blocks_of_row, results_of_row
from server.batch.rows import InputError, Row
from server.engine.values import (
    VERDICTS,
    Block,
    BlockKind,
    Certainty,
    Detection,
    Direction,
    Evidence,
    Facet,
    Judgement,
    Label,
    Reason,
    ReasonCode,
    Relation,
    Report,
    Sentence,
    Span,
    Verdict,
    Versions,
)

EVIDENCE = Evidence(
    id="example-efficacy-one",
    statement="It seldom works.",
    interventions=("example",),
    conditions=(),
    facet=Facet.EFFICACY,
    direction=Direction.BENEFIT,
    certainty=Certainty.LOW,
    sources=(),
)
VERSIONS = {"model_version": "m1", "reference_version": "r1"}


def _detection(block: Block, span: Span, probability: float) -> Detection:
    return Detection(Sentence(block, span), None, Facet.EFFICACY, probability)


def _verdict(detection: Detection, label: Label) -> Verdict:
    if label is Label.UNCOVERED:
        return Verdict(detection, label, 0.9, {}, (), ())
    judgement = Judgement(EVIDENCE, 0.8, dict.fromkeys(Relation, 0.2))
    probabilities = {one: 0.7 if one is label else 0.1 for one in VERDICTS}
    span = detection.sentence.span
    reasons = (Reason(ReasonCode.MAGNITUDE, span),)
    return Verdict(detection, label, 0.7, probabilities, (judgement,), reasons)


TITLE = Block("context", "Example", BlockKind.TITLE)
TEXT = Block("text", "It cures. Call us. It helps.")
CURES = _detection(TEXT, Span(0, 9), 0.98765)
CALL = _detection(TEXT, Span(10, 18), 0.01)
HELPS = _detection(TEXT, Span(19, 28), 0.9)
REPORT = Report(
    (TITLE, TEXT),
    (_detection(TITLE, Span(0, 7), 0.1), CURES, CALL, HELPS),
    (_verdict(CURES, Label.FALSE), _verdict(HELPS, Label.UNCOVERED)),
    Versions("m1", "r1"),
)
ROW = Row(7, {"id": "a", "text": TEXT.text, "note": None})
KEPT = {"id": "a", "note": None, "row": 7}


def test_sentence_level_gives_a_row_for_each_claim() -> None:
    assert list(results_of_row(ROW, REPORT, Plan(Level.SENTENCE, "text"))) == [
        KEPT
        | {
            "start": 0,
            "end": 9,
            "claim": "It cures.",
            "verdict": "false",
            "confidence": 0.7,
            "reasons": [{"code": "magnitude", "start": 0, "end": 9}],
            "evidence_ids": ["example-efficacy-one"],
        }
        | VERSIONS,
        KEPT
        | {
            "start": 19,
            "end": 28,
            "claim": "It helps.",
            "verdict": "uncovered",
            "confidence": 0.9,
            "reasons": [],
            "evidence_ids": [],
        }
        | VERSIONS,
    ]


def test_claim_of_html_brings_its_block() -> None:
    [first, _] = results_of_row(ROW, REPORT, Plan(Level.SENTENCE, "text", is_html=True))
    assert (first["block"], first["block_text"]) == ("text", TEXT.text)


def test_document_level_counts_without_the_context() -> None:
    assert list(results_of_row(ROW, REPORT, Plan(Level.DOCUMENT, "text"))) == [
        KEPT
        | {
            "sentences": 3,
            "claims": 2,
            "uncovered": 1,
            "supported": 0,
            "overstated": 0,
            "unsupported": 0,
            "false": 1,
            "worst_verdict": "false",
        }
        | VERSIONS
    ]


def test_document_without_claims_has_no_worst_verdict() -> None:
    empty = Report((TEXT,), (), (), Versions("m1", "r1"))
    [result] = results_of_row(ROW, empty, Plan(Level.DOCUMENT, "text"))
    assert result == KEPT | dict.fromkeys(("sentences", "claims", *map(str, Label)), 0) | {
        "worst_verdict": None,
        **VERSIONS,
    }


def _as_sentence(report: Report) -> dict[str, Any]:
    [result] = results_of_row(ROW, report, Plan(Level.AS_SENTENCE, "text"))
    return result


def test_sentence_that_is_a_claim_has_verdict_and_probabilities() -> None:
    report = Report((TITLE, TEXT), REPORT.detections[:2], REPORT.verdicts[:1], REPORT.versions)
    assert _as_sentence(report) == KEPT | {
        "is_claim": True,
        "claim_probability": 0.9877,
        "verdict": "false",
        "probabilities": {"supported": 0.1, "overstated": 0.1, "unsupported": 0.1, "false": 0.7},
        "confidence": 0.7,
        "reasons": [{"code": "magnitude", "start": 0, "end": 9}],
        "evidence_ids": ["example-efficacy-one"],
    } | VERSIONS  # fmt: skip


@pytest.mark.parametrize(
    ("detections", "probability"), [((CALL,), 0.01), ((), 0.0)], ids=["no claim", "no words"]
)
def test_sentence_that_is_no_claim_has_a_row_too(
    detections: tuple[Detection, ...], probability: float
) -> None:
    report = Report((TEXT,), detections, (), REPORT.versions)
    assert _as_sentence(report) == KEPT | {
        "is_claim": False,
        "claim_probability": probability,
        "verdict": None,
        "probabilities": {},
        "confidence": None,
        "reasons": [],
        "evidence_ids": [],
    } | VERSIONS  # fmt: skip


@pytest.mark.parametrize("level", Level)
def test_result_has_the_columns_its_plan_names(level: Level) -> None:
    plan = Plan(level, "text")
    one_claim = Report((TEXT,), (CURES,), REPORT.verdicts[:1], REPORT.versions)
    [result] = results_of_row(ROW, one_claim, plan)
    assert tuple(result) == ("id", "note", *plan.own_columns)


def test_context_stands_before_the_text_as_a_title() -> None:
    plan = Plan(Level.SENTENCE, "text", context_column="title")
    row = Row(0, {"title": "Ketamine", "text": "It works."})
    assert blocks_of_row(row, plan) == (
        Block("context", "Ketamine", BlockKind.TITLE),
        Block("text", "It works."),
    )


def test_row_without_context_still_has_its_text() -> None:
    plan = Plan(Level.SENTENCE, "text", context_column="title")
    row = Row(0, {"title": None, "text": "It works."})
    assert blocks_of_row(row, plan)[1] == Block("text", "It works.")


def test_html_becomes_blocks() -> None:
    plan = Plan(Level.SENTENCE, "page", is_html=True)
    assert blocks_of_row(Row(0, {"page": "<h1>A</h1><p>B"}), plan) == (
        Block("b0", "A", BlockKind.HEADING),
        Block("b1", "B"),
    )


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"body": "a", "id": 1}, "there is no column 'text'; the row has 'body', 'id'"),
        ({"text": 5}, "column 'text' must hold text, got int"),
        ({"text": None}, "column 'text' must hold text, got NoneType"),
        ({"text": "a", "verdict": "false"}, "column 'verdict' has the name of a column"),
    ],
    ids=["missing", "number", "null", "taken name"],
)
def test_row_without_usable_text_is_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(RowRefused, match=message):
        blocks_of_row(Row(0, values), Plan(Level.SENTENCE, "text"))


def test_text_column_may_have_a_name_of_our_own() -> None:
    assert Plan(Level.SENTENCE, "claim").kept_columns(("id", "claim")) == ("id",)


def test_header_without_a_needed_column_is_refused() -> None:
    plan = Plan(Level.SENTENCE, "text", context_column="title")
    with pytest.raises(InputError, match="no column 'title'; the columns are 'id', 'text'"):
        plan.require_columns(("id", "text"))
