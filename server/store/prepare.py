"""Brings a database to the tables of this version: `python -m server.store.prepare`."""

from __future__ import annotations

import sys
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import make_url

from server.settings import SettingsError, read_settings
from server.store.tables import connect

MIGRATIONS = Path(__file__).parent / "migrations"


def prepare(database_url: str) -> None:
    """Creates the database's folder where it is missing, and upgrades its tables.

    Running it again changes nothing.
    """
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite" and url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = connect(database_url)
    try:
        with engine.begin() as connection:
            config = Config()
            config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()


def main() -> int:
    """Prepares the database of the environment's settings; the exit status."""
    try:
        prepare(read_settings().database_url)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
