"""How gunicorn serves: `gunicorn -c server/web/gunicorn.conf.py server.web.wsgi:app`.

One process with threads by default: they share the models, the counts of `/metrics` and the rate
limits in memory. `-b` on the command line binds to another address.
"""

# ruff: noqa: N999 (gunicorn looks for this name)

from __future__ import annotations

from typing import Any

from server.settings import read_settings
from server.store.prepare import prepare

_settings = read_settings()

bind = "127.0.0.1:8000"
worker_class = "gthread"
workers = _settings.workers
threads = _settings.threads
preload_app = False  # the models' threads would not survive the fork
timeout = 120  # the models load within it, also on a slow disk
graceful_timeout = 30
keepalive = 5
control_socket_disable = True


def on_starting(server: Any) -> None:
    """Prepares the database once, before any process serves."""
    prepare(_settings.database_url)
