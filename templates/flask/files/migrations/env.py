"""Runs the migrations with the application's own settings and models."""

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
            connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": LOCK})
        context.run_migrations()


with create_app().app_context(), db.engine().connect() as connection:
    migrate(connection)
