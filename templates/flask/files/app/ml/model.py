"""A trained pipeline and what is known about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.ml.features import Matrix, Reading, matrix
from app.schemas import ModelCard, Prediction


@dataclass(frozen=True)
class Model:
    pipeline: Any
    card: ModelCard

    def probabilities(self, readings: Sequence[Reading]) -> Matrix:
        found: Matrix = self.pipeline.predict_proba(matrix(readings))
        return found

    def predict(self, readings: Sequence[Reading]) -> list[Prediction]:
        """Answer each reading; the label is the most probable one."""
        labels, version = self.card.labels, self.card.version
        return [
            Prediction(
                label=labels[max(range(len(row)), key=row.__getitem__)],
                probabilities=dict(zip(labels, row, strict=True)),
                model=version,
            )
            for row in self.probabilities(readings).tolist()
        ]
