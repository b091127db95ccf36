"""What an operator's tools ask: `/healthz`, `/readyz`, `/metrics`."""

from __future__ import annotations

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from server.web.services import services
from server.web.shapes import HealthOut


def health_blueprint() -> Blueprint:
    """The operator's routes."""
    health = Blueprint("health", __name__)
    health.add_url_rule("/healthz", view_func=alive)
    health.add_url_rule("/readyz", view_func=ready)
    health.add_url_rule("/metrics", view_func=metrics)
    return health


def alive() -> Response:
    """The process answers."""
    return _status("alive")


def ready() -> Response:
    """The database answers, too. The models do since the process started: it loads them first."""
    services().store.require_reachable()
    return _status("ready")


def metrics() -> Response:
    """Counts in Prometheus's text format; of this process alone."""
    return Response(generate_latest(services().metrics.registry), content_type=CONTENT_TYPE_LATEST)


def _status(status: str) -> Response:
    return Response(HealthOut(status=status).model_dump_json(), mimetype="application/json")
