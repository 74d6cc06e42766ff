import re
import smtplib

import pytest
from aiosmtpd.controller import Controller
from allauth.account.models import EmailAddress
from django.contrib.auth import get_user
from django.core import mail
from django.test import Client

from accounts.models import User
from conftest import PASSWORD, free_ports

PAGE = {"accept": "text/html"}
NEW = {
    "username": "new",
    "email": "new@example.com",
    "password1": PASSWORD,
    "password2": PASSWORD,
}


def log_in(
    client: Client, name: str = "ann", password: str = PASSWORD, address: str = "10.0.0.1", at=""
):
    form = {"login": name, "password": password}
    return client.post(f"/accounts/login/{at}", form, REMOTE_ADDR=address, headers=PAGE)


def link_of_the_last_mail() -> str:
    found = re.search(r"https?://[^/]+(/\S+)", str(mail.outbox[-1].body))
    assert found
    return found[1]


class TestSigningUp:
    def test_it_opens_once_the_address_is_confirmed(self, client, db):
        response = client.post("/accounts/signup/", NEW)
        assert response["Location"] == "/accounts/confirm-email/"
        assert User.objects.get().password.startswith("argon2")
        assert log_in(client, "new")["Location"] == "/accounts/confirm-email/"
        assert client.get("/v1/me").status_code == 401
        client.post(link_of_the_last_mail())
        assert log_in(client, "new")["Location"] == "/"
        assert client.get("/v1/me").json()["email"] == NEW["email"]

    def test_an_address_has_one_account_and_nobody_learns_of_it(self, client, user):
        response = client.post("/accounts/signup/", NEW | {"email": user.email.upper()})
        assert response["Location"] == "/accounts/confirm-email/"
        assert User.objects.count() == 1

    def test_it_can_be_closed(self, client, db, settings):
        settings.ACCOUNT_SIGNUP_OPEN = False
        assert "closed" in client.post("/accounts/signup/", NEW).content.decode().lower()
        assert not User.objects.exists()

    def test_it_is_limited_by_address(self, client, db):
        def sign_up(address):
            return client.post("/accounts/signup/", {}, REMOTE_ADDR=address, headers=PAGE)

        answers = [sign_up("10.0.0.1") for _ in range(21)]
        assert [answer.status_code for answer in answers] == [200] * 20 + [429]
        assert int(answers[-1]["Retry-After"]) > 0
        assert sign_up("10.0.0.2").status_code == 200


class TestLoggingIn:
    @pytest.mark.parametrize("name", ["ann", "ANN@example.com"])
    def test_by_name_or_address_and_out_again(self, client, user, name):
        assert log_in(client, name)["Location"] == "/"
        assert client.get("/v1/me").status_code == 200
        client.post("/accounts/logout/")
        assert client.get("/v1/me").status_code == 401

    def may(self, name, address):
        return log_in(Client(), name, address=address).status_code == 302

    def test_five_wrong_passwords_close_the_pair(self, client, user):
        for _ in range(5):
            assert "correct" in log_in(client, password="wrong").content.decode()
        assert "Too many" in log_in(client).content.decode()
        assert not self.may("ann", "10.0.0.1")
        assert self.may("ann", "10.0.0.2")

    def test_one_name_from_many_addresses_is_limited(self, client, user):
        for number in range(10):
            log_in(client, password="wrong", address=f"10.0.1.{number}")
        assert not self.may("ann", "10.0.2.1")

    def test_many_names_from_one_address_are_limited(self, client, user, make_user):
        for number in range(20):
            log_in(client, name=f"name{number}", password="wrong")
        assert not self.may("ann", "10.0.0.1")
        assert self.may("ann", "10.0.0.2")

    def test_right_passwords_count_for_nothing(self, user):
        assert all(self.may("ann", "10.0.0.1") for _ in range(12))

    @pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:x"])
    def test_next_never_leads_away(self, client, user, target):
        assert log_in(client, at=f"?next={target}")["Location"] == "/"

    def test_next_leads_on(self, client, user):
        assert log_in(client, at="?next=/docs")["Location"] == "/docs"


