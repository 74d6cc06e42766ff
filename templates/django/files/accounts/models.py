from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower
from django.http import HttpRequest


class User(AbstractUser):
    """This project's own user from day 0, so that fields can be added at any time."""

    email = models.EmailField("e-mail address")

    class Meta(AbstractUser.Meta):
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_unique",
                violation_error_message="An account with this e-mail address exists already.",
            )
        ]


class SignedInRequest(HttpRequest):
    """A request that has passed authentication: what type checkers may assume of its user."""

    user: User
