"""Hessian-vector products of every provider against a Hessian worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from difflab import providers
from difflab.nn import MLP, Objective, initialise, squared_error
from difflab.nn.hessian_products import hessian_vector_product
from difflab.tree import flatten, map_leaves, ravel


def f(params: Any, x: Any) -> Any:
    """0.5 a^2 b with b a scalar, and a cubic: Hessian [[b I + 6 x a, a], [a', 0]]."""
    return 0.5 * np.sum(params["a"] ** 2) * params["b"] + np.sum(x * params["a"] ** 3)


POINT = {"a": np.array([1.0, -2.0]), "b": np.float64(0.5)}
TANGENT = {"a": np.array([0.3, 0.7]), "b": np.float64(-1.1)}
X = np.array([0.2, 0.4])


def by_hand() -> dict[str, Any]:
    a, b, (va, vb) = POINT["a"], POINT["b"], (TANGENT["a"], TANGENT["b"])
    return {"a": (b + 6 * X * a) * va + a * vb, "b": a @ va}


METHODS = {
    "autodiff": ("forward over reverse", 1e-14),
    "autodiff:compiled": ("forward over reverse", 1e-14),
    "symbolic:matrix": ("differentiated again", 1e-14),
    "symbolic:cse": ("step 6.1e-06 times", 1e-9),
    "complex-step": ("step 6.1e-06 times", 1e-9),
    "finite-difference:central": ("step 0.00033 times", 1e-6),
}


@pytest.mark.parametrize("method", METHODS)
def test_products_are_those_of_the_hessian(method: str) -> None:
    provider = providers.get(method)
    product = hessian_vector_product(provider, f, provider.prepare(f, POINT, X))
    how, tolerance = METHODS[method]
    assert how in product.how
    assert product.exact == (tolerance < 1e-12)
    found = product(POINT, TANGENT, X)
    assert flatten(found)[1] == flatten(POINT)[1]
    for mine, wanted in zip(flatten(found)[0], flatten(by_hand())[0]):
        np.testing.assert_allclose(mine, wanted, rtol=tolerance, atol=tolerance)
        assert np.shape(mine) == np.shape(wanted)


def test_a_provider_that_is_checked_keeps_its_own_product() -> None:
    provider = providers.get("symbolic:matrix,check=autodiff")
    product = hessian_vector_product(provider, f, provider.prepare(f, POINT, X))
    assert "differentiated again" in product.how


@pytest.mark.parametrize("method", ["autodiff", "symbolic:matrix", "finite-difference"])
def test_products_of_a_network_are_symmetric(method: str) -> None:
    net, rng = MLP((2, 3, 1), "tanh"), np.random.default_rng(0)
    x, y, params = rng.normal(size=(5, 2)), rng.normal(size=(5, 1)), initialise(net, seed=0)
    objective, provider = Objective(net, squared_error), providers.get(method)
    prepared = provider.prepare(objective, params, x, y)
    product = hessian_vector_product(provider, objective, prepared)
    u, v = (map_leaves(lambda leaf: rng.normal(size=leaf.shape), params) for _ in range(2))
    left = ravel(flatten(u)[0]) @ ravel(flatten(product(params, v, x, y))[0])
    right = ravel(flatten(v)[0]) @ ravel(flatten(product(params, u, x, y))[0])
    assert left == pytest.approx(right, rel=1e-5)


def test_float32_stays_float32_in_differences() -> None:
    def g(w: Any) -> Any:
        return np.sum(w**3)

    w = np.array([1.0, 2.0], np.float32)
    provider = providers.get("complex-step")
    found = hessian_vector_product(provider, g, provider.prepare(g, w))(w, np.ones_like(w))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, [6.0, 12.0], rtol=1e-3)


def test_differences_along_nothing_are_nothing() -> None:
    provider = providers.get("finite-difference")
    product = hessian_vector_product(provider, f, provider.prepare(f, POINT, X))
    nothing = map_leaves(lambda leaf: 0 * leaf, POINT)
    assert not np.any(ravel(flatten(product(POINT, nothing, X))[0]))
