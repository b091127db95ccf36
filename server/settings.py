"""What an operator sets: the only reader of the environment.

`SETTINGS` is the one table of names, defaults and meanings; README's table is tested against it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple


class SettingsError(ValueError):
    """An environment variable holds a value that cannot be used; the message names it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One field for each row of `SETTINGS`, under the same name in lower case."""

    database_url: str
    rate_limit: str
    ratelimit_storage: str
    allowed_origins: tuple[str, ...]
    workers: int
    threads: int
    api_keys: tuple[str, ...]
    models_dir: Path
    encoder: str


class Setting(NamedTuple):
    """One environment variable, without its prefix."""

    name: str
    default: str
    meaning: str
    parse: Callable[[str], Any]


def _whole_number(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ValueError("a whole number above 0")
    return int(text)


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _encoder(text: str) -> str:
    if text not in ("onnx", "sentence-transformers"):
        raise ValueError("'onnx' or 'sentence-transformers'")
    return text


def _rate(text: str) -> str:
    if not text:
        raise ValueError("a rate such as '60 per minute'")
    return text


PREFIX = "OVERCLAIM_"

SETTINGS = (
    Setting("DATABASE_URL", "sqlite:///var/overclaim.db", "SQLAlchemy address of the database of reports and feedback; SQLite or PostgreSQL", str),
    Setting("RATE_LIMIT", "120 per minute", "Checks one address or API key may ask for", _rate),
    Setting("RATELIMIT_STORAGE", "memory://", "Where the counts are kept; `redis://…` when several processes share them", str),
    Setting("ALLOWED_ORIGINS", "", "Web origins that may call the API from a browser, separated by commas; `*` for all", _list),
    Setting("WORKERS", "1", "gunicorn processes; each loads its own models", _whole_number),
    Setting("THREADS", "4", "Requests one process handles at once; models are shared", _whole_number),
    Setting("API_KEYS", "", "Keys of which one must be sent as `Authorization: Bearer KEY`, separated by commas; empty: open", _list),
    Setting("MODELS_DIR", "models/artefacts", "Folder of the built models and the compiled reference", Path),
    Setting("ENCODER", "onnx", "`onnx` (as shipped) or `sentence-transformers` (the original on PyTorch, needs the full set-up)", _encoder),
)  # fmt: skip


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of an environment.

    Raises:
        SettingsError: a value cannot be used.
    """
    values = {}
    for setting in SETTINGS:
        name = PREFIX + setting.name
        text = environment.get(name, setting.default)
        try:
            values[setting.name.lower()] = setting.parse(text)
        except ValueError as error:
            raise SettingsError(f"{name} is {text!r}; expected {error}") from error
    return Settings(**values)
