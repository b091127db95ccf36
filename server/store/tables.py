"""The tables, and how to reach a database that holds them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    DateTime,
    Engine,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.engine.interfaces import DBAPIConnection, Dialect
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

BUSY_TIMEOUT_MILLISECONDS = 5_000
"""How long a write waits for another; SQLite takes one at a time."""

POOL_TIMEOUT_SECONDS = 10
ID_CHARACTERS = 32


class Moment(TypeDecorator[datetime]):
    """A moment in UTC. SQLite forgets the zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


metadata = MetaData()

reports = Table(
    "reports",
    metadata,
    Column("id", String(ID_CHARACTERS), primary_key=True),
    Column("created", Moment, nullable=False),
    Column("request", JSON, nullable=False),
    Column("answer", JSON, nullable=False),
    Column("model_version", Text, nullable=False),
    Column("reference_version", Text, nullable=False),
)

feedback = Table(
    "feedback",
    metadata,
    Column("id", String(ID_CHARACTERS), primary_key=True),
    Column("created", Moment, nullable=False),
    Column("claim", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("comment", Text, nullable=False),
    Column("evidence_ids", JSON, nullable=False),
    Column("url", Text),
    Column("report_id", String(ID_CHARACTERS)),
    Column("model_version", Text),
    Column("reference_version", Text),
)


def connect(database_url: str) -> Engine:
    """A pool of connections. Nothing is opened yet."""
    url = make_url(database_url)
    engine = create_engine(
        url,
        hide_parameters=True,  # an error's text goes to the log, and the parameters are page text
        pool_pre_ping=True,
        **({} if _is_memory(url.database) else {"pool_timeout": POOL_TIMEOUT_SECONDS}),
    )
    if url.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
    return engine


def _is_memory(database: str | None) -> bool:
    return not database or database == ":memory:"


def _set_up_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor: Any = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")  # readers do not wait for a writer
    cursor.execute("PRAGMA synchronous = NORMAL")  # safe under WAL against a crash of the process
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MILLISECONDS}")
    cursor.close()
