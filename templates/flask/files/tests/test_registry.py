"""Putting models in use: what cannot be served is never pointed to; what is served stays served."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline

from app import db
from app.config import ROOT
from app.ml import registry as module
from app.ml import train as training
from app.ml.features import EXAMPLE
from app.ml.matrix import LABELS
from app.ml.pipeline import SEED, pipeline
from app.ml.registry import ModelError, Registry, TrainingError, registry
from app.ml.train import train
from tests.test_http import problem


@pytest.fixture
def served(app: Flask, tmp_path: Path) -> Registry:
    """What the app serves from: a copy of the trained model, to be spoilt."""
    with app.app_context():
        shutil.copytree(registry().folder, tmp_path / "models")
    app.extensions["models"] = copy = Registry(tmp_path / "models")
    return copy


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """A folder with another model."""
    folder = tmp_path_factory.mktemp("other")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "SEED", SEED + 1)
        patch.setattr(Registry, "try_out", lambda *_: None)
        train(Registry(folder), bar=-1e9)
    return Registry(folder)


def bring(other: Registry, served: Registry) -> str:
    """Put another model in use, as another process that checks nothing would."""
    name = other.pointed()
    shutil.copytree(other.folder / name, served.folder / name, dirs_exist_ok=True)
    served._point(name)
    return name


def ask(client: FlaskClient) -> str:
    response = client.post("/v1/predict", json=EXAMPLE)
    assert response.status_code == 200, response.text
    version: str = response.json["model"]
    return version


# What must not be used


def spoil_file(folder: Path) -> None:
    path = folder / "model.skops"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def change_card(folder: Path, **changes: object) -> None:
    path = folder / "card.json"
    card = {**json.loads(path.read_text()), **changes}
    path.write_text(json.dumps(card))


def relabel(folder: Path, **changes: object) -> None:
    """A card that agrees with itself, as another program may have written it."""
    change_card(folder, **changes)
    path = folder / "card.json"
    card = module.ModelCard.model_validate_json(path.read_bytes())
    name = module._version(card)
    path.write_text(card.model_copy(update={"version": name}).model_dump_json())
    folder.rename(folder.with_name(name))
    (folder.parent / "current.json").write_text(json.dumps({"version": name}))


def point(folder: Path, text: str) -> None:
    (folder.parent / "current.json").write_text(text)


SPOILT: dict[str, Any] = {
    "is not the file that was trained": spoil_file,
    "is missing": lambda f: (f / "model.skops").unlink(),
    "there is no model": lambda f: (f / "card.json").unlink(),
    "cannot be read": lambda f: (f / "card.json").write_text("{"),
    "not as it was written": lambda f: change_card(f, rows=1),
    "made with scikit-learn 0.1": lambda f: relabel(f, libraries={"scikit-learn": "0.1"}),
    "made with lightgbm-x 4.0, here is none": lambda f: relabel(f, libraries={"lightgbm-x": "4.0"}),
    "other features": lambda f: relabel(f, features={}),
    "other features or labels": lambda f: relabel(f, labels=["none", "of", "them"]),
    "current.json cannot be read": lambda f: point(f, "{"),
    "current.json cannot be": lambda f: point(f, "[]"),
    "is no version of a model": lambda f: point(f, '{"version": "../../etc"}'),
    "there is no current.json": lambda f: (f.parent / "current.json").unlink(),
}


@pytest.mark.parametrize("message", SPOILT)
def test_what_is_not_as_trained_is_refused_and_the_last_good_model_serves_on(
    served: Registry, client: FlaskClient, other: Registry, message: str
) -> None:
    good = ask(client)
    bad = bring(other, served)
    SPOILT[message](served.folder / bad)
    assert ask(client) == good
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert "model" in ready.json["degraded"]
    assert message in (served.fault or "")
    fresh = Registry(served.folder)  # a server that starts now
    assert fresh.current().card.version == good
    assert message in (fresh.fault or "")


def test_a_pointer_that_is_mended_is_followed(
    served: Registry, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Registry, "RETRY", 0.0)
    good = ask(client)
    hidden = served.folder / good / "hidden"
    (served.folder / good / "model.skops").rename(hidden)
    served.pointer.write_text(json.dumps({"version": good}))
    assert ask(client) == good  # from memory
    assert served.fault
    hidden.rename(served.folder / good / "model.skops")
    assert ask(client) == good
    assert served.fault is None
    assert client.get("/readyz").json["degraded"] == []


def test_without_any_usable_model_the_service_says_so(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        app.extensions["models"] = Registry(registry().folder / "empty")
    problem(client.post("/v1/predict", json=EXAMPLE), 503)
    assert "model" in problem(client.get("/readyz"), 503)["detail"]
    assert client.get("/healthz").status_code == 200


# Putting one in use


def test_a_model_put_in_use_by_another_process_is_taken_up(
    served: Registry, client: FlaskClient, other: Registry
) -> None:
    old = ask(client)
    new = bring(other, served)
    assert new != old
    assert ask(client) == new


class Unknown(SimpleImputer):
    """A type that skops has never heard of."""


def boosted() -> Any:
    from lightgbm import LGBMClassifier, LGBMRegressor

    return (LGBMClassifier if LABELS else LGBMRegressor)(n_estimators=5, n_jobs=1, verbose=-1)


UNFIT: dict[str, Any] = {
    "nobody approved: .*Unknown.* TRUSTED": lambda: make_pipeline(Unknown(), pipeline()),
    "nobody approved: .*lightgbm.* TRUSTED": boosted,
    "has no predict_proba" if LABELS else "cannot be learnt from": lambda: make_pipeline(
        SimpleImputer(), Ridge() if LABELS else LogisticRegression()
    ),
}


@pytest.mark.parametrize("message", UNFIT)
def test_a_pipeline_that_cannot_be_served_never_reaches_the_server(
    served: Registry, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, message: str
) -> None:
    good, kept = ask(client), sorted(served.folder.iterdir())
    monkeypatch.setattr(training, "pipeline", UNFIT[message])
    with pytest.raises(TrainingError, match=message):
        train(Registry(served.folder), bar=-1e9)
    assert ask(client) == good
    assert client.get("/readyz").json["degraded"] == []
    assert sorted(served.folder.iterdir()) == kept  # nothing is left behind


def test_gaps_can_be_filled_by_an_imputer(
    served: Registry, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What once reported success and took the service down."""
    good, plain = ask(client), pipeline()
    monkeypatch.setattr(training, "pipeline", lambda: make_pipeline(SimpleImputer(), plain))
    assert train(Registry(served.folder), bar=-1e9).version == ask(client) != good


