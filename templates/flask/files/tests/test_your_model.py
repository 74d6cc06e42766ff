"""docs/your-model.md, followed: other data, other libraries, and the project's tests still hold."""

from __future__ import annotations

import csv
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from sklearn.datasets import load_diabetes, load_wine

from app.config import ROOT

STEPS = re.findall(r"(?m)^\*\*\d\. ", (ROOT / "docs/your-model.md").read_text())
BLOCKS = re.findall(r"(?s)```python\n(.*?)```", (ROOT / "docs/your-model.md").read_text())
BRIEFLY = "served_equals or batch_equals or gap_is_allowed or logged_and_paged or card or word_of"


class Project:
    """A copy of this project, in which somebody follows the steps."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "project"
        ignored = shutil.ignore_patterns(".*", "instance", "__pycache__", "node_modules")
        shutil.copytree(ROOT, self.root, ignore=ignored)

    def data(self, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        with (self.root / "data/sample.csv").open("w", newline="") as file:
            csv.writer(file).writerows([header, *rows])

    def write(self, features: str, pipeline: str) -> None:
        for name, text in (("features", features), ("pipeline", pipeline)):
            (self.root / f"app/ml/{name}.py").write_text(text)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        env = {name: value for name, value in os.environ.items() if name != "MODEL_DIR"}
        command = [sys.executable, "-m", *arguments]
        return subprocess.run(
            command, cwd=self.root, env=env, capture_output=True, text=True, check=False
        )

    def train_and_approve(self) -> list[str]:
        """Train; approve the types that are named, and train again."""
        done = self.run("app.ml.train", "models")
        if done.returncode == 0:
            return []
        found = re.search(r"nobody approved: (.*?)\. Look", done.stderr)
        assert found, done.stderr
        path = self.root / "app/ml/features.py"
        text = path.read_text()
        assert "TRUSTED: list[str] = []" in text
        types = found[1].split(", ")
        path.write_text(text.replace("list[str] = []", f"list[str] = {types}"))
        done = self.run("app.ml.train", "models")
        assert done.returncode == 0, done.stderr
        return types

    def test(self, *arguments: str) -> str:
        done = self.run("pytest", "tests/test_ml.py", "-p", "no:cacheprovider", *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def test_penguins_as_the_document_has_it(tmp_path: Path) -> None:
    assert len(STEPS) == 5
    features, pipeline = BLOCKS
    project, rng = Project(tmp_path), random.Random(1)
    kinds = {
        "Adelie": (["Biscoe", "Dream", "Torgersen"], 38.8, 190, 3700),
        "Chinstrap": (["Dream"], 48.8, 196, 3730),
        "Gentoo": (["Biscoe"], 47.5, 217, 5080),
    }
    rows = []
    for number in range(240):
        species = rng.choice(list(kinds))
        islands, bill, flipper, mass = kinds[species]
        row: list[object] = [number, species, rng.choice(islands)]
        row += [round(rng.gauss(mean, mean / 18), 1) for mean in (bill, flipper, mass)]
        row.append(rng.choice(["female", "male"]))
        rows.append([cell if i < 3 or rng.random() > 0.1 else "NA" for i, cell in enumerate(row)])
    columns = ["id", "species", "island"]
    columns += ["bill_length_mm", "flipper_length_mm", "body_mass_g", "sex"]
    project.data(columns, rows)
    project.write(features, pipeline)
    assert project.train_and_approve() == ["sklearn.tree._tree.Tree"]
    assert "failed" not in project.test("-k", "not at_the_end")  # it has no environment to serve


def features_of(header: Sequence[str], example: Sequence[float], target: str, kind: str) -> str:
    """features.py for a table of numbers."""
    fields = "".join(f"    {name}: float\n" for name in header)
    values = dict(zip(header, map(float, example), strict=True))
    body = r"(?s)(class Features\(Input\):\n).*?(\n\nTARGET)"
    text = re.sub(body, rf"\g<1>{fields}\2", BLOCKS[0])
    text = re.sub(r'TARGET = ".*?"', f'TARGET = "{target}"', text)
    text = re.sub(r"(?m)^Target = .*$", f"Target = {kind}", text)
    text = re.sub(r"(?s)EXAMPLE: dict.*?\n}", f"EXAMPLE: dict[str, Any] = {values}", text)
    return text.replace("Annotated, ", "").replace("from pydantic import Field\n\n", "")


def pipeline_of(estimator: str, imports: str, score: str, bar: float) -> str:
    return f"""
from __future__ import annotations
from typing import Any
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
{imports}
SEED, SCORE, BAR = 7, "{score}", {bar}

def pipeline() -> Any:
    return make_pipeline(StandardScaler(), {estimator})
"""


def test_a_classification_by_lightgbm(tmp_path: Path) -> None:
    project, wine = Project(tmp_path), load_wine()
    header = [name.replace("/", "_") for name in wine.feature_names]
    names = ["barolo", "grignolino", "barbera"]
    table = zip(wine.data.tolist(), wine.target.tolist(), strict=True)
    project.data([*header, "cultivar"], [[*row, names[label]] for row, label in table])
    features = features_of(header, wine.data[0], "cultivar", f"Literal{names}".replace("'", '"'))
    estimator = "LGBMClassifier(n_estimators=30, n_jobs=1, verbose=-1, random_state=SEED)"
    imports = "from lightgbm import LGBMClassifier"
    project.write(features, pipeline_of(estimator, imports, "accuracy", 0.85))
    assert "lightgbm.basic.Booster" in project.train_and_approve()
    assert "failed" not in project.test("-k", BRIEFLY)


def test_a_regression_by_a_linear_model(tmp_path: Path) -> None:
    project, diabetes = Project(tmp_path), load_diabetes()
    table = zip(diabetes.data.tolist(), diabetes.target.tolist(), strict=True)
    project.data([*diabetes.feature_names, "progression"], [[*row, y] for row, y in table])
    features = features_of(diabetes.feature_names, diabetes.data[0], "progression", "float")
    imports = "from sklearn.linear_model import Ridge"
    project.write(features, pipeline_of("Ridge()", imports, "r2", 0.3))
    project.train_and_approve()
    assert "failed" not in project.test("-k", BRIEFLY)


@pytest.mark.parametrize("name", ["features", "pipeline"])
def test_what_is_yours_is_all_there_is_to_change(name: str) -> None:
    """The document's files name what the machinery asks them for, and the project's the same."""
    block = BLOCKS[name == "pipeline"]
    asked = set(re.findall(r"(?m)^(?:class |def )?([A-Za-z]\w*)[ :(]", block))
    here = set(re.findall(r"(?m)^(?:class |def )?([A-Za-z]\w*)[ :(]", read(name)))
    assert asked - {"from"} == here - {"from"}


def read(name: str) -> str:
    return (ROOT / f"app/ml/{name}.py").read_text()
