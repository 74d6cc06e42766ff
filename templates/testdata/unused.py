"""Prints the files of a Python project that nothing in it uses: modules that no other file imports
or names, page templates and assets that no other file names. `python3 unused.py DIRECTORY`."""

import ast
import re
import sys
from pathlib import Path

# What a tool finds by its place: Python, pytest, Django, Alembic, gunicorn.
BY_PLACE = re.compile(
    r"(^|/)(__init__|conftest|admin|models|tasks|test_\w+)\.py$"
    r"|(^|/)(migrations|management/commands)/"
    r"|^(manage|dev|gunicorn\.conf)\.py$|^load/"
)
ASSETS = {".html", ".css", ".js", ".svg", ".csv"}


def imported(path: str, text: str) -> set[str]:
    """The modules that a module imports, and the names that it takes from them."""
    package = path.split("/")[:-1]
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *filter(None, [node.module])])
            found.update([base, *(f"{base}.{alias.name}" for alias in node.names)])
    return found


def stands_in(root: Path, name: str) -> bool:
    """Whether a page template takes the place of one that an installed package has."""
    return any(root.glob(f".venv/lib/python*/site-packages/*/{name}"))


def main(root: Path) -> None:
    paths = [path for path in root.rglob("*") if path.is_file()]
    texts = {path.relative_to(root).as_posix(): path.read_text(errors="replace") for path in paths}
    texts = {name: text for name, text in texts.items() if not re.search(r"(^|/)\.(?!env|git)", name)}
    imports = {name: imported(name, text) for name, text in texts.items() if name.endswith(".py")}
    for name in texts:
        others = [other for other in texts if other != name]
        if name.endswith(".py"):
            module = name.removesuffix(".py").replace("/", ".")
            word = re.compile(rf"(?<![\w.]){re.escape(module)}(?!\w)|(?<![\w/]){re.escape(name)}")
            used = any(module in imports.get(other, ()) or word.search(texts[other]) for other in others)
        elif Path(name).suffix in ASSETS:
            used = any(Path(name).name in texts[other] for other in others) or stands_in(root, name)
        else:
            continue
        if not used and not BY_PLACE.search(name):
            print(name)


main(Path(sys.argv[1]))
