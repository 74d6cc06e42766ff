"""Where models are kept: files in MODEL_DIR, and `current.json` naming the one in use.

A model is loaded only if its bytes have the recorded hash, it was made by this
very version of scikit-learn, for these very features, and consists of nothing but
the types listed here (skops, not pickle: loading runs no code).
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import zipfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

from flask import Flask, current_app

from app.ml.features import schema
from app.ml.model import Model
from app.schemas import ModelCard

LIBRARY = f"scikit-learn {version('scikit-learn')}"
TRUSTED = ["sklearn.tree._tree.Tree"]


class ModelError(RuntimeError):
    """There is no model that may be used; the message says why."""


class TrainingError(RuntimeError):
    """The data cannot be learnt from, or what was learnt is not good enough."""


class Registry:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pointer = folder / "current.json"
        self._stamp = 0
        self._model: Model | None = None

    def exists(self) -> bool:
        return self.pointer.exists()

    def current(self) -> Model:
        """Return the model in use; one that another process put in place is noticed."""
        try:
            stamp = self.pointer.stat().st_mtime_ns
        except FileNotFoundError:
            raise ModelError("no model has been trained") from None
        if self._model is None or stamp != self._stamp:
            self._model = self._load()
            self._stamp = stamp
        return self._model

    def save(self, pipeline: Any, about: dict[str, Any]) -> ModelCard:
        """Write the model, then point to it: readers see the old one or the new one."""
        import skops.io  # here and below: it takes seconds, which only those who need it spend

        data = _reproducible(skops.io.dumps(pipeline))
        digest = hashlib.sha256(data).hexdigest()
        card = ModelCard.model_validate(
            {**about, "version": digest[:12], "sha256": digest, "library": LIBRARY}
        )
        self.folder.mkdir(parents=True, exist_ok=True)
        self._write(self._path(card), data)
        text = card.model_dump_json(indent=2).encode()
        self._write(self.folder / f"{card.version}.json", text)
        self._write(self.pointer, text)
        return card

    def _path(self, card: ModelCard) -> Path:
        return self.folder / f"{card.version}.skops"

    def _write(self, path: Path, data: bytes) -> None:
        partial = path.with_suffix(f".{os.getpid()}.partial")
        partial.write_bytes(data)
        partial.replace(path)

    def _load(self) -> Model:
        import skops.io
        from skops.io.exceptions import UntrustedTypesFoundException

        card = ModelCard.model_validate_json(self.pointer.read_bytes())
        if card.version != card.sha256[:12]:
            raise ModelError("current.json contradicts itself")
        try:
            data = self._path(card).read_bytes()
        except FileNotFoundError:
            raise ModelError(f"the file of model {card.version} is missing") from None
        if hashlib.sha256(data).hexdigest() != card.sha256:
            raise ModelError(f"model {card.version} is not the file that was trained")
        if card.library != LIBRARY:
            raise ModelError(f"model {card.version} was made by {card.library}, this is {LIBRARY}")
        if card.features != schema():
            raise ModelError(f"model {card.version} was made for other features")
        try:
            return Model(skops.io.loads(data, trusted=TRUSTED), card)
        except UntrustedTypesFoundException as error:
            raise ModelError(f"model {card.version} holds what is not trusted: {error}") from None


def _reproducible(data: bytes) -> bytes:
    """Pack a skops file anew, so that the same training gives the same bytes.

    skops names the parts by their addresses in memory and zip notes the time; here
    the parts are counted instead, and the time is left out.
    """
    source = zipfile.ZipFile(io.BytesIO(data))
    text = source.read("schema.json").decode()
    numbers: dict[str, str] = {}

    def count(match: re.Match[str]) -> str:
        return match[1] + numbers.setdefault(match[2], str(len(numbers)))

    text = re.sub(r'("__id__": |"file": ")(\d+)', count, text)
    parts = {"schema.json": text.encode()}
    for name in source.namelist():
        address, _, kind = name.partition(".")
        if address in numbers:
            parts[f"{numbers[address]}.{kind}"] = source.read(name)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in sorted(parts):
            archive.writestr(zipfile.ZipInfo(name), parts[name], zipfile.ZIP_DEFLATED)
    return target.getvalue()


def registry() -> Registry:
    found: Registry = current_app.extensions["models"]
    return found


def init_app(app: Flask) -> None:
    app.extensions["models"] = Registry(app.config["SETTINGS"].model_dir)
