"""Who may ask, how much and how often: sizes, keys, rates, origins, and what browsers may do.

With `OVERCLAIM_API_KEYS` set, everything under `/api/` and every page that checks or stores
something needs a key, and a reader without one sees a page that says so. What stays open is what
has been published: kept reports, whose addresses cannot be guessed, evidence statements, and the
operator's `/healthz`, `/readyz` and `/metrics`.
"""

from __future__ import annotations

import hmac
from contextlib import suppress

import limits
from flask import Flask, Response, request
from flask_limiter import Limiter
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import ClientDisconnected, Unauthorized, UnsupportedMediaType
from werkzeug.wsgi import get_input_stream

from server.settings import PREFIX, Settings, SettingsError

MAX_BODY_BYTES = 8 * 1024 * 1024
"""A page of the engine's limit has a million characters, and JSON may spell each in six bytes."""

MAX_DRAINED_BYTES = 8 * MAX_BODY_BYTES
"""Of a refused body. Whoever sends more sees the connection end."""
CHUNK_BYTES = 64 * 1024

COUNTED = frozenset(
    {
        "api.check",
        "api.keep_report",
        "api.keep_feedback",
        "pages.check",
        "pages.keep",
        "pages.dispute",
    }
)
"""Endpoints that make work. All share one count."""

KEYED_PAGES = frozenset({"pages.form", "pages.check", "pages.keep", "pages.dispute"})

POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)


def install_limits(app: Flask, settings: Settings) -> Limiter:
    """Sets the app's limits; the limiter is told for the sake of its Retry-After.

    Raises:
        SettingsError: the rate or its storage cannot be used.
    """
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.config["MAX_FORM_MEMORY_SIZE"] = MAX_BODY_BYTES
    app.before_request(lambda: _require_key(settings.api_keys))
    app.before_request(_require_json)
    limiter = _install_rate(app, settings)
    app.after_request(lambda response: _allow_origin(response, settings.allowed_origins))
    app.after_request(_restrain_browser)
    app.after_request(_drain)
    return limiter


def _require_key(keys: tuple[str, ...]) -> None:
    is_keyed = request.path.startswith("/api/") or request.endpoint in KEYED_PAGES
    if not keys or not is_keyed or request.method == "OPTIONS":
        return
    if not _is_known(_sent_key(), keys):
        raise Unauthorized(www_authenticate=WWWAuthenticate("bearer", {"realm": "overclaim"}))


def _sent_key() -> str:
    sent = request.authorization
    return (sent.token or "") if sent and sent.type == "bearer" else ""


def _is_known(sent: str, keys: tuple[str, ...]) -> bool:
    """Takes as long whichever key was sent, so that time tells nothing of how much was right."""
    matches = [hmac.compare_digest(sent.encode(), key.encode()) for key in keys]
    return any(matches)


def _require_json() -> None:
    if request.path.startswith("/api/") and request.method == "POST" and not request.is_json:
        raise UnsupportedMediaType


def _install_rate(app: Flask, settings: Settings) -> Limiter:
    try:
        limits.parse_many(settings.rate_limit)
    except ValueError as error:
        raise SettingsError(
            f"{PREFIX}RATE_LIMIT is {settings.rate_limit!r}; expected a rate such as '60 per minute'"
        ) from error
    try:
        return Limiter(
            lambda: _caller(settings.api_keys),
            app=app,
            application_limits=[settings.rate_limit],
            application_limits_exempt_when=lambda: not _is_counted(),
            storage_uri=settings.ratelimit_storage,
            in_memory_fallback_enabled=True,  # where the storage is away
        )
    except limits.errors.ConfigurationError as error:
        raise SettingsError(
            f"{PREFIX}RATELIMIT_STORAGE is {settings.ratelimit_storage!r}: {error}"
        ) from error


def _is_counted() -> bool:
    return request.method == "POST" and request.endpoint in COUNTED


def _caller(keys: tuple[str, ...]) -> str:
    """Whom a request is counted for. Where no key is needed, a sent one means nothing."""
    return f"key:{_sent_key()}" if keys else f"address:{request.remote_addr}"


def _allow_origin(response: Response, allowed: tuple[str, ...]) -> Response:
    """CORS for the API. The extension needs none: its host permission stands above it."""
    origin = request.headers.get("Origin")
    if not allowed or not request.path.startswith("/api/"):
        return response
    response.headers.add("Vary", "Origin")
    if origin and (origin in allowed or "*" in allowed):
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = "Location, Retry-After, X-Request-ID"
        if request.method == "OPTIONS":
            response.headers["Access-Control-Allow-Methods"] = "GET, POST"
            response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
            response.headers["Access-Control-Max-Age"] = "600"
    return response


def _restrain_browser(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    if request.endpoint == "pages.form":
        response.headers["Cache-Control"] = "no-cache"  # "back" brings it with what was typed
    elif request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"  # answers hold what a reader pasted
    return response


def _drain(response: Response) -> Response:
    """Reads a body that nobody read. Browsers show a refusal only once they have sent everything."""
    is_unread = "stream" not in vars(request)  # where the request keeps the stream it reads from
    if is_unread and 0 < (request.content_length or 0) <= MAX_DRAINED_BYTES:
        stream = get_input_stream(request.environ)
        with suppress(ClientDisconnected, OSError):
            while stream.read(CHUNK_BYTES):
                pass
    return response
