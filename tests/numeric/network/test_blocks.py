"""Steps per block keep the accuracy where a single step would lose it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from difflab import nn
from difflab.numeric.network import blocks
from difflab.numeric.network.blocks import Block, choose, layered_steps, scale_of
from difflab.numeric.network.gradient import recipe
from difflab.numeric.stencils import SCHEMES
from tests.numeric.network.problems import LOSSES, distance, flat, problem, state_of, truth


def error(
    objective: nn.Objective,
    args: Any,
    scheme: str,
    evaluator: Any = "layered",
    step: float | None = None,
) -> float:
    made = recipe(objective, *args, SCHEMES[scheme], evaluator, step)
    return distance(flat(made.gradient(made.evaluate(*args))), truth(objective, args))


def scaled_columns() -> tuple[nn.Objective, Any]:
    """Inputs times 1000, 1, 1e-6 and 0; the weights of the large ones are small."""
    objective, (params, x, y) = problem((4, 12, 12, 1), samples=200)
    params[0][0][0] /= 1000
    return objective, (params, x * [1000.0, 1.0, 1e-6, 0.0], y)


@pytest.mark.parametrize(("scheme", "bar"), [("central", 1e-9), ("central-4", 1e-11)])
@pytest.mark.parametrize("evaluator", ["layered", "node", "batched"])
def test_columns_of_any_scale_keep_their_accuracy(evaluator: Any, scheme: str, bar: float) -> None:
    objective, args = scaled_columns()
    assert error(objective, args, scheme, evaluator) < bar


def test_no_single_step_serves_scaled_columns() -> None:
    """The negative control: for any step some column is 1000 times worse than with blocks."""
    objective, args = scaled_columns()
    expected, best = truth(objective, args)[:48].reshape(4, 12), np.inf
    made = recipe(objective, *args, SCHEMES["central-4"])
    state = made.evaluate(*args)

    def worst(gradient: list[np.ndarray]) -> float:
        columns = zip(gradient[0][:3], expected[:3])
        return max(distance(found, right) for found, right in columns)

    for k in range(4, 30):
        single = recipe(objective, *args, SCHEMES["central-4"], step=2.0**-k)
        best = min(best, worst(single.gradient(state)))
    assert worst(made.gradient(state)) < 1e-3 * best


@pytest.mark.parametrize("weight", [1e-3, 30.0])
@pytest.mark.parametrize("scheme", ["central", "central-4", "central-6"])
def test_saturated_and_tiny_networks_keep_their_accuracy(scheme: str, weight: float) -> None:
    objective, (params, x, y) = problem((3, 16, 16, 1), samples=100)
    args = [(weight * w, b) for w, b in params], x, y
    assert error(objective, args, scheme) < {"central": 1e-9, "central-4": 1e-11}.get(scheme, 1e-11)


@pytest.mark.parametrize("evaluator", ["layered", "node"])
def test_rectifiers_and_hinges_get_steps_that_cross_few_kinks(evaluator: Any) -> None:
    for activation, loss in (("relu", nn.squared_error), ("tanh", nn.hinge)):
        objective, args = problem((2, 32, 32, 1), activation, loss, samples=400, scale=4.0)
        chosen = error(objective, args, "central", evaluator)
        assert chosen < 1e-8
        # a step that a network without kinks might well have
        assert error(objective, args, "central", evaluator, step=2.0**-12) > 10 * chosen


@pytest.mark.parametrize("scheme", ["forward", "central", "central-4", "central-6", "central-8"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_chosen_step_is_near_the_best_of_all(dtype: Any, scheme: str) -> None:
    for loss in (nn.squared_error, nn.softmax_cross_entropy):
        objective, args = problem((3, 10, 10, 2), "tanh", loss, samples=100, dtype=dtype)
        made = recipe(objective, *args, SCHEMES[scheme])
        state, expected = made.evaluate(*args), truth(objective, args)
        errors = [distance(flat(made.gradient(state, 2.0**k)), expected) for k in range(-8, 8)]
        assert errors[8] < 3 * min(errors)


def test_the_error_of_a_block_is_told_within_an_order_of_magnitude() -> None:
    objective, args = problem((3, 10, 10, 1), samples=100)
    found = recipe(objective, *args, SCHEMES["central"])
    gradient, expected = found.gradient(found.evaluate(*args)), truth(objective, args)
    wrong = np.abs(flat(gradient) - expected)
    ends = np.cumsum([0, 30, 10, 100, 10, 10, 1])
    for block, start, end in zip(found.blocks[:4], ends, ends[1:]):
        seen = np.sqrt(np.mean(wrong[start:end] ** 2))
        assert 0.05 * seen < block.error < 20 * seen, block


def test_blocks_are_weights_and_biases_of_every_layer_and_one_per_layer_for_node() -> None:
    state = state_of(*problem((2, 5, 1)))
    names = [block.name for block in choose(state, SCHEMES["central"])]
    assert names == [f"layer {n} {part}" for n in (1, 2) for part in ("weights", "biases")]
    nodes = [block.name for block in choose(state, SCHEMES["central"], "node")]
    assert nodes == ["layer 1", "layer 2"]
    assert [block.sampled for block in choose(state, SCHEMES["central"])] == [6, 5, 5, 1]


def test_choosing_is_repeatable_and_silent() -> None:
    for loss in LOSSES.values():
        for scale in (1e-200, 1.0, 1e4, 1e160):
            objective, (params, x, y) = problem((2, 5, 2), "sigmoid", loss)
            with np.errstate(all="ignore"):
                state = state_of(objective, ([(scale * w, b) for w, b in params], x, y))
            with np.errstate(all="raise"):
                assert choose(state, SCHEMES["central"]) == choose(state, SCHEMES["central"])


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_where_nothing_is_finite_the_usual_steps_stay(value: float) -> None:
    """An input of NaN had made the preparation fail."""
    for activation in ("tanh", "relu"):
        objective, (params, x, y) = problem(activation=activation)
        x[:] = value
        with np.errstate(all="ignore"):
            made = recipe(objective, params, x, y, SCHEMES["central"])
        assert {block.exponent for block in made.blocks[:2]} == {18}
        assert "error" not in str(made.blocks[0])


def test_steps_follow_the_largest_input() -> None:
    state = state_of(*problem((2, 3, 1)))
    steps = layered_steps(state, [Block("", 18), Block("", 17), Block("", 16), Block("", 15)])
    largest = np.max(np.abs(state.layers[0].inputs), axis=1)
    assert np.all((steps[0] * largest <= 2.0**-17 * 2) & (steps[0] * largest > 2.0**-18 / 2))
    assert steps[0][-1] == 2.0**-17
    assert steps[1][-1] == 2.0**-15
    assert np.all(np.frexp(steps[0])[0] == 0.5)


def test_scales_are_powers_of_two_whatever_the_column_holds() -> None:
    columns = [[3.0, -1000.0], [0.0, 0.0], [np.nan, 1.0], [np.inf], [], [1e-300], [1.0]]
    found = [float(scale_of(np.array(column))) for column in columns]
    assert found[:5] == [2.0**-9, 1, 1, 1, 1]
    assert 0.5 <= found[5] * 1e-300 <= 2
    assert found[6] == 1


def test_quotients_that_agree_by_chance_do_not_choose_the_step(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two neighbours agree to the last digit where rounding rules; the finest levels tell."""
    levels = np.arange(10, 38)
    wobble = np.random.default_rng(0).normal(size=(4, levels.size))
    quotients = 1 + np.ldexp(1.0, -2 * levels) + np.ldexp(1e-17 * wobble, levels)
    quotients[:, 14:17] = quotients[:, 14:15]
    honest = blocks._best("", quotients, levels, 18)
    assert 17 <= honest.exponent <= 20
    assert 3e-18 < honest.noise < 3e-17
    monkeypatch.setattr(blocks, "_rounding", lambda apart: 0.0)
    assert blocks._best("", quotients, levels, 18).exponent == levels[15]
