"""Datasets: upload a CSV file, get its profile. The file itself is not kept."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

from flask import Blueprint, abort, request
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import ServiceUnavailable

from app import db, profile, table
from app.models import Dataset as Row
from app.openapi import operation
from app.problems import Invalid
from app.schemas import Dataset, DatasetPage, Page

bp = Blueprint("datasets", __name__, url_prefix="/datasets")
LIMIT = 10 * 1024 * 1024
PATIENCE = 10.0  # seconds that a file waits for its turn
_turn, _room = threading.Lock(), threading.BoundedSemaphore(8)
UPLOAD = {
    "multipart/form-data": {
        "schema": {
            "type": "object",
            "required": ["file"],
            "properties": {"file": {"type": "string", "format": "binary"}},
        }
    }
}


@bp.post("")
@operation(
    "Profile a CSV file",
    scope="write",
    content=UPLOAD,
    largest=LIMIT + 2**20,
    returns=Dataset,
    status=201,
    problems=(422,),
)
def add_dataset() -> Row:
    file = request.files.get("file")
    if file is None:
        raise Invalid.at("/file", "Send a CSV file as multipart/form-data, in the field `file`.")
    with one_at_a_time():
        row = _profile(file)
    db.session.add(row)
    db.session.commit()
    return row


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """A large file takes some hundred megabytes and seconds: several at once would take a worker.

    A few wait for a while; the others are told to come again.
    """
    busy = ServiceUnavailable("Other files are being read; try again later.", retry_after=5)
    if not _room.acquire(blocking=False):
        raise busy
    try:
        if not _turn.acquire(timeout=PATIENCE):
            raise busy
        try:
            yield
        finally:
            _turn.release()
    finally:
        _room.release()


def _profile(file: FileStorage) -> Row:
    data = file.stream.read(LIMIT + 1)
    if len(data) > LIMIT:
        abort(413, "The file is larger than 10 MB.")
    try:
        dialect, rows, columns = profile.profile(data)
    except table.BrokenFileError as error:
        raise Invalid([{"path": "/file", **fault} for fault in error.faults]) from None
    return Row(
        name=_label(file),
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        dialect=asdict(dialect),
        rows=rows,
        columns=[column.model_dump() for column in columns],
    )


@bp.get("")
@operation("List profiles, newest first", scope="read", query=Page, returns=DatasetPage)
def list_datasets(query: Page) -> DatasetPage:
    rows, following = db.newest_first(select(Row), Row.id, query.after, query.limit)
    return DatasetPage(items=[Dataset.model_validate(row) for row in rows], next=following)


@bp.get("/<id:dataset_id>")
@operation("Read one profile", scope="read", returns=Dataset, problems=(404,))
def get_dataset(dataset_id: int) -> Row:
    return _find(dataset_id)


@bp.delete("/<id:dataset_id>")
@operation("Delete a profile", scope="write", problems=(404,))
def delete_dataset(dataset_id: int) -> None:
    db.session.delete(_find(dataset_id))
    db.session.commit()


def _find(dataset_id: int) -> Row:
    return db.session.get(Row, dataset_id) or abort(404, "There is no such dataset.")


def _label(file: FileStorage) -> str:
    """A name to show; it is never used as a path."""
    name = (file.filename or "").replace("\\", "/").rpartition("/")[2]
    return "".join(c for c in name if c.isprintable())[:200] or "unnamed"
