"""Measures the shipped models and writes their card: `python -m models.evaluate.report`.

The shipped models are trained on every labelled sentence, so their figures on our own statements are
those of a twin trained in the same way without the test statements. On real sentences, where a file
of them is given, the shipped models themselves are measured: nothing real is trained on.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from models.evaluate.baselines import BASELINES, verdicts
from models.evaluate.metrics import (
    Interval,
    balanced_accuracy,
    calibration_error,
    confusion,
    f1,
    flagged,
    honest_accused,
    honest_called_false,
    macro_f1,
    precision,
    recall,
    uncovered,
    with_interval,
)
from models.evaluate.retrieval import RECALLS, measure_retrieval
from models.train.examples import ARTEFACTS, Corpus, Sentences, load_corpus, train_and_test
from models.train.fit import HELD_OUT, load_trained
from models.train.heads import Heads, decisions
from server.artefacts import load_engine
from server.engine.check import Engine
from server.engine.decide import Decision, Policy
from server.engine.detect import CLAIM, detector_features
from server.engine.values import VERDICTS, Block, BlockKind, Candidate, Label

FIGURES = {
    "macro-F1 over the four verdicts": macro_f1,
    "honest claims called false": honest_called_false,
    "honest claims accused of anything": honest_accused,
    "dishonest claims flagged": flagged,
    "answered uncovered": uncovered,
}
WORST_ERRORS = 12


@dataclass(frozen=True, slots=True)
class RealSentence:
    """A labelled sentence from a real page; `alternative` is a second label an editor would take."""

    text: str
    label: str
    alternative: str | None
    treatment: str | None


def main(arguments: Sequence[str] | None = None) -> None:
    """Writes `metrics.json` and `MODEL_CARD.md` beside the judge and prints the card."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--real", type=Path, help="JSONL of labelled real sentences, if you have it"
    )
    options = parser.parse_args(arguments)
    corpus = load_corpus()
    engine = load_engine(ARTEFACTS)
    metrics = measure(corpus, engine)
    if options.real and options.real.is_file():
        metrics["real"] = measure_real(engine, _read_real(options.real))
    target = ARTEFACTS / "judge"
    (target / "metrics.json").write_text(json.dumps(metrics, indent=1) + "\n", encoding="utf-8")
    card = card_of(metrics)
    (target / "MODEL_CARD.md").write_text(card, encoding="utf-8")
    print(card)


def measure(corpus: Corpus, engine: Engine) -> dict[str, Any]:
    """Every figure of the card on held-out statements of our own."""
    heads, policy = load_trained(HELD_OUT)
    train_rows, test_rows = train_and_test(corpus.sentences)
    train, test = corpus.sentences.rows(train_rows), corpus.sentences.rows(test_rows)
    covered = test.rows(np.flatnonzero(test.is_covered))
    other = test.rows(np.flatnonzero(test.is_claim & ~test.is_covered))
    truth = verdicts(covered)
    found = decisions(corpus, heads, covered, policy)
    answers = _labels(found)
    gold = _labels(decisions(corpus, heads, _with_gold_evidence(corpus, covered), policy))
    return {
        "model_version": engine.versions.model,
        "reference_version": engine.versions.reference,
        "counts": {
            "statements": len(corpus.reference.statements),
            "treatments": len(
                {name for one in corpus.reference.statements for name in one.interventions}
            ),
            "labelled sentences": len(corpus.sentences.texts),
            "training sentences": len(train_rows),
            "test claims covered": len(truth),
            "test claims on other treatments": len(other.texts),
            "test sentences that are no claims": int((~test.is_claim).sum()),
        },
        "detection": _detection(heads, policy, test),
        "verdicts": _figures(truth, answers),
        "verdicts with gold evidence": _figures(truth, gold),
        "baselines": {
            name: _figures(truth, answer(train, covered)) for name, answer in BASELINES.items()
        },
        "per verdict": _per_verdict(truth, answers),
        "per facet": _per_facet(covered, truth, answers),
        "confusion": confusion(truth.tolist(), answers.tolist()),
        "calibration error": calibration_error(
            np.array([one.confidence for one in found]), answers == truth
        ),
        "other treatments answered uncovered": float(
            np.mean(_labels(decisions(corpus, heads, other, policy)) == Label.UNCOVERED)
        ),
        "retrieval": measure_retrieval(corpus, covered),
        "policy": asdict(policy),
        "worst errors": _worst_errors(covered, found),
    }


