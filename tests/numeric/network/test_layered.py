"""The layered evaluator gives the difference quotient of the loop, with the same steps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from difflab import nn
from difflab.numeric.difference import value_and_gradient
from difflab.numeric.network import layered, moves
from difflab.numeric.network.layered import gradient
from difflab.numeric.stencils import SCHEMES, fornberg
from tests.numeric.network import problems
from tests.numeric.network.problems import LOSSES, distance, flat, problem, softsign, truth

STEP = 2.0**-7
"""So long that all quotients are wrong by far more than rounding: their errors must agree too."""

WIDTHS = [(1, 1, 1), (2, 5, 1), (3, 4, 4, 2), (2, 3), (2, 3, 3, 3, 3, 3, 2)]


def quotients(objective: nn.Objective, args: Any, scheme: str, step: float = STEP) -> np.ndarray:
    state = problems.state_of(objective, args)
    steps = [np.full(len(layer.inputs), step) for layer in state.layers]
    return flat(gradient(state, SCHEMES[scheme], steps))


def loop(objective: nn.Objective, args: Any, scheme: str, step: float = STEP) -> np.ndarray:
    return flat(value_and_gradient(objective, *args, stencil=SCHEMES[scheme], step=step)[1])


@pytest.mark.parametrize("loss", LOSSES.values(), ids=str)
@pytest.mark.parametrize("activation", ["identity", "sigmoid", "tanh", "relu", softsign])
def test_the_quotients_are_those_of_the_loop(activation: Any, loss: nn.Loss) -> None:
    for seed, widths in enumerate(WIDTHS):
        objective, args = problem(widths, activation, loss, samples=11, seed=seed)
        for scheme in SCHEMES:
            found = quotients(objective, args, scheme)
            np.testing.assert_allclose(found, loop(objective, args, scheme), 1e-10, 3e-12)


@pytest.mark.parametrize("scheme", ["forward", "central"])
def test_quotients_are_no_derivatives(scheme: str) -> None:
    """The negative control: what the loop gives at this step is far from the gradient."""
    objective, args = problem((3, 4, 4, 2))
    expected = truth(objective, args)
    found, same = quotients(objective, args, scheme), loop(objective, args, scheme)
    assert distance(found, same) < 1e-11
    assert distance(found, expected) > 1e-6


def test_a_wrong_move_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A planted mutant: the change of a lower end that is taken for the home point."""
    objective, args = problem((2, 5, 3, 1))
    right = moves.loss_changes
    monkeypatch.setattr(
        layered, "loss_changes", lambda own, above, unit, low, *a: right(own, above, unit, None, *a)
    )
    assert distance(quotients(objective, args, "central"), loop(objective, args, "central")) > 0.1


@pytest.mark.parametrize("samples", [1, 2, 1023, 1024, 1025, 2500])
def test_any_number_of_samples(samples: int) -> None:
    objective, args = problem((2, 4, 3, 2), loss=nn.softmax_cross_entropy, samples=samples)
    for scheme in ("forward", "central-4"):
        found = quotients(objective, args, scheme)
        np.testing.assert_allclose(found, loop(objective, args, scheme), 1e-9, 1e-11)


def test_chunks_of_inputs_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    objective, args = problem((7, 6, 2), samples=5)
    whole = quotients(objective, args, "central")
    monkeypatch.setattr(layered, "ROW", 1)
    monkeypatch.setattr(layered, "ENTRIES", 64)
    monkeypatch.setattr(layered, "SAMPLES", 3)
    np.testing.assert_allclose(quotients(objective, args, "central"), whole, rtol=1e-12)


def test_steps_of_their_own_for_every_input_are_used() -> None:
    objective, args = problem((2, 3, 1))
    state = problems.state_of(objective, args)
    steps = [np.array([2.0**-5, 2.0**-9, 2.0**-7]), np.array([2.0**-6] * 4)]
    found = gradient(state, SCHEMES["forward"], steps)
    for row, h in enumerate(steps[0]):
        same = loop(objective, args, "forward", h).reshape(-1)
        weights, biases = same[:6].reshape(2, 3), same[6:9]
        np.testing.assert_allclose(found[0][row], [*weights, biases][row], rtol=1e-11)


def test_stencils_on_any_offsets() -> None:
    objective, args = problem((2, 3, 1))
    state = problems.state_of(objective, args)
    stencil = fornberg((-1.5, -0.5, 0.5, 1.5))
    found = gradient(state, stencil, [np.full(3, STEP), np.full(4, STEP)])
    same = value_and_gradient(objective, *args, stencil=stencil, step=STEP)[1]
    np.testing.assert_allclose(flat(found), flat(same), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(("scheme", "order"), [("forward", 1), ("central", 2), ("central-4", 4)])
def test_the_error_falls_with_the_order_of_the_stencil(scheme: str, order: int) -> None:
    objective, args = problem((2, 6, 6, 1), samples=30)
    expected = truth(objective, args)
    errors = [distance(quotients(objective, args, scheme, 2.0**-k), expected) for k in (4, 5, 6, 7)]
    slopes = np.log2(np.array(errors[:-1]) / errors[1:])
    np.testing.assert_allclose(slopes, order, atol=0.15)


@pytest.mark.parametrize("kind", [int, bool])
def test_whole_numbers_as_inputs(kind: Any) -> None:
    objective, (params, x, y) = problem((2, 5, 1))
    args = params, (2 * x).astype(kind), y
    found = quotients(objective, args, "central-4")
    assert distance(found, truth(objective, args)) < 1e-7
    assert np.all(found[:10] != 0)
