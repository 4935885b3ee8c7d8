"""Stencils that reach across a kink are counted, entry by entry, as a plain count finds them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from difflab import nn
from difflab.functions import leaky_relu, relu
from difflab.nn.losses import Loss
from difflab.numeric.network import kinks, layered
from difflab.numeric.network.gradient import recipe
from difflab.numeric.network.kinks import crossings, node_crossings
from difflab.numeric.stencils import SCHEMES
from tests.numeric.network.problems import flat, problem, state_of, truth

BENT = (relu, leaky_relu)


def plain_count(objective: nn.Objective, args: Any, step: float, ends: Any) -> np.ndarray:
    """Move every parameter and look at the signs of all sums, and of all margins."""
    params, x, y = args
    found = []

    def signs() -> list[np.ndarray]:
        layers = objective.model.layer_outputs(params, x)
        kept = [z > 0 for (z, _), phi in zip(layers, objective.activations) if phi in BENT]
        kink = objective.loss_kink
        return kept if kink is None else [*kept, kink(layers[-1][1], y) > 0]

    for leaf in (leaf for layer in params for leaf in layer):
        for index in np.ndindex(leaf.shape):
            home, seen = leaf[index], []
            for end in ends:
                leaf[index] = home + end * step
                seen.append(signs())
            leaf[index] = home
            found.append(sum(np.count_nonzero(a != b) for a, b in zip(*seen)))
    return np.array(found)


CASES = {
    "relu": ("relu", nn.squared_error),
    "leaky relu": ("leaky-relu", nn.half_squared_error),
    "hinge": ("tanh", nn.hinge),
    "absolute": ("tanh", nn.absolute_error),
    "huber": ("leaky-relu", nn.huber),
    "both": ("relu", nn.hinge),
    "softmax": ("relu", nn.softmax_cross_entropy),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(
    ("scheme", "ends"), [("forward", (0, 1)), ("backward", (-1, 0)), ("central-4", (-2, 2))]
)
def test_every_crossing_is_counted(scheme: str, ends: Any, case: str) -> None:
    objective, args = problem((2, 6, 5, 2), *CASES[case], samples=60, scale=4.0)
    state, step = state_of(objective, args), 2.0**-4
    steps = [np.full(len(layer.inputs), step) for layer in state.layers]
    found = flat(crossings(state, SCHEMES[scheme], steps))
    np.testing.assert_array_equal(found, plain_count(objective, args, step, ends))
    assert np.count_nonzero(found)


def test_blocks_and_chunks_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    objective, args = problem((5, 6, 3), "relu", nn.hinge, samples=50, scale=4.0)
    state = state_of(objective, args)
    steps = [np.full(len(layer.inputs), 2.0**-5) for layer in state.layers]
    whole = flat(crossings(state, SCHEMES["central"], steps))
    assert whole.any()
    nodes = flat(node_crossings(state, SCHEMES["central"], [2.0**-5] * 2))
    monkeypatch.setattr(kinks, "SAMPLES", 7)
    monkeypatch.setattr(layered, "ROW", 1)
    monkeypatch.setattr(layered, "ENTRIES", 64)
    np.testing.assert_array_equal(flat(crossings(state, SCHEMES["central"], steps)), whole)
    again = flat(node_crossings(state, SCHEMES["central"], [2.0**-5] * 2))
    np.testing.assert_array_equal(again, nodes)


def test_entries_that_cross_nothing_are_right_and_the_others_are_not() -> None:
    objective, args = problem((2, 12, 12, 1), "relu", samples=200)
    made = recipe(objective, *args, SCHEMES["central-4"], step=1e-3)
    bars = made.with_bars(made.evaluate(*args))
    assert bars.kinks is not None
    wrong = np.abs(flat(bars.gradient) - truth(objective, args))
    crossing = flat(bars.kinks) > 0
    assert 0.05 < np.mean(crossing) < 0.95
    assert np.max(wrong[~crossing]) < 1e-11
    assert np.median(wrong[crossing]) > 1e-7


def test_entries_across_the_kink_of_a_hinge_are_wrong_and_counted() -> None:
    objective, args = problem((2, 8, 1), "tanh", nn.hinge, samples=300, scale=4.0)
    made = recipe(objective, *args, SCHEMES["central-8"], step=2.0**-8)
    bars = made.with_bars(made.evaluate(*args))
    assert bars.kinks is not None
    wrong = np.abs(flat(bars.gradient) - truth(objective, args))
    crossing = flat(bars.kinks) > 0
    assert crossing.any()
    assert not crossing.all()
    assert np.max(wrong[~crossing]) < 1e-11
    assert np.median(wrong[crossing]) > 1e-7


@pytest.mark.parametrize("evaluator", ["layered", "node", "batched"])
def test_without_kinks_there_is_nothing_to_count(evaluator: Any) -> None:
    objective, args = problem(loss=nn.binary_cross_entropy)
    made = recipe(objective, *args, SCHEMES["central"], evaluator)
    assert made.with_bars(made.evaluate(*args)).kinks is None


@pytest.mark.parametrize("evaluator", ["layered", "node", "batched"])
def test_far_from_kinks_the_count_is_zero(evaluator: Any) -> None:
    objective, (params, x, y) = problem((2, 5, 1), "relu")
    args = [(np.abs(w), np.abs(b) + 1) for w, b in params], np.abs(x), y
    made = recipe(objective, *args, SCHEMES["central"], evaluator)
    counted = made.with_bars(made.evaluate(*args)).kinks
    assert counted is not None
    assert not np.any(flat(counted))


def test_a_unit_that_crosses_counts_for_its_own_weights() -> None:
    """Two samples with z = 0.01 and -3; the first, which crosses, has the inputs 0 and 0.01."""
    model = nn.MLP((2, 1, 1), "relu")
    params = [(np.array([[1.0], [1.0]]), np.zeros(1)), (np.ones((1, 1)), np.zeros(1))]
    args = params, np.array([[0.0, 0.01], [-1.0, -2.0]]), np.zeros((2, 1))
    state = state_of(nn.Objective(model, nn.squared_error), args)
    first, second = node_crossings(state, SCHEMES["central"], [0.1, 0.1])
    np.testing.assert_array_equal(first, [[0], [1], [1]])
    np.testing.assert_array_equal(second, 0)


def test_a_user_names_the_kinks_of_a_loss() -> None:
    distance = Loss("l1", lambda m, y: np.abs(m - y), "|m - y|", kink=lambda m, y: m - y)
    objective, args = problem((2, 5, 1), loss=distance, samples=100)
    state = state_of(objective, args)
    steps = [np.full(len(layer.inputs), 0.05) for layer in state.layers]
    found = flat(crossings(state, SCHEMES["central"], steps))
    np.testing.assert_array_equal(found, plain_count(objective, args, 0.05, (-1, 1)))
    assert found.any()


def test_kinks_that_a_function_names_count_in_any_order() -> None:
    def shrunk(z: Any) -> Any:
        return np.sign(z) * np.maximum(np.abs(z) - 0.5, 0)

    found = []
    for order in ((0.5, -0.5), (-0.5, 0.5)):
        shrunk.kinks = order  # type: ignore[attr-defined]
        objective, args = problem((2, 6, 2), shrunk, samples=60, scale=4.0)
        state = state_of(objective, args)
        steps = [np.full(len(layer.inputs), 2.0**-4) for layer in state.layers]
        found.append(flat(crossings(state, SCHEMES["central"], steps)))
    np.testing.assert_array_equal(*found)
    moved = np.abs(np.abs(state_of(objective, args).layers[0].sums) - 0.5) < 2.0**-4
    biases = found[0][12:18]  # a bias moves its sums by the step itself, whatever the input
    np.testing.assert_array_equal(biases, np.count_nonzero(moved, axis=1))
    assert biases.any()
