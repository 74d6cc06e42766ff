"""Which service this is, and in which version: also what a route of yours may look like."""

from __future__ import annotations

from flask import Blueprint

from app.config import PROJECT
from app.openapi import operation
from app.schemas import Output

bp = Blueprint("info", __name__)


class Info(Output):
    name: str
    version: str


@bp.get("/info")
@operation("Name and version of this service", scope="read", returns=Info)
def info() -> Info:
    return Info(name=PROJECT["name"], version=PROJECT["version"])
