"""The command line: `python -m server COMMAND`. Arguments to calls, refusals to exit statuses."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, BinaryIO, Literal

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from server.artefacts import load_engine
from server.batch.progress import progress_on
from server.batch.results import Level, Plan
from server.batch.run import BatchFiles, run_batch
from server.console import STATUS_BAD_ROWS, STATUS_STOPPED, refusals, refuse
from server.curator import reference_app
from server.engine.check import MAX_PAGE_CHARACTERS, Engine
from server.engine.values import Block, BlockKind, Label
from server.settings import read_settings
from server.wire import CheckAnswer, ClaimOut, answer_of

STANDARD_INPUT = "-"
DEFAULT_TEXT_COLUMN = "text"
MAX_BYTES_PER_CHARACTER = 4
SHOWN_EVIDENCE = 2
"""As many statements as a reader takes in beside a claim; `--json` has them all."""

STYLES = {
    Label.SUPPORTED: "green",
    Label.OVERSTATED: "yellow",
    Label.UNSUPPORTED: "magenta",
    Label.FALSE: "bold red",
    Label.UNCOVERED: "dim",
}

app = typer.Typer(
    help="Reads clinic pages with their readers: a verdict with its evidence for every claim.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(reference_app, name="reference")


@app.command()
def check(
    text: Annotated[
        str, typer.Argument(metavar="[TEXT | -]", help="The text; `-` reads standard input.")
    ] = STANDARD_INPUT,
    as_json: Annotated[bool, typer.Option("--json", help="The API's JSON.")] = False,
    title: Annotated[
        str, typer.Option(help="Title of the page, for a text that leaves the treatment unnamed.")
    ] = "",
) -> None:
    """Verdicts for a text."""
    words = _standard_input_text() if text == STANDARD_INPUT else text
    heading = [Block("title", title, BlockKind.TITLE)] if title else []
    with refusals():
        answer = answer_of(_engine().check([*heading, Block("text", words)]))
    if not words.strip():
        typer.echo("The text is empty, so there is nothing to check.", err=True)
    if as_json:
        typer.echo(answer.model_dump_json(by_alias=True, indent=2).encode("utf-8"))
    elif words.strip():
        _show(answer)


@app.command()
def batch(
    source: Annotated[
        str,
        typer.Argument(
            metavar="INPUT",
            help=".jsonl, .csv, .tsv or .parquet, a document a row; all but the last also .gz; "
            "`-` is JSONL on standard input.",
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help=".jsonl, .csv or .parquet.", metavar="OUTPUT")
    ],
    text_column: Annotated[
        str | None, typer.Option(help="Column of the text.", show_default=DEFAULT_TEXT_COLUMN)
    ] = None,
    html_column: Annotated[
        str | None, typer.Option(help="Column of HTML, in place of a text.")
    ] = None,
    level: Annotated[
        Literal["sentence", "document"] | None,
        typer.Option(help="One row per claim, or per input row.", show_default="sentence"),
    ] = None,
    as_sentence: Annotated[
        bool, typer.Option("--as-sentence", help="Each text is one sentence and gives one row.")
    ] = False,
    context_column: Annotated[
        str | None, typer.Option(help="Column of the title or heading a text stands under.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a run that was cut off.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Replace an output that is there already.")
    ] = False,
    engine: Annotated[
        Literal["local", "ray"], typer.Option(help="Where the work is done.")
    ] = "local",
    address: Annotated[
        str | None, typer.Option(help="Address of a Ray cluster, with --engine ray.")
    ] = None,
) -> None:
    """Verdicts for a file of documents; bad rows go to OUTPUT.errors.jsonl (exit status 3)."""
    if engine == "ray":
        refuse("--engine ray is not available in this version; leave it out to run locally")
    if address is not None:
        refuse("--address goes with --engine ray only")
    plan = _plan(text_column, html_column, level, as_sentence, context_column)
    files = BatchFiles(_batch_source(source), output)
    with refusals(), progress_on(sys.stderr) as watch:
        try:
            done = run_batch(_engine(), files, plan, resume=resume, force=force, watch=watch)
        except KeyboardInterrupt:
            typer.echo("stopped; --resume goes on from here", err=True)
            raise typer.Exit(STATUS_STOPPED) from None
    typer.echo(f"{done.input_rows:,} rows, {done.output_rows:,} results: {output}", err=True)
    if done.bad_rows:
        typer.echo(f"{done.bad_rows:,} bad rows: {output}.errors.jsonl", err=True)
        raise typer.Exit(STATUS_BAD_ROWS)


@app.command()
def evaluate(
    real: Annotated[
        Path | None, typer.Option(help="JSONL of labelled real sentences, if you have it.")
    ] = None,
) -> None:
    """Measure the shipped models and write their card."""
    try:
        from models.evaluate.report import main as evaluate_models
    except ModuleNotFoundError as error:
        refuse(f"{error.name} is not installed; `make evaluate` installs what this needs")
    with refusals():
        evaluate_models(["--real", str(real)] if real else [])


def _engine() -> Engine:
    settings = read_settings()
    try:
        return load_engine(settings.models_dir, encoder=settings.encoder)
    except ModuleNotFoundError as error:
        refuse(
            f"the encoder {settings.encoder!r} needs {error.name}, which is not installed; "
            "`make dev` installs it"
        )


def _standard_input_text() -> str:
    stream = _standard_input()
    limit = MAX_PAGE_CHARACTERS * MAX_BYTES_PER_CHARACTER
    content = stream.read(limit + 1)
    if len(content) > limit:
        refuse(f"standard input has more than {MAX_PAGE_CHARACTERS:,} characters; send less")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        refuse(
            f"standard input is not UTF-8 text (byte 0x{content[error.start]:02x} at position "
            f"{error.start}); is it a binary file, or text in another encoding?"
        )


def _standard_input() -> BinaryIO:
    if sys.stdin.isatty():
        typer.echo("reading standard input; end it with Ctrl-D", err=True)
    return sys.stdin.buffer


def _batch_source(source: str) -> Path | BinaryIO:
    return _standard_input() if source == STANDARD_INPUT else Path(source)


def _plan(
    text_column: str | None,
    html_column: str | None,
    level: Literal["sentence", "document"] | None,
    as_sentence: bool,
    context_column: str | None,
) -> Plan:
    if text_column is not None and html_column is not None:
        refuse("--text-column and --html-column exclude each other; name one")
    if as_sentence and html_column is not None:
        refuse("--as-sentence takes a text, not --html-column: HTML is many sentences")
    if as_sentence and level is not None:
        refuse("--as-sentence and --level exclude each other; name one")
    plan = Plan(
        level=Level.AS_SENTENCE if as_sentence else Level(level or Level.SENTENCE),
        column=html_column or text_column or DEFAULT_TEXT_COLUMN,
        is_html=html_column is not None,
        context_column=context_column,
    )
    if plan.context_column == plan.column:
        refuse(f"column {plan.column!r} cannot be both the text and its context")
    return plan


def _show(answer: CheckAnswer) -> None:
    """A table on a terminal; where the output goes on to a file or a program, plain lines."""
    if answer.claims and sys.stdout.isatty():
        Console().print(_table(answer))
    for claim in [] if sys.stdout.isatty() else answer.claims:
        typer.echo(f"{claim.verdict:<11} {claim.confidence:>4.0%}  {_printable(claim.text)}")
        for note in _notes(claim):
            typer.echo(f"{'':18}{note}")
    typer.echo(_summary_line(answer))


def _table(answer: CheckAnswer) -> Table:
    table = Table(show_lines=True)
    table.add_column("Verdict", no_wrap=True)
    table.add_column("Sure", justify="right", no_wrap=True)
    table.add_column("Claim", ratio=2)
    table.add_column("Why", ratio=3)
    for claim in answer.claims:
        style = STYLES[claim.verdict]
        words = Text(_printable(claim.text))
        for reason in claim.reasons:
            words.stylize("underline", reason.start - claim.start, reason.end - claim.start)
        table.add_row(
            Text(claim.verdict.value, style),
            f"{claim.confidence:.0%}",
            words,
            Text("\n".join(_notes(claim))),
        )
    return table


def _notes(claim: ClaimOut) -> Iterator[str]:
    """What its parts are, which words carry the problem, where the treatment was named, and what
    the evidence says."""
    for part in claim.parts:
        yield f"part {part.verdict} ({part.confidence:.0%}): {_printable(part.text)}"
    for reason in claim.reasons:
        words = claim.text[reason.start - claim.start : reason.end - claim.start]
        yield f'{reason.code}: "{_printable(words)}"'
    if claim.context and claim.context.source != "sentence":
        names = ", ".join(claim.context.interventions)
        yield f"treatment: {names} (from {claim.context.source})"
    for evidence in claim.evidence[:SHOWN_EVIDENCE]:
        yield f"evidence {evidence.relation}: {evidence.statement} [{evidence.id}]"


def _printable(text: str) -> str:
    """A page's words without control characters, which could drive the terminal."""
    return "".join(character if character.isprintable() else " " for character in text)


def _summary_line(answer: CheckAnswer) -> str:
    summary = answer.summary.model_dump()
    counts = ", ".join(f"{summary[label]} {label}" for label in Label if summary[label])
    found = f"{summary['claims']} claims in {summary['sentences']} sentences"
    return f"{found}{': ' + counts if counts else ''}"


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    app(prog_name="python -m server")
