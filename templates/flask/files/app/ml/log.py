"""The log of predictions: written in batches, so that answering never waits for the database."""

from __future__ import annotations

import queue
import threading
from datetime import UTC, datetime
from typing import Any

from flask import Flask, current_app
from sqlalchemy import Engine, insert
from sqlalchemy.exc import SQLAlchemyError

from app import lifecycle
from app.ml.features import Reading
from app.models import Prediction as Row
from app.schemas import Prediction


class PredictionLog:
    """A bounded queue and a thread that empties it into the table `predictions`.

    With the queue full, entries are dropped and counted: the log is a record for
    people, and must not stop the service.
    """

    INTERVAL = 0.5  # seconds
    CAPACITY = 50_000

    def __init__(self, engine: Engine, app: Flask) -> None:
        self.engine, self.logger = engine, app.logger
        self.dropped = 0
        self._queue: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._closing = threading.Event()
        self._flushing = threading.Lock()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def add(self, readings: list[Reading], predictions: list[Prediction]) -> None:
        if self._queue.qsize() + len(readings) > self.CAPACITY:
            self.dropped += len(readings)
            return
        now = datetime.now(UTC)
        for reading, prediction in zip(readings, predictions, strict=True):
            self._queue.put(
                {
                    "created_at": now,
                    "model": prediction.model,
                    "label": prediction.label,
                    "probability": prediction.probabilities[prediction.label],
                    "features": reading.model_dump(),
                }
            )
        self._start()

    def flush(self) -> None:
        """Write all that waits; if the database fails, the batch is lost and that is logged."""
        with self._flushing:
            rows = [self._queue.get() for _ in range(self._queue.qsize())]
            if not rows:
                return
            try:
                with self.engine.begin() as connection:
                    connection.execute(insert(Row), rows)
            except SQLAlchemyError:
                self.logger.exception("%s predictions could not be logged", len(rows))

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


def prediction_log() -> PredictionLog:
    found: PredictionLog = current_app.extensions["prediction_log"]
    return found


def init_app(app: Flask) -> None:
    log = PredictionLog(app.extensions["engine"], app)
    app.extensions["prediction_log"] = log
    lifecycle.on_exit(log.close)
