"""Firefox with the extension, spoken to by Marionette: the protocol that Firefox itself carries.

Length-prefixed JSON over TCP, one command at a time; so the tests need no driver program.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.e2e.stage import ROOT, built_extension

BUILT = ROOT / "dist" / "firefox"
EXTENSION_ID = "overclaim@overclaim.example"
ORIGIN = "moz-extension://5d3c2b8a-6a0f-4f0e-9d57-0c5b1a3f2e11"
START_SECONDS = 60


def firefox_program() -> str | None:
    """Where Firefox is, if anywhere."""
    return shutil.which("firefox-esr") or shutil.which("firefox")


class Firefox:
    """A running Firefox."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._stream = connection.makefile("rb")
        self._count = 0
        self._read()  # the greeting
        self.call("WebDriver:NewSession", strictFileInteractability=False)

    def call(self, command: str, **parameters: Any) -> Any:
        """The answer to a command; most carry it under `value`."""
        self._count += 1
        message = json.dumps([0, self._count, command, parameters]).encode()
        self._connection.sendall(str(len(message)).encode() + b":" + message)
        _, _, error, answer = self._read()
        if error:
            raise RuntimeError(f"{command}: {error['error']}: {error['message']}")
        return answer.get("value", answer) if isinstance(answer, dict) else answer

    def _read(self) -> Any:
        length = b""
        while (digit := self._stream.read(1)) != b":":
            if not digit:
                raise ConnectionError("Firefox closed the connection")
            length += digit
        return json.loads(self._stream.read(int(length)))

    def open_tab(self, address: str) -> str:
        """A new tab with a page; answers its handle."""
        handle: str = self.call("WebDriver:NewWindow", type="tab")["handle"]
        self.switch(handle)
        self.call("WebDriver:Navigate", url=address)
        return handle

    def switch(self, handle: str) -> None:
        self.call("WebDriver:SwitchToWindow", handle=handle, focus=True)

    def evaluate(self, script: str, *arguments: Any) -> Any:
        """What an asynchronous function's body answers in the page."""
        wrapped = (
            "const done = arguments[arguments.length - 1];"
            f"(async (...args) => {{ {script} }})(...[...arguments].slice(0, -1))"
            ".then((value) => done({ value }), (error) => done({ error: String(error) }))"
        )
        answer = self.call(
            "WebDriver:ExecuteAsyncScript",
            script=wrapped,
            args=list(arguments),
            scriptTimeout=30_000,
        )
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer.get("value")

    def point_at(self, x: float, y: float) -> None:
        """Moves the pointer to a place in the window."""
        move = {"type": "pointerMove", "x": round(x), "y": round(y), "duration": 0}
        mouse = {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}}
        self.call("WebDriver:PerformActions", actions=[{**mouse, "actions": [move]}])


@contextmanager
def running_firefox(profile: Path, preferences: dict[str, Any]) -> Iterator[Firefox]:
    """Firefox, headless, with the built extension."""
    built_extension()
    program = firefox_program()
    assert program is not None
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        port = reserved.getsockname()[1]
    settings = {
        "marionette.port": port,
        "extensions.webextensions.uuids": json.dumps({EXTENSION_ID: ORIGIN.rsplit("/", 1)[1]}),
        "browser.shell.checkDefaultBrowser": False,
        "datareporting.policy.dataSubmissionEnabled": False,
        "app.update.enabled": False,
        **preferences,
    }
    profile.mkdir(exist_ok=True)
    lines = [f"user_pref({json.dumps(k)}, {json.dumps(v)});\n" for k, v in settings.items()]
    (profile / "user.js").write_text("".join(lines))
    arguments = ["--marionette", "--headless", "--no-remote", "--remote-allow-system-access"]
    process = subprocess.Popen(
        [program, *arguments, "--profile", str(profile)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        firefox = Firefox(_connected(port, process))
        firefox.call("Addon:Install", path=str(BUILT), temporary=True)
        yield firefox
    finally:
        process.terminate()
        process.wait(timeout=30)


def _connected(port: int, process: subprocess.Popen[bytes]) -> socket.socket:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            return socket.create_connection(("127.0.0.1", port))
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("Firefox did not open its port for Marionette")
