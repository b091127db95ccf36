"""The labelled sentences as people edit them, and how they are split.

A split follows evidence statements: every claim tied to a statement stands on one side, and
statements that say nearly the same stand on the same side, so that a test statement was never seen
in any wording.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import numpy as np
import yaml
from pydantic import Field, TypeAdapter, ValidationError, model_validator

from models.reference.schema import Closed, CurationError, StatementId, Text
from server.engine.values import Facet, Label, ReasonCode

NOT_CLAIMS = "not-claims"
OTHER_TREATMENTS = "other-treatments"

Form = TypeVar("Form")

TEST_SHARE, DECISION_SHARE = 0.2, 0.15
"""Shares of the statements on which models are measured, and on which decisions are learnt from
models that never saw them; the rest trains the models."""
DRAW = "second edition"
"""Mixed into every hash: statements that an earlier edition was measured on may now teach."""
SAME_STATEMENT = 0.88
"""Cosine above which two evidence statements count as one for splitting."""

Style = Literal[
    "headline", "bullet", "paragraph", "faq", "ad", "social", "testimonial", "press-release",
    "leaflet", "hospital-page", "sales-email", "machine-written",
]  # fmt: skip


Verdict = Literal[Label.SUPPORTED, Label.OVERSTATED, Label.UNSUPPORTED, Label.FALSE]


class LabelledReason(Closed):
    """What is wrong, and the words of the text that carry it."""

    code: ReasonCode
    words: Text


class LabelledClaim(Closed):
    """A claim of our own with its verdict by the labelling guide.

    Claims with one `family` under one statement are small edits of each other.
    """

    text: Text
    verdict: Verdict
    facet: Facet
    reasons: tuple[LabelledReason, ...] = ()
    heading: Text | None = None
    family: Text | None = None
    style: Style
    page: str

    @model_validator(mode="after")
    def _reasons_fit(self) -> LabelledClaim:
        for reason in self.reasons:
            if reason.words not in self.text:
                raise ValueError(f"reason words {reason.words!r} are not in {self.text!r}")
        if bool(self.reasons) == (self.verdict is Label.SUPPORTED):
            raise ValueError(f"{self.text!r}: reasons go with every verdict but supported")
        return self


class ClaimsOfStatement(Closed):
    """The labelled claims that one evidence statement decides."""

    evidence: StatementId
    claims: Annotated[tuple[LabelledClaim, ...], Field(min_length=1)]


class NotClaim(Closed):
    """A sentence of a clinic's page that asserts nothing checkable about a treatment."""

    text: Text
    kind: Text
    style: Style


class OtherClaim(Closed):
    """A claim on a treatment that the reference does not cover: the answer is `uncovered`."""

    text: Text
    facet: Facet
    intervention: Text
    heading: Text | None = None
    style: Style


class Exercise(Closed):
    """Invented evidence, its opposite, and claims with their verdict by the one and by the other.

    The treatments do not exist, so nothing but the evidence can tell what a claim is worth.
    """

    evidence: Text
    opposite: Text
    claims: Annotated[tuple[tuple[Text, Verdict, Verdict], ...], Field(min_length=2)]


class Labelled(Closed):
    """Everything under `training_data/claims`."""

    statements: tuple[ClaimsOfStatement, ...]
    not_claims: tuple[NotClaim, ...]
    other_claims: tuple[OtherClaim, ...]


def load_labelled(directory: Path) -> Labelled:
    """The labelled sentences of a directory.

    Raises:
        CurationError: a file is not in the form its model asks for; the message names it.
    """
    statements: list[ClaimsOfStatement] = []
    for path in sorted(directory.glob("*.yaml")):
        if path.stem not in (NOT_CLAIMS, OTHER_TREATMENTS):
            statements.extend(_load(path, TypeAdapter(list[ClaimsOfStatement])))
    return Labelled(
        statements=tuple(statements),
        not_claims=tuple(_load(directory / f"{NOT_CLAIMS}.yaml", TypeAdapter(list[NotClaim]))),
        other_claims=tuple(
            _load(directory / f"{OTHER_TREATMENTS}.yaml", TypeAdapter(list[OtherClaim]))
        ),
    )


def load_exercises(path: Path) -> list[Exercise]:
    """The exercises of a file.

    Raises:
        CurationError: it is not in the form that `Exercise` asks for.
    """
    return _load(path, TypeAdapter(list[Exercise]))


def _load(path: Path, form: TypeAdapter[list[Form]]) -> list[Form]:
    try:
        # The C loader reads the files in a tenth of the time; repeated keys fail in the models.
        entries = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        return form.validate_python(entries)
    except (yaml.YAMLError, ValidationError) as error:
        raise CurationError(f"{path.name}: {error}") from error


def statement_groups(vectors: np.ndarray) -> np.ndarray:
    """(n,) group of each statement: statements linked by near-equal wording share one.

    Args:
        vectors: (n, d) unit vectors of the statements.
    """
    groups = np.arange(len(vectors))
    for first, second in np.argwhere(np.triu(vectors @ vectors.T > SAME_STATEMENT, k=1)):
        groups[groups == groups[second]] = groups[first]
    return groups


class Part(StrEnum):
    """What a labelled sentence is for."""

    TRAIN = "train"
    DECISION = "decision"
    TEST = "test"


def parts_of(keys: Sequence[str]) -> np.ndarray:
    """(n,) the `Part` of each key. By hash, so that new data moves no old key."""
    return np.array([_part(key) for key in keys], dtype=object)


def _part(key: str) -> Part:
    digest = hashlib.sha256(f"{DRAW}:{key}".encode()).digest()
    fraction = int.from_bytes(digest[:8], "big") / 2**64
    if fraction < TEST_SHARE:
        return Part.TEST
    return Part.DECISION if fraction < TEST_SHARE + DECISION_SHARE else Part.TRAIN
