"""Divergence: found at the step where it happens, explained with the layer and a way out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from difflab.datasets import sincos
from difflab.errors import DataError, DivergenceError
from difflab.nn import (
    MLP,
    SGD,
    Gradients,
    Objective,
    Trainer,
    initialise,
    loss,
    optimizer,
    squared_error,
)
from difflab.nn.divergence import critical_rate, divergence_error
from difflab.tree import flatten, ravel
from tests.nn.helpers import DATA, OBJECTIVE, Recorder, joined, problem, start

LINEAR = MLP((2, 1))
RAW = sincos(200)


def diverge(**settings: Any) -> DivergenceError:
    """The course's example: a linear model on raw inputs, with a rate above lr_max = 0.0165."""
    settings = {"optimizer": SGD(0.1), "steps": 2000, **settings}
    with pytest.raises(DivergenceError) as caught:
        Trainer(LINEAR, squared_error, **settings).fit(RAW.x, RAW.y)
    return caught.value


def test_a_loss_that_blows_up_is_caught_while_it_is_still_finite() -> None:
    error = diverge()
    assert "training diverges: at step " in error.what
    assert "layer 1 weights" in error.why
    assert "a learning rate below 0.017206" in error.instead
    assert "standardise the inputs, which reach 9.99" in error.instead
    assert len(str(error).splitlines()) == 3


@pytest.mark.parametrize(
    "rule", [SGD(), SGD(momentum=0.9), SGD(momentum=0.5, nesterov=True), SGD(weight_decay=0.1)]
)
def test_the_critical_rate_separates_descent_that_arrives_from_descent_that_diverges(
    rule: SGD,
) -> None:
    data = problem(200)
    critical = critical_rate(Objective(LINEAR, squared_error), rule, data.x)
    assert critical is not None
    below = Trainer(LINEAR, "squared-error", replace(rule, lr=0.98 * critical), steps=3000)
    assert below.fit(data.x, data.y).final_loss < 5
    above = Trainer(LINEAR, "squared-error", replace(rule, lr=1.02 * critical), steps=3000)
    with pytest.raises(DivergenceError, match=r"diverges|stopped"):
        above.fit(data.x, data.y)


def test_without_a_known_rate_a_tenth_is_proposed() -> None:
    for settings in ({"optimizer": optimizer("rmsprop", lr=1e3)}, {"batch_size": 20}):
        error = diverge(blow_up=20, **settings)
        assert "a lower learning rate" in error.instead


def test_overflow_is_explained_too() -> None:
    error = diverge(blow_up=float("inf"))
    assert "training stopped at step " in error.what
    assert "the loss is inf" in error.what
    assert "the loss overflows" in error.why
    assert "layer 1 weights" in error.why
    assert "learning rate" in error.instead


def test_the_way_out_works() -> None:
    objective = Objective(LINEAR, squared_error)
    data = problem(200)
    result = Trainer(objective, None, SGD(0.1), steps=200).fit(
        data.x, data.y, params=initialise(LINEAR, 0)
    )
    assert result.final_loss < result.initial_loss


def test_the_last_update_is_checked_as_well() -> None:
    step = int(diverge().what.split("step ")[1].split()[0])
    # one step fewer: no gradient is taken at the parameters that went wrong
    error = diverge(steps=step - 1)
    assert f"at step {step - 1} the loss is" in error.what


def spoil(call: int, value: Any, gradient: Any) -> Any:
    """NaN in the second layer's weights, from the third call on."""
    if call >= 3:
        gradient[1][0][0, 0] = np.nan
    return value, gradient


def test_a_gradient_that_is_not_finite_is_named_by_layer() -> None:
    data = problem()
    with pytest.raises(DivergenceError) as caught:
        Trainer(OBJECTIVE, None, "adam", Recorder(spoil=spoil), steps=9).fit(
            data.x, data.y, params=start()
        )
    what = "training stopped at step 3: the gradient of layer 2 weights is not finite"
    assert caught.value.what == what
    assert "the loss is still" in caught.value.why


