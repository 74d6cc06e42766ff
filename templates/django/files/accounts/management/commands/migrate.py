"""`migrate`, one at a time: several new containers may start it at the same moment."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.commands import migrate
from django.db import connections

LOCK = 0x6D69677261746531


@contextmanager
def advisory_lock(alias: str) -> Iterator[None]:
    connection = connections[alias]
    if connection.vendor != "postgresql":
        yield  # SQLite locks its file by itself
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        with advisory_lock(options["database"]):
            super().handle(*args, **options)
