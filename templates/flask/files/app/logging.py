"""One JSON object per line on stderr, each with the id of the request it belongs to."""

from __future__ import annotations

import logging
import logging.config
import re
import secrets
import sys
import time
from typing import Any

from flask import Flask, Response, g, has_request_context, request

log = logging.getLogger("app.request")
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
QUIET = ("/healthz", "/readyz", "/metrics")
TALKATIVE = ("werkzeug", "flask-limiter", "alembic.runtime.plugins", "rq")


class RequestIdFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = g.get("request_id", "-") if has_request_context() else "-"
        return True


def dict_config(level: str) -> dict[str, Any]:
    """The logging configuration, also given to gunicorn so that all lines look alike."""
    human = "%(asctime)s %(levelname)-7s %(message)s"
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"request_id": {"()": RequestIdFilter}},
        "formatters": {
            "human": {"format": human, "datefmt": "%H:%M:%S"},
            "json": {
                "()": "pythonjsonlogger.json.JsonFormatter",
                "fmt": ["levelname", "name", "message", "request_id"],
                "rename_fields": {"levelname": "level", "name": "logger"},
                "timestamp": True,
            },
        },
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "human" if sys.stderr.isatty() else "json",
                "filters": ["request_id"],
            }
        },
        "root": {"level": level, "handlers": ["stderr"]},
        "loggers": {
            **{name: {"level": level, "propagate": True} for name in ("gunicorn.error", "app")},
            **{name: {"level": "WARNING"} for name in TALKATIVE},
        },
    }


def _begin() -> None:
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if REQUEST_ID.fullmatch(given) else secrets.token_hex(16)
    g.started = time.perf_counter()


def _end(response: Response) -> Response:
    response.headers["X-Request-ID"] = g.request_id
    level = logging.DEBUG if request.path in QUIET else logging.INFO
    if log.isEnabledFor(level):
        milliseconds = round((time.perf_counter() - g.started) * 1000, 2)
        log.log(
            level,
            "%s %s %s %s ms",
            request.method,
            request.path,
            response.status_code,
            milliseconds,
            extra={
                "method": request.method,
                "path": request.path,
                "status": response.status_code,
                "duration_ms": milliseconds,
                "client": request.remote_addr,
            },
        )
    return response


def init_app(app: Flask) -> None:
    logging.config.dictConfig(dict_config(app.config["SETTINGS"].log_level))
    app.before_request(_begin)
    app.after_request(_end)
