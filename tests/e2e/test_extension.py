"""The extension in a real browser, against the real server, on pages such as clinics have."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.stage import PAGES, Extension, card_on, expected_of, highlights_of, place_of

pytestmark = pytest.mark.slow

NAMES = sorted(path.parent.name for path in PAGES.glob("*/expected.json"))
ON_DARK = "-on-dark"


class Checked(NamedTuple):
    """A page after its check."""

    page: Page
    popup: Page
    blocks: list[dict[str, str]]
    body_before: str
    boxes_before: list[list[float]]

    @property
    def expected(self) -> dict[str, Any]:
        return expected_of(Path(self.page.url).parent.name)


@pytest.fixture(scope="module", params=NAMES)
def checked(
    request: pytest.FixtureRequest, browser: BrowserContext, site: str, extension: Extension
) -> Iterator[Checked]:
    """Each page, checked once for all that is asked of it."""
    before = set(browser.pages)
    yield _check(browser.new_page(), f"{site}/{request.param}/page.html", extension)
    for opened in set(browser.pages) - before:
        opened.close()


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address of this machine where nothing listens: its port is taken, but not served."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


@pytest.fixture
def landing(page: Page, site: str, extension: Extension) -> Checked:
    return _check(page, f"{site}/ketamine-clinic/page.html", extension)


def _check(page: Page, address: str, extension: Extension) -> Checked:
    page.goto(address)
    body_before = page.locator("body").evaluate("body => body.outerHTML")
    boxes_before = _boxes(page)
    popup, blocks = extension.check(page)
    return Checked(page, popup, blocks, body_before, boxes_before)


def _boxes(page: Page) -> list[list[float]]:
    """Where every element of a page stands."""
    boxes: list[list[float]] = page.evaluate(
        """() => [...document.body.querySelectorAll("*")].map((element) => {
          const { x, y, width, height } = element.getBoundingClientRect();
          return [x, y, width, height];
        })"""
    )
    return boxes


def test_the_very_words_of_each_claim_are_highlighted_with_their_verdict(checked: Checked) -> None:
    """Of sentences whose verdict is clear; whether others are claims is the models' affair."""
    expected = checked.expected["highlights"]
    clear = {mark["words"] for mark in expected}
    painted = [
        {"verdict": mark["verdict"].removesuffix(ON_DARK), "words": mark["words"]}
        for mark in highlights_of(checked.page)
    ]
    assert [mark for mark in painted if mark["words"] in clear] == expected


def test_sentences_that_claim_nothing_are_sent_and_stay_unmarked(checked: Checked) -> None:
    sent = _joined(checked.blocks)
    painted = "\n".join(mark["words"] for mark in highlights_of(checked.page))
    harmless = checked.expected["not_claims"]
    assert [words for words in harmless if words not in sent] == []
    assert [words for words in harmless if words in painted] == []


def test_what_the_popup_lists_is_what_the_page_shows(checked: Checked) -> None:
    listed = checked.popup.locator("button.claim")
    judged = listed.filter(has_not=checked.popup.locator(".verdict.uncovered"))
    painted = "".join(mark["words"] for mark in highlights_of(checked.page))
    # Joined: words partly inside a shadow root are one claim, but several ranges.
    listed_words = "".join(judged.locator(".words").all_inner_texts())
    assert listed_words.replace(" ", "") == painted.replace(" ", "")
    count = listed.count()
    expect(checked.popup.get_by_role("status")).to_have_text(
        "1 treatment claim found." if count == 1 else f"{count} treatment claims found."
    )


def test_nothing_on_the_page_moves(checked: Checked) -> None:
    if checked.expected.get("changes"):
        pytest.skip("this page moves by itself")
    assert _boxes(checked.page) == checked.boxes_before


def test_navigation_footer_and_hidden_words_never_leave_the_browser(checked: Checked) -> None:
    sent = _joined(checked.blocks)
    assert [words for words in checked.expected["not_sent"] if words in sent] == []
    source = Path(PAGES / Path(checked.page.url).parent.name / "page.html").read_text("utf-8")
    assert [words for words in checked.expected["not_sent"] if words not in source] == []


def test_a_sentence_wrapped_in_the_source_is_sent_as_one_line(checked: Checked) -> None:
    sent = _joined(checked.blocks)
    claims = [mark["words"] for mark in checked.expected["highlights"]]
    assert [words for words in claims if words not in sent] == []


def test_the_page_itself_is_not_touched(checked: Checked) -> None:
    if checked.expected.get("changes"):
        pytest.skip("this page changes by itself")
    body = checked.page.locator("body")
    assert body.evaluate("body => body.outerHTML") == checked.body_before
    checked.popup.locator("button.claim").first.click()
    card_on(checked.page)
    assert body.evaluate("body => body.outerHTML") == checked.body_before


