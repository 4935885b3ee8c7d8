"""Divergence: found at the step where it happens, explained with the layer and a way out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from difflab.datasets import sincos
from difflab.errors import DataError, DivergenceError
from difflab.nn import MLP, SGD, Objective, Trainer, initialise, squared_error
from tests.nn.helpers import OBJECTIVE, Recorder, joined, problem, start

LINEAR = MLP((2, 1))
RAW = sincos(200)


def diverge(**settings: Any) -> DivergenceError:
    """The course's example: a linear model on raw inputs, with a rate above lr_max = 0.0165."""
    settings = {"optimizer": SGD(0.1), "steps": 2000, **settings}
    with pytest.raises(DivergenceError) as caught:
        Trainer(Objective(LINEAR, squared_error), **settings).fit(
            initialise(LINEAR, 0), RAW.x, RAW.y
        )
    return caught.value


def test_a_loss_that_blows_up_is_caught_while_it_is_still_finite() -> None:
    error = diverge()
    assert "training diverges: at step " in error.what
    assert "layer 1 weights" in error.why
    assert "a lower learning rate, 0.01 instead of 0.1" in error.instead
    assert "standardise the inputs, which reach 9.99" in error.instead
    assert len(str(error).splitlines()) == 3


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
    result = Trainer(objective, SGD(0.1), steps=200).fit(initialise(LINEAR, 0), data.x, data.y)
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
        Trainer(OBJECTIVE, "adam", Recorder(spoil=spoil), steps=9).fit(start(), data.x, data.y)
    what = "training stopped at step 3: the gradient of layer 2 weights is not finite"
    assert caught.value.what == what
    assert "the loss is still" in caught.value.why


def test_the_first_layer_that_overflows_is_named() -> None:
    net = MLP((2, 4, 4, 1), "relu")
    params = initialise(net, 0)
    params[1][0][:] = 1e308
    data = problem()
    with pytest.raises(DivergenceError, match="layer 2 is the first to give numbers"):
        Trainer(Objective(net, squared_error), "sgd", steps=3).fit(params, 10 * data.x, data.y)


def test_parameters_that_start_as_nan_are_named() -> None:
    params = start()
    params[2][1][:] = np.nan
    data = problem()
    with pytest.raises(DataError, match="layer 3 biases hold numbers that are not finite"):
        Trainer(OBJECTIVE, "sgd", steps=3).fit(params, data.x, data.y)


def test_a_gradient_whose_norm_overflows_is_not_divergence() -> None:
    def enlarge(call: int, value: Any, gradient: Any) -> Any:
        return value, [(w * 0 + 1e200, b) for w, b in gradient]

    data = problem()
    recorder = Recorder(spoil=enlarge)
    result = Trainer(OBJECTIVE, SGD(lr=1e-205), recorder, steps=2).fit(start(), data.x, data.y)
    assert np.isinf(result.history[0].gradient_norms[0])
    assert joined(result.params) != joined(start())


def test_a_plain_function_is_explained_without_layers() -> None:
    with pytest.raises(DivergenceError, match=r"largest parameters: params\['a'\], up to 39"):
        Trainer(lambda w, x, y: np.mean((w["a"] * x - y) ** 4), SGD(10.0), steps=50).fit(
            {"a": 1.0}, np.ones(3), np.zeros(3)
        )
