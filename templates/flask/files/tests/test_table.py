"""The one reader: a file is read, or refused with its faults; all libraries see the same.

`SAME` is the digest of what 4,000 random files gave. It stands in each project of this kind,
whatever library profiles the columns, so that two libraries that disagree cannot both be green.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import random
import statistics
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from app import table
from app.profile import profile
from tests.test_datasets import upload

SAME = "4d7d0d8c97058477304ac922c5237885f07c293c7fc64a88bf2e8668b5698508"
FILES = 4000
CELLS = [
    *(
        "",
        " ",
        "NA",
        "-",
        "null",
        "nan",
        "inf",
        "-inf",
        "1e400",
        "0",
        "-0",
        "1",
        " 1 ",
        "007",
        "1.",
    ),
    *(".5", "-2.5e-3", "1e308", "-1e308", "1_000", "1,5", "0x1f", "\u0661\u0662", "\uff11", "+3"),
    *("true", "FALSE", "yes", "No", "2024-02-29", "2023-02-29", "0001-01-01", "9999-12-31"),
    *("2024-01-01T00:00", "2024-01-01 23:59:59.5", "2024-01-01T00:00Z", "0001-01-01T00:00+14:00"),
    *("2024-01-01T00:00-05:30", '5" pipe', '"', '""', "'", "it's", "a;b", "a\tb", "a|b", "x\ny"),
    *(
        "x\ry",
        "\ufeff",
        "\u2028",
        "é",
        "ß",
        "\U0001f600",
        "e\u0301",
        "\x00",
        "\x1b",
        "zzz",
        "x" * 300,
    ),
]
KINDS = ["1", "-2.25", "true", "no", "2024-02-29", "2024-01-01T00:00:01", "text", "", "1e200"]


def random_file(seed: int) -> bytes:
    """Something like a table, or like what people call one."""
    rng = random.Random(seed)
    width, delimiter = rng.randrange(1, 6), rng.choice(",;\t|")
    end, quote = rng.choice(["\n", "\r\n", "\r"]), rng.choice('"""\'')
    kinds = [rng.choice(KINDS) for _ in range(width)]

    def cell(i: int) -> str:
        wild = rng.random() < 0.12
        text = rng.choice(CELLS) if wild else kinds[i]
        if kinds[i] in ("1", "-2.25", "1e200") and not wild:
            text = str(round(float(text) * rng.randrange(-9, 9), 2))
        careful = rng.random() < 0.9 and any(c in text for c in (delimiter, quote, "\n", "\r"))
        return quote + text.replace(quote, quote * 2) + quote if careful else text

    names = [rng.choice(["a", "b", "c", "d", "", " e ", f"n{i}"]) for i in range(width)]
    lines = [delimiter.join(names)]
    for _ in range(rng.randrange(0, 9)):
        fields = [cell(i) for i in range(width)]
        if rng.random() < 0.02:
            fields = fields[1:] or [*fields, "more"]
        lines.append(delimiter.join(fields))
    text = end.join(lines) + end * rng.randrange(0, 3)
    encoding = rng.choice(["utf-8", "utf-8", "utf-8-sig", "utf-16", "cp1252"])
    data = bytearray(text.encode(encoding, "replace"))
    if data and rng.random() < 0.1:
        data[rng.randrange(len(data))] = rng.randrange(256)
    return bytes(data)


def answer(data: bytes) -> Any:
    try:
        dialect, rows, columns = profile(data)
    except table.BrokenFileError as error:
        return [fault.get("line") for fault in error.faults]
    return [vars(dialect), rows, [column.model_dump() for column in columns]]


def test_thousands_of_random_files_have_one_answer() -> None:
    digest, read = hashlib.sha256(), 0
    for seed in range(FILES):
        found = answer(random_file(seed))
        read += isinstance(found[0], dict)
        digest.update(json.dumps(found, allow_nan=False).encode())
    assert read > FILES / 4  # most of the rest has two columns of the same name
    assert digest.hexdigest() == SAME


def test_random_files_by_the_route_are_read_or_refused(client: FlaskClient) -> None:
    for seed in range(200):
        response = upload(client, random_file(seed))
        assert response.status_code in (201, 422), (seed, response.text)


@pytest.mark.parametrize("seed", range(20))
def test_what_a_file_holds_comes_back_in_any_dialect(seed: int) -> None:
    """Against Python's own writer and statistics."""
    rng = random.Random(seed)
    values = [round(rng.gauss(0, 100), 3) for _ in range(rng.randrange(2, 40))]
    delimiter, end = rng.choice(",;\t|"), rng.choice(["\n", "\r\n", "\r"])
    texts = [rng.choice(['5" pipe', "it's", "a,b;c\td|e", f"two{end}lines", "é"]) for _ in values]
    days = [date(2024, 1, 1) + timedelta(days=rng.randrange(400)) for _ in values]
    told = [rng.random() < 0.5 for _ in values]
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end)
    writer.writerow(["value", "text", "day", "told"])
    writer.writerows(zip(values, texts, days, told, strict=True))
    encoding = rng.choice(["utf-8", "utf-8-sig", "utf-16", "cp1252"])
    dialect, rows, (value, text, day, truth) = profile(out.getvalue().encode(encoding))
    assert (rows, dialect.delimiter, dialect.line_end) == (len(values), delimiter, end)
    assert [c.type for c in (value, text, day, truth)] == ["number", "text", "date", "boolean"]
    assert (value.min, value.max) == (min(values), max(values))
    assert value.mean == pytest.approx(statistics.fmean(values))
    assert value.std == pytest.approx(statistics.stdev(values))
    quarters = statistics.quantiles(values, n=4, method="inclusive")
    assert [value.q25, value.median, value.q75] == pytest.approx(quarters)
    assert (text.distinct, text.min, text.max) == (len(set(texts)), min(texts), max(texts))
    assert (day.min, day.max) == (min(days).isoformat(), max(days).isoformat())
    assert truth.mean == sum(told) / len(told)


def test_moments_are_compared_in_one_zone() -> None:
    column = profile(b"t\n2024-01-01T00:30+02:00\n2023-12-31T23:00Z\n")[2][0]
    assert (column.type, column.min) == ("datetime", "2023-12-31T22:30:00.000000")
    found = table.read(b"t\n2024-01-01T00:30+02:00\n").columns[0].values
    assert found == [datetime(2023, 12, 31, 22, 30, tzinfo=UTC)]
    assert profile(b"t\n2024-01-01T00:30+02:00\n2024-01-01T00:30\n")[2][0].type == "text"


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1", "2."], "number"),
        (["1_000"], "text"),
        (["\u0661"], "text"),
        ([" 1 ", "1"], "number"),
        (["true", "No"], "text"),
        (["2024-02-30"], "text"),
        (["NA", ""], "empty"),
        (["1e999"], "empty"),
    ],
)
def test_the_type_of_a_column(cells: list[str], kind: str) -> None:
    found = profile(("a,b\n" + "".join(f"{cell},x\n" for cell in cells)).encode())[2][0]
    assert found.type == kind
    assert found.distinct == (0 if kind == "empty" else len({cell.strip() for cell in cells}))


def test_numbers_beyond_all_sums_are_no_error() -> None:
    column = profile(b"a\n1e308\n1e308\n1e308\n-1e308\n")[2][0]
    assert (column.min, column.max, column.std) == (-1e308, 1e308, None)
