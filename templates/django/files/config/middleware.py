"""What wraps every request: its id, its client's address, one log line, one form of error, and
a limit to what may be sent."""

import re
import time
import uuid
from collections.abc import Callable
from ipaddress import ip_address

import structlog
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, UnreadablePostError
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

        if head := request.method == "HEAD":
            request.method = "GET"  # every view answers both alike
        probed = health.probe(request)
        response = probed or problems.negotiate(
            request, refusal(request) or self.get_response(request)
        )
        response["X-Request-ID"] = request_id
        if head:
            request.method = "HEAD"
            without_body(response)
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


def without_body(response: HttpResponseBase) -> None:
    if isinstance(response, HttpResponse):
        response.headers.setdefault("Content-Length", str(len(response.content)))
        response.content = b""
    else:
        response.close()
        response.streaming_content = []  # type: ignore[attr-defined]


def refusal(request: HttpRequest) -> HttpResponse | None:
    """What no view has to see. The body is read here, whole and no larger than BODY_LIMIT: a
    client that sends it slowly holds a thread and nothing else, and no parser spools it."""
    if "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
        return problems.page(400)  # PostgreSQL cannot hold one
    try:
        request.body  # noqa: B018
    except RequestDataTooBig:
        return problems.page(413)
    except UnreadablePostError:
        return problems.page(400)
    return None


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
