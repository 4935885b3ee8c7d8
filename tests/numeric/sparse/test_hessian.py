"""Hessians by differences: symmetric, right within their bars, few gradients for sparse ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse as scipy_sparse

from difflab import autodiff
from difflab.errors import (
    NonScalarLossError,
    ShapeError,
    UnknownNameError,
    UsageError,
    WrongGradientError,
)
from difflab.numeric.sparse import hessian
from difflab.tree import flatten
from tests.numeric.sparse.problems import (
    arrow,
    arrow_gradient,
    arrow_hessian,
    band,
    rosenbrock,
    rosenbrock_gradient,
    rosenbrock_hessian,
)


@st.composite
def symmetric_matrices(draw: Any) -> Any:
    n = draw(st.integers(1, 6))
    entry = st.one_of(st.just(0), st.integers(-9, 9))
    cells = draw(st.lists(entry, min_size=n * n, max_size=n * n))
    lower = np.tril(np.array(cells, float).reshape(n, n))
    return lower + lower.T


@settings(derandomize=True, max_examples=60, deadline=None)
@given(symmetric_matrices(), st.booleans(), st.booleans())
def test_the_hessian_of_a_quadratic_form_is_its_matrix(a: Any, slopes: bool, full: bool) -> None:
    f = lambda x: 0.5 * np.sum(x * np.sum(a * x, axis=1))
    options = {
        "gradient": (lambda x: np.sum(a * x, axis=1)) if slopes else None,
        "sparsity": None if full else np.tril(a) != 0,
    }
    found = hessian(f, np.arange(len(a), dtype=float), **options)
    np.testing.assert_allclose(found.value, a, atol=1e-12 if slopes else 2e-6)
    np.testing.assert_array_equal(found.value, found.value.T)


@settings(derandomize=True, max_examples=80, deadline=None)
@given(symmetric_matrices(), st.booleans(), st.data())
def test_a_pattern_that_misses_an_entry_is_found(a: Any, slopes: bool, data: Any) -> None:
    places = np.argwhere(np.tril(a, -1))
    if not len(places):
        return
    i, j = data.draw(st.sampled_from(places.tolist()))
    pattern = a != 0
    pattern[i, j] = pattern[j, i] = False
    f = lambda x: 0.5 * np.sum(x * np.sum(a * x, axis=1))
    gradient = (lambda x: np.sum(a * x, axis=1)) if slopes else None
    with pytest.raises(UsageError, match=rf"\[({i}|{j})\].*x\[({i}|{j})\]"):
        hessian(f, np.zeros(len(a)), gradient=gradient, sparsity=pattern)


@pytest.mark.parametrize("scheme", ["central", "central-6", "complex-step"])
def test_rosenbrock_takes_three_gradients_times_the_stencil_whatever_its_size(scheme: str) -> None:
    x = 1 + np.cos(np.arange(1000.0)) / 2
    pattern = (np.arange(999), np.arange(1, 1000))  # one triangle, no diagonal
    found = hessian(
        rosenbrock,
        x,
        gradient=rosenbrock_gradient,
        scheme=scheme,
        sparsity=pattern,
        error_bars=False,
    )
    assert found.groups == 3
    assert isinstance(found.value, scipy_sparse.csr_array)
    if scheme != "complex-step":
        assert found.gradient_evaluations == 2 + 3 * int({"central": 2, "central-6": 6}[scheme]) + 2
    truth = rosenbrock_hessian(x)
    assert abs(found.value.toarray() - truth).max() < 1e-9 * abs(truth).max()


def test_an_arrow_takes_two_groups() -> None:
    x = np.linspace(-1, 1, 300)
    found = hessian(
        arrow, x, gradient=arrow_gradient, sparsity=(np.zeros(300, int), np.arange(300))
    )
    assert found.groups == 2
    assert found.gradient_evaluations == 2 + 2 * (2 * 2) + 6 + 2
    np.testing.assert_allclose(found.value.toarray(), arrow_hessian(x), atol=1e-8)


@pytest.mark.parametrize("sparse", [False, True])
def test_values_alone_cost_two_or_four_per_entry(sparse: bool) -> None:
    x = np.linspace(0.5, 1.5, 8)
    pattern = band(8) if sparse else None
    found = hessian(rosenbrock, x, sparsity=pattern, error_bars=False)
    off_diagonal = 7 if sparse else 28
    assert found.evaluations == 2 + 2 * 8 + 4 * off_diagonal + 2 * sparse
    truth = rosenbrock_hessian(x)
    assert abs(found.value - truth).max() < 1e-6 * abs(truth).max()


@pytest.mark.parametrize("given_gradient", [False, True])
def test_error_bars_cover_the_truth_and_mean_something(given_gradient: bool) -> None:
    rng = np.random.default_rng(5)
    covered, sizes = [], []
    for _ in range(20):
        a, x = rng.normal(size=(6, 5)), rng.normal(size=5)
        f = lambda x: np.sum(np.exp(np.sin(a @ x)))
        z = a @ x
        gradient = lambda x: (np.exp(np.sin(a @ x)) * np.cos(a @ x)) @ a
        truth = a.T @ ((np.exp(np.sin(z)) * (np.cos(z) ** 2 - np.sin(z)))[:, None] * a)
        found = hessian(f, x, gradient=gradient if given_gradient else None)
        covered.append(abs(found.value - truth) <= found.error)
        sizes.append(found.error / abs(truth).max())
    assert np.mean(covered) > 0.95
    assert np.median(sizes) < (1e-9 if given_gradient else 1e-6)


@pytest.mark.parametrize("given_gradient", [False, True])
def test_nests_come_back_as_from_autodiff(given_gradient: bool) -> None:
    rng = np.random.default_rng(0)
    params = {"w": rng.normal(size=(2, 3)), "b": [0.5, rng.normal(size=3)]}
    x = rng.normal(size=(4, 2))
    f = lambda p, x: np.mean(np.tanh(x @ p["w"] + p["b"][1]) ** 2) * p["b"][0] ** 3
    found = hessian(f, params, x, gradient=autodiff.grad(f) if given_gradient else None)
    leaves, structure = flatten(found.value)
    expected, form = flatten(autodiff.hessian(f)(params, x))
    assert structure == form
    for leaf, wanted, bar in zip(leaves, expected, flatten(found.error)[0]):
        assert (np.shape(leaf), leaf.dtype) == (np.shape(wanted), wanted.dtype)
        np.testing.assert_allclose(leaf, wanted, atol=1e-6)
        assert np.all(abs(leaf - wanted) <= bar)


def test_a_scalar_and_an_empty_parameter() -> None:
    assert hessian(np.sin, 1.0).value == pytest.approx(-np.sin(1.0), abs=1e-7)
    assert hessian(lambda x: np.sum(x**2), np.zeros(0)).value.shape == (0, 0)


def test_single_precision_stays_and_gets_its_own_step() -> None:
    x = np.linspace(0.5, 1.5, 3, dtype=np.float32)
    found = hessian(lambda x: np.sum(x**3) + x[0] * x[1], x)
    assert found.value.dtype == np.float32
    truth = np.diag(6 * x.astype(float)) + np.array([[0, 1, 0], [1, 0, 0], [0, 0, 0]])
    error = abs(found.value - truth)
    assert error.max() < 0.05
    assert np.all(error <= found.error)


def test_a_gradient_that_is_not_symmetric_shows_in_the_bars() -> None:
    f = lambda x: np.sum(x**2) / 2
    spoiled = lambda x: x + np.array([1e-6 * (x[1] - 1), 0.0])  # right at x = (1, 1) alone
    found = hessian(f, np.array([1.0, 1.0]), gradient=spoiled)
    assert 4e-7 < found.error[0, 1] < 1e-6


@pytest.mark.parametrize("factor", [0.0, -1.0, 0.9999, 2.0])
def test_a_gradient_of_another_function_is_refused(factor: float) -> None:
    with pytest.raises(WrongGradientError, match="not the gradient"):
        hessian(rosenbrock, np.full(5, 0.7), gradient=lambda x: factor * rosenbrock_gradient(x))


@pytest.mark.parametrize("offset", [0.0, 1e3, 1e8])
def test_an_honest_gradient_at_a_minimum_is_not_accused(offset: float) -> None:
    f = lambda x: (rosenbrock(x) + offset) - offset
    for n in range(2, 30):
        found = hessian(f, np.ones(n), gradient=rosenbrock_gradient)
        np.testing.assert_allclose(found.value, rosenbrock_hessian(np.ones(n)), atol=1e-6)


def test_an_honest_gradient_of_a_sharply_curved_function_is_not_accused() -> None:
    f, gradient = lambda x: np.sum(np.sin(3e3 * x)), lambda x: 3e3 * np.cos(3e3 * x)
    hessian(f, np.linspace(0.1, 1, 5), gradient=gradient)


@pytest.mark.parametrize(
    ("f", "x", "options", "kind", "says"),
    [
        (np.sin, np.ones(2), {}, NonScalarLossError, "an array"),
        (lambda x: [np.sum(x)], np.ones(2), {}, NonScalarLossError, "a nest"),
        (rosenbrock, np.ones(3), {"scheme": "central-4"}, UsageError, "from values"),
        (
            rosenbrock,
            np.ones(3),
            {"scheme": "c", "gradient": rosenbrock_gradient},
            UnknownNameError,
            "scheme",
        ),
        (rosenbrock, np.ones(3), {"step": -1.0}, UsageError, "no step"),
        (rosenbrock, np.ones(3), {"sparsity": np.eye(4)}, ShapeError, "the pattern has shape"),
        (rosenbrock, np.ones(3), {"gradient": lambda x: x[:2]}, ShapeError, "nest like"),
        (lambda p: p[0], [1.0], {"sparsity": np.eye(1)}, UsageError, "not a flat array"),
    ],
)
def test_what_makes_no_sense_is_refused(f: Any, x: Any, options: Any, kind: Any, says: str) -> None:
    with pytest.raises(kind, match=says):
        hessian(f, x, **options)


def test_a_step_that_is_too_large_is_a_note_and_no_missing_entry() -> None:
    f = lambda x: np.sum(np.exp(3 * x))
    found = hessian(f, np.linspace(0, 1, 5), step=0.5, sparsity=np.eye(5, dtype=bool))
    assert "step may be too large" in found.notes[0]


@pytest.mark.parametrize("given_gradient", [False, True])
@pytest.mark.parametrize("sparse", [False, True])
def test_what_is_not_finite_is_nan(given_gradient: bool, sparse: bool) -> None:
    def quietly(f: Any) -> Any:
        def g(x: Any) -> Any:
            with np.errstate(all="ignore"):
                return f(x)

        return g

    f, gradient = quietly(lambda x: np.sum(np.log(x))), quietly(lambda x: 1 / x)
    options = {
        "gradient": gradient if given_gradient else None,
        "sparsity": np.eye(2, dtype=bool) if sparse else None,
    }
    for bad in (-np.inf, 0.0, np.nan, -1.0):
        found = hessian(f, np.array([bad, 2.0]), **options).value
        if given_gradient:
            assert found[1, 1] == pytest.approx(-0.25, rel=1e-8)
        if not given_gradient or bad != -1.0:
            assert np.isnan(found[0, 0])
