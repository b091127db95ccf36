"""What the extension costs a page, measured in Chromium: the section "extension" of `make bench`.

The page has 5,000 nodes and does nothing by itself, so every task of its main thread while it is
checked is the extension's, or style and paint that it caused. The limits are those it is held to.
"""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import CDPSession, Page, sync_playwright

from tests.e2e.stage import (
    ROOT,
    Extension,
    highlights_of,
    open_browser,
    running_server,
    served_pages,
    wait_for_answer,
)

ROUNDS = 5
NODES = 5_000
LONGEST_TASK_MS = 50
ALL_TASKS_MS = 150
MEMORY_MB = 10
PACKAGE_KB = 300
CLAIMS = (
    "Ketamine is safe for everyone.",
    "Ketamine never causes bladder problems.",
    "Ketamine is FDA-approved for PTSD.",
)
FILL = """([count, claims]) => {
  const parts = document.createDocumentFragment();
  document.querySelector("main").replaceChildren();
  for (let n = 0; n * 8 < count; n += 1) {
    const section = document.createElement("section");
    const head = document.createElement("h2");
    const text = document.createElement("p");
    const bold = document.createElement("b");
    head.textContent = `Ketamine, part ${n}`;
    bold.textContent = "quiet";
    text.append(`Visit ${n} begins in a `, bold, " room with a view of the garden. ");
    if (n % 50 === 0) text.append(claims[(n / 50) % claims.length]);
    section.append(head, text);
    parts.append(section);
  }
  document.querySelector("main").append(parts);
}"""


def main() -> None:
    """Prints the worst of several rounds beside each limit."""
    with (
        TemporaryDirectory() as folder,
        running_server(Path(folder)) as server,
        served_pages() as site,
        sync_playwright() as playwright,
        open_browser(playwright, Path(folder) / "profile") as browser,
    ):
        extension = Extension(browser)
        extension.set_server(server)
        rounds = []
        for _ in range(ROUNDS):
            page = browser.new_page()
            page.goto(f"{site}/blank/page.html")
            page.evaluate(FILL, [NODES, CLAIMS])
            rounds.append(_measure(page, extension))
            page.close()
    print(f"extension, a page of {NODES} nodes, worst of {ROUNDS}; load {os.getloadavg()[0]:.2f}")
    longest, total, memory = (max(values) for values in zip(*rounds, strict=True))
    _report("longest task of the main thread", longest, LONGEST_TASK_MS, "ms")
    _report("all tasks of the main thread", total, ALL_TASKS_MS, "ms")
    _report("memory of the page's scripts", memory, MEMORY_MB, "MB")
    for target in ("chrome", "firefox"):
        package = ROOT / "dist" / f"overclaim-{target}.zip"
        _report(f"package for {target}", package.stat().st_size / 1000, PACKAGE_KB, "kB")


def _report(name: str, value: float, limit: float, unit: str) -> None:
    print(f"{name}: {value:7.1f} {unit} (limit {limit}){'' if value <= limit else '  OVER'}")


def _measure(page: Page, extension: Extension) -> tuple[float, float, float]:
    """Longest task and all tasks in milliseconds, growth of memory in megabytes."""
    panel = extension.open_popup(page)
    page.bring_to_front()
    for _ in range(3):  # the page's own first style and paint are not ours
        page.evaluate("() => new Promise(requestAnimationFrame)")
    session = page.context.new_cdp_session(page)
    before = _memory(session)
    events: list[dict[str, Any]] = []
    session.on("Tracing.dataCollected", lambda message: events.extend(message["value"]))
    session.send(
        "Tracing.start",
        {"traceConfig": {"includedCategories": ["toplevel", "devtools.timeline", "__metadata"]}},
    )
    page.evaluate("performance.mark('begin')")
    panel.evaluate("document.getElementById('check').click()")
    wait_for_answer(panel)
    panel.locator("#result").wait_for()
    page.evaluate("() => new Promise(requestAnimationFrame)")
    done: list[bool] = []
    session.once("Tracing.tracingComplete", lambda _: done.append(True))
    session.send("Tracing.end")
    while not done:
        page.evaluate("1")
    assert highlights_of(page), "nothing was found to measure"
    tasks = _tasks(events)
    growth = _memory(session) - before
    panel.close()
    return max(tasks), sum(tasks), growth


def _memory(session: CDPSession) -> float:
    """Megabytes held by scripts, the page's and ours, after a collection."""
    session.send("HeapProfiler.collectGarbage")
    used: float = session.send("Runtime.getHeapUsage")["usedSize"]
    return used / 1e6


def _tasks(events: list[dict[str, Any]]) -> list[float]:
    """Milliseconds of each task on the main thread of the process that the content script ran in."""
    ours = {
        (event["pid"], event["tid"])
        for event in events
        if "content/main.js" in str(event.get("args", {}).get("data", {}))
    }
    assert len(ours) == 1, f"the content script ran on {len(ours)} threads"
    return [
        event["dur"] / 1000
        for event in events
        if event.get("name") in ("RunTask", "ThreadControllerImpl::RunTask")
        and "dur" in event
        and (event["pid"], event["tid"]) in ours
    ]


if __name__ == "__main__":
    main()
