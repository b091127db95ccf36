"""The one table from exceptions to problems, and how a problem is told: RFC 9457, or a page.

A client's mistake is never a 5xx, and an unforeseen error says nothing of the server's inside.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass

from flask import Flask, Response, g, make_response, render_template, request
from pydantic import ValidationError
from werkzeug.exceptions import (
    BadRequest,
    HTTPException,
    MethodNotAllowed,
    NotFound,
    RequestEntityTooLarge,
    TooManyRequests,
    Unauthorized,
    UnprocessableEntity,
    UnsupportedMediaType,
)

from server.engine.errors import InvalidBlock, TextTooLong
from server.store.reports import StoreUnavailable
from server.web.observe import log, log_failure
from server.web.services import services
from server.web.shapes import FieldError, ProblemOut

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 5
"""What a client is told to wait where the database is away: about as long as a restart takes."""

MAX_FIELD_ERRORS = 20
MAX_ECHO_CHARACTERS = 200
"""A wrong key in a request may be megabytes long; it is named by its beginning."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A kind of problem. Its slug is permanent: programs tell problems apart by it."""

    slug: str
    status: int
    title: str
    detail: str
    """What is said where the exception says nothing more particular."""

    @property
    def type(self) -> str:
        """Its URI reference, which leads to its explanation."""
        return f"/problems#{self.slug}"


PROBLEMS: Mapping[type[Exception], Problem] = {
    BadRequest: Problem(
        "malformed", 400, "Malformed request", "The request cannot be read. Send JSON in UTF-8."
    ),
    Unauthorized: Problem(
        "key-needed",
        401,
        "API key needed",
        "This server answers only to a key. Send it as 'Authorization: Bearer KEY'.",
    ),
    NotFound: Problem("not-found", 404, "Not found", "There is nothing at this address."),
    MethodNotAllowed: Problem(
        "method-not-allowed",
        405,
        "Method not allowed",
        "This address does not take that method; the Allow header lists those it takes.",
    ),
    RequestEntityTooLarge: Problem(
        "body-too-large",
        413,
        "Request too large",
        "The request is over 8 MiB. Send the page in smaller parts.",
    ),
    TextTooLong: Problem(
        "text-too-long", 413, "Text too long", "The text is too long. Send it in smaller parts."
    ),
    UnsupportedMediaType: Problem(
        "wrong-type",
        415,
        "Wrong content type",
        "Send the body as JSON, with the header 'Content-Type: application/json'.",
    ),
    UnprocessableEntity: Problem(
        "invalid",
        422,
        "Invalid request",
        "The request is JSON, but not of the shape asked for; 'errors' lists what is wrong.",
    ),
    InvalidBlock: Problem("not-text", 422, "Not text", "A block holds something that is no text."),
    TooManyRequests: Problem(
        "too-many-requests",
        429,
        "Too many requests",
        "You have asked too often. Wait as long as the Retry-After header says.",
    ),
    Exception: Problem(
        "internal",
        500,
        "Internal error",
        "Something went wrong on the server. The operator finds it in the log by the request id.",
    ),
    StoreUnavailable: Problem(
        "not-ready",
        503,
        "Not ready",
        "The server cannot reach its database. Try again in a moment.",
    ),
}


class InvalidRequest(UnprocessableEntity):
    """A request whose JSON is not of the shape asked for."""

    def __init__(self, errors: list[FieldError]) -> None:
        super().__init__()
        self.errors = errors


def refuse(error: ValidationError) -> None:
    """Turns pydantic's word on a request into ours.

    Raises:
        InvalidRequest: always.
    """
    found = error.errors(include_url=False, include_context=False, include_input=False)
    raise InvalidRequest(
        [
            FieldError(
                field=_shortened(".".join(str(part) for part in one["loc"])),
                message=_shortened(one["msg"].removeprefix("Value error, ")),
            )
            for one in found[:MAX_FIELD_ERRORS]
        ]
    ) from error


def install_problems(app: Flask) -> None:
    """Has every exception answered by its problem."""
    app.register_error_handler(Exception, answer_to_error)


def answer_to_error(error: Exception) -> Response:
    """The answer to an exception: a page for a reader, problem details for a program."""
    if isinstance(error, HTTPException) and (error.code or 500) < 400:
        return make_response(error.get_response())  # a redirect
    problem = problem_of(error)
    if problem.status == 500:
        log_failure(error)
    elif problem.status == 503:
        log.warning("not ready", request_id=g.request_id, cause=str(error))
    told = ProblemOut(
        type=problem.type,
        title=problem.title,
        status=problem.status,
        detail=_detail(error, problem),
        request_id=g.request_id,
        errors=error.errors if isinstance(error, InvalidRequest) else None,
    )
    if is_for_reader():
        response = make_response(render_template("problem.html", problem=told), problem.status)
    else:
        body = told.model_dump_json(exclude_none=True)
        response = Response(body, problem.status, content_type=MEDIA_TYPE)
    response.headers.update(_headers(error))
    return response


def problem_of(error: Exception) -> Problem:
    """The table's row for an exception, by its nearest class there."""
    for kind in type(error).__mro__:
        if kind is Exception and isinstance(error, HTTPException):
            break
        if kind in PROBLEMS:
            return PROBLEMS[kind]
    # Such as 408 or 431: the status says it all.
    status = getattr(error, "code", None) or 500
    if status >= 500:
        return PROBLEMS[Exception]
    name = getattr(error, "name", "Bad request")
    return Problem(name.lower().replace(" ", "-"), status, name, name + ".")


def is_for_reader() -> bool:
    """Whether a person with a browser asked, and not for the API."""
    if request.path.startswith(("/api/", "/healthz", "/readyz", "/metrics")):
        return False
    return any(kind == "text/html" for kind, _ in request.accept_mimetypes)


def _detail(error: Exception, problem: Problem) -> str:
    if isinstance(error, InvalidBlock | TextTooLong):
        return str(error)
    if isinstance(error, HTTPException) and error.description not in (
        None,
        type(error).description,
    ):
        return _shortened(str(error.description)) if problem.status != 429 else problem.detail
    return problem.detail


def _headers(error: Exception) -> dict[str, str]:
    """The headers that go with an error: Allow, WWW-Authenticate, Retry-After."""
    if isinstance(error, StoreUnavailable):
        return {"Retry-After": str(RETRY_SECONDS)}
    if isinstance(error, TooManyRequests):
        limit = services().limiter.current_limit
        wait = limit.reset_at - time.time() if limit else RETRY_SECONDS
        return {"Retry-After": str(max(1, math.ceil(wait)))}
    if isinstance(error, HTTPException):
        return {name: value for name, value in error.get_headers() if name != "Content-Type"}
    return {}


def _shortened(text: str) -> str:
    return text if len(text) <= MAX_ECHO_CHARACTERS else text[: MAX_ECHO_CHARACTERS - 1] + "…"
