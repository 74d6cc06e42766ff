"""What the model sees. Training and serving both go through this file, and nothing else.

To use data of your own, this is the first file to change: see docs/your-model.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, get_args

import numpy as np
import numpy.typing as npt
from pydantic import Field

from app.schemas import Input

TARGET = "condition"
LABELS = ("good", "watch", "service")
Machine = Literal["fan", "press", "pump"]
Matrix = npt.NDArray[np.float64]


class Reading(Input):
    """The features: a value outside its range never reaches the model."""

    machine: Machine
    temperature_c: Annotated[float, Field(ge=-40, le=250, title="Temperature, °C")]
    vibration_mm_s: Annotated[float, Field(ge=0, le=100, title="Vibration, mm/s")]
    pressure_bar: Annotated[float, Field(ge=0, le=50, title="Pressure, bar")]
    hours_since_service: Annotated[int, Field(ge=0, le=100_000, title="Hours since service")]


CATEGORICAL = [0]  # columns of the matrix, in the order of the fields above
NUMERIC = [1, 2, 3, 4]
MACHINES = get_args(Machine)
EXAMPLE: dict[str, Any] = {
    "machine": "press",
    "temperature_c": 71.0,
    "vibration_mm_s": 4.2,
    "pressure_bar": 5.4,
    "hours_since_service": 2900,
}


def matrix(readings: Sequence[Reading]) -> Matrix:
    """Turn readings into the rows that the pipeline was fitted on."""
    rows = [
        (
            MACHINES.index(reading.machine),
            reading.temperature_c,
            reading.vibration_mm_s,
            reading.pressure_bar,
            reading.hours_since_service,
        )
        for reading in readings
    ]
    return np.array(rows, dtype=np.float64).reshape(-1, 5)


def schema() -> dict[str, Any]:
    """Name, type and range of each feature, as kept beside every model."""
    properties: dict[str, Any] = Reading.model_json_schema()["properties"]
    return properties
