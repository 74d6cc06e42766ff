"""Errors as RFC 9457 problem details, everywhere and always with the request id."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Flask, Response, current_app, g, json
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, UnprocessableEntity

MEDIA_TYPE = "application/problem+json"
MOST_ERRORS = 50  # in one answer


class Invalid(UnprocessableEntity):
    """Input that was understood but is not acceptable; `errors` says where and why."""

    description = "Some fields are not valid."

    def __init__(self, errors: Sequence[dict[str, Any]]) -> None:
        super().__init__()
        self.errors = list(errors)

    @classmethod
    def at(cls, path: str, message: str) -> Invalid:
        return cls([{"path": path, "message": message}])

    @classmethod
    def from_pydantic(cls, found: Sequence[Any]) -> Invalid:
        """Keep the field path and the reason of the first errors; never echo the value itself."""
        return cls(
            [
                {"path": "/" + "/".join(str(part) for part in e["loc"])[:200], "message": e["msg"]}
                for e in found[:MOST_ERRORS]
            ]
        )


def problem(status: int, title: str, detail: str | None, **more: Any) -> Response:
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    body["request_id"] = g.get("request_id")
    response = Response(json.dumps(body), status, mimetype=MEDIA_TYPE)
    response.cache_control.no_store = True
    return response


def _on_http_exception(error: HTTPException) -> Response:
    """Also receives unexpected exceptions, which Flask wraps as a bare 500."""
    more = {"errors": error.errors} if isinstance(error, Invalid) else {}
    response = problem(error.code or 500, error.name, error.description, **more)
    for name, value in error.get_headers():
        if name.lower() in ("allow", "retry-after", "www-authenticate"):
            response.headers[name] = value
    return response


def _on_database_error(error: SQLAlchemyError) -> Response:
    """The database is gone, locked, full, or too slow: that passes, and is nobody's bug."""
    current_app.logger.error("the database failed: %r", error)
    return unavailable("The database cannot be used for now.")


def unavailable(detail: str, retry_after: int = 5) -> Response:
    response = problem(503, "Service Unavailable", detail)
    response.headers["Retry-After"] = str(retry_after)
    return response


def init_app(app: Flask) -> None:
    for kind in (OperationalError, InterfaceError, PoolTimeout):
        app.register_error_handler(kind, _on_database_error)
    app.register_error_handler(HTTPException, _on_http_exception)
