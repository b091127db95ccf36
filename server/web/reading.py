"""A checked page as it is shown to a reader: the text, cut where claims begin and end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from server.engine.values import Block, BlockKind, ReasonCode
from server.offsets import Utf16Offsets
from server.web.words import CONTEXTS, REASONS
from server.wire import CheckAnswer, CheckRequest, ClaimOut, ContextOut, blocks_of


@dataclass(frozen=True, slots=True)
class Words:
    """A stretch of a block's text; `carries` says that it carries what is wrong with its claim."""

    text: str
    carries: bool = False


@dataclass(frozen=True, slots=True)
class Passage:
    """Consecutive words of one claim, or of none."""

    words: tuple[Words, ...]
    number: int | None = None
    """The claim's place on the page, from 1."""
    claim: ClaimOut | None = None


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A block, all of its text in passages."""

    kind: BlockKind
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a claim, and the words that carry it, without repetition."""

    meaning: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Placed:
    """A claim with its offsets in code points."""

    number: int
    claim: ClaimOut
    start: int
    end: int
    carrying: tuple[tuple[int, int], ...]


def paragraphs_of(request: CheckRequest, answer: CheckAnswer) -> list[Paragraph]:
    """The page's blocks in reading order; joined, their words are the text that was sent."""
    blocks = {block.id: block for block in blocks_of(request)}
    placed: dict[str, list[_Placed]] = {block_id: [] for block_id in blocks}
    offsets = {
        block.id: Utf16Offsets(block.text if request.offset_unit == "utf16" else "")
        for block in blocks.values()
    }
    for number, claim in enumerate(answer.claims, start=1):
        placed[claim.block].append(_place(number, claim, offsets[claim.block]))
    return [
        Paragraph(block.kind, tuple(_passages(block.text, placed[block.id])))
        for block in blocks.values()
    ]


def faults_of(request: CheckRequest, claim: ClaimOut) -> list[Fault]:
    """What is wrong with a claim, each kind once, in the answer's order."""
    block = next(block for block in blocks_of(request) if block.id == claim.block)
    offsets = Utf16Offsets(block.text if request.offset_unit == "utf16" else "")
    return list(_faults(block, claim, offsets))


def context_words(context: ContextOut | None, names: Mapping[str, str]) -> str:
    """Which treatment a claim is taken to speak of, and whence."""
    if context is None:
        return "No treatment is named on the page."
    treatments = " and ".join(names.get(name, name) for name in context.interventions)
    return f"Treatment: {treatments}, {CONTEXTS[context.source]}."


def safe_link(url: str | None) -> str | None:
    """The address where a browser may follow it: http or https, never a script."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.netloc else None


def _place(number: int, claim: ClaimOut, offsets: Utf16Offsets) -> _Placed:
    return _Placed(
        number=number,
        claim=claim,
        start=offsets.to_codepoint(claim.start),
        end=offsets.to_codepoint(claim.end),
        carrying=tuple(
            (offsets.to_codepoint(reason.start), offsets.to_codepoint(reason.end))
            for reason in claim.reasons
        ),
    )


def _passages(text: str, placed: Sequence[_Placed]) -> Iterator[Passage]:
    position = 0
    for one in sorted(placed, key=lambda one: one.start):
        if position < one.start:
            yield Passage((Words(text[position : one.start]),))
        yield Passage(tuple(_words(text, one)), one.number, one.claim)
        position = one.end
    if position < len(text):
        yield Passage((Words(text[position:]),))


def _words(text: str, placed: _Placed) -> Iterator[Words]:
    """A claim's words, cut at what carries its fault. A fault in the whole claim marks nothing."""
    position = placed.start
    for start, end in sorted(placed.carrying):
        begin, stop = max(start, position), min(end, placed.end)
        if begin >= stop or (start <= placed.start and end >= placed.end):
            continue
        if position < begin:
            yield Words(text[position:begin])
        yield Words(text[begin:stop], carries=True)
        position = stop
    if position < placed.end:
        yield Words(text[position : placed.end])


def _faults(block: Block, claim: ClaimOut, offsets: Utf16Offsets) -> Iterator[Fault]:
    carrying: dict[ReasonCode, dict[str, None]] = {}
    for reason in claim.reasons:
        words = block.text[offsets.to_codepoint(reason.start) : offsets.to_codepoint(reason.end)]
        carrying.setdefault(reason.code, {})[words] = None
    for code, found in carrying.items():
        yield Fault(REASONS[code], tuple(words for words in found if words != claim.text))
