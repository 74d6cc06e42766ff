"""The model that is served: answers, log, training. Nothing here knows a feature by name."""

from __future__ import annotations

import io
import json
import random
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from app import create_app, db
from app.config import ROOT, Settings
from app.ml.features import EXAMPLE, TARGET, TRUSTED, Features
from app.ml.log import PredictionLog, last_inputs, prediction_log
from app.ml.matrix import LABELS, NAMES, matrix, schema
from app.ml.pipeline import BAR, SCORE, SEED, pipeline
from app.ml.registry import Registry, TrainingError
from app.ml.train import DATA, read, train
from app.models import Prediction as Row
from tests.test_http import problem
from tests.test_server import SERVE, serving

FIELDS = schema()
FIRST_NUMBER = next((n for n, f in FIELDS.items() if f.get("type") in ("number", "integer")), None)


def requests(count: int) -> list[dict[str, Any]]:
    """Rows of the data, as they would be sent."""
    items, _ = read(DATA.read_text("utf-8-sig"))
    return [item.model_dump(mode="json") for item in items[:count]]


def numbers(answer: dict[str, Any]) -> list[float]:
    return list(answer["probabilities"].values()) if LABELS else [answer["value"]]


def close(found: list[float], wanted: list[float]) -> bool:
    """Equal but for the order of additions, which batches change in linear models."""
    return found == pytest.approx(wanted, rel=1e-9, abs=1e-12)


# Prediction


def test_what_is_served_equals_the_offline_pipeline(client: FlaskClient) -> None:
    items, targets = read(DATA.read_text("utf-8-sig"))
    offline = pipeline().fit(matrix(items), targets)
    ask = offline.predict_proba if LABELS else offline.predict
    wanted = ask(matrix(items[:100])).reshape(100, -1).tolist()
    answer = client.post("/v1/predict/batch", json={"items": requests(100)}).json["items"]
    for found, expected in zip(answer, wanted, strict=True):
        assert close(numbers(found), expected)


def test_a_batch_equals_its_single_requests(client: FlaskClient) -> None:
    items = requests(30)
    batch = client.post("/v1/predict/batch", json={"items": items}).json["items"]
    for item, found in zip(items, batch, strict=True):
        alone = client.post("/v1/predict", json=item).json
        assert close(numbers(found), numbers(alone))
        assert found["model"] == alone["model"]


@pytest.mark.skipif(not LABELS, reason="a regression has no labels")
def test_the_label_is_the_most_probable(client: FlaskClient) -> None:
    answer = client.post("/v1/predict", json=EXAMPLE).json
    assert tuple(answer["probabilities"]) == LABELS
    assert answer["label"] == max(answer["probabilities"], key=answer["probabilities"].get)
    assert sum(answer["probabilities"].values()) == pytest.approx(1)


def wrong_values() -> list[tuple[str, Any]]:
    """For each feature what it must not take."""
    found: list[tuple[str, Any]] = [("not_a_feature", 1)]
    for name, field in FIELDS.items():
        if field["required"]:
            found.append((name, None))
        if "enum" in field or "const" in field:
            found += [(name, "none of them"), (name, 0)]
        elif field["type"] in ("number", "integer"):
            found += [(name, value) for value in (float("nan"), float("inf"), "1", True, [1])]
            found += [(name, field[end] + by) for end, by in ENDS if end in field]
        if field["type"] == "integer":
            found.append((name, 1.5))
    return found


ENDS = (("minimum", -1), ("maximum", 1))


@pytest.mark.parametrize(("name", "value"), wrong_values())
def test_what_a_feature_cannot_be_is_refused_by_its_name(
    client: FlaskClient, name: str, value: Any
) -> None:
    body = json.dumps({**EXAMPLE, name: value})
    single = client.post("/v1/predict", data=body, content_type="application/json")
    assert [error["path"] for error in problem(single, 422)["errors"]] == [f"/{name}"]
    body = json.dumps({"items": [EXAMPLE, {**EXAMPLE, name: value}]})
    batch = client.post("/v1/predict/batch", data=body, content_type="application/json")
    assert [error["path"] for error in problem(batch, 422)["errors"]] == [f"/items/1/{name}"]


@pytest.mark.parametrize("name", NAMES)
def test_a_feature_may_be_left_out_only_where_a_gap_is_allowed(
    client: FlaskClient, name: str
) -> None:
    response = client.post("/v1/predict", json={k: v for k, v in EXAMPLE.items() if k != name})
    if FIELDS[name]["required"]:
        assert [error["path"] for error in problem(response, 422)["errors"]] == [f"/{name}"]
    else:
        assert response.status_code == 200


@pytest.mark.parametrize("count", [0, 1001])
def test_a_batch_outside_its_bounds_is_refused(client: FlaskClient, count: int) -> None:
    answer = client.post("/v1/predict/batch", json={"items": [EXAMPLE] * count})
    assert problem(answer, 422)["errors"][0]["path"] == "/items"


