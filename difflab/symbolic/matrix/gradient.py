"""Value and gradient by matrix calculus, as a transform of functions of traced or plain arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from difflab.symbolic.matrix.clusters import dtype_of
from difflab.symbolic.matrix.reverse import Observe, pull_back
from difflab.trace import TracedArray, recording, traced_inputs
from difflab.tree import Nest, flatten, unflatten


def value_and_gradient(
    f: Callable[..., Any], observe: Observe | None = None
) -> Callable[..., tuple[Any, Nest]]:
    """Return a function that records ``f``, and differentiates the recording.

    Applied to what it returns, it differentiates again.

    Parameters
    ----------
    f : callable
        ``f(params, *contexts)`` returns one real number; plain NumPy inside.
    observe : callable or None
        ``observe(value, cotangent)`` is told about every value that has one.

    Examples
    --------
    >>> slope = lambda x: value_and_gradient(np.tanh)(x)[1]
    >>> slope(np.float64(0.0)), value_and_gradient(slope)(np.float64(20.0))[1]
    (np.float64(1.0), np.float64(-0.0))
    """

    def both(params: Nest, *contexts: Any) -> tuple[Any, Nest]:
        leaves, structure = flatten(params)
        with recording() as tape:
            inputs = traced_inputs(tape, leaves)
            result = f(unflatten(structure, inputs), *contexts)
        found: dict[int, Any] = {}
        value = result
        if type(result) is TracedArray and result.tape is tape:
            value = result.value
            found = pull_back(tape.calls, result.index, range(len(leaves)), observe)
        gradient = [
            _as_leaf(found[k], leaf) if k in found else np.zeros(np.shape(leaf), dtype_of(leaf))[()]
            for k, leaf in enumerate(leaves)
        ]
        return value, unflatten(structure, gradient)

    return both


def hessian_vector_product(f: Callable[..., Any]) -> Callable[..., tuple[Any, Nest]]:
    """Return ``(point, *contexts) -> (slope, product)`` for points ``(params, vector)``.

    The slope is that of ``f`` along the vector, and its gradient by the parameters is the Hessian
    times the vector: the gradient's program, differentiated again.

    Examples
    --------
    >>> f = lambda x: np.sum(x**3)
    >>> hessian_vector_product(f)(np.array([1.0, 2.0]), np.array([1.0, 0.0]))[1]
    array([6., 0.])
    """
    inner = value_and_gradient(f)

    def product(params: Nest, vector: Nest, *contexts: Any) -> tuple[Any, Nest]:
        directions = flatten(vector)[0]

        def along(params: Nest) -> Any:
            slopes = flatten(inner(params, *contexts)[1])[0]
            return sum(np.sum(g * v) for g, v in zip(slopes, directions))

        return value_and_gradient(along)(params)

    return product


def _as_leaf(g: Any, leaf: Any) -> Any:
    return np.broadcast_to(g, np.shape(leaf)) if np.shape(g) != np.shape(leaf) else g
