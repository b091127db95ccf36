"""An app over the tiny engine and a database of its own, for each test."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.engine.check import Engine
from server.settings import read_settings
from server.store.prepare import prepare
from server.store.reports import Store
from server.web import create_app

MakeApp = Callable[..., Flask]


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A prepared database that nothing is written to."""
    file = tmp_path_factory.mktemp("prepared") / "overclaim.db"
    prepare(f"sqlite:///{file}")
    return file


@pytest.fixture
def store(prepared: Path, tmp_path: Path) -> Iterator[Store]:
    file = shutil.copy(prepared, tmp_path / "overclaim.db")
    store = Store(f"sqlite:///{file}")
    yield store
    store.close()


@pytest.fixture
def make_app(tiny_engine: Engine, store: Store) -> MakeApp:
    """Makes an app under the settings of an environment, names without their prefix."""

    def make(**environment: str) -> Flask:
        settings = read_settings({f"OVERCLAIM_{name}": text for name, text in environment.items()})
        app: Flask = create_app(settings, tiny_engine, store)
        return app

    return make


@pytest.fixture
def app(make_app: MakeApp) -> Flask:
    return make_app()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