def test_the_largest_batch(client: FlaskClient) -> None:
    answer = client.post("/v1/predict/batch", json={"items": [EXAMPLE] * 1000})
    assert len(answer.json["items"]) == 1000


def test_a_large_body_of_nonsense_costs_little(client: FlaskClient) -> None:
    """What once took 31 seconds, 1.4 GB and the worker."""
    item = "{" + ",".join(f'"k{i}":0' for i in range(450)) + "}"
    body = '{"items": [' + ",".join([item] * 1000) + "]}"
    assert 3 * 2**20 < len(body) < 4 * 2**20
    started = time.thread_time()
    answer = client.post("/v1/predict/batch", data=body, content_type="application/json")
    assert len(problem(answer, 422)["errors"]) == 50
    assert len(answer.data) < 20_000
    assert time.thread_time() - started < 5
    more = "{" + ",".join(f'"k{i}":0' for i in range(700_000)) + "}"
    problem(client.post("/v1/predict", data=more, content_type="application/json"), 413)


# The log


def logged(app: Flask) -> int:
    with app.app_context():
        prediction_log().flush()
        return db.session.scalar(select(func.count()).select_from(Row)) or 0


def test_predictions_are_logged_and_paged(app: Flask, client: FlaskClient) -> None:
    sent = requests(5)
    answers = [client.post("/v1/predict", json=item).json for item in sent]
    assert logged(app) == 5
    page = client.get("/v1/predictions?limit=3").json
    rest = client.get(f"/v1/predictions?limit=3&after={page['next']}").json
    found = page["items"] + rest["items"]
    assert [item["features"] for item in found] == sent[::-1]
    assert [{**item["answer"], "model": item["model"]} for item in found] == answers[::-1]
    assert rest["next"] is None


def test_the_log_writes_in_batches(app: Flask, client: FlaskClient) -> None:
    client.post("/v1/predict/batch", json={"items": [EXAMPLE] * 300})
    assert logged(app) == 300


def test_inputs_are_not_kept_where_that_is_turned_off(
    app: Flask, client: FlaskClient, settings: Settings
) -> None:
    silent = create_app(settings.model_copy(update={"log_inputs": False})).test_client()
    silent.environ_base.update(client.environ_base)
    assert silent.post("/v1/predict", json=EXAMPLE).status_code == 200
    assert logged(silent.application) == 1
    (row,) = client.get("/v1/predictions").json["items"]
    assert row["features"] is None
    assert row["answer"]
    with app.app_context():
        assert last_inputs() == []


def test_a_full_log_drops_and_does_not_wait(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PredictionLog, "CAPACITY", 10)  # bytes
    assert client.post("/v1/predict/batch", json={"items": [EXAMPLE] * 11}).status_code == 200
    with app.app_context():
        assert prediction_log().dropped == 11
    assert logged(app) == 0


def test_what_comes_without_its_length_is_counted_too(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PredictionLog, "CAPACITY", PredictionLog.ROW + 10)
    response = client.post(
        "/v1/predict",
        input_stream=io.BytesIO(json.dumps(EXAMPLE).encode()),
        content_type="application/json",
        environ_overrides={"wsgi.input_terminated": True, "CONTENT_LENGTH": ""},  # as for chunks
    )
    assert response.status_code == 200, response.text
    assert logged(app) == 0


