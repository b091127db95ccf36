"""HTML to the blocks a reader sees, with the standard library alone.

Without a style sheet this cannot tell what a browser hides; it goes by the elements. Scripts,
navigation, page furniture and form fields are left out.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

from server.engine.values import Block, BlockKind

_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_SKIPPED = frozenset(
    "script style noscript template svg math canvas video audio iframe object nav footer textarea "
    "select dialog".split()
)
_BLOCKS = _HEADINGS | frozenset(
    "address article aside blockquote body button caption center dd details dir div dl dt fieldset "
    "figcaption figure form header hr html legend li main menu ol optgroup option p pre search "
    "section summary table tbody td tfoot th thead title tr ul".split()
)
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
_SPACE = re.compile(r"[ \t\n\r\f]+")
"""What a browser collapses; a no-break space is not among it."""
_OPENING = re.compile(r"<[a-zA-Z/!?]")
_NO_COMMENT = "<!x"
"""Skipped by browser and parser alike up to the next `>`."""
_AROUND_BREAK = re.compile(r" *\n *")
_SPACE_RUN = re.compile(" {2,}")
"""Where an inline element ends with a space and the text after it begins with one."""


def blocks_of_html(html: str) -> list[Block]:
    """The blocks of a page in reading order; one without a letter or digit is left out.

    White space is collapsed as a browser does, since a line end in the source is none on the
    screen; `<br>` is a line end in the block's text.
    """
    parser = _BlockParser()
    parser.feed(_closed(html))
    parser.close()
    parser.end_block()
    return parser.blocks


def _closed(html: str) -> str:
    """The markup without what never ends, read as a browser reads it.

    html.parser looks for the end of each such thing through the whole rest of the page, which takes
    minutes for one that is made of them; and at `<![` it may give up.
    """
    html = html.replace("<![", _NO_COMMENT)
    last_comment = html.rfind("-->") + 1
    html = html[:last_comment] + html[last_comment:].replace("<!--", _NO_COMMENT)
    last_tag = html.rfind(">") + 1
    unended = _OPENING.search(html, last_tag)
    return html[: unended.start()] if unended else html


class _BlockParser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[Block] = []
        self._words: list[str] = []
        self._kind = BlockKind.TEXT
        self._kind_element = ""
        self._skipped_element = ""
        self._skipped_depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._skipped_element:
            self._skipped_depth += tag == self._skipped_element
            return
        is_hidden = any(name == "hidden" for name, _ in attrs) and tag not in _VOID
        if tag in _SKIPPED or is_hidden:
            self._skipped_element, self._skipped_depth = tag, 1
        if tag in _BLOCKS:
            self.end_block()
        if tag == "br":
            self._words.append("\n")
        if tag in _HEADINGS or tag == "title":
            self._kind = BlockKind.TITLE if tag == "title" else BlockKind.HEADING
            self._kind_element = tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """`<p/>` opens in HTML as `<p>` does; only a foreign element such as `<svg/>` is empty."""
        if tag not in _SKIPPED:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if self._skipped_element:
            self._skipped_depth -= tag == self._skipped_element
            if self._skipped_depth == 0:
                self._skipped_element = ""
            return
        if tag in _BLOCKS:
            self.end_block()
        if tag == self._kind_element or (tag in _HEADINGS and self._kind_element in _HEADINGS):
            self._kind, self._kind_element = BlockKind.TEXT, ""

    def handle_data(self, data: str) -> None:
        if not self._skipped_element:
            self._words.append(_SPACE.sub(" ", data))

    def end_block(self) -> None:
        """Closes the block at hand, if it has words."""
        text = _AROUND_BREAK.sub("\n", _SPACE_RUN.sub(" ", "".join(self._words))).strip()
        self._words = []
        if any(character.isalnum() for character in text):
            self.blocks.append(Block(f"b{len(self.blocks)}", text, self._kind))
