"""One declaration per operation: it validates the request and writes the OpenAPI document.

    @bp.post("/things")
    @operation("Add a thing", body=ThingIn, returns=ThingOut, status=201)
    def add(body: ThingIn) -> ThingOut: ...

What is documented is what is enforced, so the two cannot drift apart.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import flask_swagger_ui  # type: ignore[import-untyped]
from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    jsonify,
    redirect,
    render_template,
    request,
    send_from_directory,
)
from pydantic import BaseModel, ValidationError
from pydantic.json_schema import models_json_schema
from pydantic_core import from_json
from werkzeug.exceptions import BadRequest, UnsupportedMediaType
from werkzeug.routing import IntegerConverter
from werkzeug.wrappers import Response as BaseResponse

from app import shape
from app.config import PROJECT
from app.problems import MEDIA_TYPE, MOST_ERRORS, Invalid
from app.schemas import Problem

bp = Blueprint("openapi", __name__)
ASSETS = Path(flask_swagger_ui.__file__).parent / "dist"
Model = type[BaseModel]
REASONS = {
    400: "Not understood",
    401: "No valid key",
    403: "Not allowed",
    404: "Not found",
    413: "Too large",
    415: "Another type of content is needed",
    422: "Not valid",
    429: "Too many requests",
    503: "Not available for now",
}
SMALL = 16 * 1024  # bytes that cannot hold so much wrong that naming it costs anything


@dataclass(frozen=True)
class Operation:
    summary: str
    scope: str
    returns: Model | None
    status: int
    body: Model | None
    largest: int
    query: Model | None
    content: dict[str, Any] | None  # a request body that is not JSON, as OpenAPI describes it
    problems: tuple[int, ...]


def operation(
    summary: str,
    *,
    scope: str,
    returns: Model | None = None,
    status: int = 200,
    body: Model | None = None,
    largest: int = 256 * 1024,
    query: Model | None = None,
    content: dict[str, Any] | None = None,
    problems: tuple[int, ...] = (),
) -> Callable[[Callable[..., object]], Callable[..., Response]]:
    """Pass `body` and `query` to the view, parsed; answer with what it returns, as `returns` says.

    `scope` is what a key needs, `largest` the bytes that a body may have. What the view returns may
    be a row: only the fields of `returns` leave the service.
    """
    op = Operation(summary, scope, returns, status, body, largest, query, content, problems)

    def decorate(view: Callable[..., object]) -> Callable[..., Response]:
        @functools.wraps(view)
        def wrapper(**arguments: Any) -> Response:
            request.max_content_length = largest
            if query:
                arguments["query"] = _parse(query.model_validate, request.args.to_dict())
            if body:
                arguments["body"] = _json_body(body)
            return _reply(op, view(**arguments))

        wrapper.operation = op  # type: ignore[attr-defined]
        return wrapper

    return decorate


def _reply(op: Operation, result: object) -> Response:
    if op.returns is None:
        return Response(status=204)
    if type(result) is not op.returns:
        result = op.returns.model_validate(result, from_attributes=True)
    return Response(result.model_dump_json(), op.status, mimetype="application/json")


def _json_body(model: Model) -> BaseModel:
    if not request.is_json:
        raise UnsupportedMediaType("Send the body as application/json.")
    data = request.get_data()
    if len(data) > SMALL:
        _refuse_what_cannot_fit(model, data)
    # Strict: "1" is no number, and true is no 1.
    validate = functools.partial(model.model_validate_json, strict=True)
    return _parse(validate, data)


def _refuse_what_cannot_fit(model: Model, data: bytes) -> None:
    """Look at the shape first: a million wrong members must not cost a million errors."""
    try:
        content = from_json(data)
    except ValueError:
        raise BadRequest("The body is not JSON.") from None
    if errors := list(islice(shape.surplus(shape.of(model), content), MOST_ERRORS)):
        raise Invalid(errors)


def _parse(validate: Callable[[Any], BaseModel], data: Any) -> BaseModel:
    try:
        return validate(data)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
        if found[0]["type"] == "json_invalid":
            raise BadRequest("The body is not JSON.") from None
        raise Invalid.from_pydantic(found) from None


def document(app: Flask) -> dict[str, Any]:
    """The OpenAPI 3.1 description of every view that carries an operation."""
    found = [
        (rule, view.operation)
        for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule)
        if hasattr(view := app.view_functions[rule.endpoint], "operation")
    ]
    secured = hasattr(app.config["SETTINGS"], "api_keys")
    schemas, components = _schemas(found)
    paths: dict[str, dict[str, Any]] = {}
    for rule, op in found:
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            described = _describe(rule, op, schemas, secured)
            paths.setdefault(path, {})[method.lower()] = described
    schemes = {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}} if secured else {}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": PROJECT["name"],
            "version": PROJECT["version"],
            "description": PROJECT["description"],
        },
        "paths": paths,
        "components": {"schemas": components, **schemes},
    }


def _schemas(found: list[tuple[Any, Operation]]) -> tuple[dict[tuple[Model, str], Any], Any]:
    wanted: set[tuple[Model, str]] = {(Problem, "serialization")}
    for _, op in found:
        wanted |= {(op.body, "validation")} if op.body else set()
        wanted |= {(op.returns, "serialization")} if op.returns else set()
    ordered: Any = sorted(wanted, key=lambda pair: (pair[0].__name__, pair[1]))
    references, definitions = models_json_schema(
        ordered, ref_template="#/components/schemas/{model}"
    )
    return dict(references), definitions["$defs"]  # type: ignore[arg-type]


def _describe(
    rule: Any, op: Operation, schemas: dict[tuple[Model, str], Any], secured: bool
) -> dict[str, Any]:
    def media(model: Model, mode: str, kind: str = "application/json") -> dict[str, Any]:
        return {kind: {"schema": schemas[model, mode]}}

    answer: dict[str, Any] = {"description": "Done"}
    if op.returns:
        answer["content"] = media(op.returns, "serialization")
    described: dict[str, Any] = {
        "summary": op.summary,
        "operationId": rule.endpoint.rpartition(".")[2],
        "tags": [rule.rule.split("/")[2]],
        "parameters": [*_path_parameters(rule), *_query_parameters(op.query)],
        "responses": {str(op.status if op.returns else 204): answer},
        "security": [{"key": [op.scope]}] if secured else [],
    }
    if op.body:
        described["requestBody"] = {"required": True, "content": media(op.body, "validation")}
    elif op.content:
        described["requestBody"] = {"required": True, "content": op.content}
    codes = {*op.problems, 429, 503}
    codes |= {401, 403} if secured else set()
    codes |= {422} if op.body or op.query else set()
    codes |= {400, 403, 413, 415} if op.body or op.content else set()
    for code in sorted(codes):
        body = media(Problem, "serialization", MEDIA_TYPE)
        described["responses"][str(code)] = {"description": REASONS[code], "content": body}
    return described


def _path_parameters(rule: Any) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "integer" if isinstance(converter, IntegerConverter) else "string"},
        }
        for name, converter in rule._converters.items()
    ]


def _query_parameters(query: Model | None) -> list[dict[str, Any]]:
    properties = query.model_json_schema()["properties"] if query else {}
    return [{"name": name, "in": "query", "schema": schema} for name, schema in properties.items()]


@bp.get("/")
def home() -> BaseResponse:
    """Lead to the documentation, as long as no page has this address."""
    return redirect("/docs")


@bp.get("/openapi.json")
def openapi() -> Response:
    return jsonify(document(current_app._get_current_object()))  # type: ignore[attr-defined]


@bp.get("/docs")
def docs() -> str:
    """Swagger UI, served from here."""
    return render_template("docs.html")


@bp.get("/docs/<path:filename>")
def assets(filename: str) -> Response:
    return send_from_directory(ASSETS, filename, max_age=86400)
