"""One evaluation that keeps everything: the network's own numbers, in types that steps fit into."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from difflab import nn
from difflab.functions import relu
from difflab.numeric.network.forward import activation_kinks, forward, has_kinks
from tests.numeric.network.problems import LOSSES, problem, softsign, state_of


@pytest.mark.parametrize("loss", LOSSES.values(), ids=str)
@pytest.mark.parametrize("widths", [(1, 1, 1), (2, 5, 1), (3, 4, 4, 2), (2, 3)])
def test_layers_hold_what_the_network_computes(widths: tuple[int, ...], loss: nn.Loss) -> None:
    objective, args = problem(widths, softsign, loss)
    state = state_of(objective, args)
    kept = objective.model.layer_outputs(*args[:2])
    for layer, (z, m) in zip(state.layers, kept):
        np.testing.assert_allclose(layer.sums.T, z, rtol=1e-13, atol=1e-15)
        np.testing.assert_allclose(layer.outputs.T, m, rtol=1e-13, atol=1e-15)
        np.testing.assert_array_equal(layer.inputs[-1], 1)
    losses = np.size(loss.of(kept[-1][1], args[2]))
    assert state.count == (1 if loss.reduction == "sum" else losses)


@pytest.mark.parametrize("kind", [int, bool, np.uint8, np.float32])
def test_inputs_of_any_type_become_that_of_the_weights(kind: Any) -> None:
    """Steps would vanish in integers: with x of ints the first layer had a gradient of 0."""
    objective, (params, x, y) = problem()
    state = forward(objective, params, np.abs(3 * x).astype(kind), y.astype(np.float32))
    assert state.layers[0].inputs.dtype == np.float64
    assert state.targets.dtype == np.float64


def test_the_activation_of_a_layer_shares_its_memory_with_the_inputs_of_the_next() -> None:
    state = state_of(*problem((3, 4, 4, 2)))
    for below, above in zip(state.layers, state.layers[1:]):
        assert np.shares_memory(below.outputs, above.inputs)


def test_blocks_and_repetitions_are_the_same_network_on_other_samples() -> None:
    objective, (params, x, y) = problem((2, 5, 3), samples=7)
    state = forward(objective, params, x, y)
    part, alone = state.block(2, 5), forward(objective, params, x[2:5], y[2:5])
    np.testing.assert_allclose(part.outputs, alone.outputs, rtol=1e-14)
    assert (part.samples, part.count) == (3, state.count)  # the mean stays that of the batch
    above = state.above(0, 3)
    assert len(above.layers) == 1
    np.testing.assert_array_equal(above.outputs, np.tile(state.outputs, 3))
    assert state.block(0, 7) is state


def test_an_activation_whose_array_is_read_only_is_copied() -> None:
    objective, args = problem(activation=lambda z: np.broadcast_to(np.tanh(z), z.shape))
    layer = state_of(objective, args).layers[0]
    assert layer.apply(layer.sums.copy()).flags.writeable


def test_kinks_are_those_of_relu_of_magnitudes_and_what_functions_say() -> None:
    def leaky(z: Any) -> Any:
        return np.maximum(0.1 * z, z - 2)

    leaky.kinks = (20 / 9,)  # type: ignore[attr-defined]
    assert [activation_kinks(f) for f in (relu, np.abs, np.fabs, leaky)] == [
        (0.0,),
        (0.0,),
        (0.0,),
        (20 / 9,),
    ]
    assert activation_kinks(np.tanh) == ()


def test_a_network_has_kinks_by_its_activations_or_its_loss() -> None:
    assert not has_kinks(state_of(*problem()))
    assert has_kinks(state_of(*problem(activation="relu")))
    assert has_kinks(state_of(*problem(loss=nn.hinge)))
