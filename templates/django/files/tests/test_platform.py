"""What holds for every request: ids, errors, probes, headers, limits."""

import json
import re
from typing import Any

import pytest
from django.test import Client

from config import api, health, problems
from config.middleware import client_address

PAGE = {"accept": "text/html"}
PROBLEM = "application/problem+json"


def broken(*args: Any, **kwargs: Any) -> Any:
    raise RuntimeError("SELECT secret FROM vault at /srv/app/vault.py")


class TestErrors:
    def test_a_program_gets_a_problem(self, client):
        response = client.get("/nowhere")
        assert response.status_code == 404
        assert response["Content-Type"] == PROBLEM
        assert int(response["Content-Length"]) == len(response.content)
        body = response.json()
        assert (body["status"], body["title"]) == (404, "Not Found")
        assert body["request_id"] == response["X-Request-ID"]

    def test_a_person_gets_a_page_that_names_the_request(self, client):
        response = client.get("/nowhere", headers=PAGE)
        assert response.status_code == 404
        assert response["Content-Type"].startswith("text/html")
        assert response["X-Request-ID"] in response.content.decode()

    @pytest.mark.parametrize("accept", ["application/json", "text/html"])
    def test_a_500_tells_nothing_of_the_inside(self, monkeypatch, accept):
        monkeypatch.setattr("accounts.views.Login.get", broken)
        client = Client(raise_request_exception=False)
        response = client.get("/accounts/login/", HTTP_ACCEPT=accept)
        assert response.status_code == 500
        assert response["X-Request-ID"] in response.content.decode()
        for secret in ("SELECT", "vault", "Traceback", "/srv"):
            assert secret not in response.content.decode()

    def test_the_api_hides_the_inside_too(self, signed_in, monkeypatch):
        signed_in.raise_request_exception = False
        monkeypatch.setattr("config.api.SignedIn.authenticate", broken)
        response = signed_in.get("/v1/me")
        assert (response.status_code, response["Content-Type"]) == (500, PROBLEM)
        assert "SELECT" not in response.content.decode()

    def test_a_forged_host_is_refused(self, client):
        response = client.get("/v1/me", HTTP_HOST="evil.example")
        assert (response.status_code, response["Content-Type"]) == (400, PROBLEM)

    def test_a_form_without_its_token_is_refused(self):
        response = Client(enforce_csrf_checks=True).post("/accounts/signup/", headers=PAGE)
        assert response.status_code == 403
        assert "expired" in response.content.decode()

    def test_the_wrong_method_is_refused_as_a_problem(self, client):
        response = client.post("/v1/me")
        assert (response.status_code, response["Content-Type"]) == (405, PROBLEM)
        assert response["Allow"] == "GET"

    def test_the_api_wants_a_session(self, client):
        response = client.get("/v1/me")
        assert (response.status_code, response["Content-Type"]) == (401, PROBLEM)

    def test_me_is_who_signed_in(self, signed_in, user):
        assert signed_in.get("/v1/me").json()["username"] == user.username


class TestRequestId:
    def test_a_good_one_is_kept(self, client):
        assert client.get("/healthz", HTTP_X_REQUEST_ID="a.B-c_9")["X-Request-ID"] == "a.B-c_9"

    @pytest.mark.parametrize("bad", ["", "a b", 'x","level":"fatal', "x\n", "é", "a" * 65])
    def test_a_bad_one_is_replaced(self, client, bad):
        given = client.get("/healthz", HTTP_X_REQUEST_ID=bad)["X-Request-ID"]
        assert re.fullmatch("[0-9a-f]{32}", given)


class TestProbes:
    def test_alive_answers_any_host_without_the_database(self, client):
        assert client.get("/healthz", HTTP_HOST="10.0.0.7:8000").json() == {"status": "ok"}

    def test_ready_names_its_parts(self, client, db, settings):
        response = client.get("/readyz", HTTP_HOST="10.0.0.7")
        parts = ["database", "redis"] if settings.REDIS_URL else ["database"]
        assert response.json() == {"status": "ok", "parts": dict.fromkeys(parts, "ok")}

    @pytest.mark.parametrize("part", ["database", "redis"])
    def test_not_ready_names_what_is_broken(self, client, db, monkeypatch, settings, part):
        settings.REDIS_URL = "redis://localhost"
        where = {"database": "config.health.connection.cursor", "redis": "config.health.cache.get"}
        with monkeypatch.context() as patch:
            patch.setattr(where[part], broken)
            response = client.get("/readyz")
        assert (response.status_code, response["Content-Type"]) == (503, PROBLEM)
        assert response.json()["parts"][part] == "unavailable"
        assert "SELECT" not in response.content.decode()

    def test_metrics_are_not_on_the_public_port(self, client, settings):
        assert client.get("/metrics").status_code == 404
        settings.METRICS_PORT = 9100
        assert client.get("/metrics").status_code == 404
        assert client.get("/metrics", SERVER_PORT="9100").status_code == 200
        assert client.get("/v1/me", SERVER_PORT="9100").status_code == 404

    def test_metrics_count_by_route(self, client):
        client.get("/nowhere/in/particular")
        text = health.generate_latest().decode()
        assert 'http_requests_total{method="GET",route="unmatched",status="404"}' in text


class TestHeaders:
    @pytest.mark.parametrize("path", ["/", "/accounts/login/", "/docs", "/nowhere"])
    def test_every_page_has_a_strict_policy(self, client, db, path):
        policy = client.get(path, headers=PAGE)["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy

    def test_the_docs_load_nothing_from_elsewhere(self, client):
        page = client.get("/docs").content.decode()
        sources = re.findall(r'(?:src|href)="([^"]+)"', page)
        assert sources
        assert all(source.startswith("/static/") for source in sources)

    def test_the_description_lists_the_operations_and_their_errors(self, client):
        description = client.get("/openapi.json").json()
        answers = description["paths"]["/v1/me"]["get"]["responses"]
        assert answers.keys() == {"200", "401", "429"}
        schema = answers["401"]["content"][PROBLEM]["schema"]["$ref"].rsplit("/")[-1]
        fields = description["components"]["schemas"][schema]
        assert set(fields["required"]) == client.get("/v1/me").json().keys()


class TestLimits:
    def test_too_many_requests_are_refused(self, signed_in, monkeypatch):
        monkeypatch.setattr(api.throttles[0], "num_requests", 3)
        answers = [signed_in.get("/v1/me") for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert int(answers[-1]["Retry-After"]) > 0
        assert answers[-1]["Content-Type"] == PROBLEM

    def test_a_client_cannot_choose_its_address(self, rf, settings):
        request = rf.get("/", HTTP_X_FORWARDED_FOR="6.6.6.6, 1.2.3.4", REMOTE_ADDR="10.0.0.1")
        assert client_address(request) == "10.0.0.1"
        settings.TRUST_PROXY = 1
        assert client_address(request) == "1.2.3.4"

    @pytest.mark.parametrize("header", ["unknown", "1.2.3.4:80", "", "x" * 5000, "1.2.3.4, ?"])
    def test_what_is_no_address_is_not_taken_for_one(self, rf, settings, header):
        settings.TRUST_PROXY = 1
        request = rf.get("/", HTTP_X_FORWARDED_FOR=header, REMOTE_ADDR="10.0.0.1")
        assert client_address(request) == "10.0.0.1"


def test_a_problem_has_the_fields_of_the_standard():
    body = json.loads(problems.problem(422, errors=[{"path": "body.x", "message": "m"}]).content)
    assert body.keys() == {"type", "title", "status", "detail", "request_id", "errors"}
