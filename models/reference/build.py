"""Compiles the reference that people edit into what the server reads.

The version is a hash of the content, so the same statements always carry the same version.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.reference.rules import SOURCES_TO_REFUTE
from models.reference.schema import Statement, Vocabulary, load_statements, load_vocabulary
from models.reference.vectors import statement_vectors
from server.artefacts import digest_of, write_manifest

VERSION_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Built:
    """What a build wrote, and how many of the statements it had to embed."""

    version: str
    statements: int
    embedded: int


def build_reference(source: Path, models_dir: Path) -> Built:
    """Writes `models_dir/reference` from the YAML under `source`, embedding what changed.

    Raises:
        CurationError: an entry is not in the form of the schema.
        ArtefactMismatch: the encoder under `models_dir` is missing or changed.
    """
    vocabulary = load_vocabulary(source)
    statements = sorted((one.statement for one in load_statements(source)), key=lambda one: one.id)
    target = models_dir / "reference"
    target.mkdir(parents=True, exist_ok=True)
    vectors, embedded = statement_vectors([one.statement for one in statements], models_dir)
    texts = {
        "statements.json": _json([_compiled_statement(one) for one in statements]),
        "vocabulary.json": _json(_compiled(vocabulary)),
    }
    for name, text in texts.items():
        (target / name).write_text(text, encoding="utf-8")
    np.save(target / "vectors.npy", vectors)
    version = _version(texts)
    write_manifest(
        target,
        [*texts, "vectors.npy"],
        {
            "name": "reference",
            "version": version,
            "statements": len(statements),
            "encoder": digest_of(models_dir / "encoder" / "model.onnx"),
        },
    )
    return Built(version, len(statements), embedded)


def _compiled_statement(entry: Statement) -> dict[str, object]:
    return {**_compiled(entry), "may_refute": entry.independent_sources >= SOURCES_TO_REFUTE}


def _compiled(entry: Statement | Vocabulary) -> dict[str, object]:
    return entry.model_dump(mode="json", exclude_none=True)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _version(texts: dict[str, str]) -> str:
    content = "".join(texts[name] for name in sorted(texts))
    return hashlib.sha256(content.encode("utf-8")).hexdigest()[:VERSION_DIGITS]
