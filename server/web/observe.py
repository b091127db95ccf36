"""What an operator sees: one JSON line and a few counts for each request, never a page's text."""

from __future__ import annotations

import re
import sys
import time
import traceback
import uuid
from collections import Counter as Tally

import structlog
from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram

from server.wire import CheckAnswer

REQUEST_ID_HEADER = "X-Request-ID"
_GOOD_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

log = structlog.get_logger("overclaim")


class Metrics:
    """The counts of one app. With several gunicorn processes, each has its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "overclaim_requests",
            "Requests answered",
            ("route", "method", "status"),
            registry=self.registry,
        )
        self.seconds = Histogram(
            "overclaim_request_seconds",
            "Time to answer",
            ("route",),
            registry=self.registry,
        )
        self.verdicts = Counter(
            "overclaim_verdicts", "Claims by verdict", ("verdict",), registry=self.registry
        )
        self.sentences = Counter("overclaim_sentences", "Sentences read", registry=self.registry)


def configure_logging() -> None:
    """JSON lines on standard output, for the whole process."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.WriteLoggerFactory(sys.stdout),
        cache_logger_on_first_use=True,
    )


def install_observers(app: Flask, metrics: Metrics) -> None:
    """Gives every request an id, a log line and its counts."""

    def start() -> None:
        sent = request.headers.get(REQUEST_ID_HEADER, "")
        g.request_id = sent if _GOOD_REQUEST_ID.fullmatch(sent) else uuid.uuid4().hex
        g.started = time.perf_counter()
        g.counts = {}

    def finish(response: Response) -> Response:
        seconds = time.perf_counter() - g.started
        route = request.url_rule.rule if request.url_rule else "unknown"
        # Methods are the client's words, too: a thousand invented ones must not be a thousand counts.
        method = request.method if request.url_rule else "any"
        metrics.requests.labels(route, method, response.status_code).inc()
        metrics.seconds.labels(route).observe(seconds)
        response.headers[REQUEST_ID_HEADER] = g.request_id
        log.info(
            "request",
            request_id=g.request_id,
            method=method,
            route=route,
            status=response.status_code,
            milliseconds=round(seconds * 1000, 1),
            **g.counts,
        )
        return response

    app.before_request(start)
    app.after_request(finish)


def count_answer(metrics: Metrics, answer: CheckAnswer) -> None:
    """Counts what was found, for the metrics and for the request's log line."""
    metrics.sentences.inc(answer.summary.sentences)
    for verdict, count in Tally(claim.verdict for claim in answer.claims).items():
        metrics.verdicts.labels(verdict.value).inc(count)
    g.counts = {"sentences": answer.summary.sentences, "claims": answer.summary.claims}


def log_failure(error: Exception) -> None:
    """Logs where an unforeseen error arose. Its message may hold page text, so it is left out."""
    frames = [
        f"{frame.filename}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    log.error("failure", request_id=g.request_id, error=kind, frames=frames)
