"""The project as it is run: real processes, real signals."""

import http.client
import json
import os
import re
import secrets
import signal
import subprocess
import sys
import time
import urllib.request
from urllib.parse import urlencode

import pytest

from conftest import ROOT

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
def production(serve):
    return serve("dev.py", "serve", metrics=True)


def test_sigterm_fails_readiness_and_finishes_what_is_open(serve):
    server = serve("dev.py", "serve", SHUTDOWN_DELAY="3", SHUTDOWN_TIMEOUT="25")
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("GET", "/accounts/login/")
    page = connection.getresponse()
    cookie = page.headers["Set-Cookie"].split(";")[0]
    token = page.read().decode().split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    fields = {"csrfmiddlewaretoken": token, "username": "nobody", "password": "wrong"}
    body = urlencode(fields).encode()
    connection.close()

    # A log-in whose body arrives slowly: the server is in the middle of this request.
    slow = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    slow.putrequest("POST", "/accounts/login/")
    for name, value in {
        "Content-Type": "application/x-www-form-urlencoded",
        "Content-Length": str(len(body)),
        "Cookie": cookie,
        "Accept": "text/html",
    }.items():
        slow.putheader(name, value)
    slow.endheaders(body[:10])
    time.sleep(0.5)
    server.process.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    status, text = server.get("/readyz")
    assert (status, json.loads(text)["parts"]["process"]) == (503, "shutting down")
    assert server.get("/healthz")[0] == 200
    time.sleep(4)
    with pytest.raises(OSError, match=r"refused|timed out|reset"):
        server.get("/healthz")
    slow.send(body[10:])
    assert slow.getresponse().status == 200
    slow.close()
    assert server.process.wait(timeout=20) == 0


def test_every_log_line_is_json_and_a_request_cannot_write_one(production):
    status, text = production.get('/nowhere%0A{"event":"forged"}', **{"X-Request-ID": 'x" "y'})
    assert status == 404
    banner, lines = production.log.read_text().split(f"{production.url}/\n", 1)
    assert "{" not in banner
    logged = [json.loads(line) for line in lines.splitlines() if line]
    mine = [line for line in logged if line.get("path", "").startswith("/nowhere")]
    assert len(mine) == 1
    assert mine[0]["request_id"] == json.loads(text)["request_id"]
    assert mine[0]["status"] == 404
    assert not [line for line in logged if line["event"] == "forged"]


def test_metrics_add_up_the_workers_on_a_port_of_their_own(production):
    for _ in range(20):
        production.get("/no/such/page")
    metrics = f"http://127.0.0.1:{production.metrics_port}/metrics"
    with urllib.request.urlopen(metrics, timeout=2) as response:
        text = response.read().decode()
    counted = re.search(r'http_requests_total{.*"unmatched",status="404"} ([0-9]+)', text)
    assert counted
    assert int(counted[1]) >= 20
    assert production.get("/metrics")[0] == 404


def test_the_development_server_ends_well(serve):
    server = serve("dev.py", "run", DEBUG="true")
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(timeout=20) == 0
    with pytest.raises(OSError, match="refused"):
        server.get("/healthz")


def test_a_start_without_secrets_is_refused_and_names_each():
    done = manage("check", DEBUG="false", SECRET_KEY="short", PORT="high", RATE_LIMIT="many")
    assert done.returncode != 0
    for name in ("SECRET_KEY", "PORT", "RATE_LIMIT"):
        assert name in done.stderr
    assert "Traceback" not in done.stderr
    done = manage("check", DEBUG="false", ALLOWED_HOSTS="*")
    assert done.returncode != 0
    assert "ALLOWED_HOSTS" in done.stderr


def test_a_port_in_use_is_said_in_one_line(production):
    done = subprocess.run(
        [sys.executable, "dev.py", "serve"],
        cwd=ROOT,
        env=production.env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert str(production.port) in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_production_settings_pass_djangos_own_check():
    env = {"DEBUG": "false", "HTTPS": "true", "ALLOWED_HOSTS": "example.com"}
    env["SECRET_KEY"] = secrets.token_urlsafe(50)
    done = manage("check", "--deploy", "--fail-level", "WARNING", **env)
    assert done.returncode == 0, done.stderr
