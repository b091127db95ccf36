"""The public shapes of requests and answers, and their way to and from the engine's values.

This is the one module that knows JSON names; `server.web`, the CLI and batch all speak through it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from server.engine.values import (
    Block,
    BlockKind,
    Certainty,
    Context,
    ContextSource,
    Direction,
    Evidence,
    Facet,
    Judgement,
    Label,
    Part,
    Precedent,
    ReasonCode,
    Relation,
    Report,
    Source,
    Span,
    Topic,
    Verdict,
)
from server.offsets import Utf16Offsets

MAX_URL_CHARACTERS = 2_048
MAX_ID_CHARACTERS = 200

OffsetUnit = Literal["codepoint", "utf16"]


class Shape(BaseModel):
    """A part of the contract: unknown keys are refused, so that a typing error is not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class BlockIn(Shape):
    """One piece of a page's text. Blocks stand in reading order."""

    id: Annotated[str, Field(min_length=1, max_length=MAX_ID_CHARACTERS)]
    text: str
    kind: BlockKind = BlockKind.TEXT


class CheckRequest(Shape):
    """A page to check: either `text` or `blocks`."""

    text: str | None = None
    blocks: list[BlockIn] | None = None
    url: Annotated[str, Field(max_length=MAX_URL_CHARACTERS)] | None = None
    offset_unit: OffsetUnit = "codepoint"

    @model_validator(mode="after")
    def _one_of_text_and_blocks(self) -> Self:
        if (self.text is None) == (self.blocks is None):
            raise ValueError("send either 'text' or 'blocks', not both and not neither")
        ids = [block.id for block in self.blocks or []]
        repeated = [name for name, count in Counter(ids).items() if count > 1]
        if repeated:
            raise ValueError(f"block id {repeated[0]!r} appears twice; ids must differ")
        return self


class SourceOut(Shape):
    """Where an evidence statement comes from."""

    title: str
    publisher: str
    year: int
    url: str
    identifier: str | None
    locator: str | None


class EvidenceOut(Shape):
    """An evidence statement as the reference holds it."""

    id: str
    statement: str
    interventions: list[str]
    conditions: list[str]
    facet: Facet
    direction: Direction
    certainty: Certainty
    certainty_because: str
    population: str | None
    note: str | None
    reviewed: str
    sources: list[SourceOut]


class ClaimEvidenceOut(Shape):
    """An evidence statement beside a claim."""

    id: str
    statement: str
    certainty: Certainty
    relation: Relation
    similarity: float
    sources: list[SourceOut]


class ReasonOut(Shape):
    """What is wrong with a claim. The span counts in the block, in the unit asked for."""

    code: ReasonCode
    start: int
    end: int


class ContextOut(Shape):
    """The treatments a claim speaks of; `from` says where on the page they were named."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    intervention: str
    interventions: list[str]
    source: Annotated[ContextSource, Field(alias="from")]


class PartOut(Shape):
    """One of several claims that a sentence makes, with its own answer; offsets as the claim's."""

    start: int
    end: int
    text: str
    verdict: Label
    confidence: float
    evidence: list[ClaimEvidenceOut]


class PrecedentOut(Shape):
    """A sentence that people labelled, which reads like the claim and has the same verdict."""

    text: str
    verdict: Label
    similarity: float


class ClaimOut(Shape):
    """One claim and the answer on it.

    `parts` is empty where the sentence makes one claim; otherwise the claim's verdict is the worst
    of them, or that on the whole. Kept reports of earlier versions have neither parts nor
    precedents.
    """

    block: str
    start: int
    end: int
    text: str
    verdict: Label
    confidence: float
    probabilities: dict[Label, float]
    facet: Facet
    reasons: list[ReasonOut]
    context: ContextOut | None
    evidence: list[ClaimEvidenceOut]
    parts: list[PartOut] = []
    precedents: list[PrecedentOut] = []


class SummaryOut(Shape):
    """Counts over a page; the five answers add up to `claims`."""

    sentences: int
    claims: int
    supported: int
    overstated: int
    unsupported: int
    false: int
    uncovered: int


class OmissionOut(Shape):
    """A topic on which a page that sells a treatment is silent; `evidence` are ids of statements."""

    intervention: str
    topic: Topic
    evidence: list[str]


class CheckAnswer(Shape):
    """The answer on a page: its claims in page order, and what it leaves out."""

    claims: list[ClaimOut]
    summary: SummaryOut
    omissions: list[OmissionOut] = []
    """Absent from reports that were kept before the checker answered it."""
    model_version: str
    reference_version: str


