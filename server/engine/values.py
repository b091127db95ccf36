"""The values the engine passes from stage to stage.

Everything here is immutable and knows nothing of models, files or the web. Offsets count Unicode
code points of a block's text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Facet(StrEnum):
    """What a claim or an evidence statement is about."""

    EFFICACY = "efficacy"
    SAFETY = "safety"
    MECHANISM = "mechanism"
    REGULATORY = "regulatory"
    DURABILITY = "durability"
    COMPARISON = "comparison"
    DOSING = "dosing"
    COST = "cost"
    PREVALENCE = "prevalence"


class Label(StrEnum):
    """What the checker answers about a claim, from least to most severe.

    `uncovered` is an answer but not a verdict: the reference says nothing on the claim.
    """

    UNCOVERED = "uncovered"
    SUPPORTED = "supported"
    OVERSTATED = "overstated"
    UNSUPPORTED = "unsupported"
    FALSE = "false"


VERDICTS = (Label.SUPPORTED, Label.OVERSTATED, Label.UNSUPPORTED, Label.FALSE)
"""The four verdicts in order of severity."""


class Relation(StrEnum):
    """How one evidence statement stands to a claim.

    The names say what the evidence does, since that is what a reader is shown beside it.
    """

    SUPPORTS = "supports"
    IS_WEAKER = "is-weaker"
    REPORTS_NO_EVIDENCE = "reports-no-evidence"
    CONTRADICTS = "contradicts"
    UNRELATED = "unrelated"


RELATION_OF_VERDICT: Mapping[Label, Relation] = {
    Label.SUPPORTED: Relation.SUPPORTS,
    Label.OVERSTATED: Relation.IS_WEAKER,
    Label.UNSUPPORTED: Relation.REPORTS_NO_EVIDENCE,
    Label.FALSE: Relation.CONTRADICTS,
}


class Certainty(StrEnum):
    """GRADE certainty of an evidence statement."""

    HIGH = "high"
    MODERATE = "moderate"
    LOW = "low"
    VERY_LOW = "very-low"


class Direction(StrEnum):
    """What an evidence statement says of its intervention."""

    BENEFIT = "benefit"
    HARM = "harm"
    NO_EFFECT = "no-effect"
    UNKNOWN = "unknown"
    FACT = "fact"


class ReasonCode(StrEnum):
    """What is wrong with a claim, as the labelling guide names it."""

    CERTAINTY = "certainty"
    MAGNITUDE = "magnitude"
    SCOPE = "scope"
    DURABILITY = "durability"
    SAFETY = "safety"
    COMPARISON = "comparison"
    MECHANISM = "mechanism"
    REGULATORY = "regulatory"
    CONTRADICTED = "contradicted"
    NO_EVIDENCE = "no-evidence"


@dataclass(frozen=True, slots=True)
class Span:
    """Half-open range of code points in a block's text: ``text[start:end]``.

    Raises:
        ValueError: the span is empty or runs backwards.
    """

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"span {self.start}-{self.end} is empty or runs backwards")

    def of(self, text: str) -> str:
        """The words of `text` that the span covers."""
        return text[self.start : self.end]


class BlockKind(StrEnum):
    """What a block is on its page. Titles and headings give context to what follows."""

    TITLE = "title"
    HEADING = "heading"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of a page's text, such as a paragraph, a table cell or a heading."""

    id: str
    text: str
    kind: BlockKind = BlockKind.TEXT


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and its place in its block."""

    block: Block
    span: Span

    @property
    def text(self) -> str:
        """The sentence's own words, as they stand in the block."""
        return self.span.of(self.block.text)


class ContextSource(StrEnum):
    """Where on the page a sentence's treatment was named."""

    SENTENCE = "sentence"
    NEIGHBOUR = "neighbour"
    HEADING = "heading"
    TITLE = "title"
    PAGE = "page"


@dataclass(frozen=True, slots=True)
class Context:
    """The treatments a sentence speaks of, and where they were named."""

    interventions: tuple[str, ...]
    source: ContextSource


