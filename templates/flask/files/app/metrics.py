"""Prometheus metrics at /metrics, for those who hold METRICS_TOKEN; off without one."""

from __future__ import annotations

import hmac
import os
import time

from flask import Flask, Response, abort, g, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
    multiprocess,
)
from prometheus_client.registry import REGISTRY

REQUESTS = Counter("http_requests_total", "Requests served.", ["method", "route", "status"])
SECONDS = Histogram("http_request_duration_seconds", "Time to answer.", ["method", "route"])


def _observe(response: Response) -> Response:
    # The route, never the path: a path is chosen by the client and would grow the table.
    route = request.url_rule.rule if request.url_rule else "unmatched"
    REQUESTS.labels(request.method, route, response.status_code).inc()
    SECONDS.labels(request.method, route).observe(time.perf_counter() - g.started)
    return response


def _page(token: str) -> Response:
    if not hmac.compare_digest(
        request.headers.get("Authorization", "").encode(), f"Bearer {token}".encode()
    ):
        abort(401, "This page needs METRICS_TOKEN as a bearer token.")
    registry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):  # several workers: gunicorn.conf.py sets it
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def init_app(app: Flask) -> None:
    if token := app.config["SETTINGS"].metrics_token:
        app.after_request(_observe)
        app.add_url_rule("/metrics", "metrics", lambda: _page(token))
