#!/usr/bin/env python3
"""Write files/requirements/*.txt again: `python3 relock.py [--upgrade]` (needs uv).

A render has a file for each of its parts. They are made one after the other, each held to the pins
of those before, so that any selection of them agrees.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

FILES = Path(__file__).parent / "files"
LAYERS = ["base", "ml", "data-polars", "data-pandas", "rq", "dev", "lightgbm", "tools"]


def pyproject() -> str:
    """pyproject.toml with the groups of every option: enough of Go's templates for that file."""
    text = (FILES / "pyproject.toml.tmpl").read_text().split("[tool.")[0]
    text = text.replace("data-{{ .dataframe }}", "data-polars").replace("{{ .dataframe }}", "polars")
    text = text.replace("{{ .description | toJson }}", '"x"').replace("{{ .name }}", "x")
    text = re.sub(r"\{\{-? (?:if|end)[^}]*\}\}\n?", "", text)
    return text + 'data-pandas = ["pandas"]\n'


def main(arguments: list[str]) -> None:
    target = FILES / "requirements"
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "pyproject.toml").write_text(pyproject())
        command = ["uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"]
        command += ["--generate-hashes", "--no-annotate", *arguments]
        command += ["--custom-compile-command", "python3 dev.py lock"]
        before: list[str] = []
        for layer in LAYERS:
            source = ["pyproject.toml"] if layer == "base" else ["--group", layer]
            file = str((target / f"{layer}.txt").resolve())
            subprocess.run([*command, *before, *source, "-o", file], cwd=folder, check=True)
            before += ["-c", file]


if __name__ == "__main__":
    main(sys.argv[1:])
