"""What this project asks of allauth beyond its settings."""

from smtplib import SMTPException
from typing import Any

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import ratelimit
from allauth.core.exceptions import ImmediateHttpResponse
from django.conf import settings
from django.http import HttpRequest

from config import problems

log = structlog.get_logger(__name__)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.ACCOUNT_SIGNUP_OPEN)

    def get_client_ip(self, request: HttpRequest) -> str:
        return str(request.META["REMOTE_ADDR"])  # RequestMiddleware has settled who that is

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        super().pre_authenticate(request, **credentials)  # per address, and per name
        key = self.pair(request, **credentials)
        if not ratelimit.consume(request, action="login_pair", key=key):
            raise self.validation_error("too_many_login_attempts")

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        user = super().authenticate(request, **credentials)
        if user:
            key = self.pair(request, **credentials)
            ratelimit.clear(request, action="login_pair", key=key)
        return user

    def pair(self, request: HttpRequest, **credentials: Any) -> str:
        name = credentials.get("email") or credentials.get("username") or ""
        return f"{self.get_client_ip(request)} {name.lower()}"

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        try:
            super().send_mail(template_prefix, email, context)
        except (OSError, SMTPException) as error:
            log.exception("mail_unavailable", mail=template_prefix)
            text = "The e-mail could not be sent. Try again in a moment."
            raise ImmediateHttpResponse(problems.later(problems.page(503, text))) from error
