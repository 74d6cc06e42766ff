"""Training: data/sample.csv in, a model in the registry out, if it is good enough.

`python3 dev.py train` does it, or `python -m app.ml.train FOLDER` where there are no
settings, as when an image is built.
"""

from __future__ import annotations

import csv
import hashlib
import io
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError
from sklearn import metrics
from sklearn.model_selection import train_test_split

from app.config import ROOT
from app.ml.features import TARGET, Features
from app.ml.matrix import LABELS, NAMES, Matrix, matrix, schema
from app.ml.model import ModelCard
from app.ml.pipeline import BAR, SCORE, SEED, pipeline
from app.ml.registry import ModelError, Registry, TrainingError

DATA = ROOT / "data" / "sample.csv"
GAPS = ("", "NA", "N/A", "NaN", "nan", "null")


def train(
    registry: Registry, data: Path = DATA, bar: float = BAR, replay: list[Any] | None = None
) -> ModelCard:
    """Train, and put the model in use; `replay` are requests that it has to answer before."""
    raw = data.read_bytes()
    items, targets = read(raw.decode("utf-8-sig"))
    x, y = matrix(items), np.array(targets)
    try:
        x_train, x_test, y_train, y_test = train_test_split(
            x, y, test_size=0.25, random_state=SEED, stratify=y if LABELS else None
        )
        tried = pipeline().fit(x_train, y_train)
        if LABELS and not hasattr(tried, "predict_proba"):
            raise TrainingError("the pipeline has no predict_proba, which a classification needs")
        scores = evaluate(tried, x_test, y_test)
        fitted = pipeline().fit(x, y)
    except ValueError as error:
        raise TrainingError(f"the data cannot be learnt from: {error}") from None
    if not scores[SCORE] >= bar:
        raise TrainingError(f"{SCORE} is {scores[SCORE]:.3f}, below the bar of {bar}")
    about = {
        "metrics": scores,
        "rows": len(y),
        "data_sha256": hashlib.sha256(raw).hexdigest(),
        "seed": SEED,
    }
    try:
        return registry.put(fitted, about, replay)
    except ModelError as error:
        raise TrainingError(str(error)) from None
    except OSError as error:
        raise TrainingError(f"the model cannot be kept: {error.strerror}") from None


def read(text: str) -> tuple[list[Features], list[float]]:
    """Check every row as a request would be checked; the line of a bad one is named."""
    rows = csv.DictReader(io.StringIO(text, newline=""))
    if missing := [name for name in (*NAMES, TARGET) if name not in (rows.fieldnames or ())]:
        raise TrainingError(f"the data has no column {', '.join(missing)}")
    optional = {name for name, field in schema().items() if not field["required"]}
    items, targets = [], []
    for row in rows:
        given = {
            name: value
            for name in NAMES
            if not ((value := row[name]) is None or (value in GAPS and name in optional))
        }
        try:
            items.append(Features.model_validate(given))
            targets.append(_target(row[TARGET]))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            raise TrainingError(
                f"line {rows.line_num} of the data: {first['loc'][0]}: {first['msg']}"
            ) from None
        except ValueError as error:
            raise TrainingError(f"line {rows.line_num} of the data: {TARGET}: {error}") from None
    if unseen := [label for i, label in enumerate(LABELS) if i not in targets]:
        raise TrainingError(f"no row of the data has the label {', '.join(unseen)}")
    return items, targets


def _target(value: str) -> float:
    if LABELS:
        return LABELS.index(value)
    if not math.isfinite(number := float(value)):
        raise ValueError(f"{value} is not finite")
    return number


def evaluate(fitted: Any, x: Matrix, y: Any) -> dict[str, float]:
    predicted = fitted.predict(x)
    if not LABELS:
        return {
            "r2": float(metrics.r2_score(y, predicted)),
            "mean_absolute_error": float(metrics.mean_absolute_error(y, predicted)),
            "root_mean_squared_error": float(metrics.root_mean_squared_error(y, predicted)),
        }
    return {
        "accuracy": float(metrics.accuracy_score(y, predicted)),
        "macro_f1": float(metrics.f1_score(y, predicted, average="macro")),
        "log_loss": float(
            metrics.log_loss(y, fitted.predict_proba(x), labels=list(range(len(LABELS))))
        ),
    }


if __name__ == "__main__":
    print(train(Registry(Path(sys.argv[1]))).model_dump_json(indent=2))  # noqa: T201
