"""Blocks to sentences, with the exact place of each.

Layout is split first (lines, table cells, list items, block tags of HTML pasted as text), since no
library knows it; the rest is the work of syntok. On the table of clinic-like cases in `tests/engine/sentence_cases.yaml` syntok alone
gets 63 of the first 84 right, pySBD 65, spaCy's sentencizer 60; pySBD needs 18 s for a line of 100,000
characters where syntok needs 0.14 s. What syntok leaves glued on clinic pages is cut here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import syntok.segmenter

from server.engine.values import Block, Sentence, Span

_LAYOUT = re.compile(
    r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029\t]+"  # lines and table cells
    r"|(?<=\s)\|(?=\s)"  # cells drawn with bars
    r"|</?(?:article|aside|blockquote|body|br|dd|div|dl|dt|figure|footer|form|h[1-6]|head|header|hr"
    r"|html|li|main|nav|ol|option|p|section|table|tbody|td|th|thead|title|tr|ul)\b[^<>]{0,1000}>"
    r"|[•◦‣⁃▪●○■□◆►➤➢✓✔✅☑★·∙]\ufe0f?"  # items of a list
)
_LIST_MARK = re.compile(r"\s*(?:[-–—*]|\(?\d{1,2}[.)])\s+")

_NEVER_FINAL = frozenset(
    "dr mr mrs ms prof st mt ft vs no fig figs eq vol pp ca cf e.g i.e u.s u.k f.d.a approx est "
    "hrs mins secs dept appt incl max tel ext inc ltd corp co al resp".split()
)
"""Abbreviations that another word usually follows, without their last stop."""

_GLUED = re.compile(  # every repetition is bounded: a line of stops must not cost its square
    r"(?P<word>[^\s(\[“\"'’]{0,40}?[^\s(\[“\"'’.!?…])(?P<stop>[.!?…]{1,8})"
    r"(?:\[\d+(?:[,–-]\d+)*\]|[¹²³⁴-⁹⁰]+|[)\]\"”’']){0,4}"
    r"\s+(?=(?P<next>\S))"
)


def split_sentences(block: Block) -> list[Sentence]:
    """The sentences of a block in order; their spans never overlap and leave out only layout.

    White space and list marks lie between the spans. A block without words has no sentences.
    """
    return [
        Sentence(block, span)
        for piece in _pieces(block.text)
        for span in _sentences_of(block.text, piece)
    ]


def _pieces(text: str) -> Iterator[Span]:
    """Lines, table cells and list items, without their marks."""
    start = 0
    for mark in _LAYOUT.finditer(text):
        yield from _without_list_mark(text, start, mark.start())
        start = mark.end()
    yield from _without_list_mark(text, start, len(text))


def _without_list_mark(text: str, start: int, end: int) -> Iterator[Span]:
    mark = _LIST_MARK.match(text, start, end)
    yield from _trimmed(text, mark.end() if mark else start, end)


def _sentences_of(text: str, piece: Span) -> Iterator[Span]:
    words = piece.of(text)
    starts = sorted({*_starts_by_syntok(words), *_starts_of_glued(words)})
    for start, end in zip(starts, [*starts[1:], len(words)], strict=True):
        yield from _trimmed(text, piece.start + start, piece.start + end)


def _starts_by_syntok(words: str) -> Iterable[int]:
    """Offset 0 and of every later sentence. Text before the first token belongs to the first."""
    starts = [
        tokens[0].offset for paragraph in syntok.segmenter.analyze(words) for tokens in paragraph
    ]
    return [0, *starts[1:]]


def _starts_of_glued(words: str) -> Iterator[int]:
    for match in _GLUED.finditer(words):
        if _ends_sentence(match["word"], match["stop"], match["next"]):
            yield match.end()


def _ends_sentence(word: str, stop: str, following: str) -> bool:
    last = word.lower()
    is_initial = len(word) == 1 and word.isalpha() and word.isupper()
    if stop == "." and (last in _NEVER_FINAL or is_initial):
        return False
    if following.isupper():
        return stop != "..."
    # A sentence typed without a capital: only after a word too long to be an abbreviation.
    return following.isalpha() and stop == "." and len(last) > 4 and last.isalpha()


def _trimmed(text: str, start: int, end: int) -> Iterator[Span]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield Span(start, end)
