"""Misuse of finite differences: refused in three parts, or handed to the loop with a note."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from difflab import nn
from difflab.errors import NonScalarLossError, ParameterTypeError, UnknownNameError, UsageError
from difflab.providers.finite_difference import FiniteDifference
from tests.numeric.network.problems import distance, flat, problem, truth

NETWORK = ["layered", "node", "batched"]
EVERY = ["loop", *NETWORK]


@pytest.mark.parametrize("evaluator", EVERY)
def test_a_loss_that_is_not_repeatable_is_refused(evaluator: str) -> None:
    rng = np.random.default_rng(0)

    class Shuffled(nn.Objective):
        def __call__(self, params: Any, x: Any, y: Any) -> Any:
            return super().__call__(params, x[rng.permutation(len(x))], y)

    objective, args = problem()
    with pytest.raises(UsageError, match="for the same parameters") as caught:
        FiniteDifference(evaluator=evaluator).prepare(
            Shuffled(objective.model, objective.loss), *args
        )
    assert "shuffles" in caught.value.why
    assert "contexts" in caught.value.instead


@pytest.mark.parametrize(
    "noise", ["dropout in an activation", "unseeded noise", "a counter", "noise of one ulp"]
)
def test_randomness_of_every_kind_is_found(noise: str) -> None:
    rng, calls = np.random.default_rng(0), [0]

    def loss(w: Any) -> Any:
        calls[0] += 1
        if noise == "dropout in an activation":
            return np.mean(np.tanh(w) * (rng.random(w.shape) > 0.5))
        if noise == "unseeded noise":
            return np.sum(w**2) + 1e-12 * np.random.default_rng().normal()
        if noise == "a counter":
            return np.sum(w**2) + 1e-6 * calls[0]
        return np.nextafter(np.sum(w**2), np.inf if calls[0] % 2 else 0)

    with pytest.raises(UsageError, match="for the same parameters"):
        FiniteDifference().prepare(loss, np.arange(1.0, 9.0))


def test_integers_complex_numbers_and_arrays_are_refused_in_three_parts() -> None:
    objective, (params, x, y) = problem()
    whole = [((3 * w).astype(int), b) for w, b in params]
    for evaluator in EVERY:
        with pytest.raises(ParameterTypeError, match=r"params\[0\]\[0\]") as caught:
            FiniteDifference(evaluator=evaluator).prepare(objective, whole, x, y)
        assert caught.value.why
        assert caught.value.instead
    with pytest.raises(NonScalarLossError):
        FiniteDifference().prepare(lambda w: w, np.ones(3))


@pytest.mark.parametrize("evaluator", EVERY)
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_where_the_loss_is_not_finite_the_gradient_is_nan_and_a_note_says_why(
    value: float, evaluator: str
) -> None:
    objective, (params, x, y) = problem((2, 6, 1))
    prepared = FiniteDifference(evaluator=evaluator).prepare(objective, params, x, y)
    bad = y.copy()
    bad[3] = value
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found, gradient = prepared.value_and_gradient(params, x, bad)
        there = FiniteDifference(evaluator=evaluator).prepare(objective, params, x, bad)
    assert not np.isfinite(found)
    assert np.isnan(flat(gradient)).all()
    assert f"the loss is {value} at these parameters" in there.preparation.notes[-1]
    again = there.value_and_gradient(params, x, y)[1]
    assert distance(flat(again), truth(objective, (params, x, y))) < 1e-7


def test_an_evaluator_of_networks_says_what_it_misses() -> None:
    objective, (params, x, y) = problem()
    model = objective.model
    normalised = nn.Objective(nn.MLP((2, 5, 1), lambda z: z - np.mean(z)), nn.squared_error)
    cases: list[tuple[Any, Any, str]] = [
        (lambda p, x, y: objective(p, x, y), (params, x, y), "black box"),
        (normalised, (params, x, y), "every number to a number alone"),
    ]
    for f, args, why in cases:
        for evaluator in NETWORK:
            with pytest.raises(UsageError, match=why) as caught:
                FiniteDifference(evaluator=evaluator).prepare(f, *args)
            assert "loop" in caught.value.instead
        notes = FiniteDifference().prepare(f, *args).preparation.notes
        assert (why in " ".join(notes)) == (f is normalised)
    lists = FiniteDifference().prepare(objective, params, x.tolist(), y)
    assert "two arrays" in lists.preparation.notes[-1]
    assert model.widths == (2, 5, 1)


def test_an_activation_that_works_in_place_goes_to_the_loop() -> None:
    """By the layered evaluator its gradient was 20 % wrong, without a word."""

    def rectify(z: Any) -> Any:
        return np.maximum(z, 0, out=z)

    objective, args = problem((2, 5, 3, 1), rectify)
    same, _ = problem((2, 5, 3, 1), "relu")
    found = FiniteDifference().prepare(objective, *args).value_and_gradient(*args)[1]
    assert distance(flat(found), truth(same, args)) < 1e-8


@pytest.mark.parametrize("evaluator", ["", "auto ", "looped", "Layered", None])
def test_an_evaluator_that_does_not_exist_is_refused(evaluator: Any) -> None:
    with pytest.raises(UnknownNameError, match="there is no evaluator"):
        FiniteDifference(evaluator=evaluator)