def test_the_first_layer_that_overflows_is_named() -> None:
    net = MLP((2, 4, 4, 1), "relu")
    params = initialise(net, 0)
    params[1][0][:] = 1e308
    data = problem()
    with pytest.raises(DivergenceError, match="layer 2 is the first to give numbers"):
        Trainer(Objective(net, squared_error), None, "sgd", steps=3).fit(
            10 * data.x, data.y, params=params
        )


def test_parameters_that_start_as_nan_are_named() -> None:
    params = start()
    params[2][1][:] = np.nan
    data = problem()
    with pytest.raises(DataError, match="layer 3 biases hold numbers that are not finite"):
        Trainer(OBJECTIVE, None, "sgd", steps=3).fit(data.x, data.y, params=params)


def test_a_gradient_whose_norm_overflows_is_not_divergence() -> None:
    def enlarge(call: int, value: Any, gradient: Any) -> Any:
        return value, [(w * 0 + 1e200, b) for w, b in gradient]

    data = problem()
    recorder = Recorder(spoil=enlarge)
    result = Trainer(OBJECTIVE, None, SGD(lr=1e-205), recorder, steps=2).fit(
        data.x, data.y, params=start()
    )
    assert np.isinf(result.history[0].gradient_norms[0])
    assert joined(result.params) != joined(start())


def test_a_plain_function_is_explained_without_layers() -> None:
    with pytest.raises(DivergenceError, match=r"largest parameters: params\['a'\], up to 39"):
        Trainer(lambda w, x, y: np.mean((w["a"] * x - y) ** 4), None, SGD(10.0), steps=50).fit(
            np.ones(3), np.zeros(3), params={"a": 1.0}
        )


def test_a_start_without_a_loss_is_compared_with_the_size_of_the_targets() -> None:
    ones = np.ones((4, 1))
    params = [(np.full((1, 1), 1 + 1e-6), np.zeros(1))]
    trainer = Trainer(MLP((1, 1)), squared_error, SGD(0.6), steps=20, blow_up=100)
    result = trainer.fit(ones, ones, params=params)  # away from the solution, but not far
    assert result.final_loss > 1e4 * result.initial_loss
    with pytest.raises(DivergenceError, match="diverges"):
        replace(trainer, steps=100).fit(ones, ones, params=params)


@pytest.mark.parametrize("name", ["squared-error", "half-squared-error", "sum-squared-error"])
@pytest.mark.parametrize("l2", [0.0, 0.5])
def test_the_critical_rate_counts_outputs_reduction_and_penalty(name: str, l2: float) -> None:
    x, y = np.random.default_rng(0).normal(size=(9, 2)), np.zeros((9, 3))
    objective = Objective(MLP((2, 3)), loss(name), l2)
    start = [(np.zeros((2, 3)), np.zeros(3))]
    gradient = Gradients(objective, "autodiff").prepared(start, x, y)

    def along(direction: np.ndarray) -> np.ndarray:  # the gradient of a quadratic is H w
        params = [(direction[:6].reshape(2, 3), direction[6:])]
        return ravel(flatten(gradient.value_and_gradient(params, x, y)[1])[0])

    largest = np.linalg.eigvalsh(np.array([along(direction) for direction in np.eye(9)]))[-1]
    critical = critical_rate(objective, SGD(), x)
    assert critical is not None
    if l2:  # biases are not penalised, so the rate is a little too careful
        assert 2 / (largest + l2) <= critical < 2 / largest * (1 + 1e-12)
        assert critical < critical_rate(Objective(MLP((2, 3)), loss(name)), SGD(), x)
    else:
        np.testing.assert_allclose(critical, 2 / largest, rtol=1e-12)


def test_the_layer_that_backpropagation_reaches_first_is_named() -> None:
    bad = [(w * np.nan, b) if number < 2 else (w, b) for number, (w, b) in enumerate(start())]
    error = divergence_error(3, 1.0, bad, start(), DATA.x, OBJECTIVE, 0.1, 1.0)
    assert "the gradient of layer 2 weights is not finite" in error.what
