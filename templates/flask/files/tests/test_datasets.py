"""Uploads: what a profile says, what is refused and with which line, and what is not kept."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.api import datasets
from app.config import ROOT
from tests.test_http import problem

URL = "/v1/datasets"


def upload(client: FlaskClient, data: bytes | str, name: str = "a.csv") -> TestResponse:
    head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    content = data.encode() if isinstance(data, str) else data
    body = head.encode() + content + b"\r\n--x--\r\n"
    return client.post(URL, data=body, content_type="multipart/form-data; boundary=x")


def columns(response: TestResponse) -> dict[str, dict[str, Any]]:
    assert response.status_code == 201, response.text
    return {column["name"]: column for column in response.json["columns"]}


def test_a_profile_names_type_gaps_and_range(client: FlaskClient) -> None:
    response = upload(client, "city,size\nBonn,1\nUlm,2.5\nBonn,\n,NA\n")
    assert response.json["rows"] == 4
    city, size = columns(response).values()
    assert (city["type"], city["missing"], city["distinct"]) == ("text", 1, 2)
    assert (city["min"], city["max"], city["mean"]) == ("Bonn", "Ulm", None)
    assert (size["type"], size["missing"], size["distinct"]) == ("number", 2, 2)
    assert (size["min"], size["max"], size["mean"]) == (1, 2.5, 1.75)
    assert size["std"] == pytest.approx(1.06066, rel=1e-4)


def test_a_column_of_gaps_and_a_file_without_rows(client: FlaskClient) -> None:
    assert columns(upload(client, "a,b\n1,\n2,\n"))["b"]["type"] == "empty"
    response = upload(client, "a,b\n")
    assert (response.json["rows"], columns(response)["a"]["distinct"]) == (0, 0)


@pytest.mark.parametrize("text", ["1e400", "inf", "-Infinity", "NaN", "-", "n/a", "NULL"])
def test_what_is_not_there_or_not_finite_counts_as_missing(client: FlaskClient, text: str) -> None:
    column = columns(upload(client, f"a,b\n1,x\n{text},y\n"))["a"]
    assert (column["type"], column["missing"], column["max"]) == ("number", 1, 1)


def test_quotes_byte_order_marks_and_line_ends(client: FlaskClient) -> None:
    data = '\ufeff"name, first",text\r\nx,"a, b\r\nc"\r\ny,"say ""hi"""\r\n\r\n'
    response = upload(client, data)
    assert response.json["rows"] == 2
    assert list(columns(response)) == ["name, first", "text"]
    assert columns(response)["text"]["distinct"] == 2


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        ("a,b\n1,2\n1\n1,2\n1,2,3\n", [3, 5]),
        ("a,b\n1,2\n\n1,2\n", [3]),
        ('a,b\n1,"2\n', [2]),
        ('a,b\n1,"2"x\n', [2]),
        (b"a,b\n1,2\n\0,2\n", [3]),
        (b"a,b\r1,2\r\x1b,2\r", [3]),
        ("a,a\n1,2\n", [1]),
        ("", [1]),
        (",".join(f"c{i}" for i in range(501)) + "\n", [1]),
    ],
)
def test_a_broken_file_is_refused_by_its_lines(
    client: FlaskClient, data: bytes | str, lines: list[int]
) -> None:
    errors = problem(upload(client, data), 422)["errors"]
    assert [error["line"] for error in errors] == lines
    assert {error["path"] for error in errors} == {"/file"}


def test_binary_files_and_missing_files_are_refused(client: FlaskClient) -> None:
    problem(upload(client, b"a\n\x81\n"), 422)  # no text in UTF-8 or Windows' encoding
    assert problem(client.post(URL, data={}), 422)["errors"][0]["path"] == "/file"


def test_the_answer_says_how_the_file_was_read(client: FlaskClient) -> None:
    found = upload(client, "Größe;Preis\r1,5;2\r".encode("cp1252")).json
    assert found["dialect"] == {
        "encoding": "windows-1252",
        "delimiter": ";",
        "quote": '"',
        "line_end": "\r",
    }
    assert [column["name"] for column in found["columns"]] == ["Größe", "Preis"]
    assert found["rows"] == 1


def test_only_the_first_faults_are_listed(client: FlaskClient) -> None:
    errors = problem(upload(client, "a,b\n" + "1\n" * 1000), 422)["errors"]
    assert len(errors) == 20


def test_a_file_over_ten_megabytes_is_refused(client: FlaskClient) -> None:
    line = b"x" * 99 + b"\n"
    problem(upload(client, b"a\n" + line * 104_900), 413)
    assert upload(client, b"a\n" + line * 100_000).status_code == 201


def test_files_are_read_one_at_a_time_and_none_waits_for_ever(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(datasets, "PATIENCE", 0.1)
    with datasets.one_at_a_time():
        response = upload(client, "a\n1\n")
        problem(response, 503)
        assert int(response.headers["Retry-After"]) > 0
        monkeypatch.setattr(datasets, "PATIENCE", 600.0)
        with contextlib.ExitStack() as others:
            while datasets._room.acquire(blocking=False):  # as many as may wait
                others.callback(datasets._room.release)
            problem(upload(client, "a\n1\n"), 503)
    assert upload(client, "a\n1\n").status_code == 201


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_file_takes_little_more_memory_than_its_values() -> None:
    """Two megabytes of one-digit lines: what takes the most for its size."""
    code = """
from pathlib import Path
from app.profile import profile

def peak():  # getrusage tells that of the process that started this one, where it was larger
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) * 1024

profile(b"a\\n1\\n")
before = peak()
assert profile(b"a\\n" + b"1\\n" * 2**20)[1] == 2**20
print((peak() - before) // 2**20)
"""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 150  # bytes a row, 71 to 112 by library; 200 with a list for each


def test_no_name_of_a_user_reaches_the_disk(
    app: Flask, client: FlaskClient, tmp_path: Path
) -> None:
    before = {path for path in ROOT.rglob("*") if ".venv" not in path.parts}
    for name in ("../../pwn.csv", f"{tmp_path}/pwn.csv", "C:\\x\\pwn.csv", "pwn\x1b.csv"):
        shown = upload(client, "a\n1\n", name).json["name"]
        assert shown.endswith("pwn.csv"), name
        assert not set(shown) & set("/\\\x1b"), name
    new = {path for path in ROOT.rglob("*") if ".venv" not in path.parts} - before
    assert not [path for path in new if "pwn" in path.name]
    assert list(tmp_path.rglob("*pwn*")) == []


def test_profiles_are_listed_newest_first_and_deleted(client: FlaskClient) -> None:
    ids = [upload(client, "a\n1\n", f"{n}.csv").json["id"] for n in range(3)]
    page = client.get(f"{URL}?limit=2").json
    assert [item["id"] for item in page["items"]] == ids[:0:-1]
    assert client.get(f"{URL}?after={page['next']}").json["items"][0]["name"] == "0.csv"
    assert client.get(f"{URL}/{ids[0]}").json["rows"] == 1
    assert client.delete(f"{URL}/{ids[0]}").status_code == 204
    problem(client.get(f"{URL}/{ids[0]}"), 404)


@pytest.mark.parametrize("number", [0, 2**63, "9" * 5000])
def test_what_no_row_can_be_is_not_found_by_any_method(client: FlaskClient, number: object) -> None:
    problem(client.get(f"{URL}/{number}"), 404)
    problem(client.delete(f"{URL}/{number}"), 404)
