"""The complex step is exact to rounding, at every size of argument and in every precision."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import difflab as dl
from difflab.errors import MissingRuleError, NonScalarLossError, ParameterTypeError, UsageError
from difflab.numeric import complex_step
from difflab.numeric.complex_check import check
from difflab.numeric.complex_step import (
    SINGLE_STEP,
    STEP,
    in_its_precision,
    value_and_gradient,
)
from difflab.numeric.ladder import derivative
from difflab.providers.complex_step import ComplexStep

W = np.array([0.7, -1.3, 2.1])
numbers = st.floats(-3, 3, allow_subnormal=False)
vectors = st.lists(numbers, min_size=1, max_size=5).map(np.array)


def gradient(f: Callable[..., Any], *args: Any) -> Any:
    return value_and_gradient(f, *args)[1]


def test_an_infinite_slope_is_nan_in_its_entry_alone() -> None:
    w = np.array([0.0, 4.0])
    found = ComplexStep().prepare(lambda p: np.sum(np.sqrt(p)), w).value_and_gradient(w)[1]
    np.testing.assert_array_equal(found, [np.nan, 0.25])


@pytest.mark.parametrize(
    ("f", "params"),
    [
        (lambda p: 3.0, W),
        (lambda p: np.sum(np.ones(2)), {"w": W, "b": 1.0}),
        (lambda p: 3.0, {}),
        (lambda p: np.sum(np.round(p["w"].real)) + 0.5, {"w": W}),
    ],
)
def test_constants_have_a_gradient_of_zero(f: Callable[..., Any], params: Any) -> None:
    found = ComplexStep().prepare(f, params).value_and_gradient(params)[1]
    for leaf, model in zip(dl.tree.flatten(found)[0], dl.tree.flatten(params)[0], strict=True):
        np.testing.assert_array_equal(leaf, np.zeros(np.shape(model)))


def test_underflow_is_called_so_and_a_larger_step_helps() -> None:
    f = lambda w: 1e-150 * np.sum(w**2)
    with pytest.raises(MissingRuleError, match="underflows") as caught:
        ComplexStep().prepare(f, W)
    assert "step=1e-30" in caught.value.instead
    found = ComplexStep(1e-30).prepare(f, W).value_and_gradient(W)[1]
    np.testing.assert_allclose(found, 2e-150 * W, rtol=1e-14)


@pytest.mark.parametrize("x", [18.0, 20.0])
def test_slopes_below_the_rounding_of_the_loss_decide_nothing_and_it_is_said(x: float) -> None:
    f = lambda w: np.sum(np.tanh(w))
    w = np.array([-1000.0, x])  # the loss is 0 to rounding, not so its two terms
    prepared = ComplexStep().prepare(f, w)
    assert "not compared" in prepared.preparation.notes[1]
    expected = [0.0, 4 * np.exp(-2 * x)]
    np.testing.assert_allclose(prepared.value_and_gradient(w)[1], expected, rtol=1e-12)


def test_ties_are_not_split() -> None:
    """A stated limit: the tape gives 1/2 to each."""
    for function, slope in ((np.maximum, 1), (np.fmax, 1), (np.minimum, 0), (np.fmin, 0)):
        found = gradient(lambda w, function=function: function(w[0], w[1]), np.ones(2))
        np.testing.assert_array_equal(found, [slope, slope])


SMOOTH: dict[str, Callable[..., Any]] = {
    "maximum": lambda w: np.sum(np.maximum(w, 0.5) ** 2),
    "max": lambda w: np.max(w) * w[0],
    "where": lambda w: np.sum(np.where(w > 0, w**2, -w)),
    "abs of the data": lambda w: np.sum(w * np.abs(np.array([1.0, -2.0, 3.0]))),
    "sigmoid": lambda w: np.sum(dl.sigmoid(w)),
    "relu": lambda w: np.sum(dl.relu(w) ** 2),
    "softplus": lambda w: np.sum(dl.softplus(w)),
    "logsumexp": lambda w: dl.logsumexp(w),
    "own logsumexp": lambda w: np.log(np.sum(np.exp(w - np.max(w)))) + np.max(w),
    "softmax cross-entropy": lambda w: dl.softmax_cross_entropy(w, np.eye(3)[1]),
    "binary cross-entropy": lambda w: np.sum(dl.binary_cross_entropy(w, np.array([0.0, 1.0, 0.5]))),
    "matrix products": lambda w: w @ (np.eye(3) + np.outer(w, w)) @ w,
    "powers": lambda w: np.sum(w**3 + 1 / w + (w * w) ** 0.7),
    "fast": lambda w: np.sin(1e6 * w[0]),
    "large": lambda w: np.sum((1e8 * w) ** 2),
    "small": lambda w: 1e-30 * np.sum(w**3),
    "cancelling": lambda w: np.sum((w + 1e6) ** 2) - np.sum(w**2),
    "saturated": lambda w: np.sum(np.tanh(1000 * w)),
    "rounded to a few digits": lambda w: np.sum(np.tanh(w) + 1e8) - 3e8,
    "rounded to fewer": lambda w: np.sum(w + 1e12) - 3e12,
    "one leaf of the data alone": lambda w: w[0] ** 2,
    "abs in a condition": lambda w: np.sum(np.where(np.abs(w) < 1e-3, w, np.sin(w))),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_analytic_losses_pass_and_agree_with_the_tape(name: str) -> None:
    f = SMOOTH[name]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = ComplexStep().prepare(f, W).value_and_gradient(W)[1]
    expected = dl.grad(f)(W)
    scale = np.max(np.abs(expected))
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13 * scale)


@settings(derandomize=True, max_examples=80, deadline=None)
@given(vectors)
def test_it_is_exact_to_rounding(w: np.ndarray) -> None:
    found = gradient(lambda p: np.sum(np.exp(p) * np.sin(p)), w)
    # cancellation in sin + cos is that of the true derivative
    bound = 8 * np.finfo(float).eps * np.exp(w) * (np.abs(np.sin(w)) + np.abs(np.cos(w)))
    assert np.all(np.abs(found - np.exp(w) * (np.sin(w) + np.cos(w))) <= bound)


@pytest.mark.parametrize("x", [1e10, -3e5, 1e15, 1e200])
def test_an_absolute_step_serves_large_arguments(x: float) -> None:
    found = gradient(np.sin, x)
    assert abs(found - np.cos(x)) <= 2.0**-52
    assert abs(derivative(np.sin, 1e10, "complex-step").value - np.cos(1e10)) <= 2.0**-52


def test_a_relative_step_does_not() -> None:
    """The negative control, and what SciPy's "cs" does: wrong by 62 orders of magnitude."""
    x = 1e10
    h = float(np.sqrt(np.finfo(float).eps)) * x
    assert np.sin(x + 1j * h).imag / h / np.cos(x) > 1e62
    assert gradient(np.sin, x) == pytest.approx(np.cos(x), rel=1e-15)


