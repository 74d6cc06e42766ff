"""`manage.py import_csv FILE`: products from a file of any size; `-` reads standard input."""

import sys
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User

from ... import services


class Command(BaseCommand):
    help = "Create or update products from CSV; bad rows are reported by line and left out"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="columns: " + ", ".join(services.COLUMNS))
        parser.add_argument("--owner", help="username of the owner of new products")

    def handle(self, *args: Any, file: str, owner: str | None, **options: Any) -> None:
        started = time.perf_counter()
        user = None
        if owner and (user := User.objects.filter(username=owner).first()) is None:
            raise CommandError(f"there is no user {owner}")
        try:
            if file == "-":
                result = services.import_products(sys.stdin, user)
            else:
                with Path(file).open(encoding="utf-8-sig", newline="") as lines:
                    result = services.import_products(lines, user)
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{file}: {error}") from error
        for reason in result.errors:
            self.stderr.write(reason)
        seconds = time.perf_counter() - started
        self.stdout.write(f"{result.good} rows imported in {seconds:.1f} s, {result.bad} refused")
        if result.bad:
            raise CommandError("some rows were refused")
