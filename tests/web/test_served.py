"""The server as it is run: gunicorn, the shipped models, and a browser."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Playwright

from server.web.words import VERDICTS

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
START_SECONDS = 120
TITLE = "Ketamine infusions for depression"
TEXT = (
    "Our ketamine infusions are FDA-approved for depression. Call us today! 🌿\n\n"
    "A single ketamine infusion can lift mood within hours in some people with "
    "treatment-resistant depression.\nהטיפול בקטמין מרפא דיכאון."
)
BROWSER_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def _gunicorn(folder: Path) -> Iterator[tuple[str, int]]:
    """A real server over a new database in `folder`; its host and port once it is ready."""
    log = folder / "server.log"
    with socket.create_server(("127.0.0.1", 0)) as listener, log.open("wb") as output:
        command = ["-m", "gunicorn", "-c", "server/web/gunicorn.conf.py", "server.web.wsgi:app"]
        process = subprocess.Popen(
            # The socket is handed over: no other program can take the port in between.
            [sys.executable, *command, "--bind", f"fd://{listener.fileno()}"],
            cwd=ROOT,
            env=os.environ
            | {
                "OVERCLAIM_DATABASE_URL": f"sqlite:///{folder / 'var' / 'overclaim.db'}",
                "OVERCLAIM_RATE_LIMIT": "10000 per minute",
            },
            pass_fds=[listener.fileno()],
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        host, port = listener.getsockname()[:2]
        try:
            _wait_until_ready(f"http://{host}:{port}/readyz", process, log)
            yield host, port
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=40) == 0


def _wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.05)
    raise AssertionError(f"the server did not become ready:\n{log.read_text('utf-8')[-4000:]}")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("served")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[tuple[str, int]]:
    with _gunicorn(folder) as address:
        yield address


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(
        executable_path=shutil.which("chromium") or shutil.which("chromium-browser"),
        args=list(BROWSER_ARGUMENTS),
    )
    yield browser
    browser.close()


def _ask(
    server: tuple[str, int], method: str, path: str, body: bytes | None = None, **headers: str
) -> tuple[int, str, bytes]:
    connection = http.client.HTTPConnection(*server, timeout=60)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body, sent)
    response = connection.getresponse()
    answer = response.status, response.headers.get_content_type(), response.read()
    connection.close()
    return answer


def test_check_over_http(server: tuple[str, int]) -> None:
    body = json.dumps({"text": TEXT}).encode()
    status, kind, answer = _ask(
        server, "POST", "/api/v1/check", body, Content_Type="application/json"
    )
    assert (status, kind) == (200, "application/json")
    claims = json.loads(answer)["claims"]
    assert all(TEXT[claim["start"] : claim["end"]] == claim["text"] for claim in claims)


def test_body_over_the_limit_is_answered(server: tuple[str, int]) -> None:
    body = b'{"text": "' + b"x" * (9 * 1024 * 1024) + b'"}'
    status, kind, _ = _ask(server, "POST", "/api/v1/check", body, Content_Type="application/json")
    assert (status, kind) == (413, "application/problem+json")


def test_log_is_json_without_page_text(server: tuple[str, int], folder: Path) -> None:
    body = json.dumps({"text": "Ketamine cures grandmother."}).encode()
    _ask(
        server,
        "POST",
        "/api/v1/check",
        body,
        Content_Type="application/json",
        X_Request_ID="find-me",
    )
    log = (folder / "server.log").read_text("utf-8")
    (line,) = (json.loads(line) for line in log.splitlines() if "find-me" in line)
    assert {"event", "level", "timestamp", "route", "status", "milliseconds", "claims"} <= set(line)
    assert "grandmother" not in log


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("with_script", [True, False], ids=["script", "no script"])
def test_reader_checks_keeps_and_disputes(
    server: tuple[str, int], browser: Browser, scheme: Any, width: int, with_script: bool
) -> None:
    context = browser.new_context(
        color_scheme=scheme,
        viewport={"width": width, "height": 800},
        java_script_enabled=with_script,
        base_url=f"http://{server[0]}:{server[1]}",
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))

    page.goto("/")
    _look(page, width, with_script)
    page.get_by_label("Text to check").fill(TEXT)
    page.get_by_label("Title or heading of the page").fill(TITLE)
    page.get_by_role("button", name="Check this text").click()
    page.get_by_role("heading", name="What the evidence says of this text").wait_for()
    _look(page, width, with_script)
    first = page.locator("mark").first
    assert first.inner_text() == "Our ketamine infusions are FDA-approved for depression."
    assert "Treatment: ketamine" in page.locator("#claim-1").inner_text()
    shown = page.locator("#claim-1 h3").inner_text()
    assert any(said.name in shown for said in VERDICTS.values())
    assert page.get_by_label("Text to check").input_value() == TEXT

    page.get_by_role("button", name="Keep this report").click()
    page.wait_for_url("**/r/*")
    _look(page, width, with_script)
    assert page.locator("mark").first.inner_text() == first.inner_text()
    page.locator("#claim-1 summary").click()
    page.locator("#claim-1 textarea").fill("See the label.")
    page.locator("#claim-1").get_by_role("button", name="Send").click()
    page.get_by_role("heading", name="Thank you").wait_for()
    _look(page, width, with_script)
    page.get_by_role("link", name="Back to the report").click()
    page.locator("#claim-1 .evidence a").first.click()
    page.get_by_role("heading", name="Evidence statement").wait_for()
    _look(page, width, with_script)
    assert complaints == []

    page.goto("/")
    page.get_by_role("button", name="Check this text").click()
    page.get_by_text("Paste the text you want checked.").wait_for()
    _look(page, width, with_script)
    context.close()


def test_keyboard_alone_is_enough(server: tuple[str, int], browser: Browser) -> None:
    context = browser.new_context(base_url=f"http://{server[0]}:{server[1]}")
    page = context.new_page()
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("Our ketamine infusions are FDA-approved for depression.")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.locator("mark").first.wait_for()
    context.close()


def _look(page: Page, width: int, with_script: bool) -> None:
    """No accessibility rule is broken, and nothing sticks out of the window."""
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if with_script:  # axe is one
        violations = Axe().run(page).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in violations] == []
