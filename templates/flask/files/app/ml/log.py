"""The log of predictions: written in batches, so that answering never waits for the database."""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from flask import Flask, current_app
from prometheus_client import Counter
from sqlalchemy import Engine, insert, select
from sqlalchemy.exc import SQLAlchemyError

from app import db, lifecycle
from app.ml.features import Features
from app.ml.model import Prediction
from app.models import Prediction as Row

DROPPED = Counter("predictions_not_logged_total", "Predictions that the log has lost.")


class PredictionLog:
    """A bounded queue and a thread that empties it into the table `predictions`.

    With the queue full, entries are dropped and counted: the log is a record for
    people, and must not stop the service.
    """

    INTERVAL = 0.5  # seconds
    CAPACITY = 64 * 2**20  # bytes that wait, about
    ROW = 2048  # bytes that a row takes beside what was sent

    def __init__(self, engine: Engine, app: Flask) -> None:
        self.engine, self.logger = engine, app.logger
        self.keep_inputs: bool = app.config["SETTINGS"].log_inputs
        self.dropped = 0
        self.fault = False  # the last batch could not be written
        self._queue: queue.SimpleQueue[tuple[int, list[dict[str, Any]]]] = queue.SimpleQueue()
        self._size = 0
        self._counting = threading.Lock()
        self._closing = threading.Event()
        self._flushing = threading.Lock()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def add(self, items: Sequence[Features], answers: Sequence[Prediction], size: int) -> None:
        """Take the answers to a request of so many bytes."""
        size += self.ROW * len(items)
        with self._counting:
            if self._size + size > self.CAPACITY:
                self.dropped += len(items)
                DROPPED.inc(len(items))
                return
            self._size += size
        now = datetime.now(UTC)
        rows = [
            {
                "created_at": now,
                "model": answer.model,
                "answer": answer.model_dump(exclude={"model"}),
                "features": item.model_dump() if self.keep_inputs else None,
            }
            for item, answer in zip(items, answers, strict=True)
        ]
        self._queue.put((size, rows))
        self._start()

    def flush(self) -> None:
        """Write all that waits; if the database fails, the batch is lost and that is logged."""
        with self._flushing:
            waiting = [self._queue.get() for _ in range(self._queue.qsize())]
            if not waiting:
                return
            with self._counting:
                self._size -= sum(size for size, _ in waiting)
            rows = [row for _, rows in waiting for row in rows]
            try:
                with self.engine.begin() as connection:
                    connection.execute(insert(Row), rows)
                self.fault = False
            except SQLAlchemyError as error:
                self.fault = True
                DROPPED.inc(len(rows))
                self.logger.error("%s predictions could not be logged: %r", len(rows), error)

    def close(self) -> None:
        self._closing.set()
        if self._thread:
            self._thread.join(5)
        self.flush()

    def _start(self) -> None:
        """Start with the first entry: by then the server has forked its workers."""
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while not self._closing.wait(self.INTERVAL):
            self.flush()


def last_inputs(limit: int = 100) -> list[Any]:
    """What was asked last, as far as inputs are logged: a new model has to answer it, too."""
    statement = select(Row.features).where(Row.features.is_not(None))
    try:
        with db.engine().connect() as connection:  # given back, since training may take long
            return list(connection.scalars(statement.order_by(Row.id.desc()).limit(limit)))
    except SQLAlchemyError as error:
        current_app.logger.warning("no logged request can be tried: %r", error)
        return []


def prediction_log() -> PredictionLog:
    found: PredictionLog = current_app.extensions["prediction_log"]
    return found


def init_app(app: Flask) -> None:
    log = PredictionLog(app.extensions["engine"], app)
    app.extensions["prediction_log"] = log
    lifecycle.on_exit(log.close)
