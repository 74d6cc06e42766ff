"""Errors: RFC 9457 problem details for programs, a page for people."""

import itertools
import json
import sys
from collections.abc import Iterable
from functools import partial
from http import HTTPStatus
from typing import Any

import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from pydantic import BaseModel

PROBLEM = "application/problem+json"


class FieldError(BaseModel):
    path: str
    message: str


class Problem(BaseModel):
    """What `body` makes, for the description of the API; a 422 names the fields in `errors`."""

    type: str
    title: str
    status: int
    detail: str
    request_id: str
    errors: list[FieldError] | None = None


def request_id() -> str:
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))


def body(status: int, detail: str = "", **extra: Any) -> bytes:
    fields = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail or HTTPStatus(status).description,
        "request_id": request_id(),
    }
    return json.dumps(fields | extra).encode()


def problem(status: int, detail: str = "", **extra: Any) -> HttpResponse:
    return HttpResponse(body(status, detail, **extra), status=status, content_type=PROBLEM)


def wants_page(request: HttpRequest) -> bool:
    preferred = request.get_preferred_type([PROBLEM, "application/json", "text/html"])
    return preferred == "text/html" and not request.path.startswith("/v1/")


def negotiate(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Turn an error that some part of Django or a library made into a problem document."""
    if (
        response.status_code < 400
        or not isinstance(response, HttpResponse)
        or response["Content-Type"] == PROBLEM
        or wants_page(request)
    ):
        return response
    response.content = body(response.status_code)
    response["Content-Type"] = PROBLEM
    response["Content-Length"] = str(len(response.content))
    return response


def page(status: int, detail: str = "") -> HttpResponse:
    """The error page. It is given no request, so that no query can fail while it renders."""
    context = {
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail or MESSAGES.get(status, HTTPStatus(status).description),
        "request_id": request_id(),
    }
    return HttpResponse(render_to_string("error.html", context), status=status)


MESSAGES = {
    400: "The server could not understand that request.",
    403: "You do not have access to this page.",
    404: "There is nothing at this address.",
    429: "Too many attempts. Wait a while and try again.",
    500: "Something went wrong on our side. It has been logged.",
    503: "This cannot be answered right now. Try again in a moment.",
}


# What Django and allauth call by name; urls.py and settings.py point here.


def error(request: HttpRequest, exception: Exception | None = None, *, status: int) -> HttpResponse:
    return page(status)


bad_request = partial(error, status=400)
forbidden = partial(error, status=403)
not_found = partial(error, status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """A database that is away, locked or too slow is no mistake of ours: it may be tried again."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return later(page(503))
    return page(500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return page(403, "This form has expired. Go back, reload the page and try again.")


def too_many(request: HttpRequest) -> HttpResponse:
    return later(page(429), 60)


def later(response: HttpResponse, seconds: int = 5) -> HttpResponse:
    response["Retry-After"] = str(seconds)
    return response


def unavailable(detail: str = "", **extra: Any) -> HttpResponse:
    return later(problem(503, detail or MESSAGES[503], **extra))


def field_errors(errors: Iterable[Any]) -> list[dict[str, str]]:
    """Pydantic's errors as `body.price`: where it is and what is wrong, never the value."""
    first = itertools.islice(errors, 50)
    return [{"path": path(error["loc"]), "message": error["msg"]} for error in first]


def path(location: tuple[str | int, ...]) -> str:
    if location and location[0] == "body":
        location = ("body", *location[2:])  # the second part names our function's argument
    return ".".join(map(str, location))