def test_the_check_refuses_no_wave_that_is_faster_than_its_steps() -> None:
    """Beyond 1e10 every central step may span whole periods, and look smooth by stroboscope."""
    points = 10.0 ** np.random.default_rng(0).uniform(4, 10.5, 100)
    for x in points.tolist():
        check(np.sin, x)
    check(lambda w: np.sum(np.sin(w)), points)


def single(w: Any) -> Any:
    """A loss that computes in float32 or complex64 whatever it is given."""
    w = np.asarray(w, np.complex64 if np.iscomplexobj(w) else np.float32)
    return np.sum(np.exp(w) * np.sin(w))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_loss_that_casts_to_complex64_gets_a_step_that_does_not_vanish_there(dtype: Any) -> None:
    w = W.astype(dtype)
    expected = np.exp(W) * (np.sin(W) + np.cos(W))
    prepared = ComplexStep().prepare(single, w)
    value, found = prepared.value_and_gradient(w)
    assert found.dtype == dtype
    assert value.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)
    assert "agrees with central differences" in prepared.preparation.notes[1]


@pytest.mark.parametrize("size", [1e25, 1.0, 1e-25])
def test_gradients_in_complex64_keep_their_digits_at_every_size(size: float) -> None:
    factor = np.float32(size)
    _, found = value_and_gradient(lambda w: factor * single(w), W)
    np.testing.assert_allclose(
        found, size * np.exp(W) * (np.sin(W) + np.cos(W)), rtol=1e-6, atol=1e-6 * size
    )


def test_without_a_step_for_complex64_the_slope_would_be_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(complex_step, "SINGLE_STEP", STEP)
    assert not np.any(np.isfinite(gradient(single, W)))


