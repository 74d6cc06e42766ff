import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.test import Client

from conftest import PASSWORD


def code(secret):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def log_in(client: Client) -> str:
    return client.post("/accounts/login/", {"login": "boss", "password": PASSWORD})["Location"]


@pytest.fixture
def boss(make_user):
    return make_user("boss", is_staff=True, is_superuser=True)


@pytest.fixture
def secret(boss):
    secret = generate_totp_secret()
    TOTP.activate(boss, secret)
    RecoveryCodes.activate(boss)
    return secret


@pytest.mark.django_db(transaction=True)
def test_staff_set_it_up_before_the_admin_opens(client, boss):
    assert log_in(client) == "/"
    chain = client.get("/admin/", follow=True).redirect_chain
    assert "/accounts/2fa/totp/activate/" in [to for to, _ in chain]
    if "reauthenticate" in chain[-1][0]:  # it is long since the password was given
        client.post(chain[-1][0], {"password": PASSWORD})
    page = client.get("/accounts/2fa/totp/activate/")
    secret = page.context["form"].secret
    assert "data:image/svg+xml" in page.content.decode()
    wrong = client.post("/accounts/2fa/totp/activate/", {"code": "000000"})
    assert "Incorrect code" in wrong.content.decode()
    done = client.post("/accounts/2fa/totp/activate/", {"code": code(secret)})
    assert done["Location"] == "/accounts/2fa/recovery-codes/"
    assert client.get("/admin/").status_code == 200


def test_the_password_is_not_enough(client, secret):
    assert log_in(client) == "/accounts/2fa/authenticate/"
    assert client.get("/v1/me").status_code == 401
    client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert client.get("/v1/me").status_code == 401
    client.post("/accounts/2fa/authenticate/", {"code": code(secret)})
    assert client.get("/v1/me").status_code == 200
    assert client.get("/admin/").status_code == 200


def test_a_code_works_once(secret):
    now = code(secret)
    for status in (200, 401):
        browser = Client()
        log_in(browser)
        browser.post("/accounts/2fa/authenticate/", {"code": now})
        assert browser.get("/v1/me").status_code == status


def test_a_recovery_code_works_once(boss, secret):
    codes = Authenticator.objects.get(user=boss, type="recovery_codes").wrap().get_unused_codes()
    for status in (200, 401):
        browser = Client()
        log_in(browser)
        browser.post("/accounts/2fa/authenticate/", {"code": codes[0]})
        assert browser.get("/v1/me").status_code == status


def test_wrong_codes_are_limited(boss, secret):
    browser = Client()
    log_in(browser)
    for _ in range(10):
        browser.post("/accounts/2fa/authenticate/", {"code": "000000"})
    answer = browser.post("/accounts/2fa/authenticate/", {"code": code(secret)})
    assert "Too many" in answer.content.decode()


def test_a_session_without_it_does_not_open_the_admin(client, boss, secret):
    client.force_login(boss)
    chain = client.get("/admin/", follow=True).redirect_chain
    assert chain[-1][0].startswith("/accounts/2fa/reauthenticate/")


def test_it_ends_with_the_authenticator(admin):
    Authenticator.objects.all().delete()
    assert admin.get("/admin/").status_code == 302