def test_light_words_on_dark_get_the_dark_highlight(
    page: Page, site: str, extension: Extension
) -> None:
    checked = _check(page, f"{site}/ketamine-questions/page.html", extension)
    dark = [mark for mark in highlights_of(checked.page) if mark["verdict"].endswith(ON_DARK)]
    assert [mark["words"] for mark in dark] == [
        "Ketamine is completely safe during pregnancy.",
        "Spravato is completely safe.",
    ]


def test_pointing_at_a_claim_opens_its_card_with_evidence_and_source(landing: Checked) -> None:
    claim = "The FDA has approved ketamine for the treatment of depression."
    landing.page.bring_to_front()
    x, y = place_of(landing.page, claim)
    landing.page.mouse.move(x, y)
    card = card_on(landing.page)
    assert card["title"] == "Contradicted by the evidence"
    assert "Contradicts the claim." in card["text"]
    assert card["evidence"] != []
    assert card["links"] != []
    assert all(link["text"] and link["url"].startswith("https://") for link in card["links"])


def test_choosing_a_claim_in_the_popup_opens_what_is_folded_and_its_card(landing: Checked) -> None:
    folded = landing.page.locator("details").first
    expect(folded).not_to_have_attribute("open", "")
    landing.popup.get_by_role("button", name="Ketamine is not approved by the FDA").click()
    card = card_on(landing.page)
    assert card["title"] == "Supported by the evidence"
    assert "Backs the claim." in card["text"]
    expect(folded).to_have_attribute("open", "")


def test_escape_closes_the_card(landing: Checked) -> None:
    landing.popup.get_by_role("button", name="Ketamine is safe for everyone").click()
    card = landing.page.locator("overclaim-card")
    card.wait_for(state="attached")
    landing.page.bring_to_front()
    landing.page.keyboard.press("Escape")
    card.wait_for(state="detached")


def test_a_claim_reworded_while_it_was_checked_is_not_highlighted(
    page: Page, site: str, extension: Extension
) -> None:
    page.goto(f"{site}/ketamine-clinic/page.html")
    word = page.get_by_text("approved", exact=True)
    popup, _ = extension.check(
        page, meanwhile=lambda: word.evaluate("word => { word.textContent = 'not approved'; }")
    )
    listed = popup.get_by_role("button", name="The FDA has approved ketamine")
    expect(listed).to_contain_text("not located")
    expect(listed).to_have_attribute("aria-disabled", "true")
    painted = [mark["words"] for mark in highlights_of(page)]
    assert "The FDA has approved ketamine for the treatment of depression." not in painted
    assert "Ketamine is safe for everyone." in painted


def test_a_second_check_reads_the_page_anew(landing: Checked) -> None:
    claim = landing.page.get_by_text("Ketamine is safe for everyone.")
    claim.evaluate("claim => { claim.textContent = 'There is tea.'; }")
    landing.popup.get_by_role("button", name="Check again").click()
    expect(landing.popup.get_by_role("status")).to_contain_text("claims found")
    painted = [mark["words"] for mark in highlights_of(landing.page)]
    assert "Ketamine is safe for everyone." not in painted
    assert "Ketamine always works, for every single patient." in painted


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_fault_in_the_popup(landing: Checked, scheme: Any) -> None:
    landing.popup.emulate_media(color_scheme=scheme)
    assert Axe().run(landing.popup).response["violations"] == []


def test_axe_finds_no_fault_in_the_settings(browser: BrowserContext, extension: Extension) -> None:
    settings = browser.new_page()
    settings.goto(f"{extension.address}/options/options.html")
    assert Axe().run(settings).response["violations"] == []
    settings.close()


def test_a_server_that_does_not_answer_is_not_saved(extension: Extension, nobody: str) -> None:
    assert extension.set_server(nobody) == (
        "Not saved. The server cannot be reached. Is it running, and is its address right in the"
        " settings?"
    )


def test_a_server_that_went_away_is_reported_in_the_popup(
    page: Page, site: str, extension: Extension, live_server: str, nobody: str
) -> None:
    page.goto(f"{site}/ketamine-clinic/page.html")
    popup = extension.open_popup(page)
    extension.store_server(nobody)
    try:
        popup.get_by_role("button", name="Check this page").click()
        expect(popup.get_by_role("status")).to_contain_text("The server cannot be reached.")
        assert highlights_of(page) == []
    finally:
        extension.store_server(live_server)


def _joined(blocks: list[dict[str, str]]) -> str:
    """All texts sent, one block a line, runs of spaces as the reader sees them."""
    return "\n".join(re.sub("[ \u00a0]+", " ", block["text"]) for block in blocks)