def blocks_of(request: CheckRequest) -> list[Block]:
    """The engine's blocks of a request; a plain text is one block named `text`."""
    if request.blocks is None:
        return [Block("text", request.text or "")]
    return [Block(block.id, block.text, block.kind) for block in request.blocks]


def answer_of(report: Report, unit: OffsetUnit = "codepoint") -> CheckAnswer:
    """The public shape of a report, its offsets in `unit`."""
    offsets = {
        block.id: Utf16Offsets(block.text) if unit == "utf16" else Utf16Offsets("")
        for block in report.blocks
    }
    return CheckAnswer(
        claims=[_claim_out(verdict, offsets) for verdict in report.verdicts],
        summary=_summary_of(report),
        omissions=[
            OmissionOut(
                intervention=one.intervention,
                topic=one.topic,
                evidence=[evidence.id for evidence in one.evidence],
            )
            for one in report.omissions
        ],
        model_version=report.versions.model,
        reference_version=report.versions.reference,
    )


def evidence_out(evidence: Evidence) -> EvidenceOut:
    """The public shape of an evidence statement."""
    return EvidenceOut(
        id=evidence.id,
        statement=evidence.statement,
        interventions=list(evidence.interventions),
        conditions=list(evidence.conditions),
        facet=evidence.facet,
        direction=evidence.direction,
        certainty=evidence.certainty,
        certainty_because=evidence.certainty_because,
        population=evidence.population,
        note=evidence.note,
        reviewed=evidence.reviewed,
        sources=[_source_out(source) for source in evidence.sources],
    )


def _claim_out(verdict: Verdict, offsets: Mapping[str, Utf16Offsets]) -> ClaimOut:
    sentence = verdict.detection.sentence
    in_block = offsets[sentence.block.id]
    start, end = _place(sentence.span, in_block)
    reasons = []
    for reason in verdict.reasons:
        first, last = _place(reason.span, in_block)
        reasons.append(ReasonOut(code=reason.code, start=first, end=last))
    return ClaimOut(
        block=sentence.block.id,
        start=start,
        end=end,
        text=sentence.text,
        verdict=verdict.label,
        confidence=round(verdict.confidence, 4),
        probabilities={label: round(p, 4) for label, p in verdict.probabilities.items()},
        facet=verdict.detection.facet,
        reasons=reasons,
        context=_context_out(verdict.detection.context),
        evidence=[_claim_evidence_out(judgement) for judgement in verdict.judgements],
        parts=[_part_out(part, sentence.block, in_block) for part in verdict.parts],
        precedents=[_precedent_out(one) for one in verdict.precedents],
    )


def _part_out(part: Part, block: Block, offsets: Utf16Offsets) -> PartOut:
    start, end = _place(part.span, offsets)
    return PartOut(
        start=start,
        end=end,
        text=part.span.of(block.text),
        verdict=part.label,
        confidence=round(part.confidence, 4),
        evidence=[_claim_evidence_out(judgement) for judgement in part.judgements],
    )


def _precedent_out(precedent: Precedent) -> PrecedentOut:
    return PrecedentOut(
        text=precedent.text,
        verdict=precedent.label,
        similarity=round(precedent.similarity, 4),
    )


def _place(span: Span, offsets: Utf16Offsets) -> tuple[int, int]:
    return offsets.from_codepoint(span.start), offsets.from_codepoint(span.end)


def _context_out(context: Context | None) -> ContextOut | None:
    if context is None:
        return None
    return ContextOut(
        intervention=context.interventions[0],
        interventions=list(context.interventions),
        source=context.source,
    )


def _claim_evidence_out(judgement: Judgement) -> ClaimEvidenceOut:
    evidence = judgement.evidence
    return ClaimEvidenceOut(
        id=evidence.id,
        statement=evidence.statement,
        certainty=evidence.certainty,
        relation=judgement.relation,
        similarity=round(judgement.similarity, 4),
        sources=[_source_out(source) for source in evidence.sources],
    )


def _source_out(source: Source) -> SourceOut:
    return SourceOut(
        title=source.title,
        publisher=source.publisher,
        year=source.year,
        url=source.url,
        identifier=source.identifier,
        locator=source.locator,
    )


def _summary_of(report: Report) -> SummaryOut:
    counts = Counter(verdict.label for verdict in report.verdicts)
    return SummaryOut(
        sentences=len(report.detections),
        claims=len(report.verdicts),
        **{label.value: counts[label] for label in Label},
    )
