"""What a reader sees, without JavaScript."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from server.engine.check import Engine
from server.engine.values import Label
from server.store.reports import Store
from server.web.words import VERDICTS
from server.wire import CheckRequest, answer_of, blocks_of

TEXT = "It is approved for depression.\n\nIt may help 🌿 some. It cures <b>for good</b>."
TITLE = "Ketamine “infusions” & more"


class Page(HTMLParser):
    """The parts of a page that tests ask for."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.marked: list[str] = []
        self.headings: list[int] = []
        self.text = ""
        self._in_mark = False
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))
        if tag == "mark":
            self._in_mark = True
            self.marked.append("")
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))

    def handle_endtag(self, tag: str) -> None:
        if tag == "mark":
            self._in_mark = False

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._in_mark:
            self.marked[-1] += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def _typed(html: str) -> tuple[str, str]:
    area = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", html, re.S)
    title = re.search(r'id="title"[^>]* value="([^"]*)"', html)
    assert area
    assert title
    return unescape(area[1]), unescape(title[1])


def _kept(client: FlaskClient, text: str = TEXT, title: str = TITLE) -> str:
    response = client.post("/r", data={"text": text, "title": title})
    assert response.status_code == 303
    return str(response.headers["Location"])


def test_form_needs_no_script(client: FlaskClient) -> None:
    page = Page(client.get("/").get_data(as_text=True))
    (form,) = page.all("form")
    assert (form["method"], form["action"]) == ("post", "/")
    labelled = {label["for"] for label in page.all("label")}
    fields = page.all("textarea") + page.all("input")
    assert {field["name"] for field in fields} == {"text", "title"}
    assert {field["id"] for field in fields} == labelled
    assert {field["dir"] for field in fields} == {"auto"}


def test_answer_marks_exactly_the_claims(client: FlaskClient, tiny_engine: Engine) -> None:
    page = Page(client.post("/", data={"text": TEXT, "title": TITLE}).get_data(as_text=True))
    asked = CheckRequest.model_validate(
        {"blocks": [{"id": "t", "text": TITLE, "kind": "title"}, {"id": "b", "text": TEXT}]}
    )
    claims = answer_of(tiny_engine.check(blocks_of(asked))).claims
    assert page.marked == [claim.text for claim in claims]
    assert [mark["class"] for mark in page.all("mark")] == [
        f"is-{claim.verdict.value}" for claim in claims
    ]
    assert [claim.verdict for claim in claims] == [Label.FALSE, Label.SUPPORTED, Label.OVERSTATED]


def test_answer_says_everything_in_words(client: FlaskClient) -> None:
    page = Page(client.post("/", data={"text": TEXT, "title": TITLE}).get_data(as_text=True))
    words = " ".join(page.text.split())
    for said in (
        "3 treatment claims found.",
        "Contradicted by the evidence",
        "Good evidence or a regulator’s record says otherwise.",
        "Treatment: ketamine, taken from the title.",
        "Ketamine is not approved for depression.",
        "high certainty",
        "A trial. A journal, 2020.",
        "Model test-model · reference test-reference",
        "not medical advice",
    ):
        assert said in words
    assert re.search(r"The checker is (very|fairly|not) sure of this \(\d+ %\)\.", words)


def test_marks_and_claims_lead_to_each_other(client: FlaskClient) -> None:
    page = Page(client.post("/", data={"text": TEXT, "title": TITLE}).get_data(as_text=True))
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = [link["href"] or "" for link in page.all("a")]
    inside = {link[1:] for link in links if link.startswith("#")}
    assert inside <= set(ids)
    assert {f"claim-{n}" for n in (1, 2, 3)} | {f"text-{n}" for n in (1, 2, 3)} <= inside


