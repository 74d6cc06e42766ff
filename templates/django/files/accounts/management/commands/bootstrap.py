"""Make a new development database usable; leaves one that has users alone."""

import secrets
from typing import Any

from allauth.account.models import EmailAddress
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand

from accounts.models import User


class Command(BaseCommand):
    help = "Migrate; in a new database also create an administrator, and seed if there is a seed"

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", verbosity=0)
        if User.objects.exists():
            return
        password = secrets.token_urlsafe(12)
        admin = User.objects.create_superuser("admin", "admin@localhost", password)
        # Nobody can read mail there, so nobody has to.
        EmailAddress.objects.create(user=admin, email=admin.email, primary=True, verified=True)
        if "seed" in get_commands():
            call_command("seed")
        self.stdout.write("\n  The administrator of this database; the password is shown only now:")
        self.stdout.write(f"\n  username  admin\n  password  {password}\n")