@dataclass(frozen=True, slots=True)
class Detection:
    """One sentence, asked whether it asserts something checkable about a treatment."""

    sentence: Sentence
    context: Context | None
    facet: Facet
    probability: float
    """Calibrated, 0 to 1, that the sentence is a claim at all."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """One figure of an evidence statement; `low` equals `high` where there is a single value."""

    measure: str
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Source:
    """Where an evidence statement comes from."""

    title: str
    publisher: str
    year: int
    url: str
    identifier: str | None = None
    locator: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """One evidence statement of the compiled reference.

    `interventions` is empty where the statement holds whatever the treatment.
    """

    id: str
    statement: str
    interventions: tuple[str, ...]
    conditions: tuple[str, ...]
    facet: Facet
    direction: Direction
    certainty: Certainty
    sources: tuple[Source, ...]
    quantities: tuple[Quantity, ...] = ()
    certainty_because: str = ""
    population: str | None = None
    product: str | None = None
    routes: tuple[str, ...] = ()
    approved_for: tuple[str, ...] = ()
    not_approved_for: tuple[str, ...] = ()
    note: str | None = None
    reviewed: str = ""
    may_refute: bool = True
    """Whether it rests on two independent sources, so that a claim may be called false by it."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An evidence statement retrieved for a claim and not yet judged."""

    evidence: Evidence
    similarity: float
    """Cosine of the two vectors, -1 to 1."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """One statement, judged against one claim."""

    evidence: Evidence
    similarity: float
    probabilities: Mapping[Relation, float]
    """Over all five relations; sums to 1."""

    @property
    def relatedness(self) -> float:
        """Probability that the statement bears on the claim at all."""
        return 1.0 - self.probabilities[Relation.UNRELATED]

    @property
    def relation(self) -> Relation:
        """The likeliest relation, given that the statement bears on the claim."""
        return max(RELATION_OF_VERDICT.values(), key=lambda r: self.probabilities[r])


@dataclass(frozen=True, slots=True)
class Precedent:
    """A labelled claim that reads like another."""

    text: str
    label: Label
    similarity: float
    """Cosine of the two vectors, -1 to 1."""


@dataclass(frozen=True, slots=True)
class Reason:
    """What is wrong with a claim, and the words of the block that carry it."""

    code: ReasonCode
    span: Span


@dataclass(frozen=True, slots=True)
class Part:
    """One of several claims that a sentence makes, with its own answer."""

    span: Span
    """In the block."""
    label: Label
    confidence: float
    judgements: tuple[Judgement, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer on one claim, with the judgements that made it, the weightiest first."""

    detection: Detection
    label: Label
    confidence: float
    """Probability of the label; for `uncovered`, that no statement bears on the claim."""
    probabilities: Mapping[Label, float]
    """Over the four verdicts, given that the reference covers the claim; empty if `uncovered`."""
    judgements: tuple[Judgement, ...]
    reasons: tuple[Reason, ...]
    precedents: tuple[Precedent, ...] = ()
    """Labelled claims that read alike and have the same verdict, the nearest first."""
    parts: tuple[Part, ...] = ()
    """Empty where the sentence makes one claim."""


class Topic(StrEnum):
    """What a page that sells a treatment should not be silent on."""

    RISKS = "risks"
    REGULATORY_STATUS = "regulatory-status"
    ALTERNATIVES = "alternatives"
    DURABILITY = "durability"


@dataclass(frozen=True, slots=True)
class Omission:
    """A topic on which a page is silent, and what the reference holds on it, the surest first."""

    intervention: str
    topic: Topic
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Versions:
    """What answered: every report carries both."""

    model: str
    reference: str


@dataclass(frozen=True, slots=True)
class Report:
    """A checked page: a detection for every sentence, a verdict for every claim, in page order, and
    what the page leaves out."""

    blocks: tuple[Block, ...]
    detections: tuple[Detection, ...]
    verdicts: tuple[Verdict, ...]
    versions: Versions
    omissions: tuple[Omission, ...] = ()
