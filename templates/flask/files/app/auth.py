"""API keys: `Authorization: Bearer KEY`.

Only SHA-256 digests are configured, so neither the environment nor a log holds a
key. The keys are 256 random bits, which is why a plain digest is enough.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from flask import abort, current_app, g, request
from werkzeug.datastructures import WWWAuthenticate


def new_key() -> tuple[str, str]:
    """Return a new key and the digest to put into API_KEYS."""
    key = secrets.token_urlsafe(32)
    return key, digest(key)


def digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def key_name() -> str | None:
    """Return the name of the key that came with this request, None if none fits."""
    if "key_name" not in g:
        g.key_name = _match(request.authorization.token if request.authorization else None)
    name: str | None = g.key_name
    return name


def _match(presented: str | None) -> str | None:
    """Compare with every known key, so that the time taken tells nothing."""
    found, wanted = None, digest(presented or "")
    for name, known in current_app.config["SETTINGS"].api_keys.items():
        if hmac.compare_digest(wanted, known):
            found = name
    return found


def require_key() -> None:
    if key_name() is None:
        abort(401, "A valid API key is needed.", www_authenticate=WWWAuthenticate("bearer"))
