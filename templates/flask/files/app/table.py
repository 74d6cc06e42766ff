"""The one reader of uploaded files: bytes in, named columns of typed values out, or the faults.

Encoding, delimiter, quote and line end are found once, and each column has one type. What reads the
columns afterwards, with or without a data frame library, cannot see another table.
"""

from __future__ import annotations

import codecs
import csv
import io
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any

MISSING = frozenset(("", "-", "na", "n/a", "nan", "null", "none"))  # in any case of letters
BLANK = " \t\u00a0"
MOST_FAULTS = 20
MOST_COLUMNS = 500
LONGEST_NAME = 200
SAMPLE = 64 * 1024  # characters that the delimiter is found in
CHUNK = 10_000  # rows that are held as rows: a list for each would take many times the file

NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", re.ASCII)
ENDLESS = re.compile(r"[+-]?inf(?:inity)?", re.ASCII | re.IGNORECASE)
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?"
    r"(?:Z|[+-][0-9]{2}:?[0-9]{2})?",
    re.ASCII,
)
TRUTH = {"true": True, "yes": True, "false": False, "no": False}


class BrokenFileError(ValueError):
    """`faults` holds a message each, with the line where there is one."""

    def __init__(self, *faults: dict[str, Any]) -> None:
        super().__init__(faults)
        self.faults = faults


@dataclass(frozen=True)
class Dialect:
    encoding: str
    delimiter: str
    quote: str
    line_end: str


@dataclass(frozen=True)
class Column:
    """`values` has None for a gap, and else what `kind` says.

    number: float; boolean: bool; date: date; datetime: datetime, in UTC where the file has offsets;
    text: str; empty: nothing but gaps.
    """

    name: str
    kind: str
    values: list[Any]


@dataclass(frozen=True)
class Table:
    dialect: Dialect
    rows: int
    columns: list[Column]


def read(data: bytes) -> Table:
    encoding, text = _decode(data)
    text = text.rstrip("\r\n")
    quote = _quote(text)
    delimiter = _delimiter(text, quote)
    end = re.search(r"\r\n|\r|\n", text)
    dialect = Dialect(encoding, delimiter, quote, end[0] if end else "\n")
    header, cells = _split(text, delimiter, quote)
    columns = [_column(name, values) for name, values in zip(header, cells, strict=True)]
    return Table(dialect, len(cells[0]), columns)


# From bytes to text


