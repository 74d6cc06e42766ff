"""A trained pipeline, what is known about it, and its answers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, create_model

from app.ml.features import Features
from app.ml.matrix import LABELS, matrix
from app.schemas import Output


class Prediction(Output):
    model: Annotated[str, Field(description="version of the model that answered")]


class Classification(Prediction):
    label: Annotated[str, Field(description="the most probable one")]
    probabilities: dict[str, float]


class Estimate(Prediction):
    value: float


ANSWER: type[Prediction] = Classification if LABELS else Estimate
ANSWERS: type[Output] = create_model("Predictions", __base__=Output, items=(list[ANSWER], ...))  # type: ignore[valid-type]


class ModelCard(Output):
    """What is known about a model, as written when it was trained."""

    version: Annotated[str, Field(description="of all the rest: the same card, the same version")]
    sha256: str
    libraries: dict[str, str]
    features: dict[str, dict[str, Any]]
    labels: list[str]
    metrics: dict[str, float]
    rows: int
    data_sha256: str
    seed: int


@dataclass(frozen=True)
class Model:
    pipeline: Any
    card: ModelCard

    def predict(self, items: Sequence[Features]) -> list[Prediction]:
        rows, labels, version = matrix(items), self.card.labels, self.card.version
        if not labels:
            values = self.pipeline.predict(rows).tolist()
            return [Estimate(value=value, model=version) for value in values]
        return [
            Classification(
                label=labels[max(range(len(row)), key=row.__getitem__)],
                probabilities=dict(zip(labels, row, strict=True)),
                model=version,
            )
            for row in self.pipeline.predict_proba(rows).tolist()
        ]

    def check(self, items: Sequence[Features]) -> None:
        """Answer these; raise a ValueError where a number is not finite or shares do not add up."""
        for answer in self.predict(items):
            found = answer.model_dump()
            shares = list(found.get("probabilities", {}).values())
            numbers = shares or [found["value"]]
            if not all(math.isfinite(number) for number in numbers):
                raise ValueError(f"it answers with {numbers}")
            if shares and (min(shares) < 0 or abs(sum(shares) - 1) > 1e-6):
                raise ValueError(f"its probabilities are {shares}")
