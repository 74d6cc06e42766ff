"""What dev.py says when it cannot go on: one line that names the remedy."""

import ast
import importlib.util
import os
import shutil
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import dev
from conftest import ROOT


def refusal(*arguments: str, cwd: Path = ROOT, **env: str) -> str:
    done = subprocess.run(
        [sys.executable, "dev.py", *arguments],
        cwd=cwd,
        env=os.environ | env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("dev.py: ")
    assert len(done.stderr.splitlines()) == 1, done.stderr
    return done.stderr


def test_an_old_python_is_named(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 14))
    with pytest.raises(SystemExit, match=r"run it with Python 3\.11 or newer"):
        dev.main()


def test_an_old_python_can_read_the_file():
    ast.parse((ROOT / "dev.py").read_text(), feature_version=(3, 8))


def test_a_python_without_ensurepip_is_told_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setattr(dev, "VENV", tmp_path / "venv")
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(SystemExit, match="install python3-venv"):
        dev.install()


def test_an_unreachable_index_is_asked_about(tmp_path):
    for name in ("dev.py", dev.LOCK.name):
        shutil.copy(ROOT / name, tmp_path)
    nowhere = "http://127.0.0.1:9/simple"
    env = {"PIP_INDEX_URL": nowhere, "PIP_CONFIG_FILE": os.devnull, "PIP_RETRIES": "0"}
    env |= {"UV_DEFAULT_INDEX": nowhere, "UV_NO_CACHE": "1", "UV_HTTP_RETRIES": "0"}
    assert "is the package index reachable?" in refusal("install", cwd=tmp_path, **env)
    assert not (tmp_path / ".venv/installed").exists()


def test_a_port_in_use_is_named():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refusal("run", HOST="127.0.0.1", PORT=str(port))
    assert f"port {port}" in said
    assert "PORT=" in said


def test_an_unknown_command_is_named():
    assert "'launch'" in refusal("launch")


def test_the_first_run_writes_a_secret_for_its_owner_alone(monkeypatch, tmp_path):
    monkeypatch.setattr(dev, "ROOT", tmp_path)
    monkeypatch.setattr(os, "environ", {"DEBUG": "maybe"})
    dev.load_env()
    secret = os.environ["SECRET_KEY"]
    assert len(secret) >= 50
    assert os.environ["DEBUG"] == "maybe"  # a real variable wins
    if os.name != "nt":
        assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
    del os.environ["SECRET_KEY"]
    dev.load_env()
    assert os.environ["SECRET_KEY"] == secret
    assert ".env" in (ROOT / ".gitignore").read_text().splitlines()
