"""One unit moves: the change of every sample's loss is that of a whole second evaluation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from difflab import nn
from difflab.functions import LEAK
from difflab.numeric.network import moves
from difflab.numeric.network.moves import (
    Workspace,
    loss_changes,
    rectified_change,
    relu_change,
)
from tests.numeric.network.problems import LOSSES, problem, softsign, state_of


def losses_with(objective: nn.Objective, args: Any, number: int, unit: int, move: Any) -> Any:
    """Losses of all samples, not reduced, with one unit's sum moved, by plain NumPy."""
    params, x, y = args
    value = x
    for at, ((weights, biases), phi) in enumerate(zip(params, objective.activations)):
        z = value @ weights + biases
        if at == number:
            z[:, unit] += move
        value = phi(z)
    found = objective.loss.of(value, y)
    return found if objective.loss.per_sample else np.sum(found, axis=1)


def moved(objective: nn.Objective, args: Any, number: int, unit: int, low: Any, high: Any) -> Any:
    state = state_of(objective, args)
    found = loss_changes(state.layers[number], state.above(number, 1), unit, low, high, Workspace())
    return found if found.ndim == 1 else found.sum(axis=0)


@pytest.mark.parametrize("loss", LOSSES.values(), ids=str)
@pytest.mark.parametrize("activation", ["identity", "tanh", "relu", "leaky-relu", softsign])
@pytest.mark.parametrize("output", ["identity", "tanh"])
def test_changes_are_those_of_two_evaluations(output: str, activation: Any, loss: nn.Loss) -> None:
    objective, args = problem((3, 4, 5, 2), activation, loss, samples=9, output=output)
    rng = np.random.default_rng(0)
    for number, width in enumerate((4, 5, 2)):
        for unit in range(width):
            low, high = rng.normal(size=(2, 9))
            home, start, end = (
                losses_with(objective, args, number, unit, move) for move in (0, low, high)
            )
            both = moved(objective, args, number, unit, low, high)
            np.testing.assert_allclose(both, end - start, rtol=1e-11, atol=1e-13)
            from_home = moved(objective, args, number, unit, None, high)
            np.testing.assert_allclose(from_home, end - home, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("loss", LOSSES.values(), ids=str)
def test_a_tiny_move_keeps_its_digits(loss: nn.Loss) -> None:
    """Two losses, subtracted, have none left: their change is below their rounding."""
    objective, args = problem((3, 4, 2), "tanh", loss, samples=9)
    coarse = moved(objective, args, 1, 0, None, np.full(9, 2.0**-20)) * 2.0**20
    fine = moved(objective, args, 1, 0, None, np.full(9, 2.0**-60)) * 2.0**60
    np.testing.assert_allclose(fine, coarse, rtol=1e-4, atol=1e-12)
    start, end = (losses_with(objective, args, 1, 0, move) for move in (0, 2.0**-60))
    np.testing.assert_array_equal(end, start)


def test_no_move_is_no_change() -> None:
    for loss in LOSSES.values():
        objective, args = problem((3, 4, 2), "sigmoid", loss, samples=5)
        for number, low in ((0, None), (1, np.zeros(5)), (0, np.full(5, 0.3))):
            high = np.zeros(5) if low is None else low
            np.testing.assert_array_equal(moved(objective, args, number, 1, low, high), 0)


def test_several_moves_side_by_side_are_the_single_ones() -> None:
    objective, args = problem((3, 4, 2), "tanh", nn.softmax_cross_entropy, samples=6)
    state = state_of(objective, args)
    moves = np.random.default_rng(0).normal(size=(5, 6))
    layer, workspace = state.layers[0], Workspace()
    together = loss_changes(layer, state.above(0, 5), 2, None, moves.ravel(), workspace).copy()
    for row, move in zip(together.reshape(5, 6), moves):
        single = loss_changes(layer, state.above(0, 1), 2, None, move, workspace)
        np.testing.assert_allclose(row, single, rtol=1e-13)


def test_the_state_is_left_as_it_was() -> None:
    objective, args = problem((3, 4, 4, 2), "relu", samples=6)
    state, untouched = state_of(objective, args), state_of(objective, args)
    for number in range(3):
        loss_changes(
            state.layers[number], state.above(number, 1), 1, -np.ones(6), np.ones(6), Workspace()
        )
    for layer, same in zip(state.layers, untouched.layers):
        for field in ("inputs", "sums", "outputs", "weights"):
            np.testing.assert_array_equal(getattr(layer, field), getattr(same, field))


def test_in_float32_residual_and_changes_are_float64() -> None:
    objective, args = problem((3, 4, 2), samples=6, dtype=np.float32)
    state = state_of(objective, args)
    assert state.layers[0].sums.dtype == np.float32
    shift = np.full(6, 0.25, np.float32)
    for number in range(2):
        found = loss_changes(
            state.layers[number], state.above(number, 1), 0, -shift, shift, Workspace()
        )
        assert found.dtype == np.float64


def test_a_workspace_gives_arrays_of_any_shape_by_name_and_type() -> None:
    workspace = Workspace()
    first = workspace.array("a", (2, 3), np.dtype(float))
    assert np.shares_memory(first, workspace.array("a", (4,), np.dtype(float)))
    assert not np.shares_memory(first, workspace.array("a", (7,), np.dtype(float)))
    assert not np.shares_memory(first, workspace.array("b", (2, 3), np.dtype(float)))
    assert not np.shares_memory(first, workspace.array("a", (2, 3), np.dtype(np.float32)))
    row = np.arange(3.0)
    np.testing.assert_array_equal(workspace.repeated("r", row, 6), [0, 1, 2, 0, 1, 2])
    assert workspace.repeated("r", row, 3) is row


numbers = st.one_of(
    st.floats(-4, 4), st.sampled_from([0.0, -0.0, 1e-300, -1e-300, 2.0**-52, -(2.0**-52)])
)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(numbers, numbers, st.sampled_from([1.0, 2.0**-30, 2.0**-60]))
def test_the_change_of_relu_is_exact(z: float, move: float, size: float) -> None:
    from fractions import Fraction

    d = move * size
    found = float(relu_change(np.array([z]), np.array([d]))[0])
    exact = max(Fraction(z) + Fraction(d), 0) - max(Fraction(z), 0)
    straight = exact in (0, Fraction(d))
    assert Fraction(found) == exact if straight else abs(found - exact) <= 2.0**-53 * abs(z + d)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(numbers, numbers, st.sampled_from([1.0, 2.0**-30, 2.0**-60]))
def test_the_change_of_leaky_relu_is_as_exact(z: float, move: float, size: float) -> None:
    from fractions import Fraction

    def value(x: Fraction) -> Fraction:
        return x if x > 0 else Fraction(LEAK) * x

    d = move * size
    found = float(rectified_change(np.array([z]), np.array([d]), LEAK)[0])
    exact = value(Fraction(z) + Fraction(d)) - value(Fraction(z))
    same_side = z > 0 < z + d or (z <= 0 and z + d <= 0)
    rounding = abs(exact) if same_side else abs(z) + abs(d)
    assert abs(found - exact) <= 2.0**-52 * rounding + 1e-320


@pytest.mark.parametrize("activation", ["relu", "leaky-relu"])
def test_networks_that_rectify_lose_no_digit_to_short_steps(
    activation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    objective, args = problem((3, 8, 8, 2), activation, samples=20)
    move = np.full(20, 2.0**-40)

    def wrong() -> float:
        """Of three points on a straight line, how far the middle is off, for every unit."""
        halves = [
            moved(objective, args, number, unit, *ends)
            for number in (0, 1)
            for unit in range(8)
            for ends in ((-move, 0 * move), (0 * move, move), (-move, move))
        ]
        left, right, whole = (np.array(halves[k::3]) for k in range(3))
        return float(np.max(np.abs(left + right - whole)) / np.max(np.abs(whole)))

    assert wrong() < 1e-11  # a parabola of the move, which is 2^-40
    phi = objective.activations[0]
    monkeypatch.setattr(moves, "rectified_change", lambda z, d, _leak: phi(z + d) - phi(z))
    assert wrong() > 1e-6
