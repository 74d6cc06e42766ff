"""Predictions: one, many at once, those made so far, and the model behind them."""

from __future__ import annotations

from typing import Annotated

from flask import Blueprint, abort, current_app
from pydantic import Field
from sqlalchemy import select

from app import db
from app.ml.features import Reading
from app.ml.log import prediction_log
from app.ml.model import Model
from app.ml.registry import ModelError, registry
from app.models import Prediction as Row
from app.openapi import operation
from app.schemas import (
    Input,
    LoggedPrediction,
    ModelCard,
    Page,
    Prediction,
    PredictionPage,
    Predictions,
)

bp = Blueprint("predictions", __name__)


class Batch(Input):
    items: Annotated[list[Reading], Field(min_length=1, max_length=1000)]


@bp.post("/predict")
@operation("Predict for one reading", body=Reading, returns=Prediction, problems=(503,))
def predict(body: Reading) -> Prediction:
    return _predict([body])[0]


@bp.post("/predict/batch")
@operation("Predict for many readings", body=Batch, returns=Predictions, problems=(503,))
def predict_batch(body: Batch) -> Predictions:
    return Predictions(items=_predict(body.items))


@bp.get("/predictions")
@operation("List predictions, newest first", query=Page, returns=PredictionPage)
def predictions(query: Page) -> PredictionPage:
    rows, following = db.newest_first(select(Row), Row.id, query.after, query.limit)
    items = [LoggedPrediction.model_validate(row) for row in rows]
    return PredictionPage(items=items, next=following)


@bp.get("/model")
@operation("Describe the model in use", returns=ModelCard, problems=(503,))
def describe_model() -> ModelCard:
    return _model().card


def _predict(readings: list[Reading]) -> list[Prediction]:
    answers = _model().predict(readings)
    prediction_log().add(readings, answers)
    return answers


def _model() -> Model:
    try:
        return registry().current()
    except ModelError as error:
        current_app.logger.error("no model: %s", error)
        abort(503, "There is no model in use.")
