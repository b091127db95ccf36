"""The engine: the chain from blocks to a report."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from server.engine.context import ContextFinder, with_treatment
from server.engine.decide import Decider, Decision, Known, worst_of
from server.engine.detect import ClaimDetector
from server.engine.encode import Encoder
from server.engine.errors import InvalidBlock, TextTooLong
from server.engine.judge import PairJudge
from server.engine.memory import Memory
from server.engine.omissions import omissions_of
from server.engine.parts import parts_of
from server.engine.reasons import ReasonFinder
from server.engine.retrieve import Reference, Retriever
from server.engine.sentences import split_sentences
from server.engine.values import (
    Block,
    BlockKind,
    Context,
    ContextSource,
    Detection,
    Part,
    Report,
    Sentence,
    Span,
    Verdict,
    Versions,
)

MAX_BLOCK_CHARACTERS = 100_000
"""A book chapter has fewer; one unbroken line of more is no text."""
MAX_PAGE_CHARACTERS = 1_000_000
"""The longest page seen on a clinic's site has a tenth of it."""
MAX_SENTENCES = 20_000
"""Work grows with sentences, not with characters: a page of one-letter lines must end too."""

_NO_TEXT = re.compile(r"[\x00\ud800-\udfff]")


class Engine:
    """Text in, verdicts out. Holds no request state, so threads may share it."""

    def __init__(
        self,
        *,
        encoder: Encoder,
        contexts: ContextFinder,
        detector: ClaimDetector,
        judge: PairJudge,
        retriever: Retriever,
        reference: Reference,
        memory: Memory,
        decider: Decider,
        reasons: ReasonFinder,
        model_version: str,
    ) -> None:
        self.reference = reference
        self.versions = Versions(model_version, reference.version)
        self._encoder = encoder
        self._contexts = contexts
        self._detector = detector
        self._judge = judge
        self._memory = memory
        self._decider = decider
        self._reasons = reasons
        self._retriever = retriever

    def check(self, blocks: Sequence[Block]) -> Report:
        """The report on one page.

        Raises:
            InvalidBlock: a block holds a NUL or a lone surrogate.
            TextTooLong: a block or the page is over its limit.
        """
        return self.check_pages([blocks])[0]

    def check_pages(self, pages: Sequence[Sequence[Block]], *, split: bool = True) -> list[Report]:
        """A report for each page, in order; one pass of each model over all of them.

        Args:
            pages: blocks of each page, in reading order.
            split: False takes each text block for one sentence. A block without words has none.

        Raises:
            InvalidBlock: a block holds a NUL or a lone surrogate.
            TextTooLong: a block or a page is over its limit.
        """
        for page in pages:
            _validate(page)
        sentences = [_sentences(page, split) for page in pages]
        for found in sentences:
            if len(found) > MAX_SENTENCES:
                raise TextTooLong("the page", len(found), MAX_SENTENCES, unit="sentences")
        contexts = [self._contexts.contexts(found) for found in sentences]
        flat = [one for found in sentences for one in found]
        vectors = self._encoder.encode([sentence.text for sentence in flat])
        detections = self._detector.detect(
            flat, [one for found in contexts for one in found], vectors
        )
        claims = [row for row, one in enumerate(detections) if self._is_claim(one)]
        verdicts = iter(self._verdicts([detections[row] for row in claims], vectors[claims]))
        remaining = iter(detections)
        reports = []
        for page, found in zip(pages, sentences, strict=True):
            on_page = tuple(next(remaining) for _ in found)
            answers = tuple(next(verdicts) for one in on_page if self._is_claim(one))
            left_out = omissions_of(
                on_page, answers, self.reference.statements, self._contexts.named
            )
            reports.append(Report(tuple(page), on_page, answers, self.versions, left_out))
        return reports

    def _is_claim(self, detection: Detection) -> bool:
        return (
            detection.sentence.block.kind is not BlockKind.TITLE
            and detection.probability >= self._decider.policy.claim_threshold
        )

    def _verdicts(self, claims: Sequence[Detection], vectors: np.ndarray) -> list[Verdict]:
        """A verdict for each claim; `vectors` (n, d) are the sentences' own."""
        if not claims:
            return []
        asked = [(claim.sentence.text, claim.context) for claim in claims]
        spans = [parts_of(claim.sentence.text) for claim in claims]
        asked += [
            (span.of(claim.sentence.text), self._context_of_part(claim, span))
            for claim, found in zip(claims, spans, strict=True)
            for span in found
        ]
        own = {claim.sentence.text: row for claim, row in zip(claims, vectors, strict=True)}
        decisions = self._decisions(asked, own)
        of_parts = iter(decisions[len(claims) :])
        parts = [
            tuple(_part(claim, span, next(of_parts)) for span in found)
            for claim, found in zip(claims, spans, strict=True)
        ]
        wholes = [
            worst_of(whole, found)
            for whole, found in zip(decisions[: len(claims)], parts, strict=True)
        ]
        reasons = self._reasons.reasons(claims, vectors, [whole.label for whole in wholes])
        return [
            Verdict(
                detection=claim,
                label=whole.label,
                confidence=whole.confidence,
                probabilities=whole.probabilities,
                judgements=whole.judgements,
                reasons=why,
                precedents=whole.precedents,
                parts=found,
            )
            for claim, whole, why, found in zip(claims, wholes, reasons, parts, strict=True)
        ]

    def _context_of_part(self, claim: Detection, span: Span) -> Context | None:
        """A part that names no treatment speaks of its sentence's."""
        if claim.context is None or self._contexts.named(span.of(claim.sentence.text)):
            return claim.context
        return Context(claim.context.interventions, ContextSource.NEIGHBOUR)

    def _decisions(
        self, asked: Sequence[tuple[str, Context | None]], own: Mapping[str, np.ndarray]
    ) -> list[Decision]:
        """A decision on each text, given the treatments it speaks of; `own` are vectors, (d,), of
        texts that were embedded before."""
        contexts = [context for _, context in asked]
        texts = [
            with_treatment(text, context, self.reference.intervention_names)
            for text, context in asked
        ]
        fresh = list(dict.fromkeys(text for text in texts if text not in own))
        known = {**own, **dict(zip(fresh, self._encoder.encode(fresh), strict=True))}
        vectors = np.stack([known[text] for text in texts])
        candidates = self._retriever.candidates(texts, contexts, vectors)
        judged = self._judge.judge(texts, candidates)
        precedents = self._memory.nearest(vectors, contexts)
        return self._decider.decide(Known(texts, vectors, judged, precedents))