@pytest.mark.skipif(os.name == "nt", reason="limits the size of files")
def test_a_disk_that_is_full_leaves_the_model_that_serves(
    served: Registry, client: FlaskClient
) -> None:
    good, kept = ask(client), sorted(served.folder.iterdir())
    code = """
import resource, sys
from pathlib import Path
from app.ml.registry import Registry
from app.ml.train import train
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
train(Registry(Path(sys.argv[1])), bar=-1e9)
"""
    command = [sys.executable, "-c", code, str(served.folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "TrainingError: the model cannot be kept: File too large" in done.stderr
    assert ask(client) == good
    assert sorted(served.folder.iterdir()) == kept


def test_a_model_that_cannot_answer_what_was_asked_last_is_not_put_in_use(
    served: Registry,
) -> None:
    """It can answer EXAMPLE, so that only the logged requests tell."""
    name = served.pointed()
    served.promote(name, replay=[EXAMPLE, {"of": "an older model"}])
    nothing = """
from app.ml import features, model, registry, tryout
answer = model.Model.predict
def predict(self, items):
    if len(items) > 1:
        raise ZeroDivisionError
    return answer(self, items)
model.Model.predict = predict
tryout.main(*__import__("sys").argv[1:])
"""
    command = [sys.executable, "-c", nothing, str(served.folder), name]
    text = json.dumps([EXAMPLE, EXAMPLE])
    done = subprocess.run(
        command, cwd=ROOT, input=text, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "cannot answer: ZeroDivisionError()" in done.stderr


def test_the_logged_requests_are_what_a_new_model_is_tried_with(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, served: Registry
) -> None:
    from app.ml.log import last_inputs, prediction_log

    ask(client)
    seen: list[Any] = []
    monkeypatch.setattr(Registry, "try_out", lambda self, name, replay: seen.append(replay))
    with app.app_context():
        prediction_log().flush()
        replay = last_inputs()
        assert db.engine().pool.checkedout() == 0
        train(registry(), replay=replay)
    assert seen == [[EXAMPLE]]


def test_numbers_that_are_not_finite_are_no_answer(served: Registry) -> None:
    model = served.current()

    class Broken:
        def predict(self, rows: Any) -> Any:
            return rows[:, 0] * float("nan")

        def predict_proba(self, rows: Any) -> Any:
            return rows[:, : len(LABELS)] * float("nan")

    with pytest.raises(ModelError, match="cannot answer"):
        Registry.ask(module.Model(Broken(), model.card), [EXAMPLE])


def flask(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "MODEL_DIR": str(folder), "LOG_LEVEL": "ERROR"}
    command = [sys.executable, "-m", "flask", "--app", "app", "model", *arguments]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


def test_the_first_run_trains_a_model_and_calls_nothing_an_error(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors: list[object] = []
    monkeypatch.setattr(module.log, "error", lambda *told: errors.append(told))
    app.extensions["models"] = first = Registry(tmp_path / "models")
    with app.app_context():
        done = app.test_cli_runner().invoke(args=["prepare"])
    assert (done.exit_code, errors) == (0, []), done.output
    assert "there is no model yet; training" in done.output
    assert first.pointed()


def test_models_are_listed_promoted_and_rolled_back(
    served: Registry, client: FlaskClient, other: Registry
) -> None:
    old = ask(client)
    new = bring(other, served)
    listed = flask(served.folder, "list").stdout
    assert f"  {old}  " in listed
    assert f"* {new}  " in listed
    done = flask(served.folder, "rollback")
    assert done.stdout == f"model {old} is in use\n", done.stderr
    assert ask(client) == old
    assert flask(served.folder, "promote", new).returncode == 0
    assert ask(client) == new
    (served.folder / old / "model.skops").write_bytes(b"spoilt")
    refused = flask(served.folder, "promote", old)
    assert refused.returncode == 1
    assert refused.stderr == f"Error: model {old} is not the file that was trained\n"
    assert ask(client) == new


def test_the_model_of_a_new_image_is_adopted_once(
    served: Registry, client: FlaskClient, other: Registry
) -> None:
    """A volume must not hide what a new image brings, and an old image nothing that is newer."""
    old, image, new = ask(client), other.folder, other.pointed()
    assert flask(served.folder, "adopt", str(image)).stdout == f"model {new} is in use\n"
    assert ask(client) == new
    served._point(old)
    assert flask(served.folder, "adopt", str(image)).stdout == "nothing new\n"
    assert ask(client) == old
