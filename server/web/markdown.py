"""A kept report as Markdown, for a file or a letter."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from server.engine.retrieve import Reference
from server.engine.values import Label
from server.store.reports import StoredReport
from server.web.reading import context_words, faults_of, safe_link
from server.web.words import (
    CERTAINTIES,
    NOT_ADVICE,
    RELATIONS,
    TOPICS,
    VERDICTS,
    confidence_words,
)
from server.wire import ClaimEvidenceOut, ClaimOut, SourceOut, SummaryOut

_MARKS = re.compile(r"([\\`*_{}\[\]<>()#+.!|~&-])")


def report_markdown(report: StoredReport, url: str, reference: Reference) -> str:
    """The report's text. Whatever a page said is escaped: it stands there as words alone.

    Args:
        url: the report's own address.
        reference: names treatments and holds the statements on what the page leaves out.
    """
    names = reference.intervention_names
    lines = [
        "# Overclaim report",
        "",
        f"Checked {report.created:%d %B %Y, %H:%M} UTC. <{url}>",
        "",
        *_page_lines(report),
        summary_words(report.answer.summary),
        "",
        *_count_lines(report.answer.summary),
    ]
    for number, claim in enumerate(report.answer.claims, start=1):
        lines += _claim_lines(number, claim, report, names)
    lines += _omission_lines(report, reference)
    lines += [
        "---",
        "",
        f"Model {report.answer.model_version}, reference {report.answer.reference_version}.",
        "",
        NOT_ADVICE,
        "",
    ]
    return "\n".join(lines)


def summary_words(summary: SummaryOut) -> str:
    """How many claims a page makes, as a sentence."""
    if summary.claims == 0:
        return "No treatment claim was found."
    claims = "1 treatment claim" if summary.claims == 1 else f"{summary.claims} treatment claims"
    return f"{claims} found."


def _page_lines(report: StoredReport) -> Iterator[str]:
    if report.request.url:
        yield f"Page: {escaped(report.request.url)}"
        yield ""


def _count_lines(summary: SummaryOut) -> Iterator[str]:
    counts = {label: getattr(summary, label.value) for label in Label}
    for label, said in VERDICTS.items():
        if counts[label]:
            yield f"- {said.name}: {counts[label]}"
    yield ""


def _claim_lines(
    number: int, claim: ClaimOut, report: StoredReport, names: Mapping[str, str]
) -> Iterator[str]:
    said = VERDICTS[claim.verdict]
    yield f"## {number}. {said.name}"
    yield ""
    for line in claim.text.splitlines():
        yield f"> {escaped(line)}"
    yield ""
    yield f"{said.meaning} {confidence_words(claim.confidence)} {escaped(context_words(claim.context, names))}"
    yield ""
    for fault in faults_of(report.request, claim):
        words = ", ".join(f"“{escaped(one)}”" for one in fault.words)
        yield f"- {words + ': ' if words else ''}{fault.meaning}"
    yield ""
    for part in claim.parts:
        yield f"- “{escaped(part.text)}”: {VERDICTS[part.verdict].name}. {confidence_words(part.confidence)}"
        yield from (f"  {line}" for line in _evidence_lines(part.evidence))
    if claim.parts:
        yield ""
    yield from _evidence_lines(claim.evidence)
    yield ""
    if claim.precedents:
        yield "Sentences like it that people labelled so:"
        yield ""
        yield from (f"- “{escaped(one.text)}”" for one in claim.precedents)
        yield ""


def _evidence_lines(found: Sequence[ClaimEvidenceOut]) -> Iterator[str]:
    for evidence in found:
        yield f"- **{RELATIONS[evidence.relation]}** ({CERTAINTIES[evidence.certainty].lower()}): {escaped(evidence.statement)}"
        for source in evidence.sources:
            yield f"  - {_source(source)}"


def _omission_lines(report: StoredReport, reference: Reference) -> Iterator[str]:
    if report.answer.omissions:
        yield "## What the text leaves out"
        yield ""
    for one in report.answer.omissions:
        name = reference.intervention_names.get(one.intervention, one.intervention)
        yield f"- **{TOPICS[one.topic]}** ({escaped(name)})"
        for evidence_id in one.evidence:
            found = reference.evidence(evidence_id)
            yield f"  - {escaped(found.statement if found else evidence_id)}"
        yield ""


def _source(source: SourceOut) -> str:
    title = escaped(source.title)
    link = safe_link(source.url)
    linked = f"[{title}](<{link}>)" if link and not set(link) & set("<>\n") else title
    return f"{linked}. {escaped(source.publisher)}, {source.year}."


def escaped(text: str) -> str:
    """Text that Markdown shows as it stands, on one line."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))
