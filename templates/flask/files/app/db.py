"""The database: an engine per application, a session per request.

SQLite needs nothing installed and is the default; PostgreSQL is a DATABASE_URL
away, with the same models and the same migrations.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flask import Flask, current_app, g
from sqlalchemy import Engine, Select, create_engine, event, make_url
from sqlalchemy.orm import InstrumentedAttribute, Session
from werkzeug.local import LocalProxy

from app import lifecycle
from app.config import Settings


def make_engine(settings: Settings, folder: str) -> Engine:
    """Make an engine; a relative SQLite path counts from the instance folder.

    Nothing waits for ever: not for a connection, not for a lock, not for an answer.
    """
    url = make_url(settings.database_url)
    pool: dict[str, Any] = {
        "pool_size": settings.db_pool_size,
        "pool_timeout": settings.db_pool_timeout,
        "max_overflow": 0,
        "hide_parameters": True,  # errors are logged, and what people sent is not
    }
    if url.get_backend_name() == "sqlite":
        Path(folder).mkdir(exist_ok=True)
        url = url.set(database=str(Path(folder, url.database or "app.db")))
        wait = {"timeout": settings.db_lock_timeout}
        engine = create_engine(url, connect_args=wait, **pool)
        event.listen(engine, "connect", _prepare_sqlite)
        return engine
    options = {
        "statement_timeout": settings.db_statement_timeout,
        "lock_timeout": settings.db_lock_timeout,
        "idle_in_transaction_session_timeout": 60,
    }
    arguments = {
        "connect_timeout": 3,
        "options": " ".join(f"-c {name}={1000 * value:.0f}" for name, value in options.items()),
        "keepalives_idle": 5,
        "tcp_user_timeout": 10_000,
    }
    return create_engine(url, pool_pre_ping=True, connect_args=arguments, **pool)


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    """Let readers and one writer work side by side, and enforce foreign keys."""
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")


def engine() -> Engine:
    found: Engine = current_app.extensions["engine"]
    return found


def _session() -> Session:
    if "session" not in g:
        g.session = Session(engine())
    found: Session = g.session
    return found


def _close(_error: BaseException | None = None) -> None:
    if current := g.pop("session", None):
        current.close()


# The session of this request or application context, closed when that ends.
session: Session = LocalProxy(_session)  # type: ignore[assignment]


def newest_first(
    statement: Select[Any], key: InstrumentedAttribute[int], after: int | None, limit: int
) -> tuple[Sequence[Any], int | None]:
    """Return one page, newest first, and the `after` of the next one (None at the end).

    Keyset, not offset: the cost of a page does not grow with its distance from
    the start, and rows added meanwhile never shift a page.
    """
    if after is not None:
        statement = statement.where(key < after)
    rows = session.scalars(statement.order_by(key.desc()).limit(limit + 1)).all()
    page = rows[:limit]
    return page, getattr(page[-1], key.key) if len(rows) > limit else None


def init_app(app: Flask) -> None:
    app.extensions["engine"] = pool = make_engine(app.config["SETTINGS"], app.instance_path)
    lifecycle.on_exit(pool.dispose)
    app.teardown_appcontext(_close)
