import re

import pytest
from django.core import mail
from django.test import Client

from accounts.models import User
from conftest import PASSWORD

PAGE = {"accept": "text/html"}
NEW = {
    "username": "new",
    "email": "new@example.com",
    "password1": PASSWORD,
    "password2": PASSWORD,
}


def log_in(client: Client, password: str = PASSWORD, address: str = "10.0.0.1", path: str = ""):
    form = {"username": "ann", "password": password}
    return client.post(f"/accounts/login/{path}", form, REMOTE_ADDR=address, headers=PAGE)


def test_signing_up_logs_in(client, db):
    response = client.post("/accounts/signup/", NEW, follow=True)
    assert response.context["user"].username == "new"
    assert User.objects.get().password.startswith("argon2")


def test_an_address_has_one_account(client, user):
    response = client.post("/accounts/signup/", NEW | {"email": user.email.upper()})
    assert "exists already" in response.content.decode()
    assert User.objects.count() == 1


def test_sign_ups_are_limited_by_address(client, db, monkeypatch):
    monkeypatch.setattr("accounts.views.LimitedPosts.rate", "2/h")
    statuses = [client.post("/accounts/signup/", {}, headers=PAGE).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    assert client.post("/accounts/signup/", {}, REMOTE_ADDR="10.9.9.9").status_code == 200


def test_logging_in_and_out(client, user):
    assert log_in(client).status_code == 302
    assert client.get("/v1/me").status_code == 200
    client.post("/accounts/logout/")
    assert client.get("/v1/me").status_code == 401


def test_five_wrong_passwords_lock_the_name_for_that_address(client, user):
    wrong = [log_in(client, "wrong").status_code for _ in range(5)]
    assert wrong == [200, 200, 200, 200, 429]
    locked = log_in(client)
    assert locked.status_code == 429
    assert int(locked["Retry-After"]) > 0
    assert client.get("/v1/me").status_code == 401
    assert log_in(Client(), address="10.0.0.2").status_code == 302


@pytest.mark.parametrize("page", ["login", "signup", "reset"])
@pytest.mark.parametrize("text", ["", "\0", "x" * 5000])
def test_a_form_takes_any_text(client, db, page, text):
    fields = ("username", "email", "password", "password1", "password2", "code")
    form = dict.fromkeys(fields, text)
    assert client.post(f"/accounts/{page}/", form, headers=PAGE).status_code == 200


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:x()"])
def test_next_never_leads_away(client, user, target):
    assert log_in(client, path=f"?next={target}")["Location"] == "/"


def test_next_leads_on(client, user):
    assert log_in(client, path="?next=/docs")["Location"] == "/docs"


def test_changing_the_password(signed_in, user):
    form = {"old_password": PASSWORD, "new_password1": "another-long-one", "new_password2": "x"}
    assert "match" in signed_in.post("/accounts/password/", form).content.decode()
    form["new_password2"] = form["new_password1"]
    signed_in.post("/accounts/password/", form)
    user.refresh_from_db()
    assert user.check_password("another-long-one")


def test_resetting_the_password_by_mail(client, user):
    client.post("/accounts/reset/", {"email": user.email})
    link = re.search(r"http://testserver(/\S+)", str(mail.outbox[0].body))
    assert link
    form = client.get(link[1], follow=True)
    fields = {"new_password1": "another-long-one", "new_password2": "another-long-one"}
    client.post(form.redirect_chain[-1][0], fields)
    user.refresh_from_db()
    assert user.check_password("another-long-one")
    assert "used" in client.get(link[1], follow=True).content.decode()


def test_a_reset_does_not_tell_who_has_an_account(client, user):
    known, unknown = (
        client.post("/accounts/reset/", {"email": email}, follow=True).content
        for email in (user.email, "nobody@example.com")
    )
    assert known == unknown
    assert len(mail.outbox) == 1


def test_the_admin_has_no_door_of_its_own(client, signed_in):
    assert client.get("/admin/login/?next=/admin/")["Location"] == "/accounts/login/?next=/admin/"
    assert signed_in.get("/admin/").status_code == 302


def test_the_admin_opens_for_staff(admin):
    assert admin.get("/admin/").status_code == 200
