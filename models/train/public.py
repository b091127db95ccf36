"""Public inference and verification data for the first stage of the pair model.

The files are not part of the project; a person who has them names their folder. Only sets whose
licence lets a trained model be passed on are read. A pair says whether a text backs a claim,
contradicts it or does neither; none of them knows of overstatement, which is for our own claims to
teach.
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator
from pathlib import Path

from server.engine.values import Relation

SEED = 20261125

ROWS = {
    "scifact_rationale": 2_000,  # CC BY 4.0 and ODC-By
    "check_covid": 2_000,  # MIT
    "evidence_inference_v2_templated": 3_000,  # MIT; one template, so only a share of it
    "fool_me_twice": 3_000,  # Apache-2.0
    "conjnli": 5_000,  # MIT; made by rules, so only a share of it
    "taxinli_mnli": 11_000,  # C-UDA 1.0: no terms on results
    "snli_counterfactual": 12_000,  # Apache-2.0
    "negation_nli": 5_000,  # MIT
}
"""At most so many rows of each file; a file that is not there is passed over."""

MIXED = 600
"""Claims of each set without a neutral label that get the text of another claim."""

MAX_WORDS = 90
"""Of an evidence text; what goes beyond the encoder's window is lost anyway."""

_RELATIONS = {
    "support": Relation.SUPPORTS,
    "contradict": Relation.CONTRADICTS,
    "neutral": Relation.UNRELATED,
}

Pair = tuple[str, str, Relation]
"""Claim, evidence, how the evidence stands to it."""


def public_pairs(directory: Path) -> list[Pair]:
    """Pairs of every file found in `directory`, shuffled.

    Raises:
        FileNotFoundError: none of the files is there.
    """
    dice = random.Random(SEED)
    pairs: list[Pair] = []
    for name, count in ROWS.items():
        path = directory / f"{name}.jsonl.gz"
        if path.exists():
            found = list(_pairs_of(path))
            dice.shuffle(found)
            pairs.extend(found[:count])
            pairs.extend(_mixed(found, dice))
    if not pairs:
        raise FileNotFoundError(f"{directory} holds none of {', '.join(ROWS)} (.jsonl.gz)")
    dice.shuffle(pairs)
    return pairs


def _pairs_of(path: Path) -> Iterator[Pair]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            relation = _RELATIONS.get(row["label"])
            if relation and row.get("relabel", row["label"]) == row["label"]:
                yield row["hypothesis"], " ".join(row["premise"].split()[:MAX_WORDS]), relation


def _mixed(pairs: list[Pair], dice: random.Random) -> list[Pair]:
    """Claims beside another claim's evidence, where a set has no unrelated pairs of its own."""
    if any(relation is Relation.UNRELATED for _, _, relation in pairs):
        return []
    claims = dice.sample(pairs, min(MIXED, len(pairs)))
    others = dice.sample(pairs, len(claims))
    return [
        (claim, evidence, Relation.UNRELATED)
        for (claim, _, _), (other, evidence, _) in zip(claims, others, strict=True)
        if claim != other
    ]
