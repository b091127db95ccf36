"""The verdicts of the labelled claims that somebody has confirmed.

A changed statement can change the verdict of a claim that nobody thought of. The verdicts are kept
beside the models; a test holds today's against them, and `reference confirm` accepts the new ones.
One claim in ten stands for all: reading every one beside its statements takes a quarter of an hour.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from models.reference.diff import Flip, answers_to
from models.train.data import LabelledClaim, load_labelled
from server.artefacts import load_engine

CONFIRMED = "confirmed.json"
NEVER = "never confirmed"
ONE_IN = 10
"""Share of the labelled claims whose verdicts are kept, drawn by the hash of the claim."""
KEY_DIGITS = 12


def confirm_verdicts(claims_dir: Path, models_dir: Path) -> list[Flip]:
    """Keeps the verdicts that labelled claims now get; returns those that changed by it."""
    answered = list(_answered(claims_dir, models_dir))
    flips = _flips(answered, models_dir)
    verdicts = {_key(claim): answer for _, claim, answer in answered}
    text = json.dumps(verdicts, indent=0, sort_keys=True)
    (models_dir / CONFIRMED).write_text(text + "\n", encoding="utf-8")
    return flips


def changed_verdicts(claims_dir: Path, models_dir: Path) -> list[Flip]:
    """Labelled claims that get another verdict than the confirmed one. A claim that was never
    confirmed counts as changed."""
    return _flips(_answered(claims_dir, models_dir), models_dir)


def _flips(answered: Iterable[tuple[str, LabelledClaim, str]], models_dir: Path) -> list[Flip]:
    path = models_dir / CONFIRMED
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return [
        Flip(claim.text, evidence, claim.verdict, known.get(_key(claim), NEVER), answer)
        for evidence, claim, answer in answered
        if known.get(_key(claim)) != answer
    ]


def _answered(claims_dir: Path, models_dir: Path) -> Iterator[tuple[str, LabelledClaim, str]]:
    tied = [
        (of.evidence, claim)
        for of in load_labelled(claims_dir).statements
        for claim in of.claims
        if int(_key(claim), 16) % ONE_IN == 0
    ]
    answers = answers_to(load_engine(models_dir), [claim for _, claim in tied])
    for (evidence, claim), answer in zip(tied, answers, strict=True):
        yield evidence, claim, answer


def _key(claim: LabelledClaim) -> str:
    text = f"{claim.heading or ''}\n{claim.text}"
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:KEY_DIGITS]
