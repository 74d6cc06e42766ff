from __future__ import annotations

import hmac
import re

import pytest
from flask import Flask

from app import auth
from tests.conftest import KEY
from tests.test_http import problem


@pytest.mark.parametrize("given", [None, "Bearer", "Bearer wrong", f"Basic {KEY}", KEY, "Bearer "])
def test_only_a_known_key_opens(app: Flask, given: str | None) -> None:
    headers = {"Authorization": given} if given is not None else {}
    response = app.test_client().get("/v1/probe/page", headers=headers)
    problem(response, 401)
    assert response.headers["WWW-Authenticate"] == "Bearer"


def test_a_known_key_opens(app: Flask) -> None:
    headers = {"Authorization": f"Bearer {KEY}"}
    assert app.test_client().get("/v1/probe/page", headers=headers).status_code == 204


def test_every_operation_below_v1_needs_a_key(app: Flask) -> None:
    client = app.test_client()
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/v1"):
            method = next(iter(rule.methods - {"HEAD", "OPTIONS"}))
            path = re.sub("<[^>]*>", "1", rule.rule)
            assert client.open(path, method=method).status_code == 401, rule


def test_keys_are_kept_as_digests_and_compared_in_constant_time(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert KEY not in str(app.config["SETTINGS"])
    compared: list[str] = []
    compare = hmac.compare_digest

    def spy(a: str, b: str) -> bool:
        compared.append(b)
        return compare(a, b)

    keys = {"first": auth.digest(KEY), "second": auth.digest("other")}
    app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"api_keys": keys})
    monkeypatch.setattr("app.auth.hmac.compare_digest", spy)
    client = app.test_client()
    client.get("/v1/probe/page", headers={"Authorization": f"Bearer {KEY}"})
    assert compared == list(keys.values())  # all of them, even after the first one fits


def test_a_new_key_fits_its_digest() -> None:
    key, digest = auth.new_key()
    assert len(key) >= 43
    assert auth.digest(key) == digest
