"""What every schema of the API is built on: plain models. ninja's Schema looks up each field by
itself and checks twice what forbids other fields."""

from typing import Any

from pydantic import BaseModel, ConfigDict, field_validator

NO_NUL = r"^[^\x00]*$"  # PostgreSQL cannot hold one


def describe(schema: dict[str, Any]) -> None:
    """Say in the description what the validators below refuse."""
    for field in schema.get("properties", {}).values():
        for each in (field, *field.get("anyOf", ())):
            if each.get("type") == "string" and not {"pattern", "format", "enum"} & each.keys():
                each["pattern"] = NO_NUL


def holds_nul(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(holds_nul, (*value, *value.values())))
    if isinstance(value, list | tuple):
        return any(map(holds_nul, value))
    return isinstance(value, str) and "\0" in value


class In(BaseModel):
    """What comes in: only what is declared, and no NUL in any text."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=describe)

    @field_validator("*", mode="before")
    @classmethod
    def no_nul(cls, value: Any) -> Any:
        if holds_nul(value):
            raise ValueError("text may not hold a NUL character")
        return value


class Out(BaseModel):
    """What goes out: what is declared and nothing else, whatever the row has."""

    model_config = ConfigDict(from_attributes=True)
