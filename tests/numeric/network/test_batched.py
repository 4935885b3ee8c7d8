"""The batched evaluator is the loop, many networks at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from difflab import nn
from difflab.numeric.difference import value_and_gradient
from difflab.numeric.network import batched
from difflab.numeric.stencils import SCHEMES
from tests.numeric.network.problems import LOSSES, flat, problem, softsign, state_of

STEP = 2.0**-7


def both(objective: nn.Objective, args: Any, scheme: str) -> tuple[np.ndarray, np.ndarray]:
    state, stencil = state_of(objective, args), SCHEMES[scheme]
    steps = [np.full(len(layer.inputs), STEP) for layer in state.layers]
    found = flat(batched.gradient(state, stencil, steps))
    return found, flat(value_and_gradient(objective, *args, stencil=stencil, step=STEP)[1])


@pytest.mark.parametrize("loss", LOSSES.values(), ids=str)
@pytest.mark.parametrize("activation", ["identity", "sigmoid", "tanh", "relu", softsign])
def test_the_quotients_are_those_of_the_loop(activation: Any, loss: nn.Loss) -> None:
    for seed, widths in enumerate([(1, 1, 1), (2, 5, 1), (3, 4, 4, 2), (2, 3), (2, 3, 3, 3, 2)]):
        objective, args = problem(widths, activation, loss, samples=7, seed=seed)
        for scheme in SCHEMES:
            np.testing.assert_allclose(*both(objective, args, scheme), 1e-9, 3e-12)


@pytest.mark.parametrize("entries", [1, 40, 200])
def test_the_size_of_a_stack_does_not_show(monkeypatch: pytest.MonkeyPatch, entries: int) -> None:
    monkeypatch.setattr(batched, "ENTRIES", entries)
    np.testing.assert_allclose(*both(*problem((2, 5, 3, 1)), "central"), 1e-9, 1e-12)


@pytest.mark.parametrize("samples", [1, 1500])
def test_any_number_of_samples(samples: int) -> None:
    pair = both(*problem((2, 4, 2), loss=nn.softmax_cross_entropy, samples=samples), "central")
    np.testing.assert_allclose(*pair, 1e-9, 1e-12)


def test_a_wrong_coordinate_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    right = batched.quotients
    monkeypatch.setattr(
        batched,
        "quotients",
        lambda state, number, coordinates, *a: right(state, number, coordinates[::-1], *a),
    )
    found, expected = both(*problem((2, 5, 1)), "central")
    assert np.max(np.abs(found - expected)) > 1e-3
