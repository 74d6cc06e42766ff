"""Notes, kept in SQLite."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from os import environ
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

router = APIRouter(prefix="/notes", tags=["notes"])


class Draft(BaseModel):
    """A note as it is sent."""

    text: str = Field(min_length=1, max_length=1000)


class Note(Draft):
    """A note as it is kept."""

    id: int


def database() -> Iterator[sqlite3.Connection]:
    """Open the database for one request."""
    path = environ.get("DATABASE", "notes.sqlite")
    with closing(sqlite3.connect(path, check_same_thread=False)) as connection, connection:
        connection.execute("CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)")
        yield connection


Database = Annotated[sqlite3.Connection, Depends(database)]


@router.get("")
def read(connection: Database) -> list[Note]:
    """List every note."""
    rows = connection.execute("SELECT id, text FROM notes ORDER BY id")
    return [Note(id=row[0], text=row[1]) for row in rows]


@router.post("", status_code=201)
def write(draft: Draft, connection: Database) -> Note:
    """Keep a note."""
    cursor = connection.execute("INSERT INTO notes (text) VALUES (?)", (draft.text,))
    return Note(id=cursor.lastrowid or 0, text=draft.text)
