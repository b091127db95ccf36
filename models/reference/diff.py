"""What changed between two states of the reference, and what that does to labelled claims."""

from __future__ import annotations

import io
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from models.reference.build import build_reference
from models.reference.schema import Statement, load_statements
from models.train.data import LabelledClaim, load_labelled
from server.artefacts import FOLDERS, load_engine, load_terms
from server.engine.check import Engine
from server.engine.values import Block, BlockKind, Label, Verdict

EVIDENCE_IN_COMMIT = "training_data/evidence"
NO_CLAIM = "no claim"


class UnknownState(LookupError):
    """What was asked for is neither a folder nor a commit."""


@dataclass(frozen=True, slots=True)
class Change:
    """An entry that is new, gone, or has other fields than before."""

    id: str
    kind: str
    fields: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.kind}: {self.id}" + (f" ({', '.join(self.fields)})" if self.fields else "")


@dataclass(frozen=True, slots=True)
class Flip:
    """A labelled claim whose answer changed."""

    text: str
    evidence: str
    label: Label
    before: str
    after: str

    def __str__(self) -> str:
        return (
            f"{self.before} -> {self.after} (labelled {self.label}): {self.text!r} "
            f"[{self.evidence}]"
        )


@contextmanager
def reference_state(name: str) -> Iterator[Path]:
    """A folder with the YAML files of a state, given by a folder or a commit.

    Raises:
        UnknownState: there is no such folder, and git knows no such commit with a reference.
    """
    if Path(name).is_dir():
        yield Path(name)
        return
    asked = ["git", "archive", "--format=tar", name, EVIDENCE_IN_COMMIT]
    packed = subprocess.run(asked, capture_output=True, check=False)
    if packed.returncode:
        raise UnknownState(
            f"{name!r} is neither a folder nor a commit with a reference: "
            f"{packed.stderr.decode(errors='replace').strip()}"
        )
    with tempfile.TemporaryDirectory() as directory:
        with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
            archive.extractall(directory, filter="data")
        yield Path(directory) / EVIDENCE_IN_COMMIT


def changes_between(old: Path, new: Path) -> list[Change]:
    """Entries that were added, removed or changed, by id.

    Raises:
        CurationError: a file is not in the form of the schema.
    """
    before, after = _by_id(old), _by_id(new)
    changes = []
    for name in sorted(before.keys() | after.keys()):
        if name not in before:
            changes.append(Change(name, "added"))
        elif name not in after:
            changes.append(Change(name, "removed"))
        elif before[name] != after[name]:
            changes.append(Change(name, "changed", _changed_fields(before[name], after[name])))
    return changes


def flips_between(old: Path, new: Path, claims_dir: Path, models_dir: Path) -> list[Flip]:
    """Labelled claims on the treatments concerned that get another verdict.

    The models under `models_dir` judge both states; they are not trained anew.

    Raises:
        ArtefactMismatch: a model is missing or changed.
        CurationError: a file is not in the form of the schema.
    """
    claims = _concerned(old, new, claims_dir, models_dir)
    before, after = (_answers(state, claims, models_dir) for state in (old, new))
    return [
        Flip(claim.text, evidence, claim.verdict, was, now)
        for (evidence, claim), was, now in zip(claims, before, after, strict=True)
        if was != now
    ]


def answers_to(engine: Engine, claims: Sequence[LabelledClaim]) -> list[str]:
    """The engine's answer on each labelled claim, or that it takes it for no claim."""
    found = engine.check_pages([_page(claim) for claim in claims], split=False)
    return [
        next((one.label.value for one in report.verdicts if _is_text(one)), NO_CLAIM)
        for report in found
    ]


def _is_text(verdict: Verdict) -> bool:
    return verdict.detection.sentence.block.kind is BlockKind.TEXT


def _page(claim: LabelledClaim) -> list[Block]:
    text = Block("text", claim.text)
    return [Block("heading", claim.heading, BlockKind.HEADING), text] if claim.heading else [text]


def _by_id(directory: Path) -> dict[str, Statement]:
    return {entry.statement.id: entry.statement for entry in load_statements(directory)}


def _changed_fields(before: Statement, after: Statement) -> tuple[str, ...]:
    return tuple(
        field for field in Statement.model_fields if getattr(before, field) != getattr(after, field)
    )


def _concerned(
    old: Path, new: Path, claims_dir: Path, models_dir: Path
) -> list[tuple[str, LabelledClaim]]:
    """Labelled claims on the treatments of the changed entries, with the entry each is tied to.

    A changed statement on any treatment concerns every claim.
    """
    before, after = _by_id(old), _by_id(new)
    changed = {change.id for change in changes_between(old, new)}
    statements = [state[name] for state in (before, after) for name in changed & state.keys()]
    treatments = {name for one in statements for name in one.interventions}
    everywhere = any(not one.interventions for one in statements)
    named = load_terms(models_dir / "reference", "interventions")
    return [
        (of.evidence, claim)
        for of in load_labelled(claims_dir).statements
        for claim in of.claims
        if everywhere or treatments & set(named.find(f"{claim.heading or ''} {claim.text}"))
    ]


def _answers(
    state: Path, claims: Sequence[tuple[str, LabelledClaim]], models_dir: Path
) -> list[str]:
    with tempfile.TemporaryDirectory() as directory:
        for name in FOLDERS:  # the build of a state starts from the vectors of the built one
            shutil.copytree(models_dir / name, Path(directory) / name)
        build_reference(state, Path(directory))
        return answers_to(load_engine(Path(directory)), [claim for _, claim in claims])
