"""Contexts reach the function as they are: what is static in it may be anything."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import difflab as dl
from difflab.providers.autodiff import Autodiff

W = np.array([[0.3, -1.2], [0.7, 2.0]])

CONTEXTS = {
    "axis": (lambda w, axis: np.sum(np.max(w, axis=axis)), 1),
    "count": (lambda w, n: sum(np.sum(w) for _ in range(n)), 3),
    "labels": (lambda w, y: np.sum(w[np.arange(2), [int(k) for k in y]]), np.array([1, 0])),
    "none": (lambda w, mask: np.sum(w if mask is None else w * mask), None),
    "string": (lambda w, kind: np.sum(getattr(np, kind)(w)), "tanh"),
    "callable": (lambda w, link: np.sum(link(w)), np.sin),
    "nest": (
        lambda w, o: np.sum(w**2) * o["rate"] + o["links"][0](w[0, 0]),
        {"rate": 0.5, "links": [np.cos]},
    ),
}


@pytest.mark.parametrize("name", CONTEXTS)
def test_static_contexts_give_the_gradient_of_the_closed_over_function(name: str) -> None:
    f, context = CONTEXTS[name]
    value, gradient = dl.value_and_grad(f, "autodiff")(W, context)

    def closed(w: Any) -> Any:
        return f(w, context)

    plain = dl.value_and_grad(closed, "finite-difference:central")
    assert value == f(W, context)
    np.testing.assert_allclose(gradient, plain(W)[1], rtol=1e-6, atol=1e-8)


def test_preparation_counts_the_calls_that_depend_on_parameters() -> None:
    def f(w: Any, x: Any) -> Any:
        return np.sum(w * np.exp(x))

    prepared = Autodiff().prepare(f, W, np.ones(2))
    assert prepared.preparation.sizes["tape entries"] == 2  # not exp, which is a constant here
