"""The reference as readers browse it."""

from __future__ import annotations

import json
import re

import pytest
from flask.testing import FlaskClient

from server.engine.check import Engine
from tests.conftest import STATEMENTS
from tests.web.test_pages import Page

EFFICACY, REGULATORY = STATEMENTS


def shown(client: FlaskClient, address: str) -> list[str]:
    """Ids of the statements that a page lists, in order."""
    html = client.get(address).get_data(as_text=True)
    listed = html[html.index('<ol class="statements"') :]
    return re.findall(r'href="/evidence/([a-z0-9-]+)"', listed)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [EFFICACY.id, REGULATORY.id]),
        ("?q=approved", [REGULATORY.id]),
        ("?facet=efficacy", [EFFICACY.id]),
        ("?treatment=ketamine&certainty=high", [REGULATORY.id]),
        ("?condition=depression&direction=benefit", [EFFICACY.id]),
        ("?treatment=any", []),
        ("?q=nothing+like+it", []),
        ("?facet=no-such-facet", []),
        ("?page=99", [EFFICACY.id, REGULATORY.id]),
        ("?page=-1", [EFFICACY.id, REGULATORY.id]),
    ],
)
def test_words_and_filters_narrow_the_list(
    client: FlaskClient, query: str, found: list[str]
) -> None:
    assert shown(client, f"/evidence{query}") == found


def test_what_was_asked_stays_in_the_form(client: FlaskClient) -> None:
    html = client.get("/evidence?q=%3Cb%3E&facet=safety").get_data(as_text=True)
    assert 'value="&lt;b&gt;"' in html
    assert '<option value="safety" selected>' in html
    assert "No statement matches" in html


def test_every_field_has_a_label(client: FlaskClient) -> None:
    page = Page(client.get("/evidence").get_data(as_text=True))
    labelled = {label["for"] for label in page.all("label")}
    assert {field["id"] for field in page.all("select") + page.all("input")} == labelled


def test_coverage_counts_statements_by_treatment_and_facet(client: FlaskClient) -> None:
    html = client.get("/evidence/coverage").get_data(as_text=True)
    assert 'href="/evidence?treatment=ketamine&amp;facet=regulatory"' in html
    assert 'href="/evidence?treatment=ketamine&amp;facet=cost"' not in html
    assert "Known by name, not yet covered" in html
    assert "ozone" in html[html.index("not yet covered") :]


def test_statement_is_told_to_machines_too(client: FlaskClient, tiny_engine: Engine) -> None:
    html = client.get(f"/evidence/{EFFICACY.id}").get_data(as_text=True)
    (said,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    claim = json.loads(said)
    assert claim["@type"] == "Claim"
    assert claim["@id"].endswith(f"/evidence/{EFFICACY.id}")
    assert claim["text"] == EFFICACY.statement
    assert claim["version"] == tiny_engine.versions.reference
    assert [one["name"] for one in claim["about"]] == ["ketamine", "depression"]
    (citation,) = claim["citation"]
    assert citation["url"] == EFFICACY.sources[0].url
    assert citation["sameAs"] == "https://doi.org/10.1000/example"


def test_unknown_statement_is_not_found(client: FlaskClient) -> None:
    assert client.get("/evidence/no-such-statement").status_code == 404
