"""A blueprint with one route for each behaviour that the tests look at."""

from __future__ import annotations

import time
from typing import Annotated

from flask import Blueprint, Flask, current_app
from pydantic import Field
from sqlalchemy import text

from app import api, db
from app import create_app as create_real_app
from app.openapi import operation
from app.schemas import WHOLE, Input, Output, Page, Text

bp = Blueprint("probe", __name__, url_prefix="/probe")


class Thing(Input):
    name: Annotated[Text, Field(max_length=10)]
    sizes: Annotated[list[Annotated[float, Field(ge=0)]], Field(max_length=9)] = []  # noqa: RUF012
    count: Annotated[int, Field(ge=0, le=9), WHOLE] = 0


class Echo(Output):
    name: str
    sizes: list[float]


@bp.post("")
@operation("Echo", scope="write", body=Thing, returns=Echo, status=201)
def echo(body: Thing) -> Echo:
    return Echo(name=body.name, sizes=body.sizes)


@bp.get("/page")
@operation("Check a query", scope="read", query=Page)
def page(query: Page) -> None:
    assert 1 <= query.limit <= 100


@bp.get("/<id:thing_id>")
@operation("Look at one", scope="read", problems=(404,))
def one(thing_id: int) -> None:
    assert 1 <= thing_id < 2**63


@bp.get("/slow")
@operation("Answer late", scope="read")
def slow() -> None:
    current_app.logger.info("/v1/probe/slow begins")
    time.sleep(5)


@bp.get("/crash")
@operation("Fail", scope="read")
def crash() -> None:
    raise RuntimeError("select secret from /etc/passwd")


@bp.get("/database")
@operation("Read something", scope="read")
def read() -> None:
    db.session.execute(text("select version_num from alembic_version"))


@bp.post("/database")
@operation("Write something", scope="write")
def write() -> None:
    db.session.execute(text("update alembic_version set version_num = version_num"))
    db.session.commit()


class Row(Thing):
    """What a table may grow: a column that no schema names."""

    password_hash: str


@bp.get("/row")
@operation("Answer with a row", scope="read", returns=Echo)
def row() -> Row:
    return Row(name="a", sizes=[], password_hash="secret")


@bp.get("/undeclared")
def undeclared() -> str:
    return "a route without an operation"


api.BLUEPRINTS.append(bp)


def create_app() -> Flask:
    """What the tests of the production server start."""
    return create_real_app()