@pytest.mark.parametrize("page", ["login", "signup", "password/reset"])
@pytest.mark.parametrize("text", ["", "\0", "x" * 5000, "x\0y"])
def test_a_form_takes_any_text(client, db, page, text):
    fields = ("username", "email", "login", "password", "password1", "password2")
    form = dict.fromkeys(fields, text)
    assert client.post(f"/accounts/{page}/", form, headers=PAGE).status_code == 200


class TestPasswords:
    def test_changing_it(self, signed_in, user):
        form = {"oldpassword": PASSWORD, "password1": "another-long-one", "password2": "x"}
        page = signed_in.post("/accounts/password/change/", form).content.decode()
        assert "same password" in page
        form["password2"] = form["password1"]
        signed_in.post("/accounts/password/change/", form)
        user.refresh_from_db()
        assert user.check_password("another-long-one")
        assert "changed" in str(mail.outbox[-1].body)  # its owner learns of it

    def test_resetting_it_by_mail(self, client, user):
        client.post("/accounts/password/reset/", {"email": user.email})
        link = link_of_the_last_mail()
        form = client.get(link, follow=True)
        fields = {"password1": "another-long-one", "password2": "another-long-one"}
        client.post(form.redirect_chain[-1][0], fields)
        user.refresh_from_db()
        assert user.check_password("another-long-one")
        assert "already been used" in client.get(link, follow=True).content.decode()

    def test_a_reset_does_not_tell_who_has_an_account(self, client, user):
        known, unknown = (
            client.post("/accounts/password/reset/", {"email": email}, follow=True).content
            for email in (user.email, "nobody@example.com")
        )
        assert known == unknown


class TestMail:
    @pytest.fixture
    def sink(self, settings):
        received = []

        class Keep:
            async def handle_DATA(self, server, session, envelope):  # noqa: N802
                received.append(envelope)
                return "250 kept"

        controller = Controller(Keep(), hostname="127.0.0.1", port=free_ports(1)[0])
        controller.start()
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", controller.port
        settings.EMAIL_USE_TLS = False
        yield received
        if controller.server:
            controller.stop()

    def test_it_arrives(self, sink, client, db):
        client.post("/accounts/signup/", NEW)
        assert [envelope.rcpt_tos for envelope in sink] == [[NEW["email"]]]
        assert b"confirm-email" in sink[0].content

    def test_a_server_that_is_away_is_said_and_can_be_tried_again(
        self, client, db, settings, monkeypatch
    ):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_ports(1)[0]
        response = client.post("/accounts/signup/", NEW, headers=PAGE)
        assert response.status_code == 503
        assert int(response["Retry-After"]) > 0

        def gone(*args, **kwargs):
            raise smtplib.SMTPServerDisconnected

        monkeypatch.setattr("smtplib.SMTP.__init__", gone)
        again = client.post("/accounts/signup/", NEW | {"username": "b"}, headers=PAGE)
        assert again.status_code in (302, 503)


class TestUsers:
    def test_the_admin_adds_as_many_as_it_likes(self, admin):
        for name in ("bea", "cem"):
            form = {"username": name, "email": f"{name}@example.com", "usable_password": "true"}
            form |= {"password1": PASSWORD, "password2": PASSWORD}
            assert admin.post("/admin/accounts/user/add/", form).status_code == 302
        assert User.objects.filter(username__in=["bea", "cem"]).count() == 2

    def test_none_of_them_needs_an_address(self, db):
        for name in ("bea", "cem"):
            User.objects.create_user(name, password=PASSWORD)
        assert User.objects.filter(email="").count() == 2

    def test_one_that_the_admin_added_confirms_the_address(self, client, db):
        User.objects.create_user("bea", "bea@example.com", PASSWORD)
        assert log_in(client, "bea")["Location"] == "/accounts/confirm-email/"
        assert not EmailAddress.objects.get(email="bea@example.com").verified


class TestAdmin:
    def test_it_has_no_door_of_its_own(self, client, signed_in, settings):
        response = Client().get("/admin/login/?next=/admin/")
        assert response["Location"] == "/accounts/login/?next=/admin/"
        assert signed_in.get("/admin/", follow=True, headers=PAGE).status_code == 403

    def test_it_opens_for_staff(self, admin):
        assert admin.get("/admin/").status_code == 200
        assert get_user(admin).is_staff
