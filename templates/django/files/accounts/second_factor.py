"""The second factor: optional for people, required of staff for what staff may do."""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_used
from allauth.mfa.utils import is_mfa_enabled
from django.contrib.admin import AdminSite
from django.dispatch import receiver
from django.http import HttpRequest

KEY = "second_factor"


def enrolled(user: Any) -> bool:
    return bool(is_mfa_enabled(user, [Authenticator.Type.TOTP]))


@receiver([authenticator_used, authenticator_added])
def remember(signal: Any, request: HttpRequest, authenticator: Authenticator, **_: Any) -> None:
    """A code that was right, be it at log-in or when the factor was set up. Merely to be given
    recovery codes is no proof."""
    if signal is authenticator_used or authenticator.type == Authenticator.Type.TOTP:
        request.session[KEY] = authenticator.pk


def given(request: HttpRequest) -> bool:
    """Was it given in this session, and does that user still have it?"""
    found: int | None = request.session.get(KEY)
    mine = Authenticator.objects.filter(pk=found, user_id=request.user.pk)
    return found is not None and mine.exists()


class VerifiedAdminSite(AdminSite):
    """The admin, for staff who have given their second factor."""

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and given(request)
