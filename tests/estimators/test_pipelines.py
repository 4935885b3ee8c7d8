"""Estimators among other parts of scikit-learn: pipelines, searches, frames, pickles."""

from __future__ import annotations

import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from difflab import MLPClassifier, MLPRegressor
from difflab.nn import EarlyStopping, optimizer
from difflab.providers import get
from tests.estimators.helpers import THREE, TWO, X, Y, joined

SMALL: dict[str, Any] = {"learning_rate": 0.05, "epochs": 30, "random_state": 0}


def test_in_a_pipeline_inputs_of_any_scale_do() -> None:
    wide = X * [1e4, 1e-3] + [0, 7]
    pipeline = make_pipeline(StandardScaler(), MLPClassifier((16,), **SMALL)).fit(wide, TWO)
    assert pipeline.score(wide, TWO) > 0.9
    targets = TransformedTargetRegressor(MLPRegressor((16,), **SMALL), transformer=StandardScaler())
    assert make_pipeline(StandardScaler(), targets).fit(wide, 1e5 * Y).score(wide, 1e5 * Y) > 0.9


def test_a_grid_search_compares_engines_and_widths() -> None:
    pipeline = make_pipeline(StandardScaler(), MLPClassifier(**SMALL))
    grid = {
        "mlpclassifier__gradient": ["autodiff", "symbolic", "finite-difference", get("autodiff")],
        "mlpclassifier__hidden_widths": [(), (4,)],
    }
    search = GridSearchCV(pipeline, grid, cv=2, error_score="raise").fit(X, TWO)
    scores = search.cv_results_["mean_test_score"].reshape(4, 2)
    assert (scores == scores[0]).all()  # all engines are right
    assert search.best_estimator_.score(X, TWO) == search.score(X, TWO) > 0.8


def test_cross_validation_scores_every_fold() -> None:
    assert cross_val_score(MLPClassifier((8,), **SMALL), X, THREE, cv=3).min() > 0.7
    assert cross_val_score(MLPRegressor((16,), **SMALL), X, Y, cv=3).min() > 0.7


def test_frames_keep_the_names_of_their_columns() -> None:
    frame = pd.DataFrame(X, columns=["left", "right"])
    fitted = MLPRegressor(**SMALL).fit(frame, pd.Series(Y))
    assert fitted.feature_names_in_.tolist() == ["left", "right"]
    assert fitted.n_features_in_ == 2
    assert fitted.predict(frame).tolist() == MLPRegressor(**SMALL).fit(X, Y).predict(X).tolist()
    with pytest.raises(ValueError, match="feature names"):
        fitted.predict(frame[["right", "left"]])


def test_columns_of_text_go_through_a_column_transformer() -> None:
    frame = pd.DataFrame({"size": X[:, 0], "age": X[:, 1], "town": THREE})
    prices = Y + (THREE == "b")
    columns = ColumnTransformer(
        [("numbers", StandardScaler(), ["size", "age"]), ("towns", OneHotEncoder(), ["town"])],
        sparse_threshold=0,
    )
    pipeline = make_pipeline(columns, MLPRegressor((16,), **{**SMALL, "epochs": 100}))
    assert pipeline.fit(frame, prices).score(frame, prices) > 0.95
    pipeline.set_params(columntransformer__sparse_threshold=1.0)
    with pytest.raises(TypeError, match=r"[Ss]parse"):
        pipeline.fit(frame, prices)


@pytest.mark.parametrize(
    ("estimator", "y"), [(MLPRegressor(**SMALL), Y), (MLPClassifier(**SMALL), THREE)]
)
def test_a_pickle_predicts_the_same_and_goes_on_the_same(estimator: Any, y: Any) -> None:
    fitted = clone(estimator).fit(X, y)
    loaded = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(loaded.predict(X), fitted.predict(X))
    assert loaded.history_ == fitted.history_
    assert joined(loaded.partial_fit(X, y).params_) == joined(fitted.partial_fit(X, y).params_)


def test_a_clone_has_the_settings_and_nothing_learnt() -> None:
    settings: Any = {
        "optimizer": optimizer("sgd", lr=0.1),
        "gradient": get("finite-difference"),
        "early_stopping": EarlyStopping(patience=2),
    }
    fitted = MLPRegressor((4,), epochs=2, **settings).fit(X, Y)
    copy = clone(fitted)
    assert copy.get_params() == fitted.get_params()
    assert not hasattr(copy, "params_")


def test_difflab_alone_does_not_import_scikit_learn() -> None:
    code = "import sys, difflab; print('sklearn' in sys.modules, callable(difflab.MLPRegressor))"
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert finished.stdout.split() == ["False", "True"], finished.stderr
