"""What the platform asks of a process: is it alive, can it serve, how is it doing."""

import mmap
from collections.abc import Callable

import structlog
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
    multiprocess,
)

from config import problems

log = structlog.get_logger(__name__)

# One byte that gunicorn's processes share: non-zero from SIGTERM on (see gunicorn.conf.py).
draining = mmap.mmap(-1, 1)

REQUESTS = Counter("http_requests_total", "Requests", ["method", "route", "status"])
SECONDS = Histogram("http_request_duration_seconds", "Time to answer", ["method", "route"])


def healthz(request: HttpRequest) -> HttpResponse:
    """Alive: says nothing of the database, so that a slow one never gets the process killed."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> HttpResponse:
    """Ready for traffic: every part answers, and the process is not on its way out."""
    checks = {"database": ask_database} | ({"redis": ask_redis} if settings.REDIS_URL else {})
    parts = {name: "ok" if works(name, check) else "unavailable" for name, check in checks.items()}
    if draining[0]:
        parts["process"] = "shutting down"
    if set(parts.values()) == {"ok"}:
        return JsonResponse({"status": "ok", "parts": parts})
    named = ", ".join(f"{name}: {state}" for name, state in parts.items() if state != "ok")
    return problems.problem(503, named, parts=parts)


def works(name: str, check: Callable[[], object]) -> bool:
    try:
        check()
    except Exception:
        log.exception("part_unavailable", part=name)
        return False
    return True


def ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def ask_redis() -> None:
    cache.get("readyz")


def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus metrics of all processes; served on METRICS_PORT only."""
    registry = CollectorRegistry()
    try:
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    except ValueError:  # not under gunicorn: this process is all there is
        registry = REGISTRY
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def observe(request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
    match = request.resolver_match
    route = match.route if match else "unmatched"
    method = request.method if request.method in METHODS else "other"
    REQUESTS.labels(method, route, response.status_code).inc()
    SECONDS.labels(method, route).observe(seconds)


METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def probe(request: HttpRequest) -> HttpResponse | None:
    """Answer a probe before host checks and redirects, which a probe cannot satisfy."""
    if settings.METRICS_PORT and request.get_port() == str(settings.METRICS_PORT):
        return metrics(request) if request.path == "/metrics" else problems.problem(404)
    if request.path == "/healthz":
        return healthz(request)
    if request.path == "/readyz":
        return readyz(request)
    return None
