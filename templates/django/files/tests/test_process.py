"""The project as it is run: real processes, real signals."""

import http.client
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

import dev
from config.settings import read_env
from conftest import ROOT, Server, eventually

pytestmark = pytest.mark.skipif(os.name == "nt", reason="gunicorn does not run on Windows")


def manage(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=os.environ | env,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def production(gunicorn):
    return gunicorn(metrics=True, ORIGINS="https://www.example.com")


WRONG = {"login": "nobody", "password": "wrong"}


def refuses(server: Server) -> bool:
    try:
        socket.create_connection(("127.0.0.1", server.port), timeout=60).close()
    except ConnectionRefusedError:
        return True
    return False


def test_sigterm_fails_readiness_and_finishes_what_is_open(serve):
    server = serve("dev.py", "serve", SHUTDOWN_DELAY="4", SHUTDOWN_TIMEOUT="25")
    body, headers = server.form("/accounts/login/", **WRONG)

    # A log-in whose body arrives slowly: the server is in the middle of this request.
    slow = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    slow.putrequest("POST", "/accounts/login/")
    for name, value in headers.items():
        slow.putheader(name, value)
    slow.endheaders(body[:10])
    time.sleep(0.5)
    server.process.send_signal(signal.SIGTERM)
    eventually(lambda: server.get("/readyz")[0] == 503)
    assert json.loads(server.get("/readyz")[1])["parts"]["process"] == "shutting down"
    assert server.get("/healthz")[0] == 200
    eventually(lambda: refuses(server))  # at once: a client need not wait to be told
    slow.send(body[10:])
    assert slow.getresponse().status == 200
    slow.close()
    assert server.process.wait(timeout=60) == 0


def test_a_request_that_never_ends_does_not_hold_up_the_shutdown(gunicorn):
    server = gunicorn(SHUTDOWN_DELAY="1", SHUTDOWN_TIMEOUT="5")
    with socket.create_connection(("127.0.0.1", server.port)) as endless:
        endless.sendall(b"POST /accounts/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        endless.sendall(b"Content-Length: 9\r\n\r\n")
        time.sleep(0.5)
        started = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(timeout=60) == 0
        assert time.monotonic() - started > 3  # it was waited for


def test_no_client_says_where_the_site_begins(gunicorn):
    server = gunicorn(TRUST_PROXY="1")
    for name in ("SCRIPT_NAME", "Script-Name", "PATH_INFO"):
        request = {name: "/x", "X-Forwarded-For": "1.2.3.4", "Accept": "text/html"}
        status, page = server.get("/accounts/login/", **request)
        assert (status, "/x/" in page) == (200, False), name
        assert server.get("/x/accounts/login/", **request)[0] == 404, name


def test_a_body_that_is_too_large_is_refused_before_it_is_sent(production):
    with socket.create_connection(("127.0.0.1", production.port), timeout=60) as client:
        client.sendall(
            b"POST /accounts/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 300000000\r\n"
            b"Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\n"
        )
        assert client.recv(1000).startswith(b"HTTP/1.1 413")


def test_every_log_line_is_json_and_a_request_cannot_write_one(production):
    status, text = production.get('/nowhere%0A{"event":"forged"}', **{"X-Request-ID": 'x" "y'})
    assert status == 404
    eventually(lambda: "/nowhere" in production.log.read_text())
    logged = [json.loads(line) for line in production.log.read_text().splitlines()]
    mine = [line for line in logged if line.get("path", "").startswith("/nowhere")]
    assert len(mine) == 1
    assert mine[0]["request_id"] == json.loads(text)["request_id"] != 'x" "y'
    assert mine[0]["status"] == 404
    assert not [line for line in logged if line["event"] == "forged"]


def test_a_signal_that_logs_in_the_middle_of_a_log_line_holds_up_nothing():
    code = """
import logging, signal
from config.logging import Patient
log = logging.getLogger()
log.addHandler(Patient())
signal.signal(signal.SIGALRM, lambda *_: log.error("signal"))
signal.setitimer(signal.ITIMER_REAL, 0.0003, 0.0003)
for number in range(20_000):
    log.error("line")
signal.setitimer(signal.ITIMER_REAL, 0)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, stderr=subprocess.DEVNULL, timeout=120, check=False
    )
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("origin", "status"), [("https://www.example.com", 200), ("https://evil.example", 403)]
)
def test_another_origin_may_send_forms_only_if_it_is_named(production, origin, status):
    body, headers = production.form("/accounts/login/", **WRONG)
    connection = http.client.HTTPConnection("127.0.0.1", production.port, timeout=60)
    connection.request("POST", "/accounts/login/", body, headers | {"Origin": origin})
    assert connection.getresponse().status == status
    connection.close()


def test_metrics_add_up_the_workers_on_a_port_of_their_own(production):
    for _ in range(20):
        production.get("/no/such/page")
    metrics = f"http://127.0.0.1:{production.metrics_port}/metrics"
    with urllib.request.urlopen(metrics, timeout=60) as response:
        text = response.read().decode()
    counted = re.search(r'http_requests_total{.*"unmatched",status="404"} ([0-9]+)', text)
    assert counted
    assert int(counted[1]) >= 20
    assert production.get("/metrics")[0] == 404


def test_a_start_with_a_bad_environment_is_refused_and_names_all_of_it():
    bad = {
        "SECRET_KEY": "short",
        "ALLOWED_HOSTS": "*",
        "ORIGINS": "example.com",
        "PORT": "high",
        "DATABASE_URL": "nosuch://db",
        "REDIS_URL": "localhost",
        "MEDIA_ROOT": str(ROOT / "static"),
        "BODY_LIMIT": "0",
        "DB_POOL_SIZE": "0",
        "HSTS_SECONDS": "-1",
        "SIGNUP": "maybe",
        "EMAIL_TLS": "maybe",
        "TRUST_PROXY": "-1",
        "LOG_LEVEL": "LOUD",
        "RATE_LIMIT": "many",
        "WEB_CONCURRENCY": "0",
        "SHUTDOWN_TIMEOUT": "0",
    }
    done = manage("check", DEBUG="false", **bad)
    assert done.returncode == 1
    named = [line.split(":")[0].strip() for line in done.stderr.splitlines()[1:]]
    assert set(named) == set(bad)


def test_a_start_without_secrets_is_refused_and_names_each(monkeypatch):
    monkeypatch.setattr(dev, "read_env", lambda: None)
    for name in ("DEBUG", "SECRET_KEY", "ALLOWED_HOSTS"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SystemExit) as stopped:
        read_env()
    for name in ("SECRET_KEY", "ALLOWED_HOSTS"):
        assert f"  {name}: " in str(stopped.value)


def test_the_production_settings_pass_djangos_own_check():
    env = {"DEBUG": "false", "HTTPS": "true", "ALLOWED_HOSTS": "example.com"}
    env["SECRET_KEY"] = secrets.token_urlsafe(50)
    done = manage("check", "--deploy", "--fail-level", "WARNING", **env)
    assert done.returncode == 0, done.stderr


def test_https_is_promised_for_an_hour_until_more_is_asked_for():
    env = {"DEBUG": "false", "HTTPS": "true", "ALLOWED_HOSTS": "example.com"}
    code = "from config import settings as s; "
    code += "print(s.SECURE_HSTS_SECONDS, hasattr(s, 'SECURE_HSTS_PRELOAD'))"

    def printed(**more: str) -> str:
        everything = os.environ | env | more
        return subprocess.check_output([sys.executable, "-c", code], env=everything, text=True)

    assert printed() == "3600 False\n"
    assert printed(HSTS_SECONDS="31536000") == "31536000 False\n"


def test_social_log_ins_are_there_when_the_environment_names_their_client():
    code = "from django.urls import reverse; import django; django.setup(); "
    code += "print(reverse('github_login'), reverse('openid_connect_login', args=['oidc']))"
    env = os.environ | {"GITHUB_CLIENT_ID": "a", "OIDC_URL": "https://login.example.com"}
    printed = subprocess.check_output([sys.executable, "-c", code], env=env, text=True)
    assert printed == "/accounts/github/login/ /accounts/oidc/oidc/login/\n"
