"""What the trainer refuses before the first step, and what it says instead."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from difflab import nn
from difflab.errors import (
    DataError,
    NonScalarLossError,
    ParameterTypeError,
    ShapeError,
    UnknownNameError,
    UsageError,
)
from difflab.nn import MLP, Objective, Trainer, accuracy, squared_error
from tests.nn.helpers import DATA, NET, OBJECTIVE, Recorder, fit, start


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"steps": 3, "epochs": 3},
        {"steps": 0},
        {"steps": 2.0},
        {"steps": "3"},
        {"epochs": -1},
        {"steps": 1, "batch_size": 0},
        {"steps": 1, "evaluate_every": 0},
        {"steps": 1, "threads": 0},
    ],
)
def test_lengths_that_make_no_sense_are_refused(settings: Any) -> None:
    with pytest.raises(UsageError):
        Trainer(OBJECTIVE, None, "sgd", **settings)


def test_a_metric_needs_a_model() -> None:
    with pytest.raises(UsageError, match="without a model"):
        Trainer(lambda w, x, y: np.mean(w * x - y), None, "sgd", steps=1, metric=accuracy)


def test_a_batch_larger_than_the_data_is_refused() -> None:
    with pytest.raises(UsageError, match="batches of 51 samples"):
        fit(batch_size=51)


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"optimizer": "adan"}, "try: 'adam'"), ({"gradient": "autodif"}, "try: 'autodiff'")],
)
def test_unknown_names_are_answered_with_the_nearest(settings: Any, message: str) -> None:
    with pytest.raises(UnknownNameError, match=message):
        fit(**settings)


@pytest.mark.parametrize("where", ["x", "y"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_samples_with_gaps_are_refused(where: str, value: float) -> None:
    data = {"x": DATA.x.copy(), "y": DATA.y.copy()}
    data[where][3, 0] = value
    with pytest.raises(DataError, match=f"training {where} holds {value} in row 3, column 0"):
        Trainer(OBJECTIVE, None, "sgd", steps=1).fit(**data, params=start())
    with pytest.raises(DataError, match=f"validation {where} holds {value} in row 3, column 0"):
        Trainer(OBJECTIVE, None, "sgd", steps=1).fit(
            DATA.x, DATA.y, (data["x"], data["y"]), params=start()
        )


@pytest.mark.parametrize(
    ("x", "y", "error", "message"),
    [
        (DATA.x[:0], DATA.y[:0], DataError, "no training samples"),
        (DATA.x, DATA.y[:-1], ShapeError, "one row per sample"),
        (1.0, 2.0, ShapeError, "one row per sample"),
        (DATA.x, DATA.y[:, 0], ShapeError, r"y\[:, None\]"),
        (DATA.x[:, :1], DATA.y, ShapeError, "takes 2 features"),
        ([["a", "b"]], [["c"]], DataError, "not numbers"),
    ],
)
def test_samples_that_do_not_fit_are_refused(x: Any, y: Any, error: Any, message: str) -> None:
    recorder = Recorder()
    with pytest.raises(error, match=message):
        Trainer(OBJECTIVE, None, "sgd", recorder, steps=1).fit(x, y, params=start())
    assert not recorder.prepared


def test_a_validation_set_that_does_not_fit_is_refused_before_the_first_step() -> None:
    recorder = Recorder()
    with pytest.raises(ShapeError, match="takes 2 features"):
        Trainer(OBJECTIVE, None, "sgd", recorder, steps=100).fit(
            DATA.x, DATA.y, (DATA.x[:, :1], DATA.y), params=start()
        )
    assert not recorder.prepared


@pytest.mark.parametrize("params", [[(np.ones((2, 1), int), np.zeros(1))], [], "w"])
def test_parameters_that_cannot_be_trained_are_refused(params: Any) -> None:
    objective = Objective(MLP((2, 1)), squared_error)
    with pytest.raises(ParameterTypeError):
        Trainer(objective, None, "sgd", steps=1).fit(DATA.x, DATA.y, params=params)


@pytest.mark.parametrize(
    "settings",
    [
        {"seed": -1},
        {"seed": None},
        {"seed": 1.5},
        {"model": None},
        {"model": MLP},
        {"loss": None},
        {"loss": 3},
        {"initial": 3},
        {"dtype": "float16"},
        {"l2": -1.0},
        {"l2": None},
        {"early_stopping": 5},
        {"checkpoint": 5},
        {"optimizer": None},
        {"optimizer": nn.Adam},
        {"metric": 3},
        {"callbacks": print},
        {"callbacks": [3]},
        {"blow_up": float("nan")},
        {"blow_up": 0},
        {"blow_up": "much"},
        {"blow_up": None},
        {"l2": True},
        {"shuffle": "no"},
        {"progress": "yes"},
    ],
    ids=str,
)
def test_settings_of_the_wrong_kind_are_refused_by_name(settings: Any) -> None:
    (name,) = settings
    with pytest.raises(UsageError, match=f"{name} = .* does not fit"):
        Trainer(**{"model": NET, "loss": "hinge", "optimizer": "sgd", "steps": 1, **settings})


@pytest.mark.parametrize("lr", ["0.1", None, -1.0, float("nan"), np.ones(2)], ids=str)
def test_learning_rates_that_are_no_numbers_are_refused(lr: Any) -> None:
    with pytest.raises(UsageError, match="lr = "):
        nn.optimizer("adam", lr=lr)


@pytest.mark.parametrize("name", [None, ["tanh"], 3])
def test_names_that_are_no_names_are_unknown_names(name: Any) -> None:
    with pytest.raises(UnknownNameError, match="activation"):
        MLP((2, 1), name)
    with pytest.raises(UnknownNameError, match="optimizer"):
        nn.optimizer(name)


@pytest.mark.parametrize("gradient", [None, 3, Recorder, len])
def test_something_that_is_no_provider_is_refused(gradient: Any) -> None:
    with pytest.raises(UsageError, match="is no provider"):
        fit(gradient=gradient)


@pytest.mark.parametrize("validation", [np.ones(3), (1, 2, 3), "0.2", True])
def test_a_validation_set_is_a_pair_or_a_share(validation: Any) -> None:
    with pytest.raises(UsageError, match="neither a pair"):
        Trainer(OBJECTIVE, None, "sgd", steps=1).fit(DATA.x, DATA.y, validation, params=start())


def test_complex_samples_are_refused_rather_than_cut() -> None:
    with pytest.raises(DataError, match="complex"):
        Trainer(OBJECTIVE, None, "sgd", steps=1).fit(DATA.x + 1j, DATA.y, params=start())


def test_an_objective_that_returns_an_array_is_refused() -> None:
    trainer = Trainer(lambda w, x, y: w * x - y, None, "sgd", steps=1)
    with pytest.raises(NonScalarLossError, match=r"shape \(3,\)"):
        trainer.fit(np.ones(3), np.ones(3), params=1.0)


@pytest.mark.parametrize(
    ("loss", "targets", "message"),
    [
        (nn.binary_cross_entropy, [[0.0], [5.0]], "row 1, column 0 is 5"),
        (nn.binary_cross_entropy, [[-1.0], [1.0]], "row 0, column 0 is -1"),
        (nn.softmax_cross_entropy, [[1.0], [1.0]], "one class"),
        (nn.softmax_cross_entropy, [[1.0, 0.0], [3.0, 3.0]], "row 1 sums to 6"),
        (nn.softmax_cross_entropy, [[2.0, -1.0], [1.0, 0.0]], "column 0 is 2"),
    ],
)
def test_targets_that_a_loss_cannot_be_about_are_refused(
    loss: nn.Loss, targets: list[list[float]], message: str
) -> None:
    y = np.array(targets)
    net = MLP((1, y.shape[1]))
    trainer = Trainer(net, loss, "sgd", steps=1)
    with pytest.raises(DataError, match="make no sense") as caught:
        trainer.fit(np.ones((2, 1)), y)
    assert message in str(caught.value)


def test_soft_targets_are_welcome() -> None:
    nn.binary_cross_entropy.check_targets(np.array([[0.25]]))
    nn.softmax_cross_entropy.check_targets(np.array([[0.3, 0.7]]))
    nn.squared_error.check_targets(np.array([[-7.0]]))


def test_a_number_of_numpy_is_a_number() -> None:
    trainer = Trainer(NET, "squared-error", steps=np.int64(2), l2=np.float32(0.5))
    assert len(trainer.fit(DATA.x, DATA.y).history) == 2


@pytest.mark.parametrize("state", [3, nn.SGD().init(1.0)], ids=["number", "of SGD"])
def test_the_state_of_another_optimizer_is_refused(state: Any) -> None:
    with pytest.raises(UsageError, match="goes on from a AdamState"):
        Trainer(NET, "squared-error", "adam", steps=1).fit(DATA.x, DATA.y, optimizer_state=state)


def test_a_whole_batch_optimizer_refuses_a_state() -> None:
    with pytest.raises(UsageError, match="takes no optimizer_state"):
        Trainer(NET, "squared-error", "lbfgs", steps=1).fit(DATA.x, DATA.y, optimizer_state=(1,))


@pytest.mark.parametrize("value", [None, 1j, "low"], ids=str)
def test_an_objective_that_returns_no_real_number_is_refused(value: Any) -> None:
    with pytest.raises(NonScalarLossError, match=f"returned {re.escape(repr(value))}"):
        Trainer(lambda *_: value, steps=1).fit(DATA.x, DATA.y, params=np.ones((2, 1)))


@pytest.mark.parametrize("value", [None, "good", np.ones(2)], ids=str)
def test_a_metric_that_returns_no_number_is_refused(value: Any) -> None:
    trainer = Trainer(NET, "squared-error", steps=1, metric=lambda *_: value)
    with pytest.raises(UsageError, match="the metric returned"):
        trainer.fit(DATA.x, DATA.y, DATA.validation)
