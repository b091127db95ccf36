"""A run says how far it is, on a terminal and off it."""

import io
from collections.abc import Callable

from server.batch.journal import Journal
from server.batch.progress import progress_on


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def _clock(*seconds: float) -> Callable[[], float]:
    times = iter(seconds)
    return lambda: next(times)


def test_line_comes_only_now_and_then() -> None:
    stream = io.StringIO()
    with progress_on(stream, clock=_clock(0, 9, 11, 12, 30)) as watch:
        watch(Journal({}, input_rows=256), 0.1)
        watch(Journal({}, input_rows=1_512, output_rows=40), 0.25)
        watch(Journal({}, input_rows=1_768), 0.3)
        watch(Journal({}, input_rows=2_024, output_rows=50, bad_rows=2), None)
    assert stream.getvalue().splitlines() == [
        "1,512 rows, 40 results, 25% of the input",
        "2,024 rows, 2 bad, 50 results",
    ]


def test_terminal_shows_a_bar() -> None:
    stream = Terminal()
    with progress_on(stream) as watch:
        watch(Journal({}, input_rows=256, output_rows=9), 0.5)
        watch(Journal({}, input_rows=512, output_rows=9), None)
    assert "512 rows, 9 results" in stream.getvalue()
