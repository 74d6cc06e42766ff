"""From `Features` to the rows of numbers that a pipeline is fitted on, and asked with."""

from __future__ import annotations

import types
from collections.abc import Sequence
from typing import Any, Literal, Union, get_args, get_origin

import numpy as np
import numpy.typing as npt

from app.ml.features import Features, Target

Matrix = npt.NDArray[np.float64]
LABELS: tuple[str, ...] = get_args(Target)  # none: a regression


def _values(annotation: Any) -> tuple[Any, ...]:
    """The values of a `Literal`, with or without `| None`; of any other type none."""
    if get_origin(annotation) in (Union, types.UnionType):
        return next((found for part in get_args(annotation) if (found := _values(part))), ())
    return get_args(annotation) if get_origin(annotation) is Literal else ()


NAMES = tuple(Features.model_fields)
_CHOICES = [_values(field.annotation) for field in Features.model_fields.values()]
_CODES = [{value: float(i) for i, value in enumerate(choices)} for choices in _CHOICES]
CATEGORICAL = [i for i, choices in enumerate(_CHOICES) if choices]  # columns of the matrix
NUMERIC = [i for i, choices in enumerate(_CHOICES) if not choices]
CATEGORIES = [[float(i) for i in range(len(_CHOICES[column]))] for column in CATEGORICAL]


def matrix(items: Sequence[Features]) -> Matrix:
    rows = [
        [
            np.nan if (value := getattr(item, name)) is None else codes[value] if codes else value
            for name, codes in zip(NAMES, _CODES, strict=True)
        ]
        for item in items
    ]
    return np.array(rows, dtype=np.float64).reshape(-1, len(NAMES))


def schema() -> dict[str, dict[str, Any]]:
    """Type, range, title of each feature, and whether it may be left out."""
    found = {}
    for name, field in Features.model_json_schema()["properties"].items():
        kinds = field.pop("anyOf", [{}])
        filled = next(kind for kind in kinds if kind.get("type") != "null")
        found[name] = {**field, **filled, "required": {"type": "null"} not in kinds}
    return found
