"""The main path in Firefox, with highlights and with what stands in for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.firefox import ORIGIN, Firefox, firefox_program, running_firefox
from tests.e2e.stage import PAGES, expected_of

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(firefox_program() is None, reason="neither firefox-esr nor firefox is here"),
]

OLDER = "Mozilla/5.0 (X11; Linux x86_64; rv:148.0) Gecko/20100101 Firefox/148.0"
FALLBACK = {"general.useragent.override": OLDER}
"""Taken for a version that does not draw all of a highlight, so the fallback must serve."""
READ = """
  const { chrome: _, browser } = window;
  const tab = (await browser.tabs.query({})).find(({ url }) => url === args[0]);
"""


@pytest.fixture(scope="module", params=[{}, FALLBACK], ids=["highlights", "overlays"])
def firefox(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, live_server: str
) -> Iterator[tuple[Firefox, str, bool]]:
    """Firefox, the handle of a page of the extension, and whether it has highlights."""
    with running_firefox(tmp_path_factory.mktemp("firefox"), request.param) as running:
        page = running.open_tab(f"{ORIGIN}/panel/panel.html")
        running.evaluate("await browser.storage.sync.set({ serverAddress: args[0] });", live_server)
        yield running, page, not request.param


def _check(running: Firefox, panel: str, address: str) -> tuple[str, dict[str, Any]]:
    """Opens a page and has it checked; answers its handle and the page's state."""
    handle = running.open_tab(address)
    running.switch(panel)
    state = running.evaluate(
        READ
        + """
        const told = new Promise((resolve) => browser.runtime.onMessage.addListener((message, sender) => {
          if (message.type === "changed" && sender.tab.id === tab.id && message.state.phase === "done") {
            resolve(message.state);
          }
        }));
        const started = await browser.runtime.sendMessage({ type: "check", tabId: tab.id });
        return started.error ? started : await told;
        """,
        address,
    )
    running.switch(handle)
    return handle, state


def _painted(running: Firefox) -> list[str]:
    words: list[str] = running.evaluate(
        """return [...CSS.highlights].filter(([name]) => name.startsWith("overclaim-"))
             .flatMap(([, highlight]) => [...highlight])
             .map((range) => range.toString().replace(/\\s+/g, " "));"""
    )
    return words


@pytest.mark.parametrize("name", ["page-builder", "long-article", "right-to-left", "strict-policy"])
def test_the_very_words_are_marked(
    firefox: tuple[Firefox, str, bool], site: str, name: str
) -> None:
    running, panel, has_highlights = firefox
    _, state = _check(running, panel, f"{site}/{name}/page.html")
    expected = [mark["words"] for mark in expected_of(name)["highlights"]]
    located = [" ".join(claim["text"].split()) for claim in state["claims"] if claim["located"]]
    assert [words for words in expected if words not in located] == []
    if has_highlights:
        assert [words for words in expected if words not in _painted(running)] == []
    else:
        assert running.evaluate("return document.querySelectorAll('overclaim-marks').length;") == 1
        assert _painted(running) == []


def test_the_fallback_lays_its_lines_under_the_words(
    firefox: tuple[Firefox, str, bool], site: str
) -> None:
    running, panel, has_highlights = firefox
    if has_highlights:
        pytest.skip("this Firefox draws highlights")
    address = f"{site}/strict-policy/page.html"
    handle, state = _check(running, panel, address)
    running.switch(panel)
    drawn = running.evaluate(
        READ
        + """
        const [{ result }] = await browser.scripting.executeScript({ target: { tabId: tab.id }, func: () => {
          const host = document.querySelector("overclaim-marks");
          const lines = [...host.openOrClosedShadowRoot.querySelectorAll("div > div")];
          return lines.map((line) => {
            const { left, top, width } = line.getBoundingClientRect();
            return [line.className, Math.round(left), Math.round(top), Math.round(width)];
          });
        } });
        return result;
        """,
        address,
    )
    running.switch(handle)
    words = running.evaluate(
        """return [...document.querySelectorAll("p")]
             .filter((p) => !p.isContentEditable && p.textContent.startsWith("Ketamine")).map((p) => {
          const range = document.createRange();
          range.selectNodeContents(p.firstChild);
          const { left, top, width } = range.getBoundingClientRect();
          return [Math.round(left), Math.round(top), Math.round(width)];
        });"""
    )
    verdicts = [claim["verdict"] for claim in state["claims"]]
    assert [line[0] for line in drawn] == verdicts
    assert [line[1:] for line in drawn] == words


def test_pointing_at_a_claim_opens_its_card(firefox: tuple[Firefox, str, bool], site: str) -> None:
    running, panel, _ = firefox
    _check(running, panel, f"{site}/no-selection/page.html")
    x, y = running.evaluate(
        """const range = document.createRange();
           range.selectNodeContents(document.querySelector("p").firstChild);
           const { left, top, height } = range.getBoundingClientRect();
           return [left + 10, top + height / 2];"""
    )
    running.point_at(x, y)
    running.evaluate(
        """while (!document.querySelector("overclaim-card")) await new Promise(requestAnimationFrame);"""
    )


def test_the_page_itself_is_not_touched(firefox: tuple[Firefox, str, bool], site: str) -> None:
    running, panel, _ = firefox
    source = (PAGES / "no-selection" / "page.html").read_text("utf-8")
    _check(running, panel, f"{site}/no-selection/page.html")
    body = running.evaluate("return document.body.outerHTML;")
    assert body.split("</body>")[0].strip() in source
