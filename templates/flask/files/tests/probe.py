"""A blueprint with one route for each behaviour that the tests look at."""

from __future__ import annotations

import time
from typing import Annotated

from flask import Blueprint, Flask
from pydantic import Field

from app import api
from app import create_app as create_real_app
from app.openapi import operation
from app.schemas import Input, Output, Page, Text

bp = Blueprint("probe", __name__, url_prefix="/probe")


class Thing(Input):
    name: Annotated[Text, Field(max_length=10)]
    sizes: Annotated[list[Annotated[float, Field(ge=0)]], Field(default_factory=list)]


class Echo(Output):
    name: str
    sizes: list[float]


@bp.post("")
@operation("Echo", body=Thing, returns=Echo, status=201)
def echo(body: Thing) -> Echo:
    return Echo(name=body.name, sizes=body.sizes)


@bp.get("/page")
@operation("Check a query", query=Page)
def page(query: Page) -> None:
    assert 1 <= query.limit <= 100


@bp.get("/<id:thing_id>")
@operation("Look at one", problems=(404,))
def one(thing_id: int) -> None:
    assert 1 <= thing_id < 2**63


@bp.get("/slow")
@operation("Answer late")
def slow() -> None:
    time.sleep(5)


@bp.get("/crash")
@operation("Fail")
def crash() -> None:
    raise RuntimeError("select secret from /etc/passwd")


api.BLUEPRINTS.append(bp)


def create_app() -> Flask:
    """What the tests of the production server start."""
    return create_real_app()
