"""The public Jacobian and Hessian: one word picks the method, and all methods agree."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import sparse as scipy_sparse

from difflab import autodiff
from difflab.derivatives import HESSIAN_METHODS, METHODS, hessian, jacobian
from difflab.errors import UnknownNameError, UsageError
from difflab.tree import flatten
from tests.numeric.sparse.problems import band, broyden, rosenbrock, rosenbrock_hessian


def layer(w: Any, b: Any, x: Any) -> Any:
    return np.tanh(x @ w + b)


ARGUMENTS = (np.array([[0.5, -1.0]]), np.array([0.1, 0.2]), np.array([[1.0], [2.0], [-0.5]]))


@pytest.mark.parametrize("argnums", [0, 1, (0, 1), (2, 0)])
@pytest.mark.parametrize("method", METHODS)
def test_all_methods_give_the_jacobian_of_autodiff(method: str, argnums: Any) -> None:
    found = jacobian(layer, argnums=argnums, method=method)(*ARGUMENTS)
    truth = autodiff.jacobian(layer, argnums=argnums)(*ARGUMENTS)
    leaves, structure = flatten(found)
    expected, form = flatten(truth)
    assert structure == form
    for leaf, wanted in zip(leaves, expected):
        assert leaf.shape == wanted.shape
        np.testing.assert_allclose(leaf, wanted, atol=1e-6)


@pytest.mark.parametrize("method", HESSIAN_METHODS)
def test_all_methods_give_the_hessian(method: str) -> None:
    x = np.linspace(0.5, 1.5, 5)
    np.testing.assert_allclose(
        hessian(rosenbrock, method=method)(x), rosenbrock_hessian(x), atol=1e-3, rtol=1e-6
    )
    scaled = hessian(lambda c, x: c * rosenbrock(x), 1, method=method)(2.0, x)
    np.testing.assert_allclose(scaled, 2 * rosenbrock_hessian(x), atol=1e-3, rtol=1e-6)


def test_the_default_is_autodiff_with_its_modes() -> None:
    x = np.ones(3)
    for mode in ("auto", "forward", "reverse"):
        np.testing.assert_array_equal(
            jacobian(broyden, mode)(x), autodiff.jacobian(broyden, mode)(x)
        )
    np.testing.assert_array_equal(hessian(rosenbrock)(x), autodiff.hessian(rosenbrock)(x))


def test_patterns_reach_the_numerical_methods() -> None:
    calls = []

    def counted(x: Any) -> Any:
        calls.append(1)
        return broyden(x)

    x = np.ones(200)
    pattern = scipy_sparse.csr_array(band(200))
    found = jacobian(counted, method="finite-difference", sparsity=pattern)(x)
    assert len(calls) == 10
    assert isinstance(found, scipy_sparse.csr_array)
    np.testing.assert_allclose(found.toarray(), autodiff.jacobian(broyden)(x), atol=1e-9)
    few = hessian(rosenbrock, method="finite-difference", sparsity=band(5))(x[:5])
    np.testing.assert_allclose(few, rosenbrock_hessian(x[:5]), atol=1e-3)


def test_a_step_reaches_the_numerical_methods() -> None:
    slope = jacobian(np.exp, method="finite-difference:forward", step=0.5)(0.0)
    assert slope == pytest.approx((np.exp(0.5) - 1) / 0.5, rel=1e-12)


@pytest.mark.parametrize("make", [jacobian, hessian])
def test_an_unknown_method_comes_with_the_nearest_name(make: Any) -> None:
    with pytest.raises(UnknownNameError, match="finite-difference"):
        make(np.sin, method="finite-diference")
    with pytest.raises(UnknownNameError, match="known ones"):
        make(np.sin, method=None)


@pytest.mark.parametrize("make", [jacobian, hessian])
def test_options_that_autodiff_would_ignore_are_refused(make: Any) -> None:
    with pytest.raises(UsageError, match="pattern would be ignored"):
        make(np.sin, sparsity=np.eye(2))
    with pytest.raises(UsageError, match="takes no step"):
        make(np.sin, step=1e-3)


def test_options_that_a_numerical_method_cannot_follow_are_refused() -> None:
    with pytest.raises(UsageError, match="reverse"):
        jacobian(np.sin, "reverse", method="finite-difference")
    for method in ("complex-step", "finite-difference:central-4"):
        with pytest.raises(UsageError, match="gradient="):
            hessian(rosenbrock, method=method)
    with pytest.raises(UsageError, match="twice"):
        jacobian(np.sin, argnums=(0, 0), method="finite-difference")
    with pytest.raises(UsageError, match="mode"):
        jacobian(np.sin, "backward", method="finite-difference")
