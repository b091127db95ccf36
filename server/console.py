"""What the commands share: exit statuses, and refusals without a traceback.

Statuses: 0 done, 1 the curator's rules found errors, 2 the call or its input is refused, 3 some
rows of a batch are bad, 130 stopped by the person.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer

from server.batch.journal import OutputRefused
from server.batch.rows import InputError
from server.engine.errors import EngineError
from server.settings import SettingsError

STATUS_FINDINGS = 1
STATUS_REFUSED = 2
STATUS_BAD_ROWS = 3
STATUS_STOPPED = 130


@contextmanager
def refusals(*more: type[Exception]) -> Iterator[None]:
    """Turns what a person can repair into a message without a traceback.

    Args:
        more: what the caller's own part may refuse, beside the engine and batch.
    """
    refused: tuple[type[Exception], ...] = (EngineError, InputError, OutputRefused, SettingsError)
    try:
        yield
    except (*refused, *more) as error:
        refuse(str(error))
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        refuse(f"{place}{error.strerror or error}")


def refuse(message: str) -> NoReturn:
    """Ends the command with a message."""
    typer.echo(f"error: {message}", err=True)
    raise typer.Exit(STATUS_REFUSED)
