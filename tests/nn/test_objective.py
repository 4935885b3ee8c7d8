"""The objective: every loss and the L2 penalty by every provider, conventions, refusals."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from difflab import providers
from difflab.errors import TracingError, UsageError
from difflab.nn import (
    LOSSES,
    MLP,
    Objective,
    initialise,
    squared_error,
    sum_squared_error,
)
from difflab.numeric.network.promise import broken_promise
from difflab.providers.finite_difference import FiniteDifference
from difflab.studies.truth import true_gradient
from tests.numeric.network.problems import distance, flat, problem

EXACT = (
    *("autodiff", "autodiff:compiled", "complex-step", "torch"),
    *(f"symbolic:{form}" for form in ("expanded", "cse", "staged", "matrix")),
)
DIFFERENCES = {
    "finite-difference:central:layered": 1e-8,
    "finite-difference:central:node": 1e-8,
    "finite-difference:central-4:batched": 1e-8,
    "finite-difference:central:loop": 1e-8,
}
L2 = (0.0, 0.3)


def setting(name: str, l2: float, samples: int = 7) -> tuple[Objective, tuple[Any, ...]]:
    return problem((2, 3, 2), "tanh", LOSSES[name], samples, seed=4, scale=3.0, l2=l2)


@cache
def truth(name: str, l2: float) -> tuple[float, np.ndarray]:
    """By differences in sixty digits: no rule of any engine takes part."""
    objective, args = setting(name, l2)
    value, gradient = true_gradient(objective, *args, digits=30)
    return value, flat(gradient)


@pytest.mark.parametrize("l2", L2)
@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("provider", EXACT)
def test_exact_gradients_are_right(provider: str, name: str, l2: float) -> None:
    if provider == "torch":
        pytest.importorskip("torch")
    objective, args = setting(name, l2)
    found, gradient = providers.get(provider).prepare(objective, *args).value_and_gradient(*args)
    value, slopes = truth(name, l2)
    np.testing.assert_allclose(found, value, rtol=1e-14)
    assert distance(flat(gradient), slopes) < 1e-14


@pytest.mark.parametrize("l2", L2)
@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("provider", DIFFERENCES)
def test_differences_are_right(provider: str, name: str, l2: float) -> None:
    objective, args = setting(name, l2)
    prepared = providers.get(provider).prepare(objective, *args)
    assert not any("contradicts" in note for note in prepared.preparation.notes)
    found, gradient = prepared.value_and_gradient(*args)
    value, slopes = truth(name, l2)
    np.testing.assert_allclose(found, value, rtol=1e-14)
    assert distance(flat(gradient), slopes) < DIFFERENCES[provider]


@pytest.mark.parametrize("provider", ["autodiff:compiled", *EXACT[4:], *list(DIFFERENCES)[:3]])
@pytest.mark.parametrize("name", ["squared-error", "sum-squared-error"])
def test_in_float32_the_penalty_is_there_too(name: str, provider: str) -> None:
    objective, args = problem((2, 3, 2), "tanh", LOSSES[name], 7, dtype=np.float32, l2=0.3)
    _, gradient = providers.get(provider).prepare(objective, *args).value_and_gradient(*args)
    wide = [(w.astype(float), b.astype(float)) for w, b in args[0]]
    slopes = true_gradient(objective, wide, *(a.astype(float) for a in args[1:]), digits=20)[1]
    assert all(leaf.dtype == np.float32 for layer in gradient for leaf in layer)
    assert distance(flat(gradient), flat(slopes)) < (1e-4 if "difference" in provider else 1e-6)


@pytest.mark.parametrize("name", ["sum-squared-error", "half-squared-error"])
@pytest.mark.parametrize(
    "provider", ["symbolic:cse", "symbolic:staged", "finite-difference", *list(DIFFERENCES)[1:3]]
)
def test_what_is_prepared_with_a_few_samples_serves_any_batch(provider: str, name: str) -> None:
    """In a sum every sample carries its share of the penalty, and that depends on their number."""
    prepared = providers.get(provider).prepare(*_few(name))
    for samples in (1, 3, 1500):
        objective, args = problem((2, 3, 2), "tanh", LOSSES[name], samples, seed=1, l2=0.3)
        exact, slopes = (
            providers.get("autodiff").prepare(objective, *args).value_and_gradient(*args)
        )
        found, gradient = prepared.value_and_gradient(*args)
        np.testing.assert_allclose(found, exact, rtol=1e-13)
        assert distance(flat(gradient), flat(slopes)) < 1e-8


def _few(name: str) -> Any:
    objective, args = problem((2, 3, 2), "tanh", LOSSES[name], 2, seed=1, l2=0.3)
    return objective, *args


class Whole(Objective):
    """Every sample carries the whole penalty, whatever its share."""

    def sample_loss(self, params: Any, x: Any, y: Any, share: Any = 1) -> Any:
        return super().sample_loss(params, x, y, 1 + 0 * share)


def test_a_penalty_that_counts_once_for_every_sample_is_found_out() -> None:
    honest, args = setting("sum-squared-error", 0.3)
    wrong = Whole(honest.model, honest.loss, honest.l2)
    assert wrong(*args) == honest(*args)
    with pytest.raises(TracingError):
        providers.get("symbolic:cse").prepare(wrong, *args)


class Doubled(Objective):
    """Tells of a penalty twice as large as it is."""

    @property
    def penalty_change(self) -> Any:
        return lambda weights, moves: 2 * super(Doubled, self).penalty_change(weights, moves)


def test_a_penalty_that_is_told_wrong_is_found_out() -> None:
    honest, args = setting("squared-error", 0.3)
    assert broken_promise(honest, *args) == ""
    assert "the changes it tells" in broken_promise(Doubled(honest.model, honest.loss, 0.3), *args)


@pytest.mark.parametrize("evaluator", ["layered", "node", "batched"])
def test_the_penalty_is_differenced_and_no_slope_is_put_in(evaluator: str) -> None:
    """Forward differences of l2 w^2 / 2 are l2 (w + h/2); its slope, l2 w, would show."""
    without, args = setting("squared-error", 0.0)
    h, l2 = 0.25, 0.3
    scheme = FiniteDifference("forward", step=h, evaluator=evaluator)
    plain, penalised = (
        scheme.prepare(each, *args).value_and_gradient(*args)[1]
        for each in (without, Objective(without.model, without.loss, l2))
    )
    for (w, _), (dw, db), (more_dw, more_db) in zip(args[0], plain, penalised):
        np.testing.assert_allclose(more_dw - dw, l2 * (w + h / 2), rtol=1e-12, atol=1e-13)
        np.testing.assert_array_equal(more_db, db)


@pytest.mark.parametrize("evaluator", ["layered", "node"])
def test_error_bars_of_a_sum_cover_what_rounding_does_to_many_samples(evaluator: str) -> None:
    scheme = FiniteDifference("central-6", evaluator=evaluator)
    objective, args = problem((3, 6, 2), "tanh", sum_squared_error, 40, seed=2, l2=0.1)
    prepared = scheme.prepare(objective, *args)
    _, args = problem((3, 6, 2), "tanh", sum_squared_error, 3000, seed=2)
    right = providers.get("autodiff").prepare(objective, *args).value_and_gradient(*args)[1]
    bars = prepared.with_error_bars(*args)
    wrong = np.abs(flat(bars.gradient) - flat(right))
    assert np.mean(wrong <= flat(bars.error)) >= 0.98
    assert np.median(flat(bars.error)) < 1e-6


def test_the_penalty_is_half_of_l2_times_the_squared_weights() -> None:
    model = MLP((2, 3, 1))
    params, x, y = initialise(model, 0), np.ones((4, 2)), np.zeros((4, 1))
    squares = sum(float(np.sum(w**2)) for w, _ in params)
    for loss in LOSSES.values():
        plain, penalised = (Objective(model, loss, l2)(params, x, y) for l2 in (0.0, 0.5))
        np.testing.assert_allclose(penalised - plain, 0.25 * squares, rtol=1e-12)


def test_the_gradient_of_the_penalty_spares_the_biases() -> None:
    model = MLP((2, 3, 1))
    params, x, y = initialise(model, 0), np.ones((4, 2)), np.zeros((4, 1))
    plain, penalised = (
        providers.get("autodiff").prepare(each, params, x, y).value_and_gradient(params, x, y)[1]
        for each in (Objective(model, squared_error), Objective(model, squared_error, l2=0.5))
    )
    for (w, _), (dw, db), (more_dw, more_db) in zip(params, plain, penalised):
        np.testing.assert_allclose(more_dw - dw, 0.5 * w, rtol=1e-12, atol=1e-15)
        np.testing.assert_array_equal(more_db, db)


def test_weight_decay_of_torch_is_the_gradient_of_the_penalty() -> None:
    torch = pytest.importorskip("torch")
    objective, args = setting("squared-error", 0.3)
    plain, penalised = (
        providers.get("autodiff").prepare(each, *args).value_and_gradient(*args)[1]
        for each in (Objective(objective.model, squared_error), objective)
    )
    for (w, _), (dw, _), (more, _) in zip(args[0], plain, penalised):
        weight = torch.tensor(w, requires_grad=True)
        weight.grad = torch.tensor(dw)
        torch.optim.SGD([weight], lr=1.0, weight_decay=0.3).step()
        np.testing.assert_allclose(w - more, weight.detach().numpy(), rtol=1e-13, atol=1e-15)


def test_the_convention_says_reduction_factor_and_penalty() -> None:
    model = MLP((2, 1))
    assert Objective(model, squared_error).convention == squared_error.convention
    said = Objective(model, sum_squared_error, 1e-4).convention
    assert said.startswith("(y - m)^2 without 1/2, sum over samples and outputs; plus 0.0001/2")
    assert "biases excluded" in said


def test_penalised_objectives_are_other_objectives() -> None:
    model = MLP((2, 1))
    assert Objective(model, squared_error, 0.1) != Objective(model, squared_error)
    assert Objective(model, squared_error, 0) == Objective(model, squared_error)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"model": (2, 3, 1)}, "is no network"),
        ({"model": np.tanh}, "is no network"),
        ({"loss": "squared-error"}, "is no loss"),
        ({"loss": np.square}, "is no loss"),
        *(({"l2": l2}, "is no penalty") for l2 in (-0.1, np.nan, np.inf, True, "0.1", None)),
    ],
)
def test_what_does_not_fit_is_refused_and_says_what_does(given: Any, message: str) -> None:
    good = {"model": MLP((2, 1)), "loss": squared_error}
    with pytest.raises(UsageError, match=message) as caught:
        Objective(**(good | given))
    assert caught.value.why
    assert caught.value.instead
