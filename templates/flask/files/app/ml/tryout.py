"""`python -m app.ml.tryout FOLDER VERSION`: load a model as a server does, and ask it.

The requests come from stdin; what was logged under other features is passed over. It ends with 0,
or with one line that says why not.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from app.ml.features import Features
from app.ml.registry import ModelError, Registry


def _fits(request: Any) -> bool:
    try:
        Features.model_validate(request)
    except ValidationError:
        return False
    return True


def main(folder: str, name: str) -> None:
    requests = json.load(sys.stdin)
    try:
        model = Registry(Path(folder)).load(name)
        if fitting := [request for request in requests if _fits(request)]:
            Registry.ask(model, fitting)
    except ModelError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(*sys.argv[1:])
