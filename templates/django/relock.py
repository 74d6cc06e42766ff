#!/usr/bin/env python3
"""Write files/requirements*.txt.tmpl again: `python3 relock.py [--upgrade] [-P PACKAGE]` (needs uv).

One resolution covers every option; a package that only some options bring in is put into their
condition. So each render gets a subset of one set of pins, and no two renders disagree.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

FILES = Path(__file__).parent / "files"
OPTIONS = {  # an option's lines in pyproject.toml.tmpl, and its condition
    "db": '(eq .tasks "db")',
    "celery": '(eq .tasks "celery")',
    "totp": '(eq .auth "session+totp")',
    "precommit": ".precommit",
}


def pyproject(options: set[str]) -> str:
    """pyproject.toml as rendered with these options: enough of Go's templates for that file."""
    keep, kept = [True], []
    for line in (FILES / "pyproject.toml.tmpl").read_text().split("[tool.ruff]")[0].splitlines():
        if found := re.fullmatch(r"\{\{- if (.*) \}\}", line):
            name = next(o for o, c in OPTIONS.items() if c.strip("()") == found[1])
            keep.append(name in options)
        elif line == "{{- end }}":
            keep.pop()
        elif all(keep):
            kept.append(re.sub(r"\{\{.*?\}\}", '"x"' if line.startswith("desc") else "x", line))
    return "\n".join(kept)


def compile_(options: set[str], arguments: list[str], constraints: str = "") -> dict[str, str]:
    """The requirement lines by package name."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "pyproject.toml").write_text(pyproject(options))
        Path(folder, "constraints.txt").write_text(constraints)
        command = ["uv", "pip", "compile", "pyproject.toml", "--quiet", "--universal"]
        command += ["--python-version", "3.11", "--generate-hashes", "--no-annotate", "--no-header"]
        done = subprocess.run(
            [*command, "-c", "constraints.txt", *arguments],
            cwd=folder, check=True, capture_output=True, text=True,
        )  # fmt: skip
    blocks = re.findall(r"^\S.*(?:\n    .*)*", done.stdout, re.MULTILINE)
    return {re.split(r"[=\[ ;]", block)[0]: block for block in blocks}


def pins(blocks: dict[str, str]) -> str:
    return "\n".join(block.split(" \\")[0] for block in blocks.values())


def previous() -> str:
    path = FILES / "requirements-dev.txt.tmpl"
    text = path.read_text() if path.exists() else ""
    return "\n".join(re.findall(r"^[a-z].*==\S+(?: ; .*?)?(?= \\$)", text, re.MULTILINE))


def main() -> None:
    upgrade = sys.argv[1:]
    released = {word for word in upgrade if not word.startswith("-")}
    kept = "" if "--upgrade" in upgrade else previous()
    kept = "\n".join(line for line in kept.splitlines() if line.split("==")[0] not in released)
    every = compile_(set(OPTIONS), ["--group", "dev"], kept)
    for name, arguments in {"requirements": [], "requirements-dev": ["--group", "dev"]}.items():
        base = compile_(set(), arguments, pins(every))
        brought = {o: compile_({o}, arguments, pins(every)) for o in OPTIONS}
        out = ["# Locked by: python3 dev.py lock"]
        for package in sorted(set(base).union(*brought.values())):
            by = [option for option in OPTIONS if package in brought[option]]
            block = base.get(package) or brought[by[0]][package]
            if package not in base:
                test = OPTIONS[by[0]] if len(by) == 1 else f"or {' '.join(OPTIONS[o] for o in by)}"
                test = test.strip("()") if len(by) == 1 else test
                block = f"{{{{ if {test} -}}}}\n{block}\n{{{{ end -}}}}"
            out.append(block)
        (FILES / f"{name}.txt.tmpl").write_text("\n".join(out) + "\n")


if __name__ == "__main__":
    main()