@pytest.mark.parametrize(
    "path",
    ["/", "/evidence/ketamine-depression-efficacy", "/problems", "/nothing", "report", "answer"],
)
def test_headings_are_in_order_and_landmarks_are_there(client: FlaskClient, path: str) -> None:
    if path == "answer":
        response = client.post("/", data={"text": TEXT, "title": TITLE})
    else:
        found = _kept(client) if path == "report" else path
        response = client.get(found, headers={"Accept": "text/html"})
    page = Page(response.get_data(as_text=True))
    assert page.headings[0] == 1
    assert page.headings.count(1) == 1
    assert all(b - a <= 1 for a, b in zip(page.headings, page.headings[1:], strict=False))
    for landmark in ("header", "main", "footer"):
        assert len(page.all(landmark)) == 1
    assert page.all("a")[0]["href"] == "#main"


HOSTILE = "</textarea></mark><script>alert(1)</script><img src=x onerror=alert(1)> \"'& {{ 7*7 }}"


def test_pasted_html_is_words(client: FlaskClient, store: Store) -> None:
    path = _kept(client, text=f"Ketamine cures. {HOSTILE}", title=HOSTILE)
    kept = store.report(path.removeprefix("/r/"))
    assert kept is not None
    shown = [
        client.post("/", data={"text": f"Ketamine cures. {HOSTILE}", "title": HOSTILE}),
        client.post("/", data={"text": "", "title": HOSTILE}),
        client.get(path),
        client.post(f"{path}/disputes", data={"claim": "1", "comment": HOSTILE * 100}),
    ]
    for response in shown:
        html = response.get_data(as_text=True)
        page = Page(html)
        assert [script["src"] for script in page.all("script")] == ["/static/overclaim.js"]
        assert page.all("img") == []
        assert "7*7" in html
        names = {name for _, attributes in page.tags for name in attributes}
        assert not {name for name in names if name == "style" or name.startswith("on")}


def test_hostile_address_is_no_link(client: FlaskClient) -> None:
    body = {"text": "Ketamine cures.", "url": "javascript:alert(1)"}
    kept = client.post("/api/v1/reports", json=body).get_json()
    html = client.get(f"/r/{kept['id']}").get_data(as_text=True)
    assert "javascript:alert(1)" in html
    assert all(
        urlsplit(link["href"] or "").scheme in ("", "http", "https") for link in Page(html).all("a")
    )


@pytest.mark.parametrize("action", ["/", "/r"])
@pytest.mark.parametrize(
    ("text", "status", "said"),
    [
        pytest.param("", 422, "Paste the text you want checked.", id="empty"),
        pytest.param(" \n\t", 422, "Paste the text you want checked.", id="white space"),
        pytest.param("x" * 100_001, 413, "100,001 characters; the limit is 100,000", id="long"),
        pytest.param("It \x00 cures.", 422, "U+0000", id="NUL"),
    ],
)
def test_what_cannot_be_checked_comes_back_with_the_reason(
    client: FlaskClient, action: str, text: str, status: int, said: str
) -> None:
    response = client.post(action, data={"text": text, "title": TITLE})
    html = response.get_data(as_text=True)
    assert response.status_code == status
    assert said in unescape(html)
    assert _typed(html) == (text.replace("\x00", "\ufffd"), TITLE)


@pytest.mark.parametrize(
    "text", ["\n\nTwo lines first.", "Ends in space. ", "a\tb  c\n\n\nd", TEXT]
)
def test_nothing_typed_is_lost(client: FlaskClient, text: str) -> None:
    sent = text.replace("\n", "\r\n")  # as browsers send it
    html = client.post("/", data={"text": sent, "title": TITLE}).get_data(as_text=True)
    assert _typed(html) == (text, TITLE)
    hidden = {
        one["name"]: one["value"] for one in Page(html).all("input") if one["type"] == "hidden"
    }
    assert hidden == {"text": text, "title": TITLE}


def test_text_without_a_claim_says_so(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Engine, "_is_claim", lambda *_: False)
    html = client.post("/", data={"text": "We open at nine."}).get_data(as_text=True)
    assert "No treatment claim was found." in html
    assert Page(html).all("mark") == []


def test_report_keeps_its_address(client: FlaskClient, store: Store) -> None:
    path = _kept(client)
    first, second = client.get(path).data, client.get(path).data
    kept = store.report(path.removeprefix("/r/"))
    assert kept is not None
    assert first == second
    assert f'<time datetime="{kept.created.isoformat(timespec="seconds")}">' in first.decode()
    assert [block.text for block in kept.request.blocks or []] == [TITLE, TEXT]


