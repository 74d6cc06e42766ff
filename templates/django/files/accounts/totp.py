"""Time-based one-time passwords: optional for people, required for the admin."""

from base64 import b32encode
from typing import Any

import segno
from django import forms
from django.contrib.admin import AdminSite
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse_lazy
from django.views.generic import FormView
from django_otp import login as otp_login
from django_otp import match_token, user_has_device
from django_otp.plugins.otp_totp.models import TOTPDevice

from .forms import LoginForm


def code_field(**kwargs: Any) -> forms.CharField:
    attributes = {"autocomplete": "one-time-code", "inputmode": "numeric", "pattern": "[0-9]{6}"}
    return forms.CharField(max_length=6, widget=forms.TextInput(attributes), **kwargs)


class CodeLoginForm(LoginForm):
    code = code_field(
        label="Authentication code", required=False, help_text="If you have set one up."
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        user: Any = self.get_user()
        if user and user_has_device(user):
            user.otp_device = match_token(user, self.cleaned_data.get("code", ""))
            if user.otp_device is None:
                self.add_error("code", "Enter the code that your authenticator shows now.")
        return cleaned


class ConfirmForm(forms.Form):
    code = code_field(label="Code")

    def __init__(self, *args: Any, device: TOTPDevice, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.device = device

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        if not self.device.verify_token(code):
            raise forms.ValidationError("That is not the code of this moment.")
        return code


class SetUp(LoginRequiredMixin, FormView):
    """Shows a QR code and turns the second factor on once its first code is right.

    A confirmed device is never shown again: its key would be worth the second factor.
    """

    template_name = "accounts/totp.html"
    form_class = ConfirmForm
    success_url = reverse_lazy("home")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if request.user.is_authenticated:
            if user_has_device(request.user):
                return self.render_to_response({"enrolled": True})
            self.device, _ = TOTPDevice.objects.get_or_create(
                user=request.user, confirmed=False, defaults={"name": "authenticator"}
            )
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"device": self.device}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        picture = segno.make(self.device.config_url).svg_data_uri(scale=5, border=2, light="#fff")
        key = b32encode(self.device.bin_key).decode()
        return super().get_context_data(**kwargs) | {"picture": picture, "key": key}

    def form_valid(self, form: ConfirmForm) -> HttpResponse:
        self.device.confirmed = True
        self.device.save()
        otp_login(self.request, self.device)
        return super().form_valid(form)


def must_enrol(user: Any) -> bool:
    return bool(user.is_authenticated and user.is_staff and not user_has_device(user))


class VerifiedAdminSite(AdminSite):
    """The admin, for staff who have given their second factor."""

    def has_permission(self, request: HttpRequest) -> bool:
        user: Any = request.user
        return super().has_permission(request) and user.is_verified()
