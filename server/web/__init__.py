"""The web door: the form, the reports and the HTTP API over one engine and one store."""

from __future__ import annotations

from flask_openapi import Info, OpenAPI

from server.engine.check import Engine
from server.settings import Settings
from server.store.reports import Store
from server.web.api import StrictJson, api_blueprint
from server.web.evidence import evidence_blueprint
from server.web.health import health_blueprint
from server.web.limits import install_limits
from server.web.observe import Metrics, install_observers
from server.web.pages import install_words, pages_blueprint
from server.web.problems import install_problems, refuse
from server.web.services import EXTENSION, Services
from server.web.shapes import ProblemOut

INFO = Info(
    title="Overclaim",
    version="1",
    description="Verdicts with their evidence for what a text claims of treatments.",
)
SECURITY = {"key": {"type": "http", "scheme": "bearer"}}


def create_app(settings: Settings, engine: Engine, store: Store) -> OpenAPI:
    """The WSGI app.

    Args:
        store: over a database that `server.store.prepare` has prepared.

    Raises:
        SettingsError: the rate limit or its storage cannot be used.
    """
    app = OpenAPI(
        __name__,
        info=INFO,
        security_schemes=SECURITY,
        validation_error_callback=refuse,
        validation_error_model=ProblemOut,
        doc_ui=False,  # its pages need inline scripts
    )
    app.json = StrictJson(app)
    metrics = Metrics()
    install_observers(app, metrics)  # first, so that every refusal has its id and its log line
    limiter = install_limits(app, settings)
    install_problems(app)
    install_words(app)
    app.extensions[EXTENSION] = Services(settings, engine, store, metrics, limiter)
    app.register_api(api_blueprint())
    app.register_blueprint(pages_blueprint())
    app.register_blueprint(evidence_blueprint())
    app.register_blueprint(health_blueprint())
    return app
