"""What gunicorn serves: `server.web.wsgi:app`. Importing it loads the models."""

from __future__ import annotations

from server.artefacts import load_engine
from server.settings import read_settings
from server.store.reports import Store
from server.web import create_app
from server.web.observe import configure_logging

configure_logging()
settings = read_settings()
app = create_app(
    settings,
    load_engine(settings.models_dir, encoder=settings.encoder),
    Store(settings.database_url),
)
