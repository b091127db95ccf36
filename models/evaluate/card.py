"""The model card in Markdown; every figure comes from what was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from models.evaluate.metrics import Interval
from models.evaluate.retrieval import RECALLS


def card_of(metrics: Mapping[str, Any]) -> str:
    """The card of `models.evaluate.report`'s metrics."""
    counts = metrics["counts"]
    return "\n".join(
        [
            "# Model card: claim detector and judge, second edition",
            "",
            f"Model version `{metrics['model_version']}`, reference version "
            f"`{metrics['reference_version']}`. Written by `make evaluate`; not edited by hand.",
            "",
            "A cross-encoder (MiniLM, six layers, int8 weights) reads each claim beside the three evidence "
            "statements found for it. Two plain judges advise it, one by the claim's words alone and one by "
            "what can be compared one by one; labelled claims that read alike have a say; one logistic "
            f"regression decides. Trained on {counts['labelled sentences']:,} labelled sentences of our own, "
            f"it judges claims by {counts['statements']:,} evidence statements on {counts['treatments']} "
            "treatments. It is a reading aid for an editor who looks at the evidence shown, and no "
            "substitute for one.",
            "",
            "The shipped weights are trained on all sentences. The figures below are those of a twin trained "
            f"in the same way on {counts['training sentences']:,}, and measured on "
            f"{counts['test claims covered']:,} claims tied to evidence statements that it never saw in any "
            "wording, with 95% bootstrap intervals. An `uncovered` answer counts as a miss. "
            "“Steps off” is the mean distance between truth and answer from supported (0) to false (3).",
            "",
            *_verdicts(metrics),
            *_ablations(metrics),
            *_contrast(metrics),
            *_detection(metrics),
            *_retrieval(metrics["retrieval"]),
            *_real(metrics.get("real"), metrics["first edition"]["real"]),
            *_errors(metrics["errors"]),
        ]
    )


def _verdicts(metrics: Mapping[str, Any]) -> list[str]:
    first = metrics["first edition"]
    return [
        "## Verdicts",
        "",
        *_figures(
            {
                "**this model**": metrics["verdicts"],
                **metrics["stages"],
                **metrics["baselines"],
                "first edition, on its own test claims": first["verdicts"],
            }
        ),
        "",
        f"The first edition was measured on {first['counts']['test claims covered']:,} other claims of the "
        "same manner; its figures are those of its card.",
        "",
        "Calibration error of the confidence shown with a verdict: "
        f"{metrics['calibration error']['verdicts']:.3f}; with the answers `uncovered` counted, which "
        "are seldom right on claims that were written for a statement: "
        f"{metrics['calibration error']['all answers']:.3f} (first edition "
        f"{first['calibration error']:.3f}). Claims on other treatments answered `uncovered`: "
        f"{metrics['other treatments answered uncovered']:.0%} of "
        f"{metrics['counts']['test claims on other treatments']}.",
        "",
        "![Share right over confidence](calibration.svg)",
        "![Share wrong over share answered](risk_coverage.svg)",
        "",
        *_table(
            ["verdict", "precision", "recall", "F1", "claims"],
            [
                [name, *(f"{row[key]:.2f}" for key in ("precision", "recall", "f1")), row["claims"]]
                for name, row in metrics["per verdict"].items()
            ],
        ),
        "",
        "Rows: what the claim is; columns: what the model answers.",
        "",
        *_confusion(metrics["confusion"]),
        "",
        *_table(
            ["facet", "claims", "macro-F1", "honest accused"],
            [
                [name, row["claims"], f"{row['macro_f1']:.2f}", f"{row['honest_accused']:.2f}"]
                for name, row in metrics["per facet"].items()
            ],
        ),
        "",
    ]


def _ablations(metrics: Mapping[str, Any]) -> list[str]:
    variants = metrics["variants"]
    return [
        "## What each part is worth",
        "",
        "The decision learnt anew without a part, from the training statements alone, with an operating "
        "point of its own, on the same test claims.",
        "",
        *_figures(metrics["ablations"]),
        "",
        *(
            [
                "Pair models trained in other ways, each alone beside the right statement. No claim on the "
                "topics never seen was trained on, and only they are measured there; the others are "
                "measured on the other test claims. One pass over the pairs, where the twin takes three: "
                "hold them against each other.",
                "",
                *_figures(variants),
                "",
            ]
            if variants
            else []
        ),
    ]


