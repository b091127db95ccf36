"""The API's good answers."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from server.engine.check import Engine
from server.engine.values import Label, ReasonCode, Relation
from server.store.reports import Dispute, Store
from server.wire import CheckRequest, answer_of, blocks_of, evidence_out

PAGE: dict[str, Any] = {
    "blocks": [
        {"id": "title", "text": "Ketamine 🌿 clinic", "kind": "title"},
        {
            "id": "b1",
            "text": "🌿 It is approved for depression. It may help. 🌿 It cures for good.",
        },
        {"id": "b2", "text": "Ozone drips cleanse the blood."},
    ],
    "url": "https://clinic.example/page",
}


def _expected(engine: Engine, body: dict[str, Any]) -> dict[str, Any]:
    asked = CheckRequest.model_validate(body)
    answer = answer_of(engine.check(blocks_of(asked)), asked.offset_unit)
    told: dict[str, Any] = json.loads(answer.model_dump_json(by_alias=True))
    return told


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"text": "Ketamine is approved for depression."}, id="text"),
        pytest.param(PAGE, id="blocks"),
        pytest.param(PAGE | {"offset_unit": "utf16"}, id="utf16"),
        pytest.param({"text": ""}, id="empty text"),
        pytest.param({"blocks": []}, id="no blocks"),
        pytest.param({"text": " \n\t "}, id="white space"),
    ],
)
def test_check_answers_what_the_engine_says(
    client: FlaskClient, tiny_engine: Engine, body: dict[str, Any]
) -> None:
    response = client.post("/api/v1/check", json=body)
    assert (response.status_code, response.mimetype) == (200, "application/json")
    assert response.get_json() == _expected(tiny_engine, body)


def test_check_gives_each_verdict_its_name(client: FlaskClient) -> None:
    claims = client.post("/api/v1/check", json=PAGE).get_json()["claims"]
    assert [claim["verdict"] for claim in claims] == [
        "false",
        "supported",
        "overstated",
        "uncovered",
    ]
    assert claims[0]["context"] == {
        "intervention": "ketamine",
        "interventions": ["ketamine"],
        "from": "title",
    }


def test_utf16_offsets_cut_the_text_as_javascript_does(client: FlaskClient) -> None:
    text = PAGE["blocks"][1]["text"]
    claims = client.post("/api/v1/check", json=PAGE | {"offset_unit": "utf16"}).get_json()["claims"]
    units = text.encode("utf-16-le")
    cut = [
        units[2 * claim["start"] : 2 * claim["end"]].decode("utf-16-le")
        for claim in claims
        if claim["block"] == "b1"
    ]
    assert cut == [claim["text"] for claim in claims if claim["block"] == "b1"]


def test_report_is_kept_and_read_back(client: FlaskClient, tiny_engine: Engine) -> None:
    made = client.post("/api/v1/reports", json=PAGE)
    kept = made.get_json()
    assert made.status_code == 201
    assert made.headers["Location"] == f"/api/v1/reports/{kept['id']}"
    assert kept["url"] == f"http://localhost/r/{kept['id']}"
    assert kept["answer"] == _expected(tiny_engine, PAGE)
    assert CheckRequest.model_validate(kept["request"]) == CheckRequest.model_validate(PAGE)
    age = datetime.now(UTC) - datetime.fromisoformat(kept["created"])
    assert timedelta(0) <= age < timedelta(minutes=1)
    assert client.get(made.headers["Location"]).get_json() == kept
    assert client.get(kept["url"]).status_code == 200


def test_feedback_is_recorded(client: FlaskClient, store: Store) -> None:
    said = {
        "claim": "It cures.",
        "verdict": "overstated",
        "comment": "It is worse than that.",
        "evidence_ids": ["ketamine-depression-efficacy"],
        "url": "https://clinic.example",
        "model_version": "m",
        "reference_version": "r",
    }
    made = client.post("/api/v1/feedback", json=said)
    (stored,) = store.disputes()
    assert (made.status_code, made.get_json()["id"]) == (201, stored.id)
    assert stored.dispute == Dispute(
        claim="It cures.",
        verdict=Label.OVERSTATED,
        comment="It is worse than that.",
        evidence_ids=("ketamine-depression-efficacy",),
        url="https://clinic.example",
        model_version="m",
        reference_version="r",
    )


def test_every_statement_can_be_read(client: FlaskClient, tiny_engine: Engine) -> None:
    for statement in tiny_engine.reference.statements:
        told = client.get(f"/api/v1/evidence/{statement.id}").get_json()
        assert told == json.loads(evidence_out(statement).model_dump_json())


def test_meta_explains_every_label(client: FlaskClient, tiny_engine: Engine) -> None:
    meta = client.get("/api/v1/meta").get_json()
    assert meta["model_version"] == tiny_engine.versions.model
    assert meta["reference_version"] == tiny_engine.versions.reference
    assert meta["statements"] == len(tiny_engine.reference.statements)
    assert meta["limits"] == {
        "body_bytes": 8_388_608,
        "block_characters": 100_000,
        "page_characters": 1_000_000,
        "rate": "120 per minute",
    }
    assert {one["verdict"] for one in meta["verdicts"]} == set(Label)
    assert {one["relation"] for one in meta["relations"]} == set(Relation)
    assert {one["code"] for one in meta["reasons"]} == set(ReasonCode)


def test_openapi_describes_every_route_of_the_api(client: FlaskClient) -> None:
    told = client.get("/api/v1/openapi.json").get_json()
    routes = {
        rule.rule.replace("<", "{").replace(">", "}")
        for rule in client.application.url_map.iter_rules()
        if rule.rule.startswith("/api/")
    }
    assert set(told["paths"]) == routes - {"/api/v1/openapi.json"}


def test_openapi_names_every_problem_by_its_media_type(client: FlaskClient) -> None:
    told = client.get("/api/v1/openapi.json").get_json()
    for path in told["paths"].values():
        for operation in path.values():
            for status, answer in operation["responses"].items():
                kind = "application/json" if status.startswith("2") else "application/problem+json"
                assert list(answer["content"]) == [kind]


def test_openapi_has_no_dangling_reference(client: FlaskClient) -> None:
    told = client.get("/api/v1/openapi.json").get_json()
    names = {piece.split('"')[0] for piece in json.dumps(told).split('"#/components/schemas/')[1:]}
    assert names <= set(told["components"]["schemas"])


@pytest.mark.parametrize(("path", "said"), [("/healthz", "alive"), ("/readyz", "ready")])
def test_health(client: FlaskClient, path: str, said: str) -> None:
    response = client.get(path)
    assert (response.status_code, response.get_json()) == (200, {"status": said})
