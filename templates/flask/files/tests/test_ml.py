"""The model: what is served is what was trained, and nothing else is loaded."""

from __future__ import annotations

import json
import shutil
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from app import db
from app.config import ROOT
from app.ml import registry as registry_module
from app.ml.features import EXAMPLE, Reading, matrix
from app.ml.log import PredictionLog, prediction_log
from app.ml.registry import ModelError, Registry, TrainingError, registry
from app.ml.train import DATA, SEED, pipeline, read, train
from app.models import Prediction as Row
from tests.test_http import problem
from tests.test_server import SERVE, serving


def readings() -> list[dict[str, Any]]:
    """All rows of the sample, as they would be sent."""
    machines = ("fan", "press", "pump")
    numbers, _ = read(DATA.read_text())
    keys = list(EXAMPLE)
    return [
        dict(zip(keys, [machines[int(row[0])], *row[1:4], int(row[4])], strict=True))
        for row in numbers.tolist()
    ]


@pytest.fixture
def spare(app: Flask, tmp_path: Path) -> Path:
    """A copy of the trained model, to be spoilt."""
    with app.app_context():
        shutil.copytree(registry().folder, tmp_path / "models")
    return tmp_path / "models"


# Prediction


def test_what_is_served_equals_the_offline_pipeline_bit_for_bit(client: FlaskClient) -> None:
    x, y = read(DATA.read_text())
    offline = pipeline().fit(x, y).predict_proba(x[:200]).tolist()
    items = readings()[:200]
    answer = client.post("/v1/predict/batch", json={"items": items}).json["items"]
    assert [list(item["probabilities"].values()) for item in answer] == offline


def test_a_batch_equals_its_single_readings(client: FlaskClient) -> None:
    items = readings()[:40]
    batch = client.post("/v1/predict/batch", json={"items": items}).json["items"]
    assert batch == [client.post("/v1/predict", json=item).json for item in items]


def test_the_label_is_the_most_probable(client: FlaskClient) -> None:
    answer = client.post("/v1/predict", json=EXAMPLE).json
    assert answer["label"] == max(answer["probabilities"], key=answer["probabilities"].get)
    assert sum(answer["probabilities"].values()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"temperature_c": float("nan")}, "/temperature_c"),
        ({"temperature_c": float("inf")}, "/temperature_c"),
        ({"temperature_c": None}, "/temperature_c"),
        ({"temperature_c": "71"}, "/temperature_c"),
        ({"temperature_c": True}, "/temperature_c"),
        ({"temperature_c": 9000}, "/temperature_c"),
        ({"hours_since_service": 1.5}, "/hours_since_service"),
        ({"machine": "robot"}, "/machine"),
        ({"colour": "red"}, "/colour"),
    ],
)
def test_a_reading_that_cannot_be_is_refused_by_its_field(
    client: FlaskClient, change: dict[str, Any], path: str
) -> None:
    body = json.dumps({**EXAMPLE, **change})
    single = client.post("/v1/predict", data=body, content_type="application/json")
    assert [error["path"] for error in problem(single, 422)["errors"]] == [path]
    body = json.dumps({"items": [EXAMPLE, {**EXAMPLE, **change}]})
    batch = client.post("/v1/predict/batch", data=body, content_type="application/json")
    assert [error["path"] for error in problem(batch, 422)["errors"]] == [f"/items/1{path}"]


def test_a_missing_feature_is_named(client: FlaskClient) -> None:
    body = {name: value for name, value in EXAMPLE.items() if name != "machine"}
    errors = problem(client.post("/v1/predict", json=body), 422)["errors"]
    assert [error["path"] for error in errors] == ["/machine"]


@pytest.mark.parametrize("count", [0, 1001])
def test_a_batch_outside_its_bounds_is_refused(client: FlaskClient, count: int) -> None:
    answer = client.post("/v1/predict/batch", json={"items": [EXAMPLE] * count})
    assert problem(answer, 422)["errors"][0]["path"] == "/items"


def test_the_largest_batch(client: FlaskClient) -> None:
    answer = client.post("/v1/predict/batch", json={"items": [EXAMPLE] * 1000})
    assert len(answer.json["items"]) == 1000


# The log


def test_predictions_are_logged_and_paged(app: Flask, client: FlaskClient) -> None:
    for hours in range(5):
        client.post("/v1/predict", json={**EXAMPLE, "hours_since_service": hours})
    with app.app_context():
        prediction_log().flush()
    page = client.get("/v1/predictions?limit=3").json
    rest = client.get(f"/v1/predictions?limit=3&after={page['next']}").json
    hours_seen = [item["features"]["hours_since_service"] for item in page["items"] + rest["items"]]
    assert hours_seen == [4, 3, 2, 1, 0]
    assert rest["next"] is None


def test_the_log_writes_in_batches(app: Flask, client: FlaskClient) -> None:
    client.post("/v1/predict/batch", json={"items": [EXAMPLE] * 300})
    with app.app_context():
        prediction_log().flush()
        assert db.session.scalar(select(func.count()).select_from(Row)) == 300


