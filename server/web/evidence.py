"""The reference as readers browse it: search and filters, one page a statement, its coverage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, request, url_for
from werkzeug.exceptions import NotFound

from server.engine.retrieve import Reference
from server.engine.values import Certainty, Direction, Evidence, Facet, Source
from server.search import search_statements
from server.web import words
from server.web.services import services

STATEMENTS_A_PAGE = 25
ANY_TREATMENT = "any"
"""In a filter: statements that hold whatever the treatment."""

MAX_QUERY_CHARACTERS = 200

_RESOLVERS = {
    "doi": "https://doi.org/",
    "pmid": "https://pubmed.ncbi.nlm.nih.gov/",
    "pmcid": "https://pmc.ncbi.nlm.nih.gov/articles/",
    "nct": "https://clinicaltrials.gov/study/",
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What a reader asked for; empty strings ask for nothing."""

    q: str
    treatment: str
    condition: str
    facet: str
    direction: str
    certainty: str

    def admit(self, one: Evidence) -> bool:
        """Whether a statement has everything asked for but the words."""
        treatments = one.interventions or (ANY_TREATMENT,)
        return (
            (not self.treatment or self.treatment in treatments)
            and (not self.condition or self.condition in one.conditions)
            and (not self.facet or self.facet == one.facet)
            and (not self.direction or self.direction == one.direction)
            and (not self.certainty or self.certainty == one.certainty)
        )

    def asked(self) -> dict[str, str]:
        """The filters in use, as they stand in an address."""
        return {name: value for name in self.__slots__ if (value := getattr(self, name))}


def evidence_blueprint() -> Blueprint:
    """The routes under `/evidence`."""
    pages = Blueprint("evidence", __name__)
    pages.add_url_rule("/evidence", "browse", browse)
    pages.add_url_rule("/evidence/coverage", "coverage", coverage)
    pages.add_url_rule("/evidence/<evidence_id>", "statement", statement)
    return pages


def browse() -> str:
    """The statements that match words and filters, a page at a time."""
    reference = services().engine.reference
    filters = _filters()
    found = _found(reference, filters)
    last = max(-(-len(found) // STATEMENTS_A_PAGE), 1)
    page = min(max(request.args.get("page", 1, type=int), 1), last)
    start = (page - 1) * STATEMENTS_A_PAGE
    return render_template(
        "evidence_list.html",
        reference=reference,
        filters=filters,
        choices=_choices(reference),
        count=len(found),
        statements=found[start : start + STATEMENTS_A_PAGE],
        first=start + 1,
        page=page,
        last=last,
        max_query_characters=MAX_QUERY_CHARACTERS,
    )


def coverage() -> str:
    """How many statements the reference holds on each treatment and facet."""
    reference = services().engine.reference
    counts = Counter(
        (treatment, one.facet)
        for one in reference.statements
        for treatment in one.interventions or (ANY_TREATMENT,)
    )
    totals = Counter(
        treatment
        for one in reference.statements
        for treatment in one.interventions or (ANY_TREATMENT,)
    )
    names = _treatment_names(reference)
    return render_template(
        "coverage.html",
        reference=reference,
        treatments=[(name, shown) for name, shown in names.items() if totals[name]],
        missing=[shown for name, shown in names.items() if not totals[name]],
        facets=list(Facet),
        counts=counts,
        totals=totals,
        by_facet=Counter(one.facet for one in reference.statements),
    )


def statement(evidence_id: str) -> str:
    """An evidence statement with its sources."""
    reference = services().engine.reference
    found = reference.evidence(evidence_id)
    if found is None:
        raise NotFound("The reference has no statement of this name.")
    return render_template(
        "evidence.html",
        evidence=found,
        reference=reference,
        linked_data=linked_data(found, reference),
    )


def linked_data(one: Evidence, reference: Reference) -> dict[str, Any]:
    """The statement as schema.org's `Claim`, with what it rests on as citations."""
    return {
        "@context": "https://schema.org",
        "@type": "Claim",
        "@id": url_for("evidence.statement", evidence_id=one.id, _external=True),
        "identifier": one.id,
        "text": one.statement,
        "inLanguage": "en",
        "dateModified": one.reviewed,
        "version": reference.version,
        "about": [
            {"@type": "MedicalTherapy", "name": reference.intervention_names[name]}
            for name in one.interventions
        ]
        + [
            {"@type": "MedicalCondition", "name": reference.condition_names[name]}
            for name in one.conditions
        ],
        "citation": [_citation(source) for source in one.sources],
    }


def _citation(source: Source) -> dict[str, Any]:
    cited: dict[str, Any] = {
        "@type": "CreativeWork",
        "name": source.title,
        "publisher": {"@type": "Organization", "name": source.publisher},
        "datePublished": str(source.year),
        "url": source.url,
    }
    if source.identifier:
        kind, _, value = source.identifier.partition(":")
        cited["identifier"] = source.identifier
        if kind in _RESOLVERS:
            cited["sameAs"] = _RESOLVERS[kind] + value
    return cited


def _filters() -> Filters:
    asked = {name: request.args.get(name, "").strip() for name in Filters.__slots__}
    return Filters(**{**asked, "q": asked["q"][:MAX_QUERY_CHARACTERS]})


def _found(reference: Reference, filters: Filters) -> Sequence[Evidence]:
    admitted = [one for one in reference.statements if filters.admit(one)]
    if filters.q:
        return search_statements(admitted, filters.q, limit=len(admitted))
    return admitted


def _choices(reference: Reference) -> Mapping[str, Sequence[tuple[str, str]]]:
    """For each filter its values with their names, those only that some statement has."""
    used = {name for one in reference.statements for name in one.interventions} | {ANY_TREATMENT}
    conditions = {name for one in reference.statements for name in one.conditions}
    return {
        "treatment": _named({k: v for k, v in _treatment_names(reference).items() if k in used}),
        "condition": _named(
            {k: v for k, v in reference.condition_names.items() if k in conditions}
        ),
        "facet": [(one.value, words.FACETS[one]) for one in Facet],
        "direction": [(one.value, words.DIRECTIONS[one]) for one in Direction],
        "certainty": [(one.value, words.CERTAINTIES[one]) for one in Certainty],
    }


def _treatment_names(reference: Reference) -> Mapping[str, str]:
    return {ANY_TREATMENT: "Any treatment", **reference.intervention_names}


def _named(names: Mapping[str, str]) -> list[tuple[str, str]]:
    return sorted(names.items(), key=lambda pair: pair[1].casefold())