def measure_real(engine: Engine, sentences: Sequence[RealSentence]) -> dict[str, Any]:
    """The figures on real sentences, each under a heading that names its treatment."""
    reports = engine.check_pages([_page_of(one) for one in sentences], split=False)
    answers, is_found = [], []
    for report in reports:
        detection = report.detections[-1]
        verdict = next((one for one in report.verdicts if one.detection is detection), None)
        is_found.append(verdict is not None)
        answers.append(str(verdict.label) if verdict else "not_claim")
    labels = [
        one.alternative if answer == one.alternative else one.label
        for one, answer in zip(sentences, answers, strict=True)
    ]
    truth, given = np.array(labels, dtype=object), np.array(answers, dtype=object)
    is_claim = truth != "not_claim"
    inside = is_claim & np.array([_is_covered(engine, one) for one in sentences])
    return {
        "counts": {"claims": int(is_claim.sum()), "claims on covered treatments": int(inside.sum()),
                   "no claims": int((~is_claim).sum())},
        "detection": balanced_accuracy(is_claim, np.array(is_found)),
        "all": _figures(truth[is_claim], given[is_claim]),
        "covered treatments": _figures(truth[inside], given[inside]),
        "confusion on covered treatments": confusion(truth[inside].tolist(), given[inside].tolist()),
    }  # fmt: skip


def card_of(metrics: dict[str, Any]) -> str:
    """The model card in Markdown; every figure comes from `metrics`."""
    counts = metrics["counts"]
    lines = [
        "# Model card: claim detector and judge, first edition",
        "",
        f"Model version `{metrics['model_version']}`, reference version "
        f"`{metrics['reference_version']}`. Written by `make evaluate`; not edited by hand.",
        "",
        "Linear models (scikit-learn) on frozen all-MiniLM-L6-v2 vectors and wording cues, trained on "
        f"{counts['labelled sentences']:,} labelled sentences of our own. They judge claims "
        f"by {counts['statements']:,} evidence statements on {counts['treatments']} treatments. They are a reading "
        "aid for an editor who looks at the evidence shown, and no substitute for one.",
        "",
        f"The shipped weights are trained on all of them. The figures below are those of a twin trained "
        f"in the same way on {counts['training sentences']:,}, and measured on "
        f"{counts['test claims covered']} claims tied to evidence statements that it never saw in any "
        "wording, with 95% bootstrap intervals. An `uncovered` answer counts as a miss.",
        "",
        "## Verdicts",
        "",
        *_table(
            ["", *FIGURES],
            [
                ["**this model**", *_cells(metrics["verdicts"])],
                [
                    "this model, given the right statement",
                    *_cells(metrics["verdicts with gold evidence"]),
                ],
                *([name, *_cells(figures)] for name, figures in metrics["baselines"].items()),
            ],
        ),
        "",
        f"Calibration error of the confidence shown: {metrics['calibration error']:.3f}. "
        f"Claims on other treatments answered `uncovered`: "
        f"{metrics['other treatments answered uncovered']:.0%} of "
        f"{counts['test claims on other treatments']}.",
        "",
        *_table(
            ["verdict", "precision", "recall", "F1", "claims"],
            [
                [
                    name,
                    f"{row['precision']:.2f}",
                    f"{row['recall']:.2f}",
                    f"{row['f1']:.2f}",
                    row["claims"],
                ]
                for name, row in metrics["per verdict"].items()
            ],
        ),
        "",
        "Rows: what the claim is; columns: what the model answers.",
        "",
        *_confusion_table(metrics["confusion"]),
        "",
        *_table(
            ["facet", "claims", "macro-F1", "honest accused"],
            [
                [name, row["claims"], f"{row['macro_f1']:.2f}", f"{row['honest_accused']:.2f}"]
                for name, row in metrics["per facet"].items()
            ],
        ),
        "",
        "## Is it a claim?",
        "",
        f"Balanced accuracy {_interval(metrics['detection']['balanced accuracy'])}; "
        f"{metrics['detection']['no claims taken for claims']:.1%} of "
        f"{counts['test sentences that are no claims']} sentences that are none are taken for claims.",
        "",
        "## Retrieval of the statement a claim was written for",
        "",
        "On the same test claims; the ranking never saw their statements. A claim whose treatment was "
        "not recognised counts as a miss. Other statements often bear on the claim as well, so these "
        "are lower bounds.",
        "",
        *_table(
            ["", *RECALLS],
            [
                [name, *(f"{row[figure]:.3f}" for figure in RECALLS)]
                for name, row in metrics["retrieval"]["ways"].items()
            ],
        ),
        "",
        *_table(
            ["treatment", "claims", *RECALLS],
            [
                [name, row["claims"], *(f"{row[figure]:.2f}" for figure in RECALLS)]
                for name, row in metrics["retrieval"]["by treatment"].items()
            ],
        ),
        "",
        *_real_section(metrics.get("real")),
        "## Where it fails",
        "",
        "The surest wrong answers on the test claims:",
        "",
        *(
            f"- said {error['answer']} ({error['confidence']:.2f}), is {error['truth']}: "
            f"“{error['text']}”"
            for error in metrics["worst errors"]
        ),
        "",
    ]
    return "\n".join(lines)


