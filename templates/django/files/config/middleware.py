"""What wraps every request: its id, its client's address, one log line, one form of error."""

import re
import time
import uuid
from collections.abc import Callable
from ipaddress import ip_address

import structlog
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from config import health, problems

log = structlog.get_logger(__name__)

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class RequestMiddleware:
    """The outermost middleware, so that it also sees what the others refuse."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        given = request.headers.get("X-Request-ID", "")
        request_id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        request.META["REMOTE_ADDR"] = client_address(request)

        probed = health.probe(request)
        response = probed or problems.negotiate(request, self.get_response(request))
        response["X-Request-ID"] = request_id
        if probed:
            return response

        seconds = time.perf_counter() - started
        health.observe(request, response, seconds)
        log.info(
            "request",
            method=request.method,
            path=request.path,
            status=response.status_code,
            ms=round(seconds * 1000, 1),
            client=request.META["REMOTE_ADDR"],
        )
        return response


def client_address(request: HttpRequest) -> str:
    """Who is asking, as seen by the outermost of the TRUST_PROXY proxies in front of us.

    Entries further left in X-Forwarded-For were written by the client and are worth nothing.
    """
    peer: str = request.META.get("REMOTE_ADDR", "")
    hops = settings.TRUST_PROXY
    if not hops:
        return peer
    try:
        return str(ip_address(request.headers["X-Forwarded-For"].split(",")[-hops].strip()))
    except (KeyError, IndexError, ValueError):
        return peer