def _contrast(metrics: Mapping[str, Any]) -> list[str]:
    found = metrics["contrast"]
    return [
        "## Contrast sets",
        "",
        f"{found['sets']} sets of test claims that differ in a word, a number, a population or a product. "
        f"All members right: {found['all members right']:.1%}. Of {found['pairs']} pairs of an honest claim "
        f"and a twin that is not, {found['both right']:.1%} are right in both, and {found['told apart']:.1%} "
        "told apart (the honest one cleared, its twin flagged as any of the three).",
        "",
    ]


def _detection(metrics: Mapping[str, Any]) -> list[str]:
    found, pages = metrics["detection"], metrics["pages"]
    return [
        "## Is it a claim?",
        "",
        f"Balanced accuracy {_interval(found['balanced accuracy'])}; "
        f"{found['no claims taken for claims']:.1%} of "
        f"{metrics['counts']['test sentences that are no claims']} sentences that are none are taken for claims.",
        "",
        f"On {pages['pages']} pages made of {pages['no claims']} such sentences, each under a title that names "
        f"a treatment, {pages['taken for claims']:.1%} are taken for claims, {pages['accused']:.1%} are called "
        f"overstated, unsupported or false, and {pages['called false']:.1%} false.",
        "",
    ]


def _retrieval(found: Mapping[str, Any]) -> list[str]:
    return [
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
                for name, row in found["ways"].items()
            ],
        ),
        "",
        *_table(
            ["treatment", "claims", *RECALLS],
            [
                [name, row["claims"], *(f"{row[figure]:.2f}" for figure in RECALLS)]
                for name, row in found["by treatment"].items()
            ],
        ),
        "",
    ]


def _real(real: Mapping[str, Any] | None, first: Mapping[str, Any]) -> list[str]:
    if real is None:
        return []
    counts = real["counts"]
    return [
        "## Real sentences",
        "",
        f"{counts['claims']} claims and {counts['no claims']} other sentences from real clinic pages, "
        "never trained on or tuned to, answered by the shipped weights. The reference covers the treatment of "
        f"{counts['claims on covered treatments']} of the claims; for the rest `uncovered` is the "
        f"right answer. Balanced accuracy of claim detection: {real['detection']:.3f} (first edition "
        f"{first['detection']:.3f}); {real['no claims accused']:.1%} of the other sentences are accused of "
        f"anything. Calibration error: {real['calibration error']['verdicts']:.3f} "
        f"with a verdict, {real['calibration error']['all answers']:.3f} with `uncovered` counted.",
        "",
        *_figures(
            {
                "**covered treatments**": real["covered treatments"],
                "all claims": real["all"],
                **{f"{name}, covered": row for name, row in real["baselines"].items()},
                "first edition, covered": first["covered treatments"],
            }
        ),
        "",
        *_confusion(real["confusion on covered treatments"]),
        "",
    ]


def _errors(kinds: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = ["## Where it fails", "", "By kind, with the surest examples on the test claims:", ""]
    for kind in kinds:
        lines.append(f"- **is {kind['truth']}, said {kind['answer']}**: {kind['count']}")
        lines += [f"  - ({one['confidence']:.2f}) “{one['text']}”" for one in kind["examples"]]
    return [*lines, ""]


def _figures(rows: Mapping[str, Mapping[str, Any]]) -> list[str]:
    names = list(next(iter(rows.values())))
    return _table(
        ["", *names],
        [
            [name, *(_interval(row[figure]) if figure in row else "" for figure in names)]
            for name, row in rows.items()
        ],
    )


def _interval(value: Mapping[str, float]) -> str:
    return str(Interval(**value))


def _confusion(counts: Mapping[str, Mapping[str, int]]) -> list[str]:
    columns = list(next(iter(counts.values())))
    return _table(["", *columns], [[row, *cells.values()] for row, cells in counts.items()])


def _table(header: Sequence[object], rows: Sequence[Sequence[object]]) -> list[str]:
    return [
        "| " + " | ".join(map(str, header)) + " |",
        "|" + " --- |" * len(header),
        *("| " + " | ".join(map(str, row)) + " |" for row in rows),
    ]
