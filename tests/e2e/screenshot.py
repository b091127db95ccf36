"""Makes docs/extension.png: a clinic's page with its claims marked and one card open.

Run as ``python -m tests.e2e.screenshot`` in the environment of the tests.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Page, sync_playwright

from tests.e2e.stage import (
    ROOT,
    Extension,
    card_on,
    open_browser,
    place_of,
    running_server,
    served_pages,
)

PICTURE = ROOT / "docs" / "extension.png"
SIZE = {"width": 1280, "height": 800}
CLAIM = "Our IV ketamine infusions are FDA-approved for depression, anxiety and PTSD."


def main() -> None:
    """Writes the picture."""
    with (
        TemporaryDirectory() as folder,
        running_server(Path(folder)) as server,
        served_pages() as site,
        sync_playwright() as playwright,
        open_browser(
            playwright,
            Path(folder) / "profile",
            viewport=SIZE,
            color_scheme="light",
        ) as browser,
    ):
        extension = Extension(browser)
        extension.set_server(server)
        page = browser.new_page()
        page.goto(f"{site}/ketamine-clinic/page.html")
        page.get_by_role("button", name="Accept").click()  # cookies
        extension.check(page)
        _point_at_end_of_first_line(page)
        PICTURE.parent.mkdir(exist_ok=True)
        page.screenshot(path=PICTURE)


def _point_at_end_of_first_line(page: Page) -> None:
    """There the card opens beside the other marks instead of above them."""
    page.bring_to_front()
    x, y = place_of(page, CLAIM, "end")
    page.mouse.move(x, y)
    card_on(page)


if __name__ == "__main__":
    main()
