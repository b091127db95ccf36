"""Measures the shipped models and writes their card: `python -m models.evaluate.report`.

The shipped models are trained on every labelled sentence, so their figures on our own statements are
those of a twin trained in the same way without the test statements. On real sentences, where a file
of them is given, the shipped models themselves are measured: nothing real is trained on.
"""

from __future__ import annotations

import argparse
import itertools
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from models.evaluate.ablation import ablations
from models.evaluate.baselines import BY_TEXT, similarity_only
from models.evaluate.card import card_of
from models.evaluate.metrics import (
    balanced_accuracy,
    calibration_error,
    confusion,
    f1,
    flagged,
    honest_accused,
    honest_called_false,
    macro_f1,
    ordinal_error,
    precision,
    recall,
    uncovered,
    with_interval,
)
from models.evaluate.pictures import draw_calibration, draw_risk_coverage
from models.evaluate.real import NOT_CLAIM, RealAnswers, answer_real, read_real
from models.evaluate.retrieval import measure_retrieval
from models.evaluate.twin import (
    Twin,
    by_pair_model_alone,
    labels_of,
    load_twin,
    with_gold_evidence,
)
from models.evaluate.variants import measure_variants
from models.train.data import Part
from models.train.examples import ARTEFACTS, Corpus, Sentences, load_corpus, only
from models.train.fit import TWIN
from server.artefacts import load_engine
from server.engine.check import Engine
from server.engine.values import VERDICTS, Block, BlockKind, Label

FIGURES = {
    "macro-F1 over the four verdicts": macro_f1,
    "honest claims called false": honest_called_false,
    "honest claims accused of anything": honest_accused,
    "dishonest claims flagged": flagged,
    "precision of `false`": lambda truth, answers: precision(truth, answers, Label.FALSE),
    "answered uncovered": uncovered,
    "steps off": ordinal_error,
}
WORST_ERRORS = 3
"""Examples shown of each kind of error."""

