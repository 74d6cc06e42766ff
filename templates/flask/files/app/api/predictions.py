"""Predictions: one, many at once, those made so far, and the model behind them."""

from __future__ import annotations

import time
from typing import Annotated

from flask import Blueprint, abort, current_app, g, request
from prometheus_client import Counter, Histogram
from pydantic import Field
from sqlalchemy import select

from app import db
from app.ml.features import EXAMPLE, Features
from app.ml.log import prediction_log
from app.ml.model import ANSWER, ANSWERS, Model, ModelCard, Prediction
from app.ml.registry import ModelError, registry
from app.models import Prediction as Row
from app.openapi import operation
from app.schemas import Input, LoggedPrediction, Output, Page, PredictionPage

bp = Blueprint("predictions", __name__)
LARGEST_BATCH = 1000
COUNT = Counter("predictions_total", "Answers of a model.", ["model", "label", "key"])
SECONDS = Histogram("prediction_seconds", "Time a model takes to answer.", ["model"])


class Batch(Input):
    items: Annotated[
        list[Features], Field(min_length=1, max_length=LARGEST_BATCH, examples=[[EXAMPLE]])
    ]


@bp.post("/predict")
@operation("Predict", scope="predict", body=Features, returns=ANSWER)
def predict(body: Features) -> Prediction:
    return _predict([body])[0]


@bp.post("/predict/batch")
@operation(
    "Predict many at once",
    scope="predict",
    body=Batch,
    largest=4 * 2**20,
    returns=ANSWERS,
)
def predict_batch(body: Batch) -> Output:
    return ANSWERS.model_construct(items=_predict(body.items))


@bp.get("/predictions")
@operation("List predictions, newest first", scope="read", query=Page, returns=PredictionPage)
def predictions(query: Page) -> PredictionPage:
    rows, following = db.newest_first(select(Row), Row.id, query.after, query.limit)
    items = [LoggedPrediction.model_validate(row) for row in rows]
    return PredictionPage(items=items, next=following)


@bp.get("/model")
@operation("Describe the model in use", scope="read", returns=ModelCard)
def describe_model() -> ModelCard:
    return _model().card


def _predict(items: list[Features]) -> list[Prediction]:
    model = _model()
    started = time.perf_counter()
    answers = model.predict(items)
    SECONDS.labels(model.card.version).observe(time.perf_counter() - started)
    key = g.get("key_name") or ""
    for answer in answers:
        COUNT.labels(answer.model, getattr(answer, "label", ""), key).inc()
    prediction_log().add(items, answers, len(request.get_data()))
    return answers


def _model() -> Model:
    try:
        return registry().current()
    except ModelError as error:
        current_app.logger.error("no model: %s", error)
        abort(503, "There is no model in use.")