def test_a_full_log_drops_and_does_not_wait(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PredictionLog, "CAPACITY", 10)
    assert client.post("/v1/predict/batch", json={"items": [EXAMPLE] * 11}).status_code == 200
    with app.app_context():
        assert prediction_log().dropped == 11


def test_a_database_that_fails_does_not_stop_the_service(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OperationalError("insert", {}, Exception("gone"))

    with app.app_context():
        log = prediction_log()
        monkeypatch.setattr(type(log.engine), "begin", fail)
        assert client.post("/v1/predict", json=EXAMPLE).status_code == 200
        log.flush()


def test_the_last_predictions_are_written_at_the_end(
    app: Flask, environment: dict[str, str], tmp_path: Path
) -> None:
    with serving(SERVE, environment, tmp_path) as server:
        server.post("/v1/predict/batch", {"items": [EXAMPLE] * 50})
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(20) == 0
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Row)) == 50


# Training and loading


def test_the_same_seed_gives_the_same_model(tmp_path: Path) -> None:
    first, second = train(Registry(tmp_path / "a")), train(Registry(tmp_path / "b"))
    assert first == second  # down to the hash of the file
    assert first.seed == SEED
    one, other = Registry(tmp_path / "a").current(), Registry(tmp_path / "b").current()
    x = [Reading(**item) for item in readings()]
    assert (one.probabilities(x) == other.probabilities(x)).all()


def test_a_model_below_the_bar_is_not_used(spare: Path) -> None:
    before = Registry(spare).current().card
    with pytest.raises(TrainingError, match="below the bar"):
        train(Registry(spare), bar=0.999)
    assert Registry(spare).current().card == before


def test_a_bad_row_of_the_data_is_named_by_its_line(tmp_path: Path) -> None:
    lines = DATA.read_text().splitlines()
    lines[3] = lines[3].replace(",", ",x", 1)
    data = tmp_path / "data.csv"
    data.write_text("\n".join(lines))
    with pytest.raises(TrainingError, match="line 4"):
        train(Registry(tmp_path / "models"), data)


def test_the_card_describes_the_model(client: FlaskClient) -> None:
    card = client.get("/v1/model").json
    assert card["rows"] == len(readings())
    assert card["metrics"]["macro_f1"] >= 0.8
    assert set(card["features"]) == set(EXAMPLE)
    assert card["library"].startswith("scikit-learn ")


def used(folder: Path) -> Path:
    return folder / f"{Registry(folder).current().card.version}.skops"


def spoil_file(folder: Path) -> None:
    path = used(folder)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def change_card(folder: Path, **changes: object) -> None:
    path = folder / "current.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def remove_file(folder: Path) -> None:
    used(folder).unlink()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (spoil_file, "not the file that was trained"),
        (remove_file, "is missing"),
        (lambda f: change_card(f, sha256="0" * 64), "contradicts itself"),
        (lambda f: change_card(f, version="../../etc"), "contradicts itself"),
        (lambda f: change_card(f, library="scikit-learn 0.1"), r"made by scikit-learn 0\.1"),
        (lambda f: change_card(f, features={}), "other features"),
    ],
)
def test_a_model_that_is_not_as_trained_is_refused(spare: Path, spoil: Any, message: str) -> None:
    Registry(spare).current()
    spoil(spare)
    with pytest.raises(ModelError, match=message):
        Registry(spare).current()


def test_a_type_that_is_not_trusted_is_refused(
    spare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry_module, "TRUSTED", [])
    with pytest.raises(ModelError, match="what is not trusted"):
        Registry(spare).current()


def test_without_a_usable_model_the_service_says_so(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        app.extensions["models"] = Registry(registry().folder / "empty")
    problem(client.post("/v1/predict", json=EXAMPLE), 503)
    assert "model" in problem(client.get("/readyz"), 503)["detail"]
    assert client.get("/healthz").status_code == 200


@pytest.fixture
def served(app: Flask, spare: Path) -> Registry:
    """What the app serves from, now a copy."""
    app.extensions["models"] = copy = Registry(spare)
    return copy


def test_a_model_trained_by_another_process_is_taken_up(
    served: Registry, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = client.post("/v1/predict", json=EXAMPLE).json["model"]
    monkeypatch.setattr("app.ml.train.SEED", SEED + 1)
    time.sleep(0.01)
    new = train(Registry(served.folder), bar=0.5).version
    assert new != old
    assert client.post("/v1/predict", json=EXAMPLE).json["model"] == new


def test_nothing_unpickles() -> None:
    for path in (ROOT / "app").rglob("*.py"):
        for name in ("pickle", "joblib"):
            assert f"import {name}" not in path.read_text(), path


def test_a_row_of_the_matrix_is_in_the_order_of_the_fields() -> None:
    assert list(Reading.model_fields) == list(EXAMPLE)
    assert matrix([Reading(**EXAMPLE)]).tolist() == [[1.0, 71.0, 4.2, 5.4, 2900.0]]
