"""Where models are kept: MODEL_DIR/VERSION/{card.json,model.skops}; `current.json` names one.

A model is tried by a fresh process, exactly as a server loads it, before `current.json` names it.
A server that meets a pointer or a file that it cannot use goes on with the last good model, and
says so in `fault`. Files are skops', never pickle: loading runs no code, and makes only types that
are trusted.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from pathlib import Path
from typing import Any

from flask import Flask, current_app
from pydantic import ValidationError

from app.config import ROOT
from app.ml.features import EXAMPLE, TRUSTED, Features
from app.ml.matrix import LABELS, schema
from app.ml.model import Model, ModelCard

log = logging.getLogger(__name__)
VERSION = re.compile(r"[0-9a-f]{12}")
HARMLESS = ["numpy.dtype"]  # says what an array holds; in nearly every file


class ModelError(RuntimeError):
    """There is no model that may be used; the message says why."""


class TrainingError(RuntimeError):
    """The data cannot be learnt from, or what was learnt may not be used."""


class Registry:
    RETRY = 5.0  # seconds until a pointer that was of no use is followed again
    TRYING = 600  # seconds that a new model has to load and to answer

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pointer, self.previous = folder / "current.json", folder / "previous.json"
        self.fault: str | None = None  # why the model that is pointed to is not in use
        self._model: Model | None = None
        self._seen: object = ()
        self._again = 0.0
        self._loading = threading.Lock()

    # Serving

    def current(self) -> Model:
        """Return the model in use; one that another process put in place is noticed."""
        if self._due() and self._loading.acquire(blocking=self._model is None):
            try:
                if self._due():
                    self._reload()
            finally:
                self._loading.release()
        if self._model is None:
            raise ModelError(self.fault)
        return self._model

    def _due(self) -> bool:
        retry = self.fault is not None and time.monotonic() > self._again
        return retry or self._stamp() != self._seen

    def _stamp(self) -> object:
        try:
            found = self.pointer.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino, found.st_size

    def _reload(self) -> None:
        seen = self._stamp()
        try:
            self._model, self.fault = self.load(self.pointed()), None
        except ModelError as error:
            self.fault = str(error)
            self._model = self._model or self._last_good()
            serving = (
                f"model {self._model.card.version} serves on" if self._model else "nothing to serve"
            )
            log.error("the model pointed to is of no use, %s: %s", serving, error)
        self._seen, self._again = seen, time.monotonic() + self.RETRY

    def _last_good(self) -> Model | None:
        """The model before this one, or else the newest that can be loaded."""
        folders = sorted(self._folders(), key=lambda path: path.stat().st_mtime, reverse=True)
        before = [self.previous] if self.previous.exists() else []
        for path in [*before, *folders]:
            try:
                return self.load(self._named(path) if path.is_file() else path.name)
            except ModelError:
                continue
        return None

    # What is there

    def pointed(self) -> str:
        return self._named(self.pointer)

    def before(self) -> str:
        """The version that was in use before the one that is."""
        if not self.previous.exists():
            raise ModelError("no other model has been in use")
        return self._named(self.previous)

    def _named(self, path: Path) -> str:
        try:
            return str(json.loads(path.read_bytes())["version"])
        except FileNotFoundError:
            raise ModelError(f"there is no {path.name}: no model has been trained") from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(f"{path.name} cannot be read: {error!r}") from None

    def _folders(self) -> list[Path]:
        found = self.folder.iterdir() if self.folder.is_dir() else ()
        return [path for path in found if VERSION.fullmatch(path.name)]

    def cards(self) -> Iterator[ModelCard]:
        """The models that are kept, oldest first; a damaged one is left out."""
        for path in sorted(self._folders(), key=lambda path: path.stat().st_mtime):
            try:
                yield self._card(path.name)
            except ModelError as error:
                log.warning("%s", error)

    def _card(self, name: str) -> ModelCard:
        if not VERSION.fullmatch(name):
            raise ModelError(f"{name!r} is no version of a model")
        try:
            card = ModelCard.model_validate_json((self.folder / name / "card.json").read_bytes())
        except OSError:
            raise ModelError(f"there is no model {name}") from None
        except ValidationError:
            raise ModelError(f"the card of model {name} cannot be read") from None
        if not name == card.version == _version(card):
            raise ModelError(f"the card of model {name} is not as it was written")
        return card

    def load(self, name: str) -> Model:
        """Load a model and have it answer EXAMPLE; a ModelError says what is wrong."""
        card = self._card(name)
        for library, wanted in card.libraries.items():
            if (found := _installed(library)) != wanted:
                raise ModelError(f"model {name} was made with {library} {wanted}, here is {found}")
        if (card.features, tuple(card.labels)) != (schema(), LABELS):
            raise ModelError(f"model {name} was made for other features or labels")
        try:
            data = (self.folder / name / "model.skops").read_bytes()
        except OSError:
            raise ModelError(f"the file of model {name} is missing") from None
        if hashlib.sha256(data).hexdigest() != card.sha256:
            raise ModelError(f"model {name} is not the file that was trained")
        model = Model(_unpack(name, data), card)
        self.ask(model, [EXAMPLE])
        return model

    @staticmethod
    def ask(model: Model, requests: Iterable[dict[str, Any]]) -> None:
        try:
            model.check([Features.model_validate(request) for request in requests])
        except Exception as error:  # noqa: BLE001 - an estimator may raise anything
            raise ModelError(f"model {model.card.version} cannot answer: {error!r}") from None

    # Putting one in place

    def put(
        self, pipeline: Any, about: dict[str, Any], replay: list[Any] | None = None
    ) -> ModelCard:
        """Write a model; keep it and point to it if a fresh process can use it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=".new-") as name:
            staging = Registry(Path(name))
            card = staging._write_model(pipeline, about)
            staging.try_out(card.version, replay)
            self._take(staging.folder / card.version)
        self._point(card.version)
        return card

    def promote(self, name: str, replay: list[Any] | None = None) -> None:
        """Point to a model that is here, if a fresh process can use it."""
        self.try_out(name, replay)
        self._point(name)

    def adopt(self, source: Path, replay: list[Any] | None = None) -> str | None:
        """Put the model that another folder points to in use, if it has never been here."""
        name = Registry(source).pointed()
        if (self.folder / name).exists():
            return None
        Registry(source).try_out(name, replay)
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=".new-") as staging:
            self._take(Path(shutil.copytree(source / name, Path(staging, name))))
        self._point(name)
        return name

    def _point(self, name: str) -> None:
        try:
            if (before := self.pointed()) != name:
                _write(self.previous, {"version": before})
        except ModelError:
            pass  # there is nothing to come back to
        _write(self.pointer, {"version": name})

    def try_out(self, name: str, replay: list[Any] | None = None) -> None:
        """Load a model as a server does, in a process of its own, and have it answer requests."""
        command = [sys.executable, "-m", "app.ml.tryout", str(self.folder.resolve()), name]
        try:
            done = subprocess.run(  # noqa: S603
                command,
                cwd=ROOT,
                input=json.dumps(replay or []),
                capture_output=True,
                text=True,
                timeout=self.TRYING,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise ModelError(f"model {name} did not answer within {self.TRYING} s") from None
        if done.returncode:
            lines = done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"]
            raise ModelError(lines[-1])

    def _take(self, path: Path) -> None:
        target = self.folder / path.name
        if target.exists():
            if all(
                (target / file.name).read_bytes() == file.read_bytes() for file in path.iterdir()
            ):
                return
            shutil.rmtree(target)  # damaged: a version is a digest of what it holds
        path.rename(target)

    def _write_model(self, pipeline: Any, about: dict[str, Any]) -> ModelCard:
        import skops.io  # here and below: it takes seconds, which only those who need it spend

        data = _reproducible(skops.io.dumps(pipeline))
        facts = {**about, "features": schema(), "labels": list(LABELS)}
        facts |= {"sha256": hashlib.sha256(data).hexdigest(), "libraries": _libraries(data)}
        card = ModelCard.model_validate({**facts, "version": ""})
        card = card.model_copy(update={"version": _version(card)})
        target = self.folder / card.version
        target.mkdir()
        (target / "model.skops").write_bytes(data)
        (target / "card.json").write_text(card.model_dump_json(indent=2), "utf-8")
        return card


def _write(path: Path, content: object) -> None:
    """Replace a file whole: also after a crash it holds the old or the new content."""
    partial = path.with_suffix(f".{os.getpid()}.partial")
    with partial.open("w", encoding="utf-8") as file:
        json.dump(content, file)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def _version(card: ModelCard) -> str:
    facts = card.model_dump(mode="json", exclude={"version"})
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:12]


def _unpack(name: str, data: bytes) -> Any:
    import skops.io

    try:
        unknown = set(skops.io.get_untrusted_types(data=data)) - {*HARMLESS, *TRUSTED}
        if unknown:
            raise ModelError(
                f"the model holds types that nobody approved: {', '.join(sorted(unknown))}. "
                "Look at each; those that you put there belong into TRUSTED in app/ml/features.py"
            )
        return skops.io.loads(data, trusted=[*HARMLESS, *TRUSTED])
    except ModelError:
        raise
    except Exception as error:  # noqa: BLE001 - a damaged file may raise anything
        raise ModelError(f"model {name} cannot be loaded: {error!r}") from None


def _libraries(data: bytes) -> dict[str, str]:
    """Name and version of every installed package whose types the file holds."""
    text = zipfile.ZipFile(io.BytesIO(data)).read("schema.json").decode()
    packages = {match.partition(".")[0] for match in re.findall(r'"__module__": "([^"]+)"', text)}
    known = packages_distributions()
    names = {"skops", *(name for package in packages for name in known.get(package, ()))}
    return {name: version(name) for name in sorted(names)}


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


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
