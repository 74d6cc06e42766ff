import time
from urllib.parse import quote

import pytest
from django.test import Client
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from conftest import PASSWORD


def code(device: TOTPDevice) -> str:
    totp = TOTP(device.bin_key)
    totp.time = time.time()
    return f"{totp.token():06}"


def log_in(client: Client, **fields: str) -> int:
    form = {"username": "boss", "password": PASSWORD, **fields}
    return client.post("/accounts/login/", form).status_code


@pytest.fixture
def boss(make_user):
    return make_user("boss", is_staff=True, is_superuser=True)


def test_staff_set_it_up_before_the_admin_opens(client, boss):
    assert log_in(client) == 302
    assert client.get("/admin/", follow=True).redirect_chain[-1][0] == "/accounts/totp/"
    page = client.get("/accounts/totp/").content.decode()
    device = TOTPDevice.objects.get(user=boss)
    assert quote("svg") in page
    assert "not the code" in client.post("/accounts/totp/", {"code": "000000"}).content.decode()
    device.refresh_from_db()
    device.throttle_reset()
    assert client.post("/accounts/totp/", {"code": code(device)}).status_code == 302
    assert client.get("/admin/").status_code == 200


def test_with_a_device_the_password_is_not_enough(client, boss):
    device = TOTPDevice.objects.create(user=boss, name="phone")
    assert log_in(client) == 200
    assert log_in(client, code="000000") == 200
    assert client.get("/v1/me").status_code == 401
    device.refresh_from_db()
    device.throttle_reset()
    assert log_in(client, code=code(device)) == 302
    assert client.get("/admin/").status_code == 200


def test_a_code_works_once(client, boss):
    now = code(TOTPDevice.objects.create(user=boss, name="phone"))
    assert log_in(Client(), code=now) == 302
    assert log_in(client, code=now) == 200


def test_the_key_is_not_shown_again(client, boss):
    TOTPDevice.objects.create(user=boss, name="phone")
    client.force_login(boss)
    page = client.get("/accounts/totp/").content.decode()
    assert "It is on" in page
    assert "<img" not in page
