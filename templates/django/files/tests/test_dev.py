"""dev.py: what it reads, what it installs, what it leaves behind, and what it says when it cannot
go on: one line that names the remedy."""

import ast
import base64
import contextlib
import hashlib
import importlib.util
import os
import re
import shutil
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

import pytest

import dev
from conftest import ROOT, eventually, free_ports


def run_dev(*arguments: str, cwd: Path = ROOT, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "dev.py", *arguments]
    machine = {key: value for key, value in os.environ.items() if key[:3] not in ("PIP", "UV_")}
    everything = machine | env
    return subprocess.run(
        command, cwd=cwd, env=everything, capture_output=True, text=True, check=False
    )


def refusal(*arguments: str, cwd: Path = ROOT, **env: str) -> str:
    done = run_dev(*arguments, cwd=cwd, **env)
    assert done.returncode == 1
    assert done.stderr.startswith("dev.py: ")
    assert len(done.stderr.splitlines()) == 1, done.stderr
    return done.stderr


class TestRefusals:
    def test_an_old_python_is_named(self, monkeypatch):
        monkeypatch.setattr(sys, "version_info", (3, 10, 14))
        with pytest.raises(SystemExit, match=r"run it with Python 3\.11 or newer"):
            dev.main()

    def test_an_old_python_can_read_the_file(self):
        ast.parse((ROOT / "dev.py").read_text(), feature_version=(3, 8))

    @pytest.mark.parametrize("missing", ["venv", "ensurepip"])
    def test_a_python_without_venv_is_told_what_to_install(self, monkeypatch, tmp_path, missing):
        find = importlib.util.find_spec
        monkeypatch.setattr(dev, "VENV", tmp_path / "venv")
        monkeypatch.setattr(
            importlib.util, "find_spec", lambda name: None if name == missing else find(name)
        )
        with pytest.raises(SystemExit, match="install python3-venv"):
            dev.make_venv(with_pip=True)

    def test_a_path_that_no_environment_can_have_is_named(self, monkeypatch, tmp_path):
        monkeypatch.setattr(dev, "VENV", tmp_path / f"a{os.pathsep}b/.venv")
        with pytest.raises(SystemExit, match="move "):
            dev.make_venv(with_pip=True)

    def test_a_port_in_use_is_named(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            said = refusal("run", HOST="127.0.0.1", PORT=str(port))
        assert f"port {port}" in said
        assert "PORT=" in said

    @pytest.mark.parametrize("wrong", [{"PORT": "high"}, {"PORT": "99999"}, {"HOST": "no.such"}])
    def test_an_address_that_is_none_is_named(self, wrong):
        assert next(iter(wrong.values())) in refusal("run", **wrong)

    def test_an_unknown_command_is_named(self):
        assert "'launch'" in refusal("launch")


class TestEnv:
    @pytest.mark.parametrize(
        ("line", "value"),
        [
            ("A=one", "one"),
            ("A=", ""),
            ("  A = one  ", "one"),
            ("A: one", "one"),
            ("export A=one", "one"),
            ("A=one # mine", "one"),
            ("A= # mine", ""),
            ("A=one#two", "one#two"),
            ("A=it's", "it's"),
            ("A='one # two' # mine", "one # two"),
            ('A="one # two" # mine', "one # two"),
            (r"A='Let\'s $B go\n'", r"Let's $B go\n"),
            (r'A="{\"b\": 1}\n\d"', '{"b": 1}\n\\d'),
            ("A='one\ntwo'\n", "one\ntwo"),
            ('A="one\ntwo"\n', "one\ntwo"),
            ("B=1\nA=${B}2$B-$$B", "121-$B"),
            ("A=${NONE:-three}", "three"),
            ("B=\nA=${B:-three}${B-four}", "three"),
            ("B=1\nA=${B:+two}${NONE:+x}", "two"),
            (r"B=1" "\n" r'A="$B \$B"', "1 $B"),
            ("A=$5", "$5"),
            ("A=one\nA=two", "two"),
            ("ALONE\n# A=x\n\nA=one", "one"),
        ],
    )
    @pytest.mark.parametrize("ends", ["\n", "\r\n"])
    def test_it_is_read_as_docker_compose_reads_it(self, line, value, ends):
        assert dev.parse_env(line.replace("\n", ends))["A"] == value

    @pytest.mark.parametrize("wrong", ["A='one", 'A="one', "two words", "A='b' c", "=one"])
    def test_a_line_that_is_none_is_named(self, wrong):
        with pytest.raises(SystemExit, match="line 2"):
            dev.parse_env(f"FINE=1\n{wrong}\n")

    def test_a_variable_that_must_be_set_is_named(self):
        with pytest.raises(SystemExit, match="NONE is not set: say which"):
            dev.parse_env("A=${NONE:?say which}")

    def test_a_byte_order_mark_is_none_of_its_names(self, monkeypatch, tmp_path):
        monkeypatch.setattr(dev, "ROOT", tmp_path)
        monkeypatch.setattr(os, "environ", {"SECOND": "mine"})
        (tmp_path / ".env").write_bytes(b"\xef\xbb\xbfFIRST=one\r\nexport SECOND=two\r\n")
        dev.load_env()
        assert os.environ == {"FIRST": "one", "SECOND": "mine"}  # a real variable wins

    def test_the_first_run_writes_a_secret_for_its_owner_alone(self, monkeypatch, tmp_path):
        monkeypatch.setattr(dev, "ROOT", tmp_path)
        monkeypatch.setattr(os, "environ", {"DEBUG": "maybe"})
        dev.read_env()
        assert not (tmp_path / ".env").exists()  # only dev.py's own commands write it
        dev.load_env()
        secret = os.environ["SECRET_KEY"]
        assert len(secret) >= 50
        assert os.environ["DEBUG"] == "maybe"
        if os.name != "nt":
            assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
        del os.environ["SECRET_KEY"]
        dev.load_env()
        assert os.environ["SECRET_KEY"] == secret
        assert ".env" in (ROOT / ".gitignore").read_text().splitlines()


def wheel(folder: Path, name: str, version: str) -> str:
    """Makes the smallest wheel and gives its line of a lock file."""
    path = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": f"VERSION = {version!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in files.items():
            archive.writestr(file, text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=")
            record += f"{file},sha256={digest.decode()},{len(text)}\n"
        archive.writestr(f"{info}/RECORD", record + f"{info}/RECORD,,\n")
    return f"{name}=={version} --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


class Checkout:
    """A copy of dev.py with a lock of its own, installed by pip or by uv from a folder."""

    def __init__(self, folder: Path, tool: str) -> None:
        self.root, self.wheels = folder / "café", folder / "wheels"
        for each in (self.root, self.wheels, folder / "bin"):
            each.mkdir()
        shutil.copy(ROOT / "dev.py", self.root)
        if tool == "uv":
            program = Path(sys.executable).with_name("uv")
            (folder / "bin/uv").symlink_to(program)
        self.env = {"PATH": f"{folder}/bin:/usr/bin:/bin", "UV_OFFLINE": "1", "PIP_NO_INDEX": "1"}
        self.env |= {"PIP_FIND_LINKS": str(self.wheels), "UV_FIND_LINKS": str(self.wheels)}
        self.env |= {"LC_ALL": "C", "PYTHONUTF8": "0"}  # the locale does not decide what works

    def lock(self, **versions: str) -> None:
        lines = [wheel(self.wheels, name, version) for name, version in versions.items()]
        (self.root / dev.LOCK.name).write_text("".join(lines))

    def install(self, **env: str) -> str:
        done = run_dev("install", cwd=self.root, **self.env, **env)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def holds(self) -> set[str]:
        packages = (self.root / ".venv").glob("lib/*/site-packages/*.dist-info")
        return {path.name.removesuffix(".dist-info") for path in packages} - self.tools

    @property
    def tools(self) -> set[str]:
        packages = (self.root / ".venv").glob("lib/*/site-packages/*.dist-info")
        return {p.name.removesuffix(".dist-info") for p in packages if p.name[:3] in ("pip", "set")}


@pytest.fixture(scope="class", params=["pip", "uv"])
def checkout(request, tmp_path_factory):
    if os.name == "nt":
        pytest.skip("links programs")
    return Checkout(tmp_path_factory.mktemp(request.param), request.param)


class TestInstall:
    """All in one checkout, since an install starts from whatever there is."""

    def test_it_follows_the_lock_in_place_and_no_clock(self, checkout):
        checkout.lock(leaf="1.0", twig="1.0")
        checkout.install()
        mine = checkout.root / ".venv/mine"
        mine.touch()
        os.utime(checkout.root / dev.LOCK.name, (time.time() + 200_000,) * 2)
        assert checkout.install() == ""
        checkout.lock(leaf="2.0")
        assert checkout.install()
        assert checkout.holds() == {"leaf-2.0"}  # and no twig
        assert mine.exists()

    @pytest.mark.parametrize("checkout", ["uv"], indirect=True)  # pip takes its time
    def test_a_dead_or_moved_environment_is_made_again(self, checkout):
        checkout.lock(leaf="1.0")
        checkout.install()
        python = checkout.root / ".venv/bin/python"
        python.unlink()
        python.symlink_to("/no/such/python")
        assert checkout.install()
        for place, made_again in (("moved", False), ("moved to a café", True)):
            mine = checkout.root / ".venv/mine"
            mine.touch()
            old = str(checkout.root)
            checkout.root = checkout.root.rename(checkout.root.with_name(place))
            assert bool(checkout.install()) == made_again
            assert (checkout.root / ".venv/mine").exists() != made_again
            scripts = [path for path in checkout.root.glob(".venv/bin/*") if path.is_file()]
            named = "".join(path.read_text() for path in scripts if not path.is_symlink())
            assert f"/{place}/.venv" in named
            assert f"{old}/" not in named
            assert checkout.install() == ""
            assert checkout.holds() == {"leaf-1.0"}

    def test_settings_of_the_machine_do_not_lead_it_elsewhere(
        self, checkout, tmp_path, monkeypatch
    ):
        checkout.lock(bud="1.0")
        config = tmp_path / "pip.conf"
        config.write_text(
            "[global]\nuser = true\ndry-run = true\nrequire-virtualenv = true\n"
            f"[install]\nno-index = true\ntarget = {tmp_path}/t\nfind-links = {checkout.wheels}\n"
        )
        for name in ("PIP_FIND_LINKS", "PIP_NO_INDEX"):
            monkeypatch.delitem(checkout.env, name)
        elsewhere = {"PIP_USER": "1", "PIP_REQUIRE_VIRTUALENV": "1", "UV_SYSTEM_PYTHON": "1"}
        elsewhere |= {"UV_CONSTRAINT": f"{tmp_path}/none", "UV_EXCLUDE_NEWER": "2000-01-01"}
        checkout.install(PIP_CONFIG_FILE=str(config), PIP_TARGET=f"{tmp_path}/t", **elsewhere)
        assert checkout.holds() == {"bud-1.0"}

    def test_an_index_that_is_not_there_is_asked_about(self, checkout):
        (checkout.root / dev.LOCK.name).write_text(f"thorn==1.0 --hash=sha256:{'0' * 64}\n")
        nowhere = "http://127.0.0.1:9/simple"
        env = {"PIP_INDEX_URL": nowhere, "PIP_CONFIG_FILE": os.devnull, "PIP_RETRIES": "0"}
        env |= {"UV_DEFAULT_INDEX": nowhere, "UV_NO_CACHE": "1", "UV_HTTP_RETRIES": "0"}
        env |= {"PIP_NO_INDEX": "0", "UV_OFFLINE": "0", "PATH": checkout.env["PATH"]}
        assert "is the package index reachable?" in refusal("install", cwd=checkout.root, **env)
        env |= {"PIP_NO_INDEX": "1"} | checkout.env
        wheel(checkout.wheels, "thorn", "1.0")
        said = refusal("install", cwd=checkout.root, **env)  # it has another hash
        assert "reachable" not in said
        checkout.lock(thorn="1.0")
        checkout.install()


def processes(mark: str) -> dict[str, str]:
    """The commands by process id that have a variable of that value in their environment."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark.encode() in (folder / "environ").read_bytes():
                found[folder.name] = (folder / "cmdline").read_text().replace("\0", " ")
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("command", ["run", "serve", "worker", "test", "check", "shell", "load"])
def test_a_sigterm_leaves_no_process(tmp_path, command):
    mark = f"mark-of-{tmp_path}"
    port = str(free_ports(1)[0])
    env = os.environ | {"MARK": mark, "PORT": port, "SHUTDOWN_DELAY": "0"}
    env |= {"DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3", "PYTHONUNBUFFERED": "1"}
    arguments = ["--collect-only"] if command == "test" else []
    process = subprocess.Popen(
        [sys.executable, "dev.py", command, *arguments],
        cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    with process:
        eventually(lambda: processes(mark))
        time.sleep(1.5)  # somewhere in the middle of it
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) is not None
    eventually(lambda: not processes(mark), lambda: processes(mark))


@pytest.mark.parametrize(("command", "host"), [("run", "::"), ("serve", "::1")])
def test_the_address_that_it_prints_is_answered_until_a_sigterm(serve, command, host):
    if os.name == "nt" and command == "serve":
        pytest.skip("gunicorn does not run on Windows")
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    env = {"ALLOWED_HOSTS": "127.0.0.1,[::1]", "PYTHONUNBUFFERED": "1"}
    server = serve("dev.py", command, listens=False, HOST=host, DEBUG="true", **env)

    def answered() -> bool:
        assert server.process.poll() is None, server.log.read_text()
        printed = re.search(r"http://\S+/", server.log.read_text())
        try:
            return bool(printed and urllib.request.urlopen(printed[0], timeout=60).status == 200)
        except urllib.error.HTTPError as error:
            raise AssertionError(server.log.read_text()) from error
        except OSError:
            return False

    eventually(answered, server.log.read_text)
    server.process.terminate()
    assert server.process.wait(timeout=60) == 0


def test_everywhere_is_no_address_to_open(monkeypatch):
    monkeypatch.setenv("HOST", "0.0.0.0")
    monkeypatch.setenv("PORT", str(free_ports(1)[0]))
    assert dev.address()[1].startswith("http://127.0.0.1:")


def test_a_database_that_was_made_again_is_migrated(monkeypatch, prepared, tmp_path):
    monkeypatch.setattr(dev, "VENV", tmp_path)
    monkeypatch.setattr(dev, "PYTHON", sys.executable)
    file = Path(shutil.copy(prepared, tmp_path))
    url = f"sqlite:///{file}"
    monkeypatch.setenv("DATABASE_URL", url)
    dev.prepare()
    first = dev.migrated(url)
    assert first
    dev.prepare()
    assert dev.migrated(url) == first
    file.unlink()
    sqlite3.connect(file).close()
    assert dev.migrated(url) == ""
    dev.prepare()
    assert dev.migrated(url) not in ("", first)
