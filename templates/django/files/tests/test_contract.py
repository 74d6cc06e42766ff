"""The API does what /openapi.json says: schemathesis makes requests of it, good ones and bad."""

import contextlib

import pytest
import schemathesis
from django.conf import settings as django_settings
from django.core import signals
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import ignored_auth

from config.wsgi import application

some = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@contextlib.contextmanager
def one_connection():
    """A request's end closes no connection here: the test's transaction is in it."""
    for each in (signals.request_started, signals.request_finished):
        each.disconnect(close_old_connections)
    yield
    for each in (signals.request_started, signals.request_finished):
        each.connect(close_old_connections)


@pytest.fixture
def nobody():
    return {"headers": {"Host": django_settings.ALLOWED_HOSTS[0]}}


@pytest.fixture
def somebody(nobody, user):
    """What the browser of a signed-in person sends along."""
    browser = Client()
    browser.force_login(user)
    browser.get("/accounts/password/change/")  # sets the CSRF cookie
    cookies = {name: cookie.value for name, cookie in browser.cookies.items()}
    token = {"X-CSRFToken": cookies["csrftoken"]}
    return {"headers": nobody["headers"] | token, "cookies": cookies}


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize("who", ["nobody", "somebody"])
def test_every_answer_is_one_of_those_described(request, db, monkeypatch, who, mode):
    monkeypatch.setattr("ninja.throttling.SimpleRateThrottle.allow_request", lambda *_: True)
    sent_along = request.getfixturevalue(who)
    with one_connection():  # Django's client, which `somebody` used, connects them again
        description = schemathesis.openapi.from_wsgi("/openapi.json", application)
        operations = [each.ok() for each in description.get_all_operations()]
        assert operations
        hold(operations, mode, sent_along)


def hold(operations, mode, sent_along):
    for operation in operations:

        @some
        @given(case=operation.as_strategy(generation_mode=mode))
        def holds(case):
            case.headers = {**(case.headers or {}), **sent_along["headers"]}
            case.cookies = {**(case.cookies or {}), **sent_along.get("cookies", {})}
            # It takes our cookies for ones that it made up; test_access.py has who gets in.
            case.call_and_validate(excluded_checks=[ignored_auth])

        with contextlib.suppress(Unsatisfiable):  # nothing that one could get wrong
            holds()
