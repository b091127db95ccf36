"""Keys, rates, origins, and what browsers are kept from."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.settings import SettingsError
from tests.web.test_problems import READER, assert_problem

MakeApp = Callable[..., Flask]
ASKED = {"text": "Ketamine is approved."}


@pytest.fixture
def keyed(make_app: MakeApp) -> FlaskClient:
    return make_app(API_KEYS="first-key, second-key").test_client()


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer first-key2"},
        {"Authorization": "Bearer ключ"},
        {"Authorization": "Basic Zmlyc3Qta2V5Og=="},
        {"Authorization": "first-key"},
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/v1/check"),
        ("POST", "/api/v1/reports"),
        ("POST", "/api/v1/feedback"),
        ("GET", "/api/v1/reports/x"),
        ("GET", "/api/v1/evidence/ketamine-depression-efficacy"),
        ("GET", "/api/v1/meta"),
        ("GET", "/api/v1/openapi.json"),
        ("GET", "/"),
        ("POST", "/"),
        ("POST", "/r"),
        ("POST", "/r/x/disputes"),
    ],
)
def test_without_a_known_key_nothing_is_done(
    keyed: FlaskClient, method: str, path: str, sent: dict[str, str]
) -> None:
    environ = {"HTTP_AUTHORIZATION": sent["Authorization"]} if sent else {}
    response = keyed.open(path, method=method, environ_overrides=environ)
    assert_problem(response, "key-needed")
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("key", ["first-key", "second-key"])
def test_every_key_opens(keyed: FlaskClient, key: str) -> None:
    sent = {"Authorization": f"Bearer {key}"}
    assert keyed.post("/api/v1/check", json=ASKED, headers=sent).status_code == 200
    assert keyed.get("/", headers=sent).status_code == 200


def test_reader_without_a_key_sees_a_page(keyed: FlaskClient) -> None:
    response = keyed.get("/", headers=READER)
    assert (response.status_code, response.mimetype) == (401, "text/html")


def test_what_is_published_stays_open(keyed: FlaskClient) -> None:
    sent = {"Authorization": "Bearer first-key"}
    kept = keyed.post("/api/v1/reports", json=ASKED, headers=sent).get_json()["id"]
    paths = [f"/r/{kept}", f"/r/{kept}.md", "/evidence/ketamine-depression-efficacy"]
    for path in [*paths, "/problems", "/healthz", "/readyz", "/metrics"]:
        assert keyed.get(path).status_code == 200, path


def test_one_count_for_all_that_makes_work(make_app: MakeApp) -> None:
    client = make_app(RATE_LIMIT="3 per hour").test_client()
    assert client.post("/api/v1/check", json=ASKED).status_code == 200
    assert client.post("/api/v1/reports", json=ASKED).status_code == 201
    assert client.post("/", data=ASKED).status_code == 200
    for path, body in (
        ("/api/v1/check", {"json": ASKED}),
        ("/api/v1/feedback", {"json": {}}),
        ("/", {"data": ASKED}),
        ("/r", {"data": ASKED}),
    ):
        response = client.post(path, **body)
        assert_problem(response, "too-many-requests")
        assert (
            1 <= int(response.headers["Retry-After"]) <= 3601
        )  # the end of the window, rounded up


def test_reading_is_not_counted(make_app: MakeApp) -> None:
    client = make_app(RATE_LIMIT="1 per hour").test_client()
    for path in ("/", "/api/v1/meta", "/healthz", "/metrics") * 2:
        assert client.get(path).status_code == 200
    assert client.options("/api/v1/check").status_code == 200
    assert client.post("/api/v1/check", json=ASKED).status_code == 200


def test_addresses_are_counted_apart(make_app: MakeApp) -> None:
    client = make_app(RATE_LIMIT="1 per hour").test_client()
    for address in ("192.0.2.1", "192.0.2.2"):
        statuses = [
            client.post(
                "/api/v1/check", json=ASKED, environ_overrides={"REMOTE_ADDR": address}
            ).status_code
            for _ in range(2)
        ]
        assert statuses == [200, 429]


def test_keys_are_counted_apart(make_app: MakeApp) -> None:
    client = make_app(RATE_LIMIT="1 per hour", API_KEYS="a,b").test_client()
    for key in ("a", "b"):
        sent = {"Authorization": f"Bearer {key}"}
        statuses = [
            client.post("/api/v1/check", json=ASKED, headers=sent).status_code for _ in range(2)
        ]
        assert statuses == [200, 429]


def test_invented_key_gives_no_count_of_its_own(make_app: MakeApp) -> None:
    client = make_app(RATE_LIMIT="1 per hour").test_client()
    statuses = [
        client.post(
            "/api/v1/check", json=ASKED, headers={"Authorization": f"Bearer {n}"}
        ).status_code
        for n in range(2)
    ]
    assert statuses == [200, 429]


def test_apps_count_apart(make_app: MakeApp) -> None:
    for _ in range(2):
        client = make_app(RATE_LIMIT="1 per hour").test_client()
        assert client.post("/api/v1/check", json=ASKED).status_code == 200


@pytest.mark.parametrize(
    ("name", "value"),
    [("RATE_LIMIT", "a lot"), ("RATELIMIT_STORAGE", "nowhere://")],
)
def test_unusable_rate_stops_the_start_by_its_name(
    make_app: MakeApp, name: str, value: str
) -> None:
    with pytest.raises(SettingsError, match=f"OVERCLAIM_{name}"):
        make_app(**{name: value})


ORIGIN = "https://tool.example"


@pytest.mark.parametrize("allowed", [ORIGIN, f"https://other.example,{ORIGIN}", "*"])
def test_allowed_origin_may_call(make_app: MakeApp, allowed: str) -> None:
    client = make_app(ALLOWED_ORIGINS=allowed, API_KEYS="key").test_client()
    ahead = client.options(
        "/api/v1/check",
        headers={"Origin": ORIGIN, "Access-Control-Request-Method": "POST"},
    )
    assert ahead.status_code == 200
    assert ahead.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert ahead.headers["Access-Control-Allow-Methods"] == "GET, POST"
    assert ahead.headers["Access-Control-Allow-Headers"] == "Authorization, Content-Type"
    refused = client.post("/api/v1/check", json=ASKED, headers={"Origin": ORIGIN})
    assert_problem(refused, "key-needed")
    assert refused.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "Access-Control-Allow-Credentials" not in refused.headers


@pytest.mark.parametrize(
    ("allowed", "origin", "path"),
    [
        pytest.param("", ORIGIN, "/api/v1/meta", id="none allowed"),
        pytest.param(ORIGIN, "https://evil.example", "/api/v1/meta", id="another origin"),
        pytest.param(ORIGIN, "null", "/api/v1/meta", id="null"),
        pytest.param(ORIGIN, ORIGIN, "/", id="a page"),
    ],
)
def test_other_origins_may_not(make_app: MakeApp, allowed: str, origin: str, path: str) -> None:
    client = make_app(ALLOWED_ORIGINS=allowed).test_client()
    response = client.get(path, headers={"Origin": origin})
    assert "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.parametrize("path", ["/", "/nothing", "/api/v1/meta", "/static/overclaim.css"])
def test_browsers_are_restrained_everywhere(client: FlaskClient, path: str) -> None:
    headers = client.get(path, headers=READER).headers
    policy = headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
