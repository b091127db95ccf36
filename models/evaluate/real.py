"""Figures on real sentences: never trained on, never tuned to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from server.engine.check import Engine
from server.engine.values import Block, BlockKind, Verdict

NOT_CLAIM = "not_claim"


@dataclass(frozen=True, slots=True)
class RealSentence:
    """A labelled sentence from a real page; `alternative` is a second label an editor would take."""

    text: str
    label: str
    alternative: str | None
    treatment: str | None


@dataclass(frozen=True, slots=True)
class RealAnswers:
    """n real sentences answered, each under a heading that names its treatment."""

    sentences: Sequence[RealSentence]
    verdicts: Sequence[Verdict | None]
    is_covered: np.ndarray
    """(n,) whether the reference has statements on the treatment of the sentence."""

    @property
    def answers(self) -> np.ndarray:
        """(n,) the answer on each; `not_claim` where it was taken for none."""
        return np.array(
            [str(one.label) if one else NOT_CLAIM for one in self.verdicts], dtype=object
        )

    @property
    def truth(self) -> np.ndarray:
        """(n,) the label of each, or the alternative where the answer is that."""
        return np.array(
            [
                one.alternative if answer == one.alternative else one.label
                for one, answer in zip(self.sentences, self.answers, strict=True)
            ],
            dtype=object,
        )


def read_real(path: Path) -> list[RealSentence]:
    """The sentences of a JSONL file with `text`, `label`, `alt_label` and `intervention`."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    return [
        RealSentence(row["text"], row["label"], row.get("alt_label"), row.get("intervention"))
        for row in rows
    ]


def answer_real(engine: Engine, sentences: Sequence[RealSentence]) -> RealAnswers:
    """The engine's answers, as on a page."""
    reports = engine.check_pages([_page_of(one) for one in sentences], split=False)
    verdicts = [
        next((one for one in report.verdicts if one.detection is report.detections[-1]), None)
        for report in reports
    ]
    covered = np.array([_is_covered(engine, one) for one in sentences], dtype=bool)
    return RealAnswers(sentences, verdicts, covered)


def _page_of(one: RealSentence) -> list[Block]:
    sentence = Block("sentence", one.text)
    if one.treatment is None:
        return [sentence]
    return [Block("heading", one.treatment, BlockKind.HEADING), sentence]


def _is_covered(engine: Engine, one: RealSentence) -> bool:
    covered = {name for known in engine.reference.statements for name in known.interventions}
    names = [engine.reference.intervention_names[name].lower() for name in covered]
    treatment = (one.treatment or "").lower()
    return not treatment or any(name.split()[0] in treatment for name in names)
