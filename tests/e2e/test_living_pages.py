"""Pages that change, readers who use keys, servers that fail: what comes after the first check."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.stage import (
    EXTENSION,
    Extension,
    card_markup,
    card_on,
    highlights_of,
    place_of,
)

pytestmark = pytest.mark.slow

SAFE = "Ketamine is safe for everyone."
BLADDER = "Ketamine never causes bladder problems."
AXE = EXTENSION / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture
def open_page(page: Page, site: str, extension: Extension) -> Callable[[str], Page]:
    """Opens and checks a page of `tests/pages`; answers its panel."""

    def opened(name: str) -> Page:
        page.goto(f"{site}/{name}/page.html")
        panel, _ = extension.check(page)
        extension.record_requests()
        return panel

    return opened


def _words(page: Page) -> list[str]:
    return [mark["words"] for mark in highlights_of(page)]


def _wait_for_marks(page: Page, words: list[str]) -> None:
    page.wait_for_function(
        """(wanted) => JSON.stringify([...CSS.highlights.values()].flatMap((one) => [...one])
             .map(String).sort()) === JSON.stringify(wanted)""",
        arg=sorted(words),
        timeout=10_000,
    )


def _wait_for_mark(page: Page, words: str) -> None:
    page.wait_for_function(
        """(wanted) => [...CSS.highlights.values()].flatMap((one) => [...one])
             .map(String).includes(wanted)""",
        arg=words,
        timeout=10_000,
    )


def test_opened_panels_of_an_accordion_send_their_own_text_only(
    page: Page, open_page: Callable[[str], Page], extension: Extension
) -> None:
    open_page("accordion-faq")
    page.bring_to_front()
    page.get_by_role("button", name="And the bladder?").click()
    page.wait_for_function("() => CSS.highlights.get('overclaim-false')?.size === 2")
    assert BLADDER in _words(page)
    [sent] = extension.sent()
    assert [block["text"] for block in sent if block["kind"] == "text"] == [BLADDER]
    # The page's title and heading go along: they name what the new text speaks of.
    assert "Questions on ketamine" in [block["text"] for block in sent]
    for name in ("And the bladder?", "And the bladder?"):
        page.get_by_role("button", name=name).click()
    page.get_by_role("tab", name="Later").click()
    page.wait_for_function("() => CSS.highlights.get('overclaim-overstated')?.size === 1")
    texts = [[b["text"] for b in blocks if b["kind"] == "text"] for blocks in extension.sent()]
    assert texts == [[BLADDER], [SAFE]]


def test_a_growing_list_sends_what_is_new(
    page: Page, open_page: Callable[[str], Page], extension: Extension
) -> None:
    panel = open_page("infinite-scroll")
    page.bring_to_front()
    page.mouse.move(300, 300)
    page.mouse.wheel(0, 5000)
    _wait_for_marks(page, [SAFE, BLADDER, "Ketamine is FDA-approved for PTSD."])
    sent = [block["text"] for blocks in extension.sent() for block in blocks]
    assert SAFE not in sent
    assert sorted(text for text in sent if text == BLADDER) == [BLADDER]
    expect(panel.get_by_role("status")).to_have_text("3 treatment claims found.")


def test_another_view_of_an_application_is_read_and_the_first_one_remembered(
    page: Page, open_page: Callable[[str], Page], extension: Extension
) -> None:
    open_page("react-app")
    page.bring_to_front()
    page.get_by_text("Go to pain").click()
    _wait_for_mark(page, "The FDA has approved ketamine for chronic pain.")
    page.get_by_text("Go to home").click()
    _wait_for_mark(page, SAFE)
    sent = [block["text"] for blocks in extension.sent() for block in blocks]
    assert SAFE not in sent


def test_a_page_that_draws_itself_anew_keeps_its_marks_and_sends_nothing_twice(
    page: Page, open_page: Callable[[str], Page], extension: Extension
) -> None:
    open_page("ticking")
    page.bring_to_front()
    draws = int(page.locator("html").get_attribute("data-draws") or 0)
    page.wait_for_function(
        "(from) => document.documentElement.dataset.draws >= from + 4", arg=draws
    )
    _wait_for_marks(page, [SAFE])
    sent = [block["text"] for blocks in extension.sent() for block in blocks]
    assert SAFE not in sent
    ticks = [text for text in sent if text.startswith("The offer ends")]
    assert len(ticks) <= 2  # the third of its kind is taken for a clock


def test_no_mark_is_ever_drawn_on_words_that_changed(
    page: Page, open_page: Callable[[str], Page]
) -> None:
    """Nor does it move to the same words elsewhere on the page, under another heading."""
    open_page("no-selection")
    drawn = page.evaluate(
        """() => new Promise((resolve) => {
          const claim = [...document.querySelectorAll("p")].find((p) => p.textContent.includes("safe"));
          claim.firstChild.data = "Ketamine is salt for everyone.";
          requestAnimationFrame(() => resolve([...CSS.highlights.values()]
            .flatMap((one) => [...one]).map(String)));
        })"""
    )
    assert drawn == [BLADDER]


def test_a_word_put_into_a_claim_takes_its_mark_off_at_once(
    page: Page, open_page: Callable[[str], Page]
) -> None:
    open_page("split-words")
    drawn = page.evaluate(
        """() => new Promise((resolve) => {
          document.querySelector("i").after("hardly ");
          requestAnimationFrame(() => resolve([...CSS.highlights.values()]
            .flatMap((one) => [...one]).map(String)));
        })"""
    )
    assert [words for words in drawn if "problems" in words.replace("\u00ad", "")] == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("no-selection", SAFE),
        ("no-selection", BLADDER),
        ("shadow-parts", "Ketamine is FDA-approved for PTSD."),
        ("inner-frames", SAFE),
        ("strict-policy", SAFE),
    ],
)
def test_pointing_finds_a_claim_wherever_it_stands(
    page: Page, open_page: Callable[[str], Page], name: str, words: str
) -> None:
    open_page(name)
    page.bring_to_front()
    x, y = place_of(page, words)
    page.mouse.move(x, y)
    assert words in card_on(page)["text"]


def test_keys_go_from_claim_to_claim_and_back_to_where_the_reader_was(
    page: Page, open_page: Callable[[str], Page], extension: Extension
) -> None:
    open_page("accordion-faq")
    page.bring_to_front()
    page.get_by_role("button", name="Where do I park?").focus()
    extension.press_command("next-claim", page)
    first = card_on(page)
    assert first["title"] == "Contradicted by the evidence"
    assert first["focused"] == "dialog"
    assert "Ketamine is FDA-approved for PTSD." in first["described"]
    extension.press_command("next-claim", page)
    page.wait_for_function("() => document.querySelector('details').open")
    assert card_on(page)["title"] == "Supported by the evidence"
    page.keyboard.press("Tab")
    assert card_on(page)["focused"] == "Close"
    page.keyboard.press("Escape")
    page.locator("overclaim-card").wait_for(state="detached")
    assert page.evaluate("document.activeElement.textContent") == "Where do I park?"
    extension.press_command("previous-claim", page)
    assert card_on(page)["title"] == "Contradicted by the evidence"


def test_the_keys_are_free_in_this_browser(extension: Extension, page: Page) -> None:
    """A key that the browser keeps for itself would be left unassigned without a word."""
    page.goto(f"{extension.address}/options/options.html")
    expect(page.locator("#keys dd")).to_have_text(["Alt+Shift+U", "Alt+Shift+J", "Alt+Shift+K"])


def test_a_screen_reader_hears_the_count_and_can_read_the_marks(
    page: Page, open_page: Callable[[str], Page]
) -> None:
    open_page("page-builder")
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    names = [node.get("name", {}).get("value", "") for node in nodes if not node.get("ignored")]
    assert "Claims marked by Overclaim" in names
    assert "Overstated: Ketamine is completely safe for your bladder." in names
    assert any("Claims found: 3. Going beyond the evidence: 2." in name for name in names)


def test_a_verdict_can_be_disputed(
    page: Page, open_page: Callable[[str], Page], extension: Extension
) -> None:
    open_page("cookie-wall")
    page.bring_to_front()
    extension.press_command("next-claim", page)
    card_on(page)
    for _ in range(20):
        page.keyboard.press("Tab")
        if card_on(page)["focused"] == "Dispute this verdict":
            break
    page.keyboard.press("Enter")
    page.keyboard.type("The source says otherwise.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    _wait(lambda: "Thank you. The server has kept it." in card_on(page)["text"], page)
    [body] = extension.sent_bodies("/api/v1/feedback")
    assert (body["claim"], body["verdict"], body["comment"]) == (
        BLADDER,
        "false",
        "The source says otherwise.",
    )
    assert body["evidence_ids"] != []
    assert body["url"].endswith("/cookie-wall/page.html")


def _wait(holds: Callable[[], bool], page: Page) -> None:
    """Until a condition holds that only the debugging protocol sees, a frame between looks."""
    for _ in range(600):
        if holds():
            return
        page.evaluate("() => new Promise(requestAnimationFrame)")
    raise AssertionError("the condition did not come true")


def test_the_filter_copies_and_files_of_the_panel(open_page: Callable[[str], Page]) -> None:
    panel = open_page("page-builder")
    panel.get_by_role("button", name="Overstated: 1").click()
    expect(panel.locator("button.claim .words")).to_have_text(
        ["Ketamine is FDA-approved for depression.", "Ketamine is not FDA-approved for depression."]
    )
    with panel.expect_download() as saved:
        panel.get_by_role("button", name="Save as CSV").click()
    rows = Path(saved.value.path()).read_text("utf-8-sig").splitlines()
    assert rows[0].startswith("verdict,confidence,claim,")
    assert [row.split(",")[0] for row in rows[1:]] == ["false", "overstated", "supported"]
    with panel.expect_download() as saved:
        panel.get_by_role("button", name="Save as Markdown").click()
    written = Path(saved.value.path()).read_text("utf-8")
    assert "“Ketamine is completely safe for your bladder.”" in written
    assert "This is not medical advice." in written


def test_the_threshold_and_the_verdicts_shown_change_open_pages(
    page: Page, open_page: Callable[[str], Page], extension: Extension, browser: BrowserContext
) -> None:
    open_page("page-builder")
    settings = browser.new_page()
    settings.goto(f"{extension.address}/options/options.html")
    settings.get_by_label("Supported by the evidence").first.uncheck()
    _wait_for_marks_count(page, 2)
    settings.get_by_label("For colour-blind readers").check()
    expect(settings.locator("#look-status")).to_have_text("Saved.")
    settings.get_by_label("Supported by the evidence").first.check()
    settings.get_by_label("Standard").check()
    _wait_for_marks_count(page, 3)
    settings.close()


def _wait_for_marks_count(page: Page, count: int) -> None:
    page.wait_for_function(
        "(count) => [...CSS.highlights.values()].flatMap((one) => [...one]).length === count",
        arg=count,
    )


def test_never_and_off_keep_the_page_from_being_read(
    page: Page, open_page: Callable[[str], Page], extension: Extension
) -> None:
    panel = open_page("page-builder")
    panel.get_by_label("Never").click()
    _wait_for_marks_count(page, 0)
    panel.get_by_role("button", name="Check this page").click()
    expect(panel.get_by_role("status")).to_contain_text("You chose never to read this site.")
    panel.get_by_label("Only when I ask").click()
    expect(panel.get_by_role("status")).to_have_text("Nothing is read until you press the button.")
    panel.get_by_role("switch").click()
    expect(panel.get_by_role("status")).to_contain_text("switched off")
    panel.get_by_role("button", name="Check this page").click()
    expect(panel.get_by_role("status")).to_contain_text("switched off")
    panel.get_by_role("switch").click()
    assert extension.sent() == []


def test_a_site_allowed_for_always_is_read_without_a_click_until_it_is_revoked(
    page: Page, site: str, extension: Extension, browser: BrowserContext
) -> None:
    page.goto(f"{site}/page-builder/page.html")
    assert extension.scripts_in(page) == 0  # nothing runs where the reader did not ask
    panel = extension.open_popup(page)
    panel.get_by_label("Always check").click()
    _wait_for_marks_count(page, 3)
    page.goto(f"{site}/cookie-wall/page.html")
    _wait_for_marks_count(page, 1)
    settings = browser.new_page()
    settings.goto(f"{extension.address}/options/options.html")
    settings.get_by_role("button", name=f"Revoke {site}").click()
    expect(settings.locator("#no-sites")).to_be_visible()
    page.goto(f"{site}/page-builder/page.html")
    assert extension.scripts_in(page) == 0
    settings.close()


def test_the_badge_counts_what_goes_beyond_the_evidence(
    page: Page, open_page: Callable[[str], Page], extension: Extension
) -> None:
    open_page("page-builder")
    assert extension.badge_of(page) == "2"


@contextmanager
def _answering(answers: list[tuple[int, dict[str, str], Any]]) -> Iterator[str]:
    """A server that gives these answers to checks, one after the other, the last for ever."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            status, headers, body = answers.pop(0) if len(answers) > 1 else answers[0]
            self._send(status, headers, body)

        def do_GET(self) -> None:
            id_ = self.path.rsplit("/", 1)[-1]
            if id_ == "meta":
                self._send(200, {}, {"model_version": "m", "reference_version": "r"})
            else:
                held = {"id": id_, "statement": f"Held under {id_}.", "sources": []}
                self._send(200, {}, held)

        def _send(self, status: int, headers: dict[str, str], body: Any) -> None:
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