def test_a_database_that_fails_does_not_stop_predictions(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OperationalError("insert", {}, Exception("gone"))

    with app.app_context():
        log = prediction_log()
    with monkeypatch.context() as patch:
        patch.setattr(type(log.engine), "begin", fail)
        assert client.post("/v1/predict", json=EXAMPLE).status_code == 200
        log.flush()
    assert "prediction log" in client.get("/readyz").json["degraded"]
    client.post("/v1/predict", json=EXAMPLE)
    log.flush()
    assert client.get("/readyz").json["degraded"] == []


def test_a_log_that_fails_says_so_in_one_line_without_what_was_asked(
    settings: Settings, client: FlaskClient, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unprepared = {"database_url": f"sqlite:///{tmp_path}/empty.db"}
    without_tables = create_app(settings.model_copy(update=unprepared))
    headers = {"Authorization": client.environ_base.get("HTTP_AUTHORIZATION", "")}
    answer = without_tables.test_client().post("/v1/predict", json=EXAMPLE, headers=headers)
    assert answer.status_code == 200, answer.text
    with without_tables.app_context():
        prediction_log().flush()
    (line,) = [line for line in capsys.readouterr().err.splitlines() if "not be logged" in line]
    assert "no such table" in line
    assert "Traceback" not in line
    assert not [name for name in NAMES if f'{name}\\"' in line]


def test_the_last_predictions_are_written_at_the_end(
    app: Flask, environment: dict[str, str], tmp_path: Path
) -> None:
    with serving(SERVE, environment, tmp_path) as server:
        server.post("/v1/predict/batch", {"items": [EXAMPLE] * 50})
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(60) == 0
    assert logged(app) == 50


# Metrics


def test_metrics_tell_model_label_time_and_key(client: FlaskClient, settings: Settings) -> None:
    on = create_app(settings.model_copy(update={"metrics_token": "t" * 20})).test_client()
    on.environ_base.update(client.environ_base)
    answer = on.post("/v1/predict", json=EXAMPLE).json
    page = on.get("/metrics", headers={"Authorization": f"Bearer {'t' * 20}"}).text
    key = "tests" if "HTTP_AUTHORIZATION" in client.environ_base else ""
    labels = f'key="{key}",label="{answer.get("label", "")}",model="{answer["model"]}"'
    assert f"predictions_total{{{labels}}}" in page
    assert f'prediction_seconds_count{{model="{answer["model"]}"}}' in page


# Training


def test_the_same_seed_gives_the_same_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Registry, "try_out", lambda *_: None)
    first, second = train(Registry(tmp_path / "a")), train(Registry(tmp_path / "b"))
    assert first == second  # down to the hash of the file
    assert first.seed == SEED


def test_a_model_below_the_bar_is_not_used(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=f"{SCORE} is .*, below the bar"):
        train(Registry(tmp_path), bar=1.1)
    assert list(tmp_path.iterdir()) == []


def lines() -> list[str]:
    return DATA.read_text("utf-8-sig").splitlines()


def learn(folder: Path, data: list[str]) -> None:
    path = folder / "data.csv"
    path.write_text("\n".join(data) + "\n")
    train(Registry(folder / "models"), path)


def test_a_bad_row_of_the_data_is_named_by_its_line(tmp_path: Path) -> None:
    data = lines()
    data[3] = ",".join(["\x01"] * (data[0].count(",") + 1))
    with pytest.raises(TrainingError, match=r"^line 4 of the data: "):
        learn(tmp_path, data)


def test_a_column_that_the_data_lacks_is_named(tmp_path: Path) -> None:
    data = lines()
    data[0] = data[0].replace(TARGET, "another")
    with pytest.raises(TrainingError, match=f"no column {TARGET}$"):
        learn(tmp_path, data)


def test_data_that_is_too_little_to_learn_from_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"cannot be learnt from|no row of the data"):
        learn(tmp_path, lines()[:2])


def test_columns_that_nobody_asked_for_change_nothing(tmp_path: Path) -> None:
    extra = [f"{line},{'id' if i == 0 else i}" for i, line in enumerate(lines())]
    text = "\n".join(extra)
    assert read(text)[0] == read("\n".join(lines()))[0]


def test_the_card_describes_the_model(client: FlaskClient) -> None:
    card = client.get("/v1/model").json
    assert card["rows"] == len(read(DATA.read_text("utf-8-sig"))[0])
    assert card["metrics"][SCORE] >= BAR
    assert card["features"] == FIELDS
    assert {"scikit-learn", "numpy", "skops"} <= set(card["libraries"])


# What is yours is in one place


def test_nothing_outside_app_ml_knows_a_word_of_the_model() -> None:
    """Columns, labels, values: another model changes app/ml, its data and its card, no more."""
    enums = [value for field in FIELDS.values() for value in field.get("enum", [])]
    words = {name for name in (*NAMES, TARGET, *LABELS, *enums) if isinstance(name, str)}
    words = {word for word in words if len(word) > 3}
    code = [
        path
        for folder in ("app", "load", "migrations", "tests")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", ".html", ".js", ".css") and ROOT / "app/ml" not in path.parents
    ]
    code.remove(ROOT / "tests/test_your_model.py")  # it brings a model along
    assert code
    for path in code:
        text = path.read_text()
        known = [word for word in words if f'"{word}"' in text or f".{word}" in text]
        assert known == [], path


def test_the_example_is_whole_and_all_rows_have_the_order_of_the_fields() -> None:
    assert list(EXAMPLE) == list(NAMES)
    shuffled = dict(random.Random(1).sample(list(EXAMPLE.items()), len(EXAMPLE)))
    one, other = matrix([Features(**EXAMPLE)]), matrix([Features(**shuffled)])
    np.testing.assert_array_equal(one, other)
    assert one.shape == (1, len(NAMES))


def test_no_type_is_approved_that_the_model_does_not_hold(app: Flask) -> None:
    import skops.io

    with app.app_context():
        folder = Path(app.config["SETTINGS"].model_dir)
        used = folder / Registry(folder).pointed() / "model.skops"
    assert set(TRUSTED) <= set(skops.io.get_untrusted_types(data=used.read_bytes()))


def test_nothing_unpickles() -> None:
    for path in (ROOT / "app").rglob("*.py"):
        for name in ("pickle", "joblib"):
            assert f"import {name}" not in path.read_text(), path
