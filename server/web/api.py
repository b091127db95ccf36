"""The HTTP API, version 1: thin views over the engine and the store."""

from __future__ import annotations

from functools import cache
from typing import Any

from flask import Response, current_app, jsonify, url_for
from flask.json.provider import DefaultJSONProvider
from flask_openapi import APIBlueprint
from pydantic import BaseModel
from pydantic_core import from_json
from werkzeug.exceptions import BadRequest, NotFound

from server.engine.check import MAX_BLOCK_CHARACTERS, MAX_PAGE_CHARACTERS
from server.store.reports import Dispute, StoredReport
from server.web import words
from server.web.limits import MAX_BODY_BYTES
from server.web.problems import MEDIA_TYPE
from server.web.services import answer_to, services
from server.web.shapes import (
    CertaintyLegend,
    EvidencePath,
    FeedbackIn,
    FeedbackOut,
    LimitsOut,
    MetaOut,
    ReasonLegend,
    RelationLegend,
    ReportOut,
    ReportPath,
    VerdictLegend,
)
from server.wire import CheckAnswer, CheckRequest, EvidenceOut, evidence_out

PREFIX = "/api/v1"


def _told(description: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/ProblemOut"}
    return {"description": description, "content": {MEDIA_TYPE: {"schema": schema}}}


ALWAYS = {
    401: _told("An API key is needed"),
    422: _told("The request is not of the shape asked for, or holds what is no text"),
    503: _told("Not ready; see Retry-After"),
}
ABSENT = {404: _told("Not found")}
REFUSED = {
    400: _told("The body is no JSON in UTF-8"),
    413: _told("The body or a text in it is too long"),
    415: _told("The body is of another content type than JSON"),
    429: _told("Too many requests; see Retry-After"),
}


class StrictJson(DefaultJSONProvider):
    """Reads requests as RFC 8259 has them: no NaN, no lone surrogates, no endless nesting.

    Python's own reader takes the first two, and the third overflows its stack.
    """

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """The value of a JSON text.

        Raises:
            BadRequest: it is none.
        """
        try:
            return from_json(s, allow_inf_nan=False)
        except ValueError as error:
            raise BadRequest(f"The body is no JSON in UTF-8: {error}.") from error


@cache
def api_blueprint() -> APIBlueprint:
    """The API's routes. Their docstrings are their descriptions in `openapi.json`.

    Made once: deriving the schemas takes longer than all else of an app.
    """
    api = APIBlueprint("api", __name__, url_prefix=PREFIX, abp_responses=ALWAYS)
    api.post("/check", responses={200: CheckAnswer} | REFUSED)(check)
    api.post("/reports", responses={201: ReportOut} | REFUSED)(keep_report)
    api.get("/reports/<id>", responses={200: ReportOut} | ABSENT)(report)
    api.post("/feedback", responses={201: FeedbackOut} | REFUSED)(keep_feedback)
    api.get("/evidence/<id>", responses={200: EvidenceOut} | ABSENT)(evidence)
    api.get("/meta", responses={200: MetaOut})(meta)
    api.add_url_rule("/openapi.json", view_func=openapi)
    return api


def check(body: CheckRequest) -> Response:
    """Verdicts for a text or a page"""
    return _json(answer_to(body))


def keep_report(body: CheckRequest) -> Response:
    """Check a page and keep the report under a permanent address"""
    kept = services().store.keep_report(body, answer_to(body))
    response = _json(_report_out(kept), 201)
    response.headers["Location"] = url_for("api.report", id=kept.id)
    return response


def report(path: ReportPath) -> Response:
    """A kept report, as it was answered then"""
    found = services().store.report(path.id) if path.id.isprintable() else None
    if found is None:
        raise NotFound("No report has this id.")
    return _json(_report_out(found))


def keep_feedback(body: FeedbackIn) -> Response:
    """Dispute a verdict"""
    dispute = Dispute(
        claim=body.claim,
        verdict=body.verdict,
        comment=body.comment,
        evidence_ids=body.evidence_ids,
        url=body.url,
        model_version=body.model_version,
        reference_version=body.reference_version,
    )
    kept = services().store.keep_dispute(dispute)
    return _json(FeedbackOut(id=kept.id, created=kept.created), 201)


def evidence(path: EvidencePath) -> Response:
    """An evidence statement with its sources"""
    found = services().engine.reference.evidence(path.id)
    if found is None:
        raise NotFound("The reference has no statement of this id.")
    return _json(evidence_out(found))


def meta() -> Response:
    """Versions, limits, and what verdicts mean"""
    here = services()
    return _json(
        MetaOut(
            model_version=here.engine.versions.model,
            reference_version=here.engine.versions.reference,
            statements=len(here.engine.reference.statements),
            interventions=dict(here.engine.reference.intervention_names),
            limits=LimitsOut(
                body_bytes=MAX_BODY_BYTES,
                block_characters=MAX_BLOCK_CHARACTERS,
                page_characters=MAX_PAGE_CHARACTERS,
                rate=here.settings.rate_limit,
            ),
            verdicts=[
                VerdictLegend(verdict=label, sign=said.sign, name=said.name, meaning=said.meaning)
                for label, said in words.VERDICTS.items()
            ],
            relations=[
                RelationLegend(relation=relation, meaning=said)
                for relation, said in words.RELATIONS.items()
            ],
            reasons=[ReasonLegend(code=code, meaning=said) for code, said in words.REASONS.items()],
            certainties=[
                CertaintyLegend(certainty=certainty, meaning=said)
                for certainty, said in words.CERTAINTIES.items()
            ],
            notice=words.NOT_ADVICE,
        )
    )


def openapi() -> Response:
    """This API's description."""
    return jsonify(current_app.api_doc)  # type: ignore[attr-defined]  # the app is an OpenAPI


def _report_out(kept: StoredReport) -> ReportOut:
    return ReportOut(
        id=kept.id,
        url=url_for("pages.report", report_id=kept.id, _external=True),
        created=kept.created,
        request=kept.request,
        answer=kept.answer,
    )


def _json(shape: BaseModel, status: int = 200) -> Response:
    return Response(shape.model_dump_json(by_alias=True), status, mimetype="application/json")
