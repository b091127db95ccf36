"""The server, the pages and the browser of the end-to-end tests, each started once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright

from tests.e2e.stage import Extension, open_browser, running_server, served_pages


@pytest.fixture(scope="session")
def live_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real server that is ready."""
    with running_server(tmp_path_factory.mktemp("server")) as address:
        yield address


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The address under which `tests/pages` is served."""
    with served_pages() as address:
        yield address


@pytest.fixture(scope="session")
def browser(
    playwright: Playwright, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BrowserContext]:
    """Chromium with the extension loaded."""
    with open_browser(playwright, tmp_path_factory.mktemp("profile")) as context:
        yield context


@pytest.fixture(scope="session")
def extension(browser: BrowserContext, live_server: str) -> Extension:
    """The extension, told where the server is."""
    extension = Extension(browser)
    said = extension.set_server(live_server)
    assert said.startswith("Saved."), said
    return extension


@pytest.fixture
def page(browser: BrowserContext) -> Iterator[Page]:
    """An empty tab; it and the tabs opened from it are closed afterwards."""
    before = set(browser.pages)
    yield browser.new_page()
    for opened in set(browser.pages) - before:
        opened.close()