def _decode(data: bytes) -> tuple[str, str]:
    """UTF-8, UTF-16 with its mark, or else what Windows writes in the West."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding, text = "utf-16", _as(data, "utf-16")
    elif (text := _as(data, "utf-8-sig")) is not None:
        encoding = "utf-8"
    else:
        encoding, text = "windows-1252", _as(data, "cp1252")
    if text is None:
        raise BrokenFileError({"message": f"This is not text in {encoding}."})
    if found := re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", text):
        line = len(re.findall(r"\r\n|\r|\n", text[: found.start()])) + 1
        raise BrokenFileError({"message": "This is not a text file.", "line": line})
    return encoding, text


def _as(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


# From text to cells


def _quote(text: str) -> str:
    return "'" if text.startswith("'") and '"' not in text[:SAMPLE] else '"'


def _delimiter(text: str, quote: str) -> str:
    """The one by which most of the first lines have as many fields as the header, and some."""
    sample = text[:SAMPLE].rpartition("\n")[0] if len(text) > SAMPLE else text
    scores = {}
    for candidate in ",;\t|":
        try:
            lines = [len(row) for row in _reader(sample or text[:SAMPLE], candidate, quote) if row]
        except csv.Error:
            continue
        if lines and lines[0] > 1:
            scores[candidate] = (sum(n == lines[0] for n in lines) / len(lines), lines[0])
    return max(scores, key=scores.__getitem__) if scores else ","


def _reader(text: str, delimiter: str, quote: str) -> Any:
    lines = io.StringIO(text, newline="")  # "\n", "\r\n" and "\r" all end a line
    return csv.reader(lines, delimiter=delimiter, quotechar=quote, strict=True)


def _split(text: str, delimiter: str, quote: str) -> tuple[list[str], list[list[str]]]:
    """Return header and columns, or name the lines that do not fit the header."""
    lines = _reader(text, delimiter, quote)
    faults: list[dict[str, Any]] = []
    columns: list[list[str]] = []
    try:
        header = _header(next(lines, []))
        columns = [[] for _ in header]
        rows = _fitting(lines, len(header), faults)
        while chunk := list(islice(rows, CHUNK)):
            for column, cells in zip(columns, zip(*chunk, strict=True), strict=True):
                column.extend(cell.strip(BLANK) for cell in cells)
    except csv.Error as error:
        faults.append({"message": f"Not CSV: {error}.", "line": lines.line_num})
    if faults:
        raise BrokenFileError(*faults)
    return header, columns


def _fitting(lines: Any, width: int, faults: list[dict[str, Any]]) -> Iterator[list[str]]:
    """The rows that fit; what does not becomes a fault, until there are enough of them."""
    for row in lines:
        if len(row) == width:
            yield row
            continue
        message = f"{len(row)} fields, where the header has {width}."
        faults.append({"message": message, "line": lines.line_num})
        if len(faults) == MOST_FAULTS:
            return


def _header(given: list[str]) -> list[str]:
    names = [name.strip(BLANK) for name in given]
    if not any(names):
        raise BrokenFileError({"message": "There is no header.", "line": 1})
    names = [name or f"column {i}" for i, name in enumerate(names, 1)]
    if len(names) > MOST_COLUMNS:
        raise BrokenFileError({"message": f"More than {MOST_COLUMNS} columns.", "line": 1})
    if max(map(len, names)) > LONGEST_NAME:
        message = f"The name of a column is longer than {LONGEST_NAME} characters."
        raise BrokenFileError({"message": message, "line": 1})
    if len(set(names)) < len(names):
        raise BrokenFileError({"message": "Two columns have the same name.", "line": 1})
    return names


# From cells to values


def _column(name: str, cells: list[str]) -> Column:
    """The first type that all cells have; what is not there, or not finite, is a gap."""
    given = [None if cell.lower() in MISSING else cell for cell in cells]
    known = [cell for cell in given if cell is not None]
    for kind, parse in TYPES.items():
        try:
            values = iter(parse(known))
            filled = [None if cell is None else next(values) for cell in given]
        except ValueError:
            continue
        return Column(name, kind if any(v is not None for v in filled) else "empty", filled)
    return Column(name, "text", given)


def _numbers(cells: list[str]) -> Iterator[float | None]:
    for cell in cells:
        if NUMBER.fullmatch(cell):
            number = float(cell) + 0.0  # there is one zero, not two
            yield number if math.isfinite(number) else None
        elif ENDLESS.fullmatch(cell):
            yield None
        else:
            raise ValueError(cell)


def _booleans(cells: list[str]) -> list[bool]:
    lower = [cell.lower() for cell in cells]
    if not (set(lower) <= {"true", "false"} or set(lower) <= {"yes", "no"}):
        raise ValueError
    return [TRUTH[cell] for cell in lower]


def _dates(cells: list[str]) -> list[date]:
    if not all(map(DATE.fullmatch, cells)):
        raise ValueError
    return [date.fromisoformat(cell) for cell in cells]


def _moments(cells: list[str]) -> list[datetime]:
    if not all(map(MOMENT.fullmatch, cells)):
        raise ValueError
    moments = [datetime.fromisoformat(cell) for cell in cells]
    if len({moment.tzinfo is None for moment in moments}) > 1:
        raise ValueError  # some with an offset, some without
    try:
        return [moment.astimezone(UTC) if moment.tzinfo else moment for moment in moments]
    except OverflowError:
        raise ValueError from None


TYPES: dict[str, Any] = {
    "number": _numbers,
    "boolean": _booleans,
    "date": _dates,
    "datetime": _moments,
}