EMPTY: dict[str, Any] = {"claims": [], "model_version": "m", "reference_version": "r"}


@pytest.fixture
def with_server(extension: Extension, live_server: str) -> Iterator[Extension]:
    """The extension, whose server a test may change."""
    yield extension
    extension.store_server(live_server)


def test_a_busy_server_is_asked_again_when_it_said(
    page: Page, site: str, with_server: Extension
) -> None:
    answers: list[tuple[int, dict[str, str], Any]] = [
        (429, {"Retry-After": "1"}, {}),
        (200, {}, EMPTY),
    ]
    with _answering(answers) as address:
        with_server.store_server(address)
        page.goto(f"{site}/cookie-wall/page.html")
        panel = with_server.open_popup(page)
        panel.get_by_role("button", name="Check this page").click()
        expect(panel.get_by_role("status")).to_contain_text("Trying again in")
        expect(panel.get_by_role("status")).to_have_text("No treatment claims found on this page.")


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (413, "too large"),
        (404, "does not speak this extension's language"),
        (401, "refused access"),
    ],
)
def test_what_waiting_will_not_mend_is_said_at_once(
    page: Page, site: str, with_server: Extension, status: int, said: str
) -> None:
    with _answering([(status, {}, {"title": "No"})]) as address:
        with_server.store_server(address)
        page.goto(f"{site}/cookie-wall/page.html")
        before = page.content()
        panel = with_server.open_popup(page)
        panel.get_by_role("button", name="Check this page").click()
        expect(panel.get_by_role("status")).to_contain_text(said)
        assert page.content() == before


