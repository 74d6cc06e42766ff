"""What the model is asked and what it answers: yours to change, with `pipeline.py`.

docs/your-model.md says how. Nothing outside `app/ml` knows a name from this file.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from app.schemas import WHOLE, Input

TITLE = "Condition of a machine"


class Features(Input):
    """A value outside its range never reaches the model. `| None` allows a gap."""

    machine: Literal["fan", "press", "pump"]
    temperature_c: Annotated[float, Field(ge=-40, le=250, title="Temperature, °C")]
    vibration_mm_s: Annotated[float, Field(ge=0, le=100, title="Vibration, mm/s")]
    pressure_bar: Annotated[float, Field(ge=0, le=50, title="Pressure, bar")]
    hours_since_service: Annotated[int, Field(ge=0, le=100_000, title="Hours since service"), WHOLE]


TARGET = "condition"  # the column of data/sample.csv to predict
Target = Literal["good", "watch", "service"]  # its labels; `Target = float` for a regression

EXAMPLE: dict[str, Any] = {
    "machine": "press",
    "temperature_c": 71.0,
    "vibration_mm_s": 4.2,
    "pressure_bar": 5.4,
    "hours_since_service": 2900,
}

# Types in the model's file that skops does not vouch for. Training names those that are missing
# here; add one only if you know how it came into your pipeline.
TRUSTED = ["sklearn.tree._tree.Tree"]
