"""Migrations and the tables they are for."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from server.engine.values import Label
from server.store.prepare import main, prepare
from server.store.reports import Dispute, Store, StoreUnavailable
from server.store.tables import connect, metadata


def test_migrations_make_the_tables_the_code_speaks_of(database_url: str) -> None:
    engine = connect(database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_preparing_again_keeps_what_is_stored(database_url: str, store: Store) -> None:
    kept = store.keep_dispute(Dispute("It cures.", Label.FALSE, "It does not."))
    prepare(database_url)
    assert store.disputes() == [kept]


def test_sqlite_readers_do_not_wait_for_a_writer(database_url: str) -> None:
    engine = connect(database_url)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 5_000
    engine.dispose()


def test_unprepared_database_is_not_reachable(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'empty.db'}")
    with pytest.raises(StoreUnavailable):
        store.require_reachable()
    store.close()


def test_command_prepares_the_database_of_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "var" / "overclaim.db"
    monkeypatch.setenv("OVERCLAIM_DATABASE_URL", f"sqlite:///{file}")
    assert main() == 0
    assert file.exists()


def test_command_names_a_setting_that_cannot_be_used(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OVERCLAIM_WORKERS", "many")
    assert main() == 2
    assert "OVERCLAIM_WORKERS" in capsys.readouterr().err
