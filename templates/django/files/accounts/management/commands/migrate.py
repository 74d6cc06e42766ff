"""`migrate`, one at a time: several new containers may start it at the same moment."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError, connections

LOCK = 0x6D69677261746531


@contextmanager
def advisory_lock(alias: str) -> Iterator[None]:
    """A migration may take as long as it needs, and the next one waits for it. Neither waits for a
    table longer than DB_LOCK_TIMEOUT: everybody who comes later would wait behind it."""
    connection = connections[alias]
    if connection.vendor != "postgresql":
        yield  # SQLite locks its file by itself
        return
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0; SET lock_timeout = 0")
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        cursor.execute("RESET lock_timeout")
        try:
            yield
        finally:
            if connection.is_usable():
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


BLOCKERS = """
    SELECT DISTINCT a.pid, a.usename, a.application_name, a.query FROM pg_locks l
    JOIN pg_stat_activity a USING (pid) WHERE l.relation IS NOT NULL AND a.pid <> pg_backend_pid()
    AND a.datname = current_database() AND a.xact_start < now() - interval '1 second'
"""


def holders(alias: str) -> str:
    with connections[alias].cursor() as cursor:
        cursor.execute(BLOCKERS)
        rows = [f"  {pid} {user} {name}: {query[:100]}" for pid, user, name, query in cursor]
    return "\n".join(rows) or "  nothing any more"


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        alias = options["database"]
        try:
            with advisory_lock(alias):
                super().handle(*args, **options)
        except OperationalError as error:
            if "lock timeout" not in str(error):
                raise
            text = "waited DB_LOCK_TIMEOUT for a table; nothing of that migration is done. These "
            raise CommandError(f"{text}held locks:\n{holders(alias)}") from error
