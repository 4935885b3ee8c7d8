"""The node evaluator is the gradient to its order: differences of units, exact linear part."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from difflab import nn
from difflab.numeric.network.node import gradient
from difflab.numeric.stencils import SCHEMES
from tests.numeric.network.problems import (
    LOSSES,
    distance,
    flat,
    problem,
    softsign,
    state_of,
    truth,
)


def found(objective: nn.Objective, args: Any, scheme: str, h: float) -> np.ndarray:
    state = state_of(objective, args)
    return flat(gradient(state, SCHEMES[scheme], [h] * len(state.layers)))


@pytest.mark.parametrize("loss", LOSSES.values(), ids=str)
@pytest.mark.parametrize("activation", ["identity", "sigmoid", "tanh", "relu", softsign])
@pytest.mark.parametrize("widths", [(1, 1, 1), (2, 5, 1), (3, 4, 4, 2), (2, 3, 3, 3, 3, 2)])
def test_the_gradient_is_that_of_reverse_mode(
    widths: tuple[int, ...], activation: Any, loss: nn.Loss
) -> None:
    objective, args = problem(widths, activation, loss, samples=13)
    expected = truth(objective, args)
    assert distance(found(objective, args, "central-4", 2.0**-13), expected) < 1e-10
    assert distance(found(objective, args, "forward", 2.0**-26), expected) < 1e-6


@pytest.mark.parametrize(("scheme", "order"), [("forward", 1), ("central", 2), ("central-4", 4)])
def test_the_error_falls_with_the_order(scheme: str, order: int) -> None:
    objective, args = problem((2, 6, 6, 2), "tanh", nn.softmax_cross_entropy, samples=30)
    expected = truth(objective, args)
    errors = [distance(found(objective, args, scheme, 2.0**-k), expected) for k in (4, 5, 6, 7)]
    np.testing.assert_allclose(np.log2(np.array(errors[:-1]) / errors[1:]), order, atol=0.15)


@pytest.mark.parametrize("samples", [1, 1024, 1025, 2300])
def test_any_number_of_samples(samples: int) -> None:
    objective, args = problem((2, 4, 3, 2), loss=nn.binary_cross_entropy, samples=samples)
    assert distance(found(objective, args, "central-4", 2.0**-11), truth(objective, args)) < 1e-11


def test_the_linear_part_is_exact_whatever_the_step() -> None:
    """A linear model with squared error has no error at all, although the step is 1."""
    objective, args = problem((3, 2), samples=9)
    assert distance(found(objective, args, "central", 1.0), truth(objective, args)) < 1e-14
    assert distance(found(objective, args, "forward", 1.0), truth(objective, args)) > 1e-2
