"""Makes the pictures: docs/extension.png and those of the stores, and the stores' texts.

Run as ``make store``, or ``python -m tests.e2e.screenshot`` in the environment of the tests.
"""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import BrowserContext, Page, sync_playwright

from tests.e2e.stage import (
    EXTENSION,
    ROOT,
    Extension,
    card_on,
    open_browser,
    place_of,
    running_server,
    served_pages,
)

PICTURE = ROOT / "docs" / "extension.png"
STORE = EXTENSION / "store"
MESSAGES = EXTENSION / "src" / "_locales" / "en" / "messages.json"
SIZE: Any = {"width": 1280, "height": 800}  # as both stores ask for
PANEL_WIDTH = 400
CLAIM = "Our IV ketamine infusions are FDA-approved for depression, anxiety and PTSD."
DARK_CLAIM = "Spravato is completely safe."


def main() -> None:
    """Writes pictures and texts."""
    STORE.mkdir(exist_ok=True)
    (STORE / "description.md").write_text(_description(), "utf-8")
    with (
        TemporaryDirectory() as folder,
        running_server(Path(folder)) as server,
        served_pages() as site,
        sync_playwright() as playwright,
        open_browser(
            playwright, Path(folder) / "profile", viewport=SIZE, color_scheme="light"
        ) as browser,
    ):
        extension = Extension(browser)
        extension.set_server(server)
        page = browser.new_page()
        page.goto(f"{site}/ketamine-clinic/page.html")
        page.get_by_role("button", name="Accept").click()  # cookies
        panel, _ = extension.check(page)
        _point_at_end_of_first_line(page, CLAIM)
        page.screenshot(path=PICTURE)
        page.screenshot(path=STORE / "1-page.png")
        page.mouse.move(5, 5)
        page.locator("overclaim-card").wait_for(state="detached")
        page.set_viewport_size({"width": SIZE["width"] - PANEL_WIDTH, "height": SIZE["height"]})
        _in_frame(browser, page, panel, STORE / "2-panel.png")
        page.set_viewport_size(SIZE)
        page.goto(f"{site}/ketamine-questions/page.html")
        extension.check(page)
        page.emulate_media(color_scheme="dark")
        _point_at_end_of_first_line(page, DARK_CLAIM)
        page.screenshot(path=STORE / "3-dark.png")
        settings = browser.new_page()
        settings.goto(f"{extension.address}/options/options.html")
        settings.locator("#keys dt").first.wait_for()
        settings.get_by_label("Server address").fill("http://127.0.0.1:8000")
        settings.screenshot(path=STORE / "4-settings.png")


def _point_at_end_of_first_line(page: Page, claim: str) -> None:
    """There the card opens beside the other marks instead of above them."""
    page.bring_to_front()
    x, y = place_of(page, claim, "end")
    page.mouse.move(x, y)
    card_on(page)


def _in_frame(browser: BrowserContext, page: Page, panel: Page, picture: Path) -> None:
    """The page with the panel at its side, as the browser shows them together."""
    panel.goto(panel.url.replace("in=popup&", ""))
    panel.locator("button.claim").first.wait_for()
    panel.set_viewport_size({"width": PANEL_WIDTH, "height": SIZE["height"]})
    parts = [page.screenshot(), panel.screenshot()]
    shown = browser.new_page()
    images = "".join(
        f'<img src="data:image/png;base64,{b64encode(part).decode()}">' for part in parts
    )
    shown.set_content(f"<style>body {{ display: flex; margin: 0 }}</style>{images}")
    shown.screenshot(path=picture)
    shown.close()


def _description() -> str:
    """The text for the stores, in the words that the extension itself uses."""
    texts = {
        key: entry["message"] for key, entry in json.loads(MESSAGES.read_text("utf-8")).items()
    }
    marks = [
        f"- {texts[f'verdict_{verdict}']}: {texts[f'meaning_{verdict}']}"
        for verdict in ("supported", "overstated", "unsupported", "false", "uncovered")
    ]
    privacy = [
        f"- {texts[f'privacy_{topic}']}" for topic in ("when", "what", "where", "dispute", "not")
    ]
    return "\n".join(
        [
            f"# {texts['extension_name']}",
            "",
            texts["extension_description"],
            "",
            "It needs an Overclaim server: one on your own computer, or one that somebody runs for you.",
            "",
            "## What the marks mean",
            "",
            *marks,
            "",
            f"## {texts['privacy_heading']}",
            "",
            *privacy,
            "",
            texts["panel_no_advice"],
            "",
        ]
    )


if __name__ == "__main__":
    main()