def test_report_of_the_api_with_utf16_offsets_marks_the_same_words(client: FlaskClient) -> None:
    text = "🌿🌿 It cures. 🌿 It may help 🌿 some."
    marked = []
    for unit in ("codepoint", "utf16"):
        body = {"blocks": [{"id": "b", "text": f"Ketamine. {text}"}], "offset_unit": unit}
        kept = client.post("/api/v1/reports", json=body).get_json()
        marked.append(Page(client.get(f"/r/{kept['id']}").get_data(as_text=True)).marked)
        assert marked[-1] == [claim["text"] for claim in kept["answer"]["claims"]]
    assert marked[0] == marked[1]


def test_report_can_be_taken_along(client: FlaskClient) -> None:
    path = _kept(client)
    name = path.removeprefix("/r/")
    as_json = client.get(f"{path}.json")
    assert as_json.get_json() == client.get(f"/api/v1/reports/{name}").get_json()["answer"]
    assert as_json.headers["Content-Disposition"] == f'attachment; filename="overclaim-{name}.json"'
    as_markdown = client.get(f"{path}.md")
    assert as_markdown.content_type == "text/markdown; charset=utf-8"
    text = as_markdown.get_data(as_text=True)
    assert f"<http://localhost{path}>" in text
    assert "> It cures \\<b\\>for good\\</b\\>\\." in text
    assert "[A trial](<https://example.org/trial>). A journal, 2020." in text


def test_reader_can_dispute_a_verdict(client: FlaskClient, store: Store) -> None:
    path = _kept(client)
    response = client.post(f"{path}/disputes", data={"claim": "1", "comment": " See the label. "})
    assert response.status_code == 201
    (stored,) = store.disputes()
    assert stored.dispute.comment == "See the label."
    assert stored.dispute.claim == "It is approved for depression."
    assert stored.dispute.verdict is Label.FALSE
    assert stored.dispute.report_id == path.removeprefix("/r/")


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"claim": "1", "comment": ""}, 422),
        ({"claim": "1", "comment": "x" * 5_001}, 422),
        ({"claim": "9", "comment": "x"}, 404),
        ({"claim": "one", "comment": "x"}, 404),
        ({}, 404),
    ],
)
def test_dispute_that_says_nothing_is_not_kept(
    client: FlaskClient, store: Store, data: dict[str, str], status: int
) -> None:
    assert client.post(f"{_kept(client)}/disputes", data=data).status_code == status
    assert store.disputes() == []


def test_every_statement_has_a_page(client: FlaskClient, tiny_engine: Engine) -> None:
    for statement in tiny_engine.reference.statements:
        html = client.get(f"/evidence/{statement.id}").get_data(as_text=True)
        assert statement.statement in html
        assert {source.url for source in statement.sources} <= {
            link["href"] for link in Page(html).all("a")
        }


SELLING = "Ketamine may lift mood. Ketamine may calm fear. Ketamine may ease pain."


def test_what_the_text_leaves_out_is_said(client: FlaskClient, tiny_engine: Engine) -> None:
    html = client.post("/", data={"text": SELLING, "title": ""}).get_data(as_text=True)
    missed = html[html.index("What the text leaves out") :]
    assert "What it is and is not approved for" in missed
    assert tiny_engine.reference.statements[1].statement in missed
    assert "What the text leaves out" not in client.post("/", data={"text": TEXT}).get_data(True)


def test_kept_report_says_what_was_left_out(client: FlaskClient) -> None:
    kept = client.post("/r", data={"text": SELLING, "title": ""}).headers["Location"]
    told = client.get(f"{kept}.md").get_data(as_text=True)
    assert "## What the text leaves out" in told
    assert "Ketamine is not approved for depression" in told


def test_legend_explains_every_verdict(client: FlaskClient) -> None:
    html = client.get("/").get_data(as_text=True)
    for said in VERDICTS.values():
        assert said.name in html
        assert said.meaning in html
    assert len({said.sign for said in VERDICTS.values()}) == len(Label)
