"""How far a batch run is: a bar on a terminal, elsewhere a line now and then."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from server.batch.journal import Journal
from server.batch.run import Watcher

SECONDS_BETWEEN_LINES = 10.0


@contextmanager
def progress_on(
    stream: TextIO, *, clock: Callable[[], float] = time.monotonic
) -> Iterator[Watcher]:
    """A watcher for `run_batch` that shows the run on a stream."""
    if not stream.isatty():
        yield _Lines(stream, clock)
        return
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=Console(file=stream),
    )
    with bar:
        task = bar.add_task("starting", total=None)

        def watch(journal: Journal, fraction: float | None) -> None:
            total = None if fraction is None else 1.0
            bar.update(task, description=_counts(journal), completed=fraction, total=total)

        yield watch


class _Lines:
    """Says how far the run is when some time has passed since it last did."""

    def __init__(self, stream: TextIO, clock: Callable[[], float]) -> None:
        self._stream = stream
        self._clock = clock
        self._spoke_at = clock()

    def __call__(self, journal: Journal, fraction: float | None) -> None:
        now = self._clock()
        if now - self._spoke_at < SECONDS_BETWEEN_LINES:
            return
        self._spoke_at = now
        share = "" if fraction is None else f", {fraction:.0%} of the input"
        print(f"{_counts(journal)}{share}", file=self._stream, flush=True)


def _counts(journal: Journal) -> str:
    bad = f", {journal.bad_rows:,} bad" if journal.bad_rows else ""
    return f"{journal.input_rows:,} rows{bad}, {journal.output_rows:,} results"
