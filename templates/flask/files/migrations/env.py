"""Runs the migrations with the application's own settings and models.

A table that is in use is waited for no longer than DB_LOCK_TIMEOUT: behind a migration that waits
everybody waits. It then ends with the statement that could not be done; nothing has changed.
"""

import sys

from alembic import context
from sqlalchemy import Connection, text

from app import create_app, db
from app.models import Base

LOCK = 7_202_611  # any number that nothing else in this database locks


def migrate(connection: Connection) -> None:
    sqlite = connection.dialect.name == "sqlite"
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=sqlite,  # SQLite alters a table by making it anew
        compare_type=True,
    )
    with context.begin_transaction():
        if not sqlite:  # several hosts may start at once: the first one migrates
            connection.execute(text("set local statement_timeout = 0"))
            lock(connection)
        context.run_migrations()


def lock(connection: Connection) -> None:
    if connection.scalar(text("select pg_try_advisory_xact_lock(:key)"), {"key": LOCK}):
        return
    print("waiting for a migration that runs elsewhere ...", file=sys.stderr, flush=True)  # noqa: T201
    waiting = connection.scalar(text("show lock_timeout"))
    connection.execute(text("set local lock_timeout = '5min'"))
    connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": LOCK})
    connection.execute(text("select set_config('lock_timeout', :time, true)"), {"time": waiting})


with create_app().app_context(), db.engine().connect() as connection:
    migrate(connection)