def test_the_step_is_chosen_once_and_only_where_it_must_be() -> None:
    calls: list[float] = []

    def moved(h: float) -> Any:
        calls.append(h)
        return np.complex64(2 + 1j * h)

    assert in_its_precision(moved, STEP) == (np.complex64(2 + 1j * SINGLE_STEP), SINGLE_STEP)
    assert calls == [STEP, SINGLE_STEP]
    assert in_its_precision(lambda h: np.complex128(1j * h), STEP) == (1j * STEP, STEP)
    assert in_its_precision(lambda h: np.complex64(1j * h), 0.5)[1] == 0.5  # a larger one stays
    assert in_its_precision(lambda h: 3.0, STEP) == (3.0, STEP)


def test_linear_algebra_is_analytic() -> None:
    f = lambda w: w @ np.linalg.solve(np.eye(3) + np.outer(w, w), w)  # = s / (1 + s), s = w.w
    found = ComplexStep().prepare(f, W).value_and_gradient(W)[1]
    np.testing.assert_allclose(found, 2 * W / (1 + W @ W) ** 2, rtol=1e-13)


def test_kinks_follow_the_primitives_and_do_not_trip_the_check() -> None:
    f = lambda w: np.sum(dl.relu(w)) + np.sum(w)
    prepared = ComplexStep().prepare(f, np.zeros(3))
    np.testing.assert_array_equal(prepared.value_and_gradient(np.zeros(3))[1], np.ones(3))


def test_the_value_is_no_view_of_the_parameters() -> None:
    w = np.array(2.0)
    value, _ = value_and_gradient(lambda p: p, w)
    w[...] = 5.0
    assert value == 2.0


def test_float32_is_widened_and_comes_back() -> None:
    w = W.astype(np.float32)
    found = ComplexStep().prepare(lambda p: np.sum(np.sin(p)), w).value_and_gradient(w)[1]
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, np.cos(w.astype(float)), rtol=1e-7)


def test_a_loss_that_is_not_finite_gives_a_gradient_of_nan() -> None:
    f = lambda w: np.sum(w) * np.nan
    prepared = ComplexStep().prepare(f, W)
    assert np.isnan(prepared.value_and_gradient(W)[1]).all()
    assert "not compared" in prepared.preparation.notes[1]


def test_an_edge_of_the_domain_is_no_reason_to_refuse() -> None:
    f = lambda w: np.sum(np.log(w))
    w = np.array([1e-6, 1.0])
    np.testing.assert_allclose(ComplexStep().prepare(f, w).value_and_gradient(w)[1], 1 / w)


@pytest.mark.parametrize(
    "loss", [lambda p: p * 2, lambda p: np.sum(p) + 1j, lambda p: None, lambda p: 3]
)
def test_losses_that_are_not_one_real_number_are_refused(loss: Any) -> None:
    with pytest.raises(NonScalarLossError):
        ComplexStep().prepare(loss, W)


def test_bad_parameters_steps_and_losses_are_refused() -> None:
    with pytest.raises(ParameterTypeError):
        ComplexStep().prepare(np.sum, np.arange(3))
    for step in (0.0, -1e-20, 1e-3, np.nan):
        with pytest.raises(UsageError, match="complex step"):
            ComplexStep(step)
    rng = np.random.default_rng(0)
    with pytest.raises(UsageError, match="same parameters"):
        ComplexStep().prepare(lambda w: np.sum(w) * rng.normal(), W)


def test_a_fault_of_the_loss_itself_is_not_blamed_on_complex_numbers() -> None:
    def faulty(w: Any) -> Any:
        return w["no such key"]

    with pytest.raises(IndexError):
        ComplexStep().prepare(faulty, W)


def test_preparation_is_recorded_and_losses_are_counted() -> None:
    calls = [0]

    def f(p: Any) -> Any:
        calls[0] += 1
        return np.sum(p["w"] ** 2) + p["b"]

    params = {"w": np.ones((2, 2)), "b": 1.0}
    prepared = ComplexStep().prepare(f, params)
    before = calls[0]
    frozen = pickle.dumps(params)
    prepared.value_and_gradient(params)
    assert pickle.dumps(params) == frozen
    assert calls[0] - before == 6 == prepared.preparation.sizes["loss evaluations"]
    assert prepared.preparation.notes == (
        "step 1e-200",
        "agrees with central differences along a random direction",
    )
    assert eval(repr(ComplexStep(1e-30))) == ComplexStep(1e-30)


def test_float32_parameters_and_contexts_have_slopes_too() -> None:
    w, x = np.array([0.5, 1.5], np.float32), np.array([2.0, 4.0], np.float32)
    _, gradient = value_and_gradient(lambda w, x: np.mean((w * x) ** 2), w, x)
    assert gradient.dtype == np.float32
    np.testing.assert_allclose(gradient, [2.0, 24.0], rtol=1e-6)