def _part(claim: Detection, span: Span, decision: Decision) -> Part:
    start = claim.sentence.span.start
    return Part(
        Span(start + span.start, start + span.end),
        decision.label,
        decision.confidence,
        decision.judgements,
    )


def _validate(page: Sequence[Block]) -> None:
    for block in page:
        if len(block.text) > MAX_BLOCK_CHARACTERS:
            raise TextTooLong(f"block {block.id!r}", len(block.text), MAX_BLOCK_CHARACTERS)
        found = _NO_TEXT.search(block.text)
        if found:
            raise InvalidBlock(block.id, found.start(), found[0])
    total = sum(len(block.text) for block in page)
    if total > MAX_PAGE_CHARACTERS:
        raise TextTooLong("the page", total, MAX_PAGE_CHARACTERS)


def _sentences(page: Sequence[Block], split: bool) -> list[Sentence]:
    return [
        sentence
        for block in page
        for sentence in (
            split_sentences(block)
            if split or block.kind is not BlockKind.TEXT
            else _as_sentence(block)
        )
    ]


def _as_sentence(block: Block) -> list[Sentence]:
    words = block.text.strip()
    if not words:
        return []
    start = len(block.text) - len(block.text.lstrip())
    return [Sentence(block, Span(start, start + len(words)))]
