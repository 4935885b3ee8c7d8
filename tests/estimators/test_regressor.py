"""The regressor: what it predicts is what a trainer with the same settings finds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array

from difflab import MLPRegressor
from difflab.errors import DataError, ShapeError, UnknownNameError, UsageError
from difflab.nn import MLP, Cosine, Objective, StepDecay, Trainer, optimizer, squared_error
from tests.estimators.helpers import RNG, X, Y, joined


def quick(**settings: Any) -> MLPRegressor:
    chosen = {"hidden_widths": (8,), "learning_rate": 0.05, "epochs": 5, "random_state": 0}
    return MLPRegressor(**{**chosen, **settings})


def test_it_is_the_trainer_bit_for_bit() -> None:
    objective = Objective(MLP((2, 8, 1), "relu"), squared_error, l2=0.01)
    adam = optimizer("adam", lr=0.05)
    trainer = Trainer(objective, optimizer=adam, batch_size=16, epochs=5, seed=3)
    result = trainer.fit(X, Y[:, None])
    fitted = quick(l2=0.01, batch_size=16, random_state=3).fit(X, Y)
    assert joined(fitted.params_) == joined(result.params)
    assert fitted.predict(X).tolist() == fitted.model_(result.params, X)[:, 0].tolist()


def test_it_learns() -> None:
    assert quick(hidden_widths=(32,), epochs=100).fit(X, Y).score(X, Y) > 0.98


@pytest.mark.parametrize("gradient", ["symbolic", "finite-difference:central-4", "complex-step"])
def test_every_engine_finds_the_same_network(gradient: str) -> None:
    known = quick(activation="tanh").fit(X, Y).predict(X)
    found = quick(activation="tanh", gradient=gradient).fit(X, Y).predict(X)
    np.testing.assert_allclose(found, known, rtol=1e-7)


def test_a_wrong_gradient_learns_nothing() -> None:
    """A control: ``gradient`` does decide how the network is trained."""
    assert quick(gradient="control:zeros").fit(X, Y).score(X, Y) < 0.1


def test_predictions_have_the_shape_of_the_targets() -> None:
    assert quick().fit(X, Y).predict(X).shape == (60,)
    assert quick().fit(X, Y[:, None]).predict(X).shape == (60, 1)
    both = np.column_stack([Y, -Y])
    fitted = quick(epochs=100).fit(X, both)
    assert fitted.predict(X).shape == (60, 2)
    assert fitted.score(X, both) > 0.9
    assert quick().fit(X, csr_array(both)).predict(X).shape == (60, 2)


def test_without_hidden_layers_it_is_linear_regression() -> None:
    linear = 2 * X[:, 0] - X[:, 1] + 0.5
    fitted = quick(
        hidden_widths=(), optimizer="sgd", batch_size=None, epochs=300, learning_rate=0.5
    )
    ((weights, biases),) = fitted.fit(X, linear).params_
    np.testing.assert_allclose([*weights[:, 0], *biases], [2, -1, 0.5], atol=1e-9)


def test_the_absolute_error_is_not_led_astray_by_an_outlier() -> None:
    wild = Y.copy()
    wild[7] = 1e3
    losses = ("squared-error", "absolute", "huber")
    errors = {}
    for loss in losses:
        fitted = quick(loss=loss, hidden_widths=(16,), epochs=60, batch_size=None).fit(X, wild)
        errors[loss] = np.median(np.abs(fitted.predict(X) - Y))
    assert errors["absolute"] < errors["squared-error"] / 3
    assert errors["huber"] < errors["squared-error"] / 3


def test_a_penalty_makes_weights_smaller() -> None:
    def size(l2: float) -> float:
        return sum(float(np.sum(w**2)) for w, _ in quick(l2=l2, epochs=60).fit(X, Y).params_)

    assert size(1.0) < size(0.0) / 10


def test_float32_is_float32_to_the_end() -> None:
    fitted = quick(dtype="float32").fit(X, Y)
    assert fitted.params_[0][0].dtype == np.float32
    assert fitted.predict(X).dtype == np.float32


def test_what_float32_cannot_hold_is_refused() -> None:
    fitted = quick(dtype="float32").fit(X, Y)
    for use in (fitted.predict, lambda x: fitted.fit(x, Y)):
        with pytest.raises(ValueError, match="too large for dtype"):
            use(1e60 * X)


def test_batches_are_all_samples_where_there_are_fewer() -> None:
    assert len(quick(batch_size=64).fit(X, Y).history_) == 5
    assert len(quick(batch_size=25).fit(X, Y).history_) == 15
    few, all_at_once = quick(batch_size=500).fit(X, Y), quick(batch_size=None).fit(X, Y)
    assert joined(few.params_) == joined(all_at_once.params_)


def test_a_schedule_spans_the_run() -> None:
    sgd = {"optimizer": "sgd", "batch_size": None, "hidden_widths": ()}
    plain = quick(**sgd, epochs=2, schedule="constant").fit(X, Y)
    assert joined(plain.params_) == joined(quick(**sgd, epochs=2).fit(X, Y).params_)
    halved = quick(**sgd, epochs=2, schedule="step:every=1,factor=0.5").fit(X, Y)
    objective = Objective(MLP((2, 1)), squared_error)
    first = Trainer(objective, optimizer=optimizer("sgd", lr=0.05), steps=1).fit(X, Y[:, None])
    second = Trainer(objective, optimizer=optimizer("sgd", lr=0.025), steps=1)
    assert joined(second.fit(X, Y[:, None], params=first.params).params) == joined(halved.params_)


def test_a_cosine_reaches_its_floor_at_the_end() -> None:
    fitted = quick(optimizer="sgd", batch_size=30, schedule="cosine").fit(X, Y)
    by_hand = quick(
        optimizer=optimizer("sgd", lr=Cosine(0.05, steps=10)), learning_rate=None, batch_size=30
    ).fit(X, Y)
    assert joined(fitted.params_) == joined(by_hand.params_)


def test_a_learning_rate_may_be_a_schedule_but_not_beside_another() -> None:
    halving = StepDecay(0.05, every=1, factor=0.5)
    text = quick(schedule="step:every=1,factor=0.5").fit(X, Y)
    assert joined(quick(learning_rate=halving).fit(X, Y).params_) == joined(text.params_)
    with pytest.raises(UsageError, match="it has a schedule already"):
        quick(learning_rate=halving, schedule="cosine").fit(X, Y)


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"hidden_widths": 64}, UsageError, r"hidden_widths=\(64,\)"),
        ({"hidden_widths": (0,)}, UsageError, "do not describe a network"),
        ({"hidden_widths": ("8",)}, UsageError, "do not describe a network"),
        ({"activation": "rellu"}, UnknownNameError, "'relu'"),
        ({"loss": "hubr"}, UnknownNameError, "'huber'"),
        ({"loss": "binary-cross-entropy"}, UnknownNameError, "loss for regression"),
        ({"gradient": "autodif"}, UnknownNameError, "'autodiff'"),
        ({"optimizer": "adan"}, UnknownNameError, "'adam'"),
        ({"optimizer": 3, "learning_rate": None}, UsageError, "optimizer = 3"),
        ({"learning_rate": -1.0}, UsageError, "lr"),
        ({"optimizer": optimizer("sgd")}, UsageError, "has a learning rate already"),
        ({"schedule": "cosin"}, UnknownNameError, "'cosine'"),
        ({"batch_size": 0}, UsageError, "batch_size = 0"),
        ({"batch_size": "auto"}, UsageError, "batch_size = 'auto'"),
        ({"epochs": 0}, UsageError, "epochs = 0"),
        ({"epochs": "many"}, UsageError, "epochs = 'many'"),
        ({"epochs": None}, UsageError, "needs a length"),
        ({"l2": -1}, UsageError, "l2 = -1"),
        ({"initial": "glorrot"}, UnknownNameError, "'glorot'"),
        ({"dtype": "float16"}, UsageError, "dtype = 'float16'"),
        ({"early_stopping": "yes"}, UsageError, "early_stopping = 'yes'"),
        ({"early_stopping": True, "patience": 0}, UsageError, "patience = 0"),
        ({"validation_fraction": 1.5}, UsageError, "validation_fraction = 1.5"),
        ({"validation_fraction": True}, UsageError, "validation_fraction = True"),
        ({"validation_fraction": 0.999}, DataError, "60 samples cannot be set apart"),
        ({"random_state": -1}, ValueError, "Seed"),
        ({"random_state": "dice"}, ValueError, "dice"),
    ],
)
def test_parameters_that_make_no_sense_are_refused_by_fit(
    settings: dict[str, Any], error: type[Exception], words: str
) -> None:
    estimator = quick(**settings)
    with pytest.raises(error, match=words):
        estimator.fit(X, Y)
    assert not hasattr(estimator, "params_")


def test_targets_of_another_width_are_refused() -> None:
    both = np.column_stack([Y, -Y])
    with pytest.raises(ShapeError, match="the targets have 2 columns"):
        quick().partial_fit(X, Y).partial_fit(X, both)
    with pytest.raises(ShapeError):
        quick().fit(X, Y, X_val=X, y_val=both)


def test_half_a_validation_set_is_refused() -> None:
    with pytest.raises(UsageError, match="X_val was given without y_val"):
        quick().fit(X, Y, X_val=X)
    with pytest.raises(UsageError, match="y_val was given without X_val"):
        quick().fit(X, Y, y_val=Y)
    with pytest.raises(UsageError, match="there is one validation set"):
        quick(validation_fraction=0.2).fit(X, Y, X_val=X, y_val=Y)


def test_a_validation_set_with_other_features_is_refused() -> None:
    with pytest.raises(ValueError, match="3 features"):
        quick().fit(X, Y, X_val=RNG.normal(size=(5, 3)), y_val=np.zeros(5))
