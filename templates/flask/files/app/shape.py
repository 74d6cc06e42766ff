"""Whether JSON can fit a model at all: no member that the model does not have, no list too long."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel


@functools.cache
def of(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON Schema of a model, with its references resolved."""
    schema = model.model_json_schema(ref_template="{model}")
    definitions = schema.pop("$defs", {})

    def resolve(node: Any) -> Any:
        if isinstance(node, list):
            return [resolve(part) for part in node]
        if not isinstance(node, dict):
            return node
        node = {**node, **definitions.get(node.get("$ref"), {})}
        return {name: resolve(part) for name, part in node.items()}

    resolved: dict[str, Any] = resolve(schema)
    return resolved


def surplus(schema: dict[str, Any], value: Any, path: str = "") -> Iterator[dict[str, str]]:
    """Name what cannot fit, as it is found: the caller stops when it has heard enough."""
    for kind in schema.get("anyOf", [schema]):
        if isinstance(value, dict) and (known := kind.get("properties")) is not None:
            for name, part in value.items():
                where = f"{path}/{name}"[:200]
                if name in known:
                    yield from surplus(known[name], part, where)
                elif kind.get("additionalProperties") is False:
                    yield {"path": where, "message": "Extra inputs are not permitted"}
        elif isinstance(value, list) and (items := kind.get("items")) is not None:
            if len(value) > (most := kind.get("maxItems", len(value))):
                yield {"path": path, "message": f"List should have at most {most} items"}
                continue
            for i, part in enumerate(value):
                yield from surplus(items, part, f"{path}/{i}")
