"""Every route, every error: one shape, and never a 5xx for a client's mistake."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server.engine.check import Engine
from server.settings import read_settings
from server.store.reports import Store
from server.web import create_app
from server.web.problems import PROBLEMS

POSTED = ("/api/v1/check", "/api/v1/reports", "/api/v1/feedback")
CHECKED = ("/api/v1/check", "/api/v1/reports")
JSON = {"Content-Type": "application/json"}
READER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def assert_problem(response: TestResponse, slug: str) -> dict[str, Any]:
    """The answer is the problem of that slug, in the one shape; its members."""
    problem = next(one for one in PROBLEMS.values() if one.slug == slug)
    assert response.status_code == problem.status, response.get_data(as_text=True)
    assert response.content_type == "application/problem+json"
    told: dict[str, Any] = json.loads(response.data)
    assert set(told) - {"errors"} == {"type", "title", "status", "detail", "request_id"}
    assert told["type"] == problem.type
    assert told["title"] == problem.title
    assert told["status"] == problem.status
    assert told["detail"].strip()
    assert told["request_id"] == response.headers["X-Request-ID"]
    assert ("errors" in told) == (slug == "invalid")
    assert len(response.data) < 16_000
    return told


@pytest.mark.parametrize("path", POSTED)
@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"{", id="cut off"),
        pytest.param(b"text=It+cures", id="a form"),
        pytest.param(b'{"text": "\xff\xfe"}', id="bad UTF-8"),
        pytest.param('{"text": "It cures."}'.encode("utf-16"), id="UTF-16"),
        pytest.param(b'{"text": "\\ud800"}', id="lone surrogate"),
        pytest.param(b'{"text": "\\udc00 x"}', id="lone low surrogate"),
        pytest.param(b'{"text": NaN}', id="NaN"),
        pytest.param(b"[" * 100_000, id="deep nesting"),
        pytest.param(b'{"a":' * 50_000, id="deep objects"),
        pytest.param(b'{"text": ' + b"9" * 100_000 + b"}", id="huge integer"),
        pytest.param(b'{"text": "x"} trailing', id="trailing words"),
        pytest.param(b"\x00" * 100, id="NULs"),
    ],
)
def test_what_is_no_json_is_malformed(client: FlaskClient, path: str, body: bytes) -> None:
    assert_problem(client.post(path, data=body, headers=JSON), "malformed")


@pytest.mark.parametrize("path", POSTED)
@pytest.mark.parametrize(
    "body",
    [
        pytest.param({}, id="empty object"),
        pytest.param([], id="array"),
        pytest.param([{"text": "x"}], id="array of objects"),
        pytest.param(None, id="null"),
        pytest.param(7, id="number"),
        pytest.param("words", id="string"),
        pytest.param(json.dumps([1]), id="string of JSON"),
        pytest.param({"text": 7, "claim": 7}, id="number for a text"),
        pytest.param({"text": 10**400, "claim": 10**400}, id="huge integer for a text"),
        pytest.param({"text": "x", "txet": "y" * 3_000_000}, id="unknown key, large value"),
        pytest.param({"x" * 3_000_000: 1}, id="unknown key, megabytes long"),
        pytest.param({f"k{i}": 1 for i in range(50_000)}, id="many unknown keys"),
    ],
)
def test_json_of_another_shape_is_invalid(client: FlaskClient, path: str, body: Any) -> None:
    told = assert_problem(client.post(path, data=json.dumps(body), headers=JSON), "invalid")
    assert told["errors"]
    assert all(set(one) == {"field", "message"} for one in told["errors"])


@pytest.mark.parametrize("path", CHECKED)
@pytest.mark.parametrize(
    ("body", "field"),
    [
        pytest.param({"text": "x", "blocks": []}, "", id="text and blocks"),
        pytest.param({"blocks": [{"id": "a", "text": "x"}] * 2}, "", id="an id twice"),
        pytest.param({"blocks": [{"id": "", "text": "x"}]}, "blocks.0.id", id="empty id"),
        pytest.param({"blocks": [{"id": "a"}]}, "blocks.0.text", id="block without text"),
        pytest.param({"blocks": {"id": "a"}}, "blocks", id="object for a list"),
        pytest.param(
            {"blocks": [{"id": "a", "text": "x", "kind": "footer"}]}, "blocks.0.kind", id="kind"
        ),
        pytest.param({"text": "x", "offset_unit": "bytes"}, "offset_unit", id="offset unit"),
        pytest.param({"text": "x", "url": "h" * 3_000}, "url", id="long address"),
    ],
)
def test_invalid_field_is_named(
    client: FlaskClient, path: str, body: dict[str, Any], field: str
) -> None:
    told = assert_problem(client.post(path, json=body), "invalid")
    assert [one["field"] for one in told["errors"]] == [field]


@pytest.mark.parametrize(
    "change",
    [
        {"verdict": "wrong"},
        {"claim": ""},
        {"comment": "x" * 6_000},
        {"comment": "a\x00b"},
        {"url": "a\x00b"},
        {"evidence_ids": ["x"] * 21},
        {"evidence_ids": "x"},
    ],
)
def test_invalid_feedback_names_its_field(
    client: FlaskClient, store: Store, change: dict[str, Any]
) -> None:
    said = {"claim": "It cures.", "verdict": "false", "comment": "No."} | change
    told = assert_problem(client.post("/api/v1/feedback", json=said), "invalid")
    assert {one["field"].split(".")[0] for one in told["errors"]} == set(change)
    assert store.disputes() == []


@pytest.mark.parametrize("path", POSTED)
@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_another_content_type_is_refused(client: FlaskClient, path: str, kind: str | None) -> None:
    assert_problem(client.post(path, data=b'{"text": "x"}', content_type=kind), "wrong-type")


@pytest.mark.parametrize("path", POSTED)
def test_body_over_the_limit_is_too_large(client: FlaskClient, path: str) -> None:
    body = b'{"text": "' + b"x" * 8_388_608 + b'"}'
    assert_problem(client.post(path, data=body, headers=JSON), "body-too-large")


@pytest.mark.parametrize("path", CHECKED)
@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"text": "x" * 100_001}, id="block"),
        pytest.param(
            {"blocks": [{"id": str(i), "text": "x" * 100_000} for i in range(11)]}, id="page"
        ),
    ],
)
def test_text_over_the_limit_is_too_long(
    client: FlaskClient, path: str, body: dict[str, Any]
) -> None:
    told = assert_problem(client.post(path, json=body), "text-too-long")
    assert "the limit is" in told["detail"]


@pytest.mark.parametrize("path", CHECKED)
def test_nul_is_not_text(client: FlaskClient, path: str) -> None:
    told = assert_problem(client.post(path, json={"text": "It\x00cures."}), "not-text")
    assert "U+0000 at position 2" in told["detail"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/reports/unknown",
        "/api/v1/reports/a%00b",
        "/api/v1/reports/" + "x" * 5_000,
        "/api/v1/evidence/unknown",
        "/api/v1/evidence/a%00b",
        "/api/v1/nothing",
        "/api/v2/check",
        "/api/v1/",
        "/r/unknown",
        "/r/unknown.md",
        "/r/unknown.json",
        "/r/a%00b",
        "/evidence/unknown",
        "/nothing",
        "/static/nothing.css",
    ],
)
def test_what_is_not_there_is_not_found(client: FlaskClient, path: str) -> None:
    assert_problem(client.get(path), "not-found")


@pytest.mark.parametrize("path", POSTED)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_other_methods_are_told_which_is_allowed(
    client: FlaskClient, path: str, method: str
) -> None:
    response = client.open(path, method=method)
    assert_problem(response, "method-not-allowed")
    assert "POST" in response.headers["Allow"]


@pytest.mark.parametrize(
    "ask",
    [
        lambda client: client.get("/readyz"),
        lambda client: client.get("/api/v1/reports/x"),
        lambda client: client.post("/api/v1/reports", json={"text": "It cures."}),
        lambda client: client.post("/r", data={"text": "It cures."}),
        lambda client: client.post(
            "/api/v1/feedback", json={"claim": "x", "verdict": "false", "comment": "y"}
        ),
    ],
    ids=["readyz", "read report", "keep report", "keep page", "feedback"],
)
def test_database_away_is_not_ready(
    tiny_engine: Engine, tmp_path: Path, ask: Callable[[FlaskClient], TestResponse]
) -> None:
    store = Store(f"sqlite:///{tmp_path / 'no such folder' / 'overclaim.db'}")
    client = create_app(read_settings({}), tiny_engine, store).test_client()
    response = ask(client)
    assert_problem(response, "not-ready")
    assert int(response.headers["Retry-After"]) >= 1
    assert client.get("/healthz").status_code == 200
    assert client.post("/api/v1/check", json={"text": "It cures."}).status_code == 200


def test_unforeseen_error_says_nothing_of_the_inside(
    app: Flask, tiny_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("secret words")

    monkeypatch.setattr(type(tiny_engine), "check", fail)
    response = app.test_client().post("/api/v1/check", json={"text": "secret words"})
    assert_problem(response, "internal")
    assert b"secret" not in response.data


@pytest.mark.parametrize(
    ("path", "status", "title"),
    [("/nothing", 404, "Not found"), ("/r/unknown", 404, "Not found"), ("/r", 405, "Method not")],
)
def test_reader_gets_a_page(client: FlaskClient, path: str, status: int, title: str) -> None:
    response = client.get(path, headers=READER)
    assert (response.status_code, response.mimetype) == (status, "text/html")
    assert f"<h1>{title}" in response.get_data(as_text=True)


def test_form_over_the_limit_gets_a_page(client: FlaskClient) -> None:
    response = client.post("/", data={"text": "x" * 9_000_000}, headers=READER)
    assert (response.status_code, response.mimetype) == (413, "text/html")
    assert "back button" in response.get_data(as_text=True)


def test_api_tells_problems_even_to_a_browser(client: FlaskClient) -> None:
    assert_problem(client.get("/api/v1/nothing", headers=READER), "not-found")


def test_every_problem_type_leads_to_its_explanation(client: FlaskClient) -> None:
    page = client.get("/problems").get_data(as_text=True)
    for problem in PROBLEMS.values():
        path, slug = problem.type.split("#")
        assert path == "/problems"
        assert f'id="{slug}"' in page
