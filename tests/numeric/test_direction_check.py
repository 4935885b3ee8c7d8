"""One random direction tells right gradients from wrong ones: no false alarm, no miss."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from difflab import nn, providers
from difflab.errors import UsageError
from difflab.numeric import direction_check
from difflab.numeric.direction_check import agreement
from difflab.tree import flatten, map_leaves, ravel, unflatten, unravel_like
from tests.numeric.network.problems import LOSSES, problem

NETWORKS = [((2, 8, 8, 2), "tanh"), ((2, 8, 8, 2), "relu"), ((3, 6, 2), "sigmoid")]

WRONG: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "flipped sign": lambda g: -g,
    "zeros": lambda g: 0 * g,
    "0.1 % noise": lambda g: g * (1 + 1e-3 * np.random.default_rng(g.size).normal(size=g.shape)),
}


def reverse_mode(objective: nn.Objective, args: Any) -> Any:
    return providers.get("autodiff").prepare(objective, *args).value_and_gradient(*args)[1]


@pytest.mark.parametrize(("widths", "activation"), NETWORKS)
def test_of_fifty_seeds_none_is_a_false_alarm_and_none_a_miss(widths: Any, activation: str) -> None:
    """300 right gradients, half of them in float32, and 450 wrong ones."""
    for seed, dtype in itertools.product(range(50), [np.float64, np.float32]):
        loss = list(LOSSES.values())[seed % 4]
        objective, args = problem(widths, activation, loss, 30, seed=seed, dtype=dtype)
        gradient = reverse_mode(objective, args)
        assert agreement(objective, *args, gradient=gradient, seed=7 * seed).agrees, seed
        if dtype == np.float64:
            for name, spoil in WRONG.items():
                wrong = map_leaves(spoil, gradient)
                assert not agreement(objective, *args, gradient=wrong, seed=seed).agrees, name


def test_one_median_entry_of_4417_that_is_off_by_a_percent_is_found() -> None:
    objective, args = problem((2, 64, 64, 1), samples=200)
    gradient = reverse_mode(objective, args)
    leaves, structure = flatten(gradient)
    flat = ravel(leaves)
    assert flat.size == 4417
    flat[np.argsort(np.abs(flat))[flat.size // 2]] *= 1.01
    wrong = unflatten(structure, unravel_like(flat, leaves))
    for seed in range(50):
        assert agreement(objective, *args, gradient=gradient, seed=seed).agrees
        assert not agreement(objective, *args, gradient=wrong, seed=seed).agrees


@pytest.mark.parametrize("x", [0.0, 1e-9, -1e-7, 1e-5])
def test_kinks_at_and_near_the_point_are_no_alarm(x: float) -> None:
    """A central difference across the kink gives a mean of both slopes."""
    f = lambda p: np.sum(np.maximum(p, 0) * np.arange(1.0, 5.0)) + np.sum(p)
    for w in (np.full(4, x), np.array([x, 1.0, -1.0, 2.0])):
        gradient = 1 + (w > 0) * np.arange(1.0, 5.0)
        for seed in range(20):
            assert agreement(f, w, gradient=gradient, seed=seed).agrees
        assert not agreement(f, w, gradient=gradient + 50.0).agrees


def test_without_the_ladder_kinks_would_be_alarms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        direction_check,
        "_decided",
        lambda f, params, contexts, v, mine, allowed: direction_check.Agreement(
            False, mine, mine, allowed
        ),
    )
    f, w = (lambda p: np.sum(np.maximum(p, 0))), np.full(4, 1e-9)
    assert not agreement(f, w, gradient=np.ones(4)).agrees


@pytest.mark.parametrize("frequency", [1e3, 1e6])
def test_fast_oscillation_is_no_alarm(frequency: float) -> None:
    f, w = (lambda p: np.sum(np.sin(frequency * p))), np.linspace(0.1, 1, 5)
    gradient = frequency * np.cos(frequency * w)
    assert agreement(f, w, gradient=gradient).agrees
    assert not agreement(f, w, gradient=-gradient).agrees


def test_a_loss_that_is_coarser_than_its_parameters_is_no_alarm() -> None:
    f, w = (lambda p: np.sum(np.tanh(p.astype(np.float32)))), np.linspace(-1, 1, 50)
    gradient = 1 - np.tanh(w) ** 2
    for seed in range(20):
        assert agreement(f, w, gradient=gradient, seed=seed).agrees
        assert not agreement(f, w, gradient=-gradient, seed=seed).agrees


def test_what_cannot_be_compared_does_not_disagree() -> None:
    assert agreement(lambda p: np.sum(p) * np.nan, np.ones(2), gradient=np.ones(2)).agrees
    assert agreement(lambda p: np.sum(p), np.ones(2), gradient=np.full(2, np.nan)).agrees
    assert agreement(lambda p: 1.0, [], gradient=[]).agrees
    assert agreement(lambda p: 1.0, np.ones(3), gradient=np.zeros(3)).agrees


def test_huge_and_tiny_losses_and_nests_of_scalars() -> None:
    for size in (1e-150, 1e-8, 1e8, 1e150):
        f = lambda p: size * (p["a"] ** 2 + np.sum(p["b"][0] ** 3))
        params = {"a": 3.0, "b": [np.array([1.0, 2.0])]}
        gradient = {"a": 6.0 * size, "b": [np.array([3.0, 12.0]) * size]}
        assert agreement(f, params, gradient=gradient).agrees
        gradient["b"][0][0] *= 1.01
        assert not agreement(f, params, gradient=gradient).agrees


def test_it_costs_few_losses_where_all_is_well() -> None:
    calls = [0]

    def f(p: Any) -> Any:
        calls[0] += 1
        return np.sum(p**2)

    assert agreement(f, np.ones(1000), gradient=np.full(1000, 2.0)).agrees
    assert calls[0] == 4


def test_a_loss_that_writes_to_its_arguments_is_refused() -> None:
    def f(p: Any) -> Any:
        p -= 1
        return np.sum(p)

    with pytest.raises(UsageError, match="in place"):
        agreement(f, np.ones(2), gradient=np.ones(2))
