"""What an operator sees, and what must not be seen."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from structlog.testing import capture_logs

from server.engine.check import Engine

SECRET = "Ketamine is approved for grandmother"


def test_one_log_line_with_counts_and_without_text(client: FlaskClient) -> None:
    with capture_logs() as lines:
        response = client.post("/api/v1/check", json={"text": SECRET})
    (line,) = lines
    assert line.pop("milliseconds") >= 0
    assert line == {
        "event": "request",
        "log_level": "info",
        "request_id": response.headers["X-Request-ID"],
        "method": "POST",
        "route": "/api/v1/check",
        "status": 200,
        "sentences": 1,
        "claims": 1,
    }


def test_failure_is_logged_by_place_and_without_text(
    client: FlaskClient, tiny_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise KeyError(SECRET)

    monkeypatch.setattr(type(tiny_engine), "check", fail)
    with capture_logs() as lines:
        response = client.post("/api/v1/check", json={"text": SECRET})
    failure, request = lines
    assert failure["event"] == "failure"
    assert failure["error"] == "builtins.KeyError"
    assert failure["frames"][-1].endswith(" fail")
    assert {line["request_id"] for line in lines} == {response.headers["X-Request-ID"]}
    assert request["status"] == 500
    assert "grandmother" not in str(lines)


@pytest.mark.parametrize("sent", ["a" * 65, "two words", "{}", ""])
def test_request_id_of_another_form_is_replaced(client: FlaskClient, sent: str) -> None:
    answered = client.get("/healthz", headers={"X-Request-ID": sent}).headers["X-Request-ID"]
    assert answered != sent
    assert len(answered) == 32


def test_request_id_is_carried_along(client: FlaskClient) -> None:
    response = client.get("/healthz", headers={"X-Request-ID": "edge-7.a_B"})
    assert response.headers["X-Request-ID"] == "edge-7.a_B"


def test_metrics_count_requests_sentences_and_verdicts(client: FlaskClient) -> None:
    client.post("/api/v1/check", json={"text": "Ketamine is approved. Ketamine may help."})
    client.post("/api/v1/check", json={})
    client.get("/nothing")
    client.open("/nothing", method="BREW")
    response = client.get("/metrics")
    lines = response.get_data(as_text=True).splitlines()
    assert response.mimetype == "text/plain"
    assert {
        'overclaim_requests_total{method="POST",route="/api/v1/check",status="200"} 1.0',
        'overclaim_requests_total{method="POST",route="/api/v1/check",status="422"} 1.0',
        'overclaim_requests_total{method="any",route="unknown",status="404"} 2.0',
        'overclaim_request_seconds_count{route="/api/v1/check"} 2.0',
        "overclaim_sentences_total 2.0",
        'overclaim_verdicts_total{verdict="false"} 1.0',
        'overclaim_verdicts_total{verdict="supported"} 1.0',
    } <= set(lines)