def test_a_worker_that_was_ended_is_no_end_of_the_page(
    page: Page, open_page: Callable[[str], Page], extension: Extension
) -> None:
    panel = open_page("accordion-faq")
    extension.end_worker(panel)
    page.bring_to_front()
    page.get_by_role("button", name="And the bladder?").click()
    page.wait_for_function(
        "() => CSS.highlights.get('overclaim-false')?.size === 2", timeout=20_000
    )
    expect(panel.get_by_role("status")).to_have_text("3 treatment claims found.")


def test_what_the_page_leaves_out_stands_above_its_claims(
    page: Page, site: str, with_server: Extension
) -> None:
    omissions = [{"intervention": "ketamine", "topic": "risks", "evidence": ["ketamine-risk"]}]
    with _answering([(200, {}, {**EMPTY, "omissions": omissions})]) as address:
        with_server.store_server(address)
        page.goto(f"{site}/cookie-wall/page.html")
        panel = with_server.open_popup(page)
        panel.get_by_role("button", name="Check this page").click()
        entry = panel.get_by_text("The risks of ketamine")
        entry.click()
        expect(panel.get_by_text("Held under ketamine-risk.")).to_be_visible()
        assert _violations(panel) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_fault_in_the_card(
    page: Page, open_page: Callable[[str], Page], extension: Extension, scheme: Any
) -> None:
    open_page("cookie-wall")
    page.bring_to_front()
    extension.press_command("next-claim", page)
    card_on(page)
    markup, styles = card_markup(page)
    alone = page.context.new_page()
    alone.emulate_media(color_scheme=scheme)
    alone.set_content(
        f"<!doctype html><html lang=en><title>Card</title><style>{styles}</style>"
        f"<main><h1>Page</h1>{markup}</main>"
    )
    assert _violations(alone) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_fault_in_panel_and_settings(
    open_page: Callable[[str], Page], extension: Extension, page: Page, scheme: Any
) -> None:
    panel = open_page("page-builder")
    panel.emulate_media(color_scheme=scheme)
    assert _violations(panel) == []
    panel.goto(f"{extension.address}/options/options.html")
    panel.locator("#keys dt").first.wait_for()
    assert _violations(panel) == []


def _violations(page: Page) -> list[Any]:
    page.evaluate(AXE.read_text("utf-8"))
    found: list[Any] = page.evaluate("async () => (await axe.run()).violations")
    return [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]
