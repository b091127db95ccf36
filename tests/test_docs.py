"""What the documents name is what the code has."""

from __future__ import annotations

import re

from server.settings import PREFIX, SETTINGS
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def test_readme_lists_every_setting_and_no_other() -> None:
    rows = re.findall(rf"^\| `({PREFIX}\w+)` \| (?:`(.*?)`)? ?\| (.+) \|$", README, re.MULTILINE)
    assert rows == [(PREFIX + one.name, one.default, one.meaning) for one in SETTINGS]


def test_every_make_target_in_the_documents_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
    for name in ("README.md", "CONTRIBUTING.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert set(re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE)) <= targets
