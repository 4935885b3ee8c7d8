"""Reductions at corners: zeros, ties, constants, nothing; and compositions give NumPy's values."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import difflab as dl
from difflab.autodiff import grad, jvp, value_and_grad
from difflab.trace import trace
from tests.autodiff.case import Case
from tests.autodiff.number_cases import ELEMENTWISE_CASES, REDUCTION_CASES


@pytest.fixture(autouse=True)
def _strict() -> Iterator[None]:
    with np.errstate(all="raise"):
        yield


def test_products_with_zeros() -> None:
    for x, expected in (
        ([2.0, 0.0, 3.0], [0, 6, 0]),
        ([0.0, 0.0, 3.0], [0, 0, 0]),
        ([2.0, 4.0], [4, 2]),
    ):
        np.testing.assert_array_equal(grad(np.prod)(np.array(x)), expected)
        last = grad(lambda x: np.cumprod(x)[-1])(np.array(x))
        np.testing.assert_array_equal(last, expected)
    second = grad(lambda x: np.sum(grad(np.prod)(x)))(np.array([0.0, 0.0, 3.0]))
    np.testing.assert_array_equal(second, [3, 3, 0])


def test_long_running_products_are_right() -> None:
    x = np.random.default_rng(0).uniform(0.9, 1.1, 1000)
    x[[10, 500]] = 0.0
    gradient = grad(lambda x: np.sum(np.cumprod(x)))(x)
    expected = np.zeros(1000)
    for j in range(1000):
        others = x.copy()
        others[j] = 1.0
        expected[j] = np.sum(np.cumprod(others)[j:])
    np.testing.assert_allclose(gradient, expected, rtol=1e-12)


def test_deviations_of_constants_are_flat() -> None:
    x = np.full((2, 3), 1.7)
    for f in (np.std, np.nanstd, lambda x: np.std(x, where=np.ones((2, 3), bool)), np.ptp):
        np.testing.assert_array_equal(grad(lambda x, f=f: np.sum(f(x)))(x), np.zeros((2, 3)))


def test_ties_share() -> None:
    x = np.array([1.0, 3.0, 3.0])
    np.testing.assert_array_equal(grad(np.max)(x), [0, 0.5, 0.5])
    np.testing.assert_array_equal(grad(np.nanmax)(x), [0, 0.5, 0.5])
    np.testing.assert_array_equal(grad(np.median)(np.array([1.0, 2.0, 4.0, 8.0])), [0, 0.5, 0.5, 0])


@pytest.mark.parametrize(
    "f",
    [np.sum, np.prod, np.nansum, np.nanprod, lambda x: np.max(x, initial=2.0),
     lambda x: np.sum(x, axis=0).sum(), lambda x: np.sum(np.cumsum(x)), np.count_nonzero,
     lambda x: np.sum(np.cumprod(x)), lambda x: np.sum(np.mean(np.reshape(x, (0, 3)), axis=1))],
)  # fmt: skip
def test_reductions_of_nothing(f: Any) -> None:
    empty = np.zeros(0)
    value, gradient = value_and_grad(lambda x: f(x) * 1.0)(empty)
    assert value == f(empty)
    assert gradient.shape == (0,)


@pytest.mark.parametrize(
    "f", [np.mean, np.var, np.std, np.nanmean, np.median], ids=lambda f: f.__name__
)
def test_averages_of_nothing_are_nan_with_the_warnings_of_numpy(f: Any) -> None:
    empty = np.zeros(0)
    with np.errstate(all="warn"):
        with warnings.catch_warnings(record=True) as expected:
            warnings.simplefilter("always")
            f(empty)
        with warnings.catch_warnings(record=True) as ours:
            warnings.simplefilter("always")
            value, gradient = value_and_grad(f)(empty)
    assert np.isnan(value)
    assert gradient.shape == (0,)
    assert {w.category for w in ours} == {w.category for w in expected} == {RuntimeWarning}
    if f not in (np.nanmean, np.median):
        assert {str(w.message) for w in ours} == {str(w.message) for w in expected}


def test_reductions_over_a_part_refuse_what_numpy_refuses() -> None:
    x = np.array([1.0, 2.0])
    with pytest.raises(ValueError, match="identity"):
        grad(lambda x: np.max(x, where=[True, False]))(x)
    with pytest.raises(ValueError, match="range"):
        grad(lambda x: np.nanquantile(x, 1.5))(x)
    with pytest.raises(TypeError, match="Axis must be specified"):
        grad(lambda x: np.average(np.stack([x, x]), weights=[1.0, 2.0]))(x)


def test_options_that_depend_on_values_are_refused() -> None:
    x = np.array([1.0, 2.0])
    for f in (
        lambda x: np.quantile(x, x[0]),
        lambda x: np.quantile(x, 0.5, weights=x, method="inverted_cdf"),
        lambda x: np.nanquantile(x, 0.5, method="lower"),
        lambda x: np.median(x, out=np.zeros(())),
        lambda x: np.nansum(x, out=np.zeros(())),
    ):
        with pytest.raises(dl.errors.TracingError, match="while being differentiated"):
            grad(f)(x)


# Compositions give what NumPy gives


@pytest.mark.parametrize("case", ELEMENTWISE_CASES + REDUCTION_CASES, ids=str)
def test_values_and_types_are_those_of_numpy_now_and_when_replayed(case: Case) -> None:
    for dtype in (np.float64, np.float32):
        arrays = [np.asarray(a, dtype) for a in case.arrays]
        precision = 4 * float(np.finfo(dtype).eps) * 10
        program = trace(lambda xs: case.call(*xs), arrays)
        expected, result = case.call(*arrays), program.entries[program.output].value
        np.testing.assert_allclose(result, expected, rtol=precision, atol=precision)
        assert np.shape(result) == np.shape(expected)
        assert result.dtype == np.asarray(expected).dtype
        other = [dtype(0.75) * a for a in arrays]  # keeps signs and order
        if "is" not in case.rule.__name__ and "close" not in case.rule.__name__:
            again, expected = program.run(other), case.call(*other)
            np.testing.assert_allclose(again, expected, rtol=precision, atol=precision)


@pytest.mark.parametrize("axis", [0, -1, None, ()])
@pytest.mark.parametrize(
    "f", [np.sum, np.prod, np.max, np.cumsum, np.cumprod, np.nansum, np.nanprod]
)
def test_a_number_is_reduced_over_any_axis_that_numpy_lets_pass(f: Any, axis: Any) -> None:
    if axis == () and f in (np.cumsum, np.cumprod):
        pytest.skip("a running total has one axis")
    whole = lambda x: np.sum(f(x, axis=axis))
    assert grad(whole)(2.0) == 1.0
    assert jvp(whole, 2.0, 1.0)[1] == 1.0


@pytest.mark.parametrize(
    "f", [np.nanmedian, lambda x: np.nanquantile(x, 0.3)], ids=["nanmedian", "nanquantile"]
)
@pytest.mark.filterwarnings("ignore:Mean of empty slice:RuntimeWarning")
def test_ranks_in_nothing_are_nan(f: Any) -> None:
    with np.errstate(invalid="ignore"):
        value, gradient = value_and_grad(f)(np.zeros(0))
    assert np.isnan(value)
    assert gradient.shape == (0,)


def test_where_true_needs_no_initial_as_in_numpy() -> None:
    x = np.array([1.0, 3.0, 2.0])
    np.testing.assert_array_equal(grad(lambda x: np.max(x, where=True))(x), [0, 1, 0])
    np.testing.assert_array_equal(grad(lambda x: np.min(x, where=True))(x), [1, 0, 0])


@pytest.mark.parametrize("method", ["linear", "lower", "inverted_cdf", "closest_observation"])
@pytest.mark.parametrize("q", [0.25, np.float64(0.25), [0.1, 0.9]])
def test_quantiles_have_the_type_that_numpy_gives_them(method: Any, q: Any) -> None:
    x = np.array([0.1, 0.5, 0.7], np.float32)
    program = trace(lambda x: np.quantile(x, q, method=method), x)
    assert program.entries[program.output].value.dtype == np.quantile(x, q, method=method).dtype