PAGE_SENTENCES = 40
FIRST_EDITION = Path(__file__).with_name("first_edition.json")
"""What the card of the first edition's models said, on its own test claims and on real sentences."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Writes `metrics.json`, two pictures and `MODEL_CARD.md` beside the judge; prints the card."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--real", type=Path, help="JSONL of labelled real sentences, if you have it"
    )
    options = parser.parse_args(arguments)
    corpus = load_corpus()
    target = ARTEFACTS / "judge"
    curves: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    metrics = measure(corpus, curves)
    engine = load_engine(ARTEFACTS)
    metrics["model_version"] = engine.versions.model
    metrics["reference_version"] = engine.versions.reference
    if options.real and options.real.is_file():
        found = answer_real(engine, read_real(options.real))
        metrics["real"] = measure_real(found, only_training(corpus), curves)
    draw_calibration(curves, target / "calibration.svg")
    draw_risk_coverage(curves, target / "risk_coverage.svg")
    (target / "metrics.json").write_text(json.dumps(metrics, indent=1) + "\n", encoding="utf-8")
    card = card_of(metrics)
    (target / "MODEL_CARD.md").write_text(card, encoding="utf-8")
    print(card)


def measure(corpus: Corpus, curves: dict[str, tuple[np.ndarray, np.ndarray]]) -> dict[str, Any]:
    """Every figure of the card on held-out statements of our own; adds to `curves`."""
    twin, train, test = load_twin(corpus), only_training(corpus), only(corpus.sentences, Part.TEST)
    claims = test.rows(np.flatnonzero(test.is_claim))
    covered = test.rows(np.flatnonzero(test.is_covered))
    found = twin.decisions(claims)
    every, all_answers = claims.truth, labels_of(found)
    truth, answers = every[claims.is_covered], all_answers[claims.is_covered]
    gold = with_gold_evidence(corpus, covered)
    confidence = np.array([one.confidence for one in found])
    curves["held-out statements"] = (confidence, all_answers == every)
    return {
        "counts": _counts(corpus, train, test),
        "detection": _detection(twin, test),
        "verdicts": figures_of(truth, answers),
        "stages": {
            "pair model alone, right statement": figures_of(
                truth, by_pair_model_alone(twin.pair_model, gold)
            ),
            "pair model alone, first statement found": figures_of(
                truth, by_pair_model_alone(twin.pair_model, covered)
            ),
            "whole decision, right statement": figures_of(truth, labels_of(twin.decisions(gold))),
        },
        "baselines": {
            **{
                name: figures_of(truth, answer(train, covered.texts))
                for name, answer in BY_TEXT.items()
            },
            "similarity only": figures_of(truth, similarity_only(covered)),
        },
        "ablations": ablations(corpus, twin, figures_of),
        "variants": measure_variants(corpus, twin, figures_of),
        "first edition": json.loads(FIRST_EDITION.read_text(encoding="utf-8")),
        "per verdict": _per_verdict(truth, answers),
        "per facet": _per_facet(covered, truth, answers),
        "confusion": confusion(truth.tolist(), answers.tolist()),
        "calibration error": _calibration(confidence, all_answers, all_answers == every),
        "contrast": _contrast(covered, truth, answers),
        "pages": _pages(load_engine(TWIN), test),
        "other treatments answered uncovered": float(
            np.mean(all_answers[~claims.is_covered] == Label.UNCOVERED)
        ),
        "retrieval": measure_retrieval(corpus, covered),
        "policy": asdict(twin.policy),
        "errors": _errors(claims.texts, every, all_answers, confidence),
    }


def measure_real(
    found: RealAnswers,
    train: Sentences,
    curves: dict[str, tuple[np.ndarray, np.ndarray]],
) -> dict[str, Any]:
    """The figures on real sentences; adds to `curves`. Baselines learn from our own claims."""
    truth, given = found.truth, found.answers
    is_claim = truth != NOT_CLAIM
    inside = is_claim & found.is_covered
    answered = np.flatnonzero(is_claim & (given != NOT_CLAIM))
    confidence = np.array(
        [one.confidence if one else 0.0 for one in found.verdicts], dtype=np.float64
    )[answered]
    is_right = given[answered] == np.where(found.is_covered, truth, Label.UNCOVERED)[answered]
    curves["real sentences"] = (confidence, is_right)
    texts = [one.text for one in found.sentences]
    return {
        "counts": {
            "claims": int(is_claim.sum()),
            "claims on covered treatments": int(inside.sum()),
            "no claims": int((~is_claim).sum()),
        },
        "detection": balanced_accuracy(is_claim, given != NOT_CLAIM),
        "no claims accused": float(
            np.isin(given[~is_claim], [str(one) for one in VERDICTS[1:]]).mean()
        ),
        "calibration error": _calibration(confidence, given[answered], is_right),
        "all": figures_of(truth[is_claim], given[is_claim]),
        "covered treatments": figures_of(truth[inside], given[inside]),
        "baselines": {
            name: figures_of(truth[inside], answer(train, [texts[r] for r in np.flatnonzero(inside)]))
            for name, answer in BY_TEXT.items()
        },
        "confusion on covered treatments": confusion(truth[inside].tolist(), given[inside].tolist()),
    }  # fmt: skip


def _calibration(
    confidence: np.ndarray, answers: np.ndarray, is_right: np.ndarray
) -> dict[str, float]:
    """Calibration error of the verdicts, and with `uncovered`, which is no verdict, counted too."""
    verdicts = answers != Label.UNCOVERED
    return {
        "verdicts": calibration_error(confidence[verdicts], is_right[verdicts]),
        "all answers": calibration_error(confidence, is_right),
    }


def only_training(corpus: Corpus) -> Sentences:
    """What the twin was allowed to learn from."""
    return only(corpus.sentences, Part.TRAIN, Part.DECISION)


def figures_of(truth: np.ndarray, answers: np.ndarray) -> dict[str, Any]:
    """Every one of `FIGURES` with its interval."""
    return {name: asdict(with_interval(figure, truth, answers)) for name, figure in FIGURES.items()}


def _counts(corpus: Corpus, train: Sentences, test: Sentences) -> dict[str, int]:
    return {
        "statements": len(corpus.reference.statements),
        "treatments": len(
            {name for one in corpus.reference.statements for name in one.interventions}
        ),
        "labelled sentences": len(corpus.sentences.texts),
        "training sentences": len(train.texts),
        "test claims covered": int(test.is_covered.sum()),
        "test claims on other treatments": int((test.is_claim & ~test.is_covered).sum()),
        "test sentences that are no claims": int((~test.is_claim).sum()),
    }


def _detection(twin: Twin, test: Sentences) -> dict[str, Any]:
    is_found = twin.claim_probability(test) >= twin.policy.claim_threshold
    return {
        "balanced accuracy": asdict(with_interval(balanced_accuracy, test.is_claim, is_found)),
        "claims found": float(is_found[test.is_claim].mean()),
        "no claims taken for claims": float(is_found[~test.is_claim].mean()),
    }


def _contrast(covered: Sentences, truth: np.ndarray, answers: np.ndarray) -> dict[str, float]:
    """Sets of near-equal claims: how many are right in every member, and how many pairs of an
    honest claim and a twin that is not are right in both, or at least told apart."""
    families: dict[str, list[int]] = defaultdict(list)
    for row, family in enumerate(covered.families):
        if family:
            families[family].append(row)
    sets = [rows for rows in families.values() if len({truth[row] for row in rows}) > 1]
    pairs = [
        (honest, twin)
        for rows in sets
        for honest, twin in itertools.product(rows, rows)
        if truth[honest] == Label.SUPPORTED and truth[twin] != Label.SUPPORTED
    ]
    is_right = truth == answers
    worse = np.isin(answers, [str(one) for one in VERDICTS[1:]])
    return {
        "sets": len(sets),
        "all members right": float(np.mean([is_right[rows].all() for rows in sets])),
        "pairs": len(pairs),
        "both right": float(np.mean([is_right[h] and is_right[t] for h, t in pairs])),
        "told apart": float(np.mean([is_right[h] and worse[t] for h, t in pairs])),
    }


def _pages(engine: Engine, test: Sentences) -> dict[str, float]:
    """Sentences that are no claims, on pages whose titles name a treatment: the hardest case, since
    every one of them that is taken for a claim has statements to be judged by."""
    none = [test.texts[row] for row in np.flatnonzero(~test.is_claim)]
    names = sorted(
        engine.reference.intervention_names[name]
        for name in {
            one.interventions[0] for one in engine.reference.statements if one.interventions
        }
    )
    pages = [
        [Block("title", f"{names[start % len(names)]} at our clinic", BlockKind.TITLE)]
        + [Block(f"b{n}", text) for n, text in enumerate(none[start : start + PAGE_SENTENCES])]
        for start in range(0, len(none), PAGE_SENTENCES)
    ]
    found = [one for report in engine.check_pages(pages, split=False) for one in report.verdicts]
    accused = sum(one.label in VERDICTS[1:] for one in found)
    return {
        "no claims": len(none),
        "pages": len(pages),
        "taken for claims": len(found) / len(none),
        "accused": accused / len(none),
        "called false": sum(one.label is Label.FALSE for one in found) / len(none),
    }


def _per_verdict(truth: np.ndarray, answers: np.ndarray) -> dict[str, Any]:
    return {
        str(label): {
            "precision": precision(truth, answers, label),
            "recall": recall(truth, answers, label),
            "f1": f1(truth, answers, label),
            "claims": int((truth == label).sum()),
        }
        for label in VERDICTS
    }


def _per_facet(covered: Sentences, truth: np.ndarray, answers: np.ndarray) -> dict[str, Any]:
    facets = np.array([str(facet) for facet in covered.facets])
    return {
        str(facet): {
            "claims": int((facets == facet).sum()),
            "macro_f1": macro_f1(truth[facets == facet], answers[facets == facet]),
            "honest_accused": honest_accused(truth[facets == facet], answers[facets == facet]),
        }
        for facet in sorted(set(facets))
    }


def _errors(
    texts: Sequence[str], truth: np.ndarray, answers: np.ndarray, confidence: np.ndarray
) -> list[dict[str, Any]]:
    """Every kind of error, the commonest first, with how often it comes and its surest examples."""
    kinds: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row in np.flatnonzero(truth != answers):
        kinds[truth[row], answers[row]].append(int(row))
    return [
        {
            "truth": kind[0],
            "answer": kind[1],
            "count": len(rows),
            "examples": [
                {"text": texts[row], "confidence": float(confidence[row])}
                for row in sorted(rows, key=lambda row: -confidence[row])[:WORST_ERRORS]
            ],
        }
        for kind, rows in sorted(kinds.items(), key=lambda item: -len(item[1]))
    ]


if __name__ == "__main__":
    main()
