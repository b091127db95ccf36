"""The curator's commands: `python -m server reference COMMAND`.

They need the packages of `make dev`; the server never calls them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from server.batch.rows import InputError
from server.console import STATUS_FINDINGS, refusals, refuse
from server.settings import read_settings

if TYPE_CHECKING:
    from models.reference.schema import Statement

EVIDENCE_DIR = Path("training_data/evidence")
CLAIMS_DIR = Path("training_data/claims")

reference_app = typer.Typer(help="The curator's tools for the evidence.", no_args_is_help=True)

EvidenceDir = Annotated[Path, typer.Argument(metavar="DIRECTORY", help="Folder of the YAML files.")]
EvidenceOption = Annotated[
    Path, typer.Option("--directory", "-d", help="Folder of the YAML files.")
]
ClaimsOption = Annotated[Path, typer.Option("--claims", help="Folder of the labelled claims.")]


@reference_app.command()
def lint(
    directory: EvidenceDir = EVIDENCE_DIR,
    claims: ClaimsOption = CLAIMS_DIR,
    today: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Day that reviews are held against."),
    ] = None,
) -> None:
    """Check the entries by form and by sense (exit status 1 if there are errors)."""
    from models.reference.lint import lint_reference
    from models.reference.rules import Severity

    with _curation():
        _require_folder(directory)
        findings = lint_reference(
            directory,
            today=today.date() if today else date.today(),
            models_dir=read_settings().models_dir,
            claims_dir=claims if claims.is_dir() else None,
        )
    for finding in findings:
        typer.echo(str(finding))
    error_count = sum(finding.severity is Severity.ERROR for finding in findings)
    typer.echo(f"{error_count} errors, {len(findings) - error_count} warnings", err=True)
    if error_count:
        raise typer.Exit(STATUS_FINDINGS)


@reference_app.command()
def build(directory: EvidenceDir = EVIDENCE_DIR) -> None:
    """Compile the entries into what the server reads; only changed ones are embedded."""
    from models.reference.build import build_reference

    with _curation():
        _require_folder(directory)
        built = build_reference(directory, read_settings().models_dir)
    typer.echo(f"{built.version}: {built.statements} statements, {built.embedded} embedded anew")


@reference_app.command()
def search(
    query: Annotated[str, typer.Argument(help="Words to look for.")],
    directory: EvidenceOption = EVIDENCE_DIR,
    limit: Annotated[int, typer.Option(min=1, help="Entries to show.")] = 10,
) -> None:
    """Find entries by their words."""
    from server.search import search_statements

    statements = _statements(directory)
    found = search_statements(statements, query, limit=limit)
    for statement in found:
        typer.echo(f"{statement.id}\n  {statement.statement}")
    if not found:
        typer.echo(f"none of {len(statements)} entries shares a word with {query!r}", err=True)


@reference_app.command()
def show(
    statement_id: Annotated[str, typer.Argument(metavar="ID", help="Id of an entry.")],
    directory: EvidenceOption = EVIDENCE_DIR,
) -> None:
    """Show an entry with its sources."""
    from models.reference.browse import UnknownStatement, describe, find_statement

    with _curation(UnknownStatement):
        typer.echo(describe(find_statement(_statements(directory), statement_id)))


@reference_app.command()
def add(directory: EvidenceOption = EVIDENCE_DIR) -> None:
    """Write a new entry by answering questions; nothing is written until it passes the rules."""
    from models.reference.add import ask_entry, findings_on, write_entry

    with _curation():
        _require_folder(directory)
        models_dir = read_settings().models_dir
        statement = ask_entry(directory, _ask, date.today())
        while findings := findings_on(statement, directory, models_dir, date.today()):
            for finding in findings:
                typer.echo(f"  {finding.message} [{finding.rule}]", err=True)
            if not typer.confirm("Answer the questions again?", default=True):
                refuse("nothing was written")
            statement = ask_entry(directory, _ask, date.today(), start=statement)
        path = write_entry(statement, directory)
    typer.echo(f"{statement.id} written to {path}")


@reference_app.command()
def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="Folder of YAML files, or a commit.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The same of the later state.")] = str(
        EVIDENCE_DIR
    ),
    claims: ClaimsOption = CLAIMS_DIR,
) -> None:
    """Tell what changed, and which labelled claims get another verdict because of it."""
    from models.reference.diff import (
        UnknownState,
        changes_between,
        flips_between,
        reference_state,
    )

    with _curation(UnknownState), reference_state(old) as before, reference_state(new) as after:
        changes = changes_between(before, after)
        for change in changes:
            typer.echo(str(change))
        flips = flips_between(before, after, claims, read_settings().models_dir) if changes else []
    for flip in flips:
        typer.echo(str(flip))
    typer.echo(f"{len(changes)} entries changed, {len(flips)} labelled claims with them", err=True)


@reference_app.command()
def confirm(claims: ClaimsOption = CLAIMS_DIR) -> None:
    """Accept the verdicts that the labelled claims now get; the tests hold them against these."""
    from models.reference.confirmed import confirm_verdicts

    with _curation():
        flips = confirm_verdicts(claims, read_settings().models_dir)
    for flip in flips:
        typer.echo(str(flip))
    typer.echo(f"{len(flips)} changed verdicts confirmed", err=True)


@contextmanager
def _curation(*more: type[Exception]) -> Iterator[None]:
    from models.reference.schema import CurationError

    with refusals(CurationError, *more):
        yield


def _statements(directory: Path) -> list[Statement]:
    from models.reference.schema import load_statements

    with _curation():
        _require_folder(directory)
        return [entry.statement for entry in load_statements(directory)]


def _ask(question: str, default: str) -> str:
    answer: str = typer.prompt(question, default=default, show_default=bool(default))
    return answer.strip()


def _require_folder(directory: Path) -> None:
    if not directory.is_dir():
        raise InputError(f"{directory} is not a folder of evidence files")