def _real_section(real: dict[str, Any] | None) -> list[str]:
    if real is None:
        return []
    counts = real["counts"]
    return [
        "## Real sentences",
        "",
        f"{counts['claims']} claims and {counts['no claims']} other sentences from real clinic pages, "
        "never trained on or tuned to, answered by the shipped weights. The reference covers the treatment of "
        f"{counts['claims on covered treatments']} of the claims; for the rest `uncovered` is the "
        f"right answer. Balanced accuracy of claim detection: {real['detection']:.3f}.",
        "",
        *_table(
            ["", *FIGURES],
            [
                ["covered treatments", *_cells(real["covered treatments"])],
                ["all claims", *_cells(real["all"])],
            ],
        ),
        "",
        *_confusion_table(real["confusion on covered treatments"]),
        "",
    ]


def _detection(heads: Heads, policy: Policy, test: Sentences) -> dict[str, Any]:
    features = detector_features(test.texts, test.vectors)
    probability = heads.claim.probabilities(features)[:, heads.claim.labels.index(CLAIM)]
    is_found = probability >= policy.claim_threshold
    return {
        "balanced accuracy": asdict(with_interval(balanced_accuracy, test.is_claim, is_found)),
        "claims found": float(is_found[test.is_claim].mean()),
        "no claims taken for claims": float(is_found[~test.is_claim].mean()),
    }


def _with_gold_evidence(corpus: Corpus, covered: Sentences) -> Sentences:
    """The same claims with the statement that decides each as the only candidate."""
    statements, vectors = corpus.reference.statements, corpus.reference.vectors
    gold = tuple(
        (Candidate(statements[row], float(vector @ vectors[row])),)
        for row, vector in zip(covered.evidence, covered.claim_vectors, strict=True)
    )
    return replace(covered, candidates=gold)


def _figures(truth: np.ndarray, answers: np.ndarray) -> dict[str, Any]:
    return {name: asdict(with_interval(figure, truth, answers)) for name, figure in FIGURES.items()}


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


def _worst_errors(covered: Sentences, found: Sequence[Decision]) -> list[dict[str, Any]]:
    errors = [
        {"text": text, "truth": str(label), "answer": str(one.label), "confidence": one.confidence}
        for text, label, one in zip(covered.texts, covered.labels, found, strict=True)
        if one.label is not label and one.label is not Label.UNCOVERED
    ]
    return sorted(errors, key=lambda error: -float(str(error["confidence"])))[:WORST_ERRORS]


def _labels(found: Sequence[Decision]) -> np.ndarray:
    return np.array([str(one.label) for one in found], dtype=object)


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


def _read_real(path: Path) -> list[RealSentence]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    return [
        RealSentence(row["text"], row["label"], row.get("alt_label"), row.get("intervention"))
        for row in rows
    ]


def _cells(figures: dict[str, dict[str, float]]) -> list[str]:
    return [_interval(figures[name]) for name in FIGURES]


def _interval(value: dict[str, float]) -> str:
    return str(Interval(**value))


def _confusion_table(counts: dict[str, dict[str, int]]) -> list[str]:
    columns = list(next(iter(counts.values())))
    return _table(["", *columns], [[row, *cells.values()] for row, cells in counts.items()])


def _table(header: Sequence[object], rows: Sequence[Sequence[object]]) -> list[str]:
    return [
        "| " + " | ".join(map(str, header)) + " |",
        "|" + " --- |" * len(header),
        *("| " + " | ".join(map(str, row)) + " |" for row in rows),
    ]


if __name__ == "__main__":
    main()
