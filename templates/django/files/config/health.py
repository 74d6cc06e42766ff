"""What the platform asks of a process: is it alive, can it serve, how is it doing."""

import mmap
import time

import redis
import structlog
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
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
DEGRADED = Gauge("degraded", "1: served without", ["part"], multiprocess_mode="livemax")


class Part:
    """Something that the site serves without. Its loss is said once, and it is left alone for a
    while, so that not every request waits for it."""

    PAUSE = 5.0

    def __init__(self, name: str) -> None:
        self.name = name
        self.until = 0.0

    def is_away(self) -> bool:
        return time.monotonic() < self.until

    def lost(self, error: Exception) -> None:
        if not self.until:
            log.warning("degraded", part=self.name, error=str(error))
        self.until = time.monotonic() + self.PAUSE
        DEGRADED.labels(self.name).set(1)

    def found(self) -> None:
        if self.until:
            log.info("restored", part=self.name)
            self.until = 0.0
            DEGRADED.labels(self.name).set(0)


def healthz(request: HttpRequest) -> HttpResponse:
    """Alive: says nothing of the database, so that a slow one never gets the process killed."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> HttpResponse:
    """Ready for traffic: requests are answered. What merely degrades is named and stays 200."""
    parts = {"database": "ok" if database_answers() else "unavailable"}
    degraded = [name for name, url in settings.DEGRADABLE.items() if url and not answers(name, url)]
    if draining[0]:
        parts["process"] = "shutting down"
    if broken := [f"{name}: {state}" for name, state in parts.items() if state != "ok"]:
        return problems.unavailable(", ".join(broken), parts=parts, degraded=degraded)
    status = "degraded" if degraded else "ok"
    return JsonResponse({"status": status, "parts": parts, "degraded": degraded})


def database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        log.exception("not_ready", part="database")
        return False
    return True


probed: dict[str, Part] = {}


def answers(name: str, url: str) -> bool:
    part = probed.setdefault(name, Part(name))
    try:
        with redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1) as client:
            client.ping()
    except redis.RedisError as error:
        part.lost(error)
        return False
    part.found()
    return True


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
