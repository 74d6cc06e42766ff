"""Readings of machines: a table, its API, and rows to start with."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from flask import Blueprint, abort
from pydantic import Field
from sqlalchemy import Index, String, select
from sqlalchemy.orm import Mapped, mapped_column

from app import db
from app.models import Base
from app.openapi import operation
from app.schemas import Input, Moment, Output, Page, Text

bp = Blueprint("readings", __name__, url_prefix="/readings")

Machine = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,31}$", examples=["press-1"])]
Temperature = Annotated[float, Field(ge=-100, le=1000, description="degrees Celsius")]
Note = Annotated[Text, Field(max_length=200)]
Status = Literal["ok", "warm", "hot"]


class Reading(Base):
    __tablename__ = "readings"
    __table_args__ = (Index("ix_readings_machine_id", "machine", "id"),)

    machine: Mapped[str] = mapped_column(String(32))
    temperature: Mapped[float]
    note: Mapped[str] = mapped_column(String(200), default="")

    @property
    def status(self) -> Status:
        return "hot" if self.temperature >= 90 else "warm" if self.temperature >= 70 else "ok"


class ReadingIn(Input):
    machine: Machine
    temperature: Temperature
    note: Note = ""


class ReadingChange(Input):
    """Fields left out stay as they are."""

    temperature: Temperature = 0
    note: Note = ""


class ReadingOut(Output):
    id: int
    created_at: Moment
    machine: str
    temperature: float
    note: str
    status: Status


class ReadingQuery(Page):
    machine: Machine | None = None


class ReadingPage(Output):
    items: list[ReadingOut]
    next: int | None


@bp.get("")
@operation("List readings, newest first", scope="read", query=ReadingQuery, returns=ReadingPage)
def list_readings(query: ReadingQuery) -> ReadingPage:
    statement = select(Reading)
    if query.machine:
        statement = statement.where(Reading.machine == query.machine)
    rows, following = db.newest_first(statement, Reading.id, query.after, query.limit)
    return ReadingPage(items=[ReadingOut.model_validate(row) for row in rows], next=following)


@bp.post("")
@operation("Add a reading", scope="write", body=ReadingIn, returns=ReadingOut, status=201)
def add_reading(body: ReadingIn) -> Reading:
    reading = Reading(**body.model_dump())
    db.session.add(reading)
    db.session.commit()
    return reading


@bp.get("/<id:reading_id>")
@operation("Read one reading", scope="read", returns=ReadingOut, problems=(404,))
def get_reading(reading_id: int) -> Reading:
    return _find(reading_id)


@bp.patch("/<id:reading_id>")
@operation(
    "Change a reading",
    scope="write",
    body=ReadingChange,
    returns=ReadingOut,
    problems=(404,),
)
def change_reading(reading_id: int, body: ReadingChange) -> Reading:
    reading = _find(reading_id)
    for name, value in body.model_dump(exclude_unset=True).items():
        setattr(reading, name, value)
    db.session.commit()
    return reading


@bp.delete("/<id:reading_id>")
@operation("Delete a reading", scope="write", problems=(404,))
def delete_reading(reading_id: int) -> None:
    db.session.delete(_find(reading_id))
    db.session.commit()


def _find(reading_id: int) -> Reading:
    return db.session.get(Reading, reading_id) or abort(404, "There is no such reading.")


def seed() -> int:
    """Add a day of readings to an empty table; return how many were added."""
    if db.session.scalar(select(Reading.id).limit(1)):
        return 0
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    rows = [
        Reading(
            machine=f"press-{i % 3 + 1}",
            temperature=round(66 + 9 * (i % 3) + 12 * math.sin(i / 4), 1),
            created_at=now - timedelta(hours=23 - i),
        )
        for i in range(24)
    ]
    db.session.add_all(rows)
    db.session.commit()
    return len(rows)
