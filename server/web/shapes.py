"""The API's own shapes: what it adds to the requests and answers of `server.wire`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from server.engine.values import Certainty, Label, ReasonCode, Relation
from server.wire import MAX_ID_CHARACTERS, MAX_URL_CHARACTERS, CheckAnswer, CheckRequest, Shape

MAX_CLAIM_CHARACTERS = 5_000
MAX_COMMENT_CHARACTERS = 5_000
MAX_EVIDENCE_IDS = 20


def _without_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("holds a NUL, which is not part of any text")
    return text


Text = Annotated[str, AfterValidator(_without_nul)]
"""Text that a database can hold."""
Id = Annotated[Text, Field(min_length=1, max_length=MAX_ID_CHARACTERS)]


class ReportPath(BaseModel):
    """Which report."""

    id: Annotated[str, Field(description="As `POST /api/v1/reports` gave it.")]


class EvidencePath(BaseModel):
    """Which evidence statement."""

    id: Annotated[str, Field(description="As an answer's `evidence` names it.")]


class ReportOut(Shape):
    """A kept report: what was asked, what was answered, and when."""

    id: str
    url: Annotated[str, Field(description="The page that shows it.")]
    created: Annotated[datetime, Field(description="In UTC.")]
    request: CheckRequest
    answer: CheckAnswer


class FeedbackIn(Shape):
    """A reader's word against a verdict."""

    claim: Annotated[Text, Field(min_length=1, max_length=MAX_CLAIM_CHARACTERS)]
    verdict: Annotated[Label, Field(description="The verdict that is disputed.")]
    comment: Annotated[Text, Field(min_length=1, max_length=MAX_COMMENT_CHARACTERS)]
    evidence_ids: Annotated[tuple[Id, ...], Field(max_length=MAX_EVIDENCE_IDS)] = ()
    url: Annotated[Text, Field(max_length=MAX_URL_CHARACTERS)] | None = None
    model_version: Id | None = None
    reference_version: Id | None = None


class FeedbackOut(Shape):
    """A dispute as it was kept."""

    id: str
    created: Annotated[datetime, Field(description="In UTC.")]


class VerdictLegend(Shape):
    """A verdict in plain words."""

    verdict: Label
    sign: str
    name: str
    meaning: str


class RelationLegend(Shape):
    """What an evidence statement does to a claim, in plain words."""

    relation: Relation
    meaning: str


class ReasonLegend(Shape):
    """What is wrong with a claim, in plain words."""

    code: ReasonCode
    meaning: str


class CertaintyLegend(Shape):
    """How certain an evidence statement is, in plain words."""

    certainty: Certainty
    meaning: str


class LimitsOut(Shape):
    """What is too much."""

    body_bytes: int
    block_characters: int
    page_characters: int
    rate: str


class MetaOut(Shape):
    """What answers here, and how to read it."""

    model_version: str
    reference_version: str
    statements: Annotated[int, Field(description="How many the reference holds.")]
    interventions: Annotated[
        dict[str, str], Field(description="Treatments it speaks of: id to name.")
    ]
    limits: LimitsOut
    verdicts: Annotated[
        list[VerdictLegend], Field(description="In order of severity; `uncovered` is none.")
    ]
    relations: list[RelationLegend]
    reasons: list[ReasonLegend]
    certainties: list[CertaintyLegend]
    notice: str


class FieldError(Shape):
    """What is wrong with one field of a request."""

    field: Annotated[str, Field(description="Names and list positions, joined by dots.")]
    message: str


class ProblemOut(Shape):
    """Problem details by RFC 9457, as `application/problem+json`."""

    type: Annotated[str, Field(description="A URI reference; `/problems` explains each.")]
    title: str
    status: int
    detail: str
    request_id: Annotated[str, Field(description="Stands in the server's log, too.")]
    errors: list[FieldError] | None = None


class HealthOut(Shape):
    """A good answer of `/healthz` and `/readyz`."""

    status: str
