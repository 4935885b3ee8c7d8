"""A step that is too large is noted and its coordinate named; one that fits is not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from difflab import nn
from difflab.numeric.stencils import SCHEMES
from difflab.numeric.step_check import first_overstepped
from difflab.providers.finite_difference import FiniteDifference


def reciprocal(w: Any) -> Any:
    return np.sum(1 / w)


def test_a_step_that_is_too_large_is_noted() -> None:
    w = np.array([2.0, 1e-5, 1.0])
    prepared = FiniteDifference().prepare(reciprocal, w)
    assert prepared.value_and_gradient(w)[1][1] > 0  # the truth is -1e10
    note = prepared.preparation.notes[-1]
    assert "too large" in note
    assert "params[1] = 1e-05" in note
    smaller = FiniteDifference(step=1e-8).prepare(reciprocal, w)
    assert smaller.value_and_gradient(w)[1][1] == pytest.approx(-1e10, rel=1e-5)
    assert len(smaller.preparation.notes) == 1


@pytest.mark.parametrize("position", [0, 999])
def test_one_coordinate_among_many_is_found(position: int) -> None:
    w = np.ones(1000)
    w[position] = 1e-5
    named = first_overstepped(reciprocal, w, SCHEMES["central"])
    assert named == f"params[{position}] = 1e-05"


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("sizes", [(2, 4, 4, 1), (2, 64, 64, 1)])
def test_default_steps_suit_networks(sizes: Any, dtype: Any, scheme: str) -> None:
    model = nn.MLP(sizes, "tanh")
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(16, 2)).astype(dtype), rng.normal(size=(16, 1)).astype(dtype)
    params = [tuple(leaf.astype(dtype) for leaf in layer) for layer in nn.initialise(model, 0)]
    notes = FiniteDifference(scheme).prepare(nn.Objective(model, nn.squared_error), params, x, y)
    assert not any("too large" in note for note in notes.preparation.notes)


@pytest.mark.parametrize(
    ("f", "params"),
    [
        (lambda w: np.sum(w**2), np.zeros(3)),  # slope 0: the quotients are rounding
        (lambda w: np.sum(w + 1e8) - 3e8, np.ones(3)),
        (lambda w: 3.0, np.ones(3)),
        (lambda w: 3.0, {}),
        (lambda w: np.sum(w) * np.nan, np.ones(3)),
        (lambda w: np.sum(np.sqrt(w)), np.zeros(3)),
    ],
)
def test_rounding_and_edges_are_no_reason(f: Any, params: Any) -> None:
    assert first_overstepped(f, params, SCHEMES["central"]) is None


@pytest.mark.parametrize("step", [1e-14, 1e-17])
def test_a_step_that_is_too_small_is_not_called_too_large(step: float) -> None:
    notes = FiniteDifference(step=step).prepare(lambda w: np.sum(w**2), np.ones(3)).preparation
    assert len(notes.notes) == 1
