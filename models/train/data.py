"""The labelled sentences as people edit them, and how they are split.

A split follows evidence statements: every claim tied to a statement stands on one side, and
statements that say nearly the same stand on the same side, so that a test statement was never seen
in any wording.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
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

TEST_SHARE = 0.25
SAME_STATEMENT = 0.88
"""Cosine above which two evidence statements count as one for splitting."""

Style = Literal[
    "headline", "bullet", "paragraph", "faq", "ad", "social", "testimonial", "press-release",
    "leaflet", "hospital-page", "sales-email", "machine-written",
]  # fmt: skip


class LabelledReason(Closed):
    """What is wrong, and the words of the text that carry it."""

    code: ReasonCode
    words: Text


class LabelledClaim(Closed):
    """A claim of our own with its verdict by the labelling guide.

    Claims with one `family` under one statement are small edits of each other.
    """

    text: Text
    verdict: Literal[Label.SUPPORTED, Label.OVERSTATED, Label.UNSUPPORTED, Label.FALSE]
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


def in_test(keys: Sequence[str], share: float = TEST_SHARE) -> np.ndarray:
    """(n,) bool: which keys fall into the test split. By hash, so that new data moves no old key."""
    return np.array([_fraction(key) < share for key in keys], dtype=bool)


def _fraction(key: str) -> float:
    return int.from_bytes(hashlib.sha256(key.encode("utf-8")).digest()[:8], "big") / 2**64
