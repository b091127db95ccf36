"""The pages a person reads: the form, an answer, a kept report."""

from __future__ import annotations

import re

from flask import (
    Blueprint,
    Flask,
    Response,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.exceptions import NotFound

from server.engine.check import MAX_BLOCK_CHARACTERS
from server.engine.errors import EngineError
from server.engine.values import BlockKind, Label
from server.store.reports import Dispute, StoredReport
from server.web import reading, words
from server.web.markdown import report_markdown, summary_words
from server.web.problems import PROBLEMS, problem_of
from server.web.services import answer_to, services
from server.web.shapes import MAX_COMMENT_CHARACTERS
from server.wire import BlockIn, CheckRequest

_REPORT_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")


def pages_blueprint() -> Blueprint:
    """The pages' routes."""
    pages = Blueprint("pages", __name__)
    pages.add_url_rule("/", "form", form, methods=["GET"])
    pages.add_url_rule("/", "check", check, methods=["POST"])
    pages.add_url_rule("/r", "keep", keep, methods=["POST"])
    pages.add_url_rule("/r/<report_id>", "report", report)
    pages.add_url_rule("/r/<report_id>.md", "report_as_markdown", report_as_markdown)
    pages.add_url_rule("/r/<report_id>.json", "report_as_json", report_as_json)
    pages.add_url_rule("/r/<report_id>/disputes", "dispute", dispute, methods=["POST"])
    pages.add_url_rule("/problems", "problems", problems)
    return pages


def install_words(app: Flask) -> None:
    """Gives the templates their words."""
    app.jinja_env.globals |= {
        "words": words,
        "reading": reading,
        "labels": Label,
        "summary_words": summary_words,
        "max_characters": MAX_BLOCK_CHARACTERS,
        "max_comment_characters": MAX_COMMENT_CHARACTERS,
        "statement_of": lambda evidence_id: services().engine.reference.evidence(evidence_id),
        "treatments": lambda: services().engine.reference.intervention_names,
    }
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True


def form() -> str:
    """The empty form."""
    return render_template("form.html", text="", title="")


def check() -> Response:
    """The answer on what was typed, or the form again with what is wrong with it."""
    text, title = _typed("text"), _typed("title")
    if not text.strip():
        return _form_again(text, title, "Paste the text you want checked.", 422)
    asked = _asked(text, title)
    try:
        answer = answer_to(asked)
    except EngineError as error:
        return _form_again(text, title, str(error), problem_of(error).status)
    return make_response(
        render_template("answer.html", asked=asked, answer=answer, text=text, title=title)
    )


def keep() -> Response:
    """Stores the report on what was checked, and leads to its permanent address."""
    text, title = _typed("text"), _typed("title")
    if not text.strip():
        return _form_again(text, title, "Paste the text you want checked.", 422)
    asked = _asked(text, title)
    try:
        kept = services().store.keep_report(asked, answer_to(asked))
    except EngineError as error:
        return _form_again(text, title, str(error), problem_of(error).status)
    return make_response(redirect(url_for("pages.report", report_id=kept.id), 303))


def report(report_id: str) -> str:
    """A kept report, as it was answered then."""
    kept = _kept(report_id)
    return render_template("report.html", kept=kept, asked=kept.request, answer=kept.answer)


def report_as_markdown(report_id: str) -> Response:
    """A kept report as a Markdown file."""
    kept = _kept(report_id)
    url = url_for("pages.report", report_id=kept.id, _external=True)
    text = report_markdown(kept, url, services().engine.reference)
    return _file(text, "text/markdown; charset=utf-8", f"overclaim-{kept.id}.md")


def report_as_json(report_id: str) -> Response:
    """A kept report's answer as a JSON file."""
    kept = _kept(report_id)
    text = kept.answer.model_dump_json(by_alias=True, indent=2)
    return _file(text, "application/json", f"overclaim-{kept.id}.json")


def dispute(report_id: str) -> Response:
    """Records what a reader says against a verdict of a kept report."""
    kept = _kept(report_id)
    number, comment = _typed("claim"), _typed("comment").replace("\x00", "").strip()
    claims = {str(n): claim for n, claim in enumerate(kept.answer.claims, start=1)}
    if number not in claims:
        raise NotFound("The report has no such claim.")
    if not comment or len(comment) > MAX_COMMENT_CHARACTERS:
        return make_response(
            render_template(
                "dispute.html", kept=kept, number=number, claim=claims[number], comment=comment
            ),
            422,
        )
    claim = claims[number]
    services().store.keep_dispute(
        Dispute(
            claim=claim.text,
            verdict=claim.verdict,
            comment=comment,
            evidence_ids=tuple(evidence.id for evidence in claim.evidence),
            report_id=kept.id,
            model_version=kept.answer.model_version,
            reference_version=kept.answer.reference_version,
        )
    )
    return make_response(render_template("thanks.html", kept=kept, number=number), 201)


def problems() -> str:
    """What each problem type of the API means."""
    told = sorted(PROBLEMS.values(), key=lambda problem: (problem.status, problem.slug))
    return render_template("problems.html", problems=told)


def _typed(field: str) -> str:
    """A form field's text. Browsers end its lines with CR LF, whatever was pasted."""
    return request.form.get(field, "").replace("\r\n", "\n")


def _asked(text: str, title: str) -> CheckRequest:
    block = BlockIn(id="text", text=text)
    if not title.strip():
        return CheckRequest(blocks=[block])
    return CheckRequest(blocks=[BlockIn(id="title", text=title, kind=BlockKind.TITLE), block])


def _form_again(text: str, title: str, error: str, status: int) -> Response:
    shown = text.replace("\x00", "\ufffd")  # HTML has no way to hold a NUL
    page = render_template(
        "form.html", text=shown, title=title.replace("\x00", "\ufffd"), error=error
    )
    return make_response(page, status)


def _kept(report_id: str) -> StoredReport:
    found = services().store.report(report_id) if _REPORT_ID.fullmatch(report_id) else None
    if found is None:
        raise NotFound("There is no report at this address.")
    return found


def _file(text: str, content_type: str, name: str) -> Response:
    response = Response(text, content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
