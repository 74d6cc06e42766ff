"""What holds for every request: ids, errors, probes, headers, limits."""

import json
import logging
import re
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import OperationalError
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

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
        monkeypatch.setattr("allauth.account.views.LoginView.get", broken)
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
        assert response.json() == {"status": "ok", "parts": {"database": "ok"}, "degraded": []}

    def test_not_ready_names_what_is_broken(self, client, db, monkeypatch):
        def gone(*args: Any) -> Any:
            raise OperationalError("SELECT secret FROM vault")

        with monkeypatch.context() as patch:
            patch.setattr("config.health.connection.cursor", gone)
            response = client.get("/readyz")
        assert (response.status_code, response["Content-Type"]) == (503, PROBLEM)
        assert response.json()["parts"] == {"database": "unavailable"}
        assert int(response["Retry-After"]) > 0
        assert "SELECT" not in response.content.decode()

    def test_what_merely_degrades_is_named_and_stays_ready(self, client, db, settings):
        settings.DEGRADABLE = {"redis": "redis://127.0.0.1:9/0", "broker": ""}
        response = client.get("/readyz")
        assert response.status_code == 200
        assert response.json()["status"] == "degraded"
        assert response.json()["degraded"] == ["redis"]
        assert 'degraded{part="redis"} 1.0' in health.generate_latest().decode()

    def test_metrics_are_not_on_the_public_port(self, client, settings):
        assert client.get("/metrics").status_code == 404
        settings.METRICS_PORT = 9100
        assert client.get("/metrics").status_code == 404
        assert client.get("/metrics", SERVER_PORT="9100").status_code == 200
        assert client.get("/v1/me", SERVER_PORT="9100").status_code == 404

    def test_a_head_request_is_answered_like_a_get(self, client, db, caplog):
        for path in ("/", "/healthz", "/docs", "/openapi.json", "/v1/me"):
            response = client.head(path)
            assert response.status_code == client.get(path).status_code, path
            assert not response.content
        assert not [each for each in caplog.records if each.levelno >= logging.WARNING]

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
        assert answers.keys() == {"200", "400", "401", "429", "503"}
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


class TestBodies:
    @pytest.mark.parametrize("path", ["/accounts/login/", "/v1/me", "/", "/admin/", "/nowhere"])
    @pytest.mark.parametrize("kind", [MULTIPART_CONTENT, "application/json", "text/plain"])
    def test_every_route_has_a_limit_before_anything_else(self, client, settings, path, kind):
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
        data = encode_multipart(BOUNDARY, {"file": ContentFile(b"x" * 2000, "a")})
        response = client.generic("POST", path, data, kind)  # and no database is touched
        assert response.status_code == 413

    @pytest.mark.parametrize("path", ["/v1/me?a=%00", "/accounts/login/?next=%00", "/nowhere%00"])
    def test_a_nul_goes_nowhere(self, client, path):
        assert client.get(path).status_code == 400


class TestMedia:
    @pytest.fixture(autouse=True)
    def folder(self, settings, tmp_path):
        settings.MEDIA_ROOT = tmp_path

    def test_an_upload_is_outside_the_source_and_leaves_by_a_signed_link(self, client, settings):
        name = default_storage.save("a/page.html", ContentFile(b"<script>1</script>"))
        link = default_storage.url(name)
        response = client.get(link)
        assert b"".join(response.streaming_content) == b"<script>1</script>"
        assert response["Content-Disposition"].startswith("attachment")
        assert response["X-Content-Type-Options"] == "nosniff"
        assert client.get(f"/media/{name}").status_code == 404
        assert client.get(link[:-1] + ("a" if link[-1] != "a" else "b")).status_code == 404
        settings.MEDIA_LINK_SECONDS = -1
        assert client.get(link).status_code == 404

    def test_a_link_to_a_file_that_is_gone_leads_nowhere(self, client):
        assert client.get(default_storage.url("gone")).status_code == 404


def test_a_422_names_fifty_fields_at_most():
    assert len(problems.field_errors({"loc": ["body"], "msg": "m"} for _ in range(10**6))) == 50


def test_a_problem_has_the_fields_of_the_standard():
    body = json.loads(problems.problem(422, errors=[{"path": "body.x", "message": "m"}]).content)
    assert body.keys() == {"type", "title", "status", "detail", "request_id", "errors"}
