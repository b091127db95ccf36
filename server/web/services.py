"""What the views work with, and the one way in which they check a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import current_app
from flask_limiter import Limiter

from server.engine.check import Engine
from server.settings import Settings
from server.store.reports import Store
from server.web.observe import Metrics, count_answer
from server.wire import CheckAnswer, CheckRequest, answer_of, blocks_of

EXTENSION = "overclaim"


@dataclass(frozen=True, slots=True)
class Services:
    """What one app was made of."""

    settings: Settings
    engine: Engine
    store: Store
    metrics: Metrics
    limiter: Limiter


def services() -> Services:
    """The services of the app that answers now."""
    return cast(Services, current_app.extensions[EXTENSION])


def answer_to(request: CheckRequest) -> CheckAnswer:
    """The answer on a page, counted.

    Raises:
        InvalidBlock: a block holds a NUL or a lone surrogate.
        TextTooLong: a block or the page is over its limit.
    """
    here = services()
    answer = answer_of(here.engine.check(blocks_of(request)), request.offset_unit)
    count_answer(here.metrics, answer)
    return answer
