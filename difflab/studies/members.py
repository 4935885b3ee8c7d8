"""Members of families of functions: plain NumPy losses, each with a point to differentiate at.

The functions are written out in elementary operations, as on paper, so that every operation counts.
Their points lie well inside the domain, so that values and gradients can be compared there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from difflab.tree import Nest


@dataclass(frozen=True, slots=True)
class Example:
    """A loss with arguments.

    Attributes
    ----------
    loss : callable
        ``loss(params, *contexts)``, a scalar, in plain NumPy.
    params : nest
        The point at which to differentiate.
    contexts : tuple
        Further arguments.
    """

    loss: Callable[..., Any]
    params: Nest
    contexts: tuple[Any, ...] = ()


def sigmoid(z: Any) -> Any:
    """1 / (1 + exp(-z)), written out so that every operation counts."""
    return 1 / (1 + np.exp(-z))


def network(*widths: int) -> Example:
    """Sigmoid network with squared error on one sample: the loss is sum (y - m)^2.

    Examples
    --------
    >>> example = network(2, 4, 1)
    >>> [weights.shape for weights, _ in example.params], [x.shape for x in example.contexts]
    ([(2, 4), (4, 1)], [(2,), (1,)])
    """

    def loss(params: Nest, x: Any, y: Any) -> Any:
        for weights, biases in params:
            x = sigmoid(x @ weights + biases)
        return np.sum((y - x) ** 2)

    rng = np.random.default_rng(0)
    params = [
        (rng.normal(size=(a, b)) / np.sqrt(a), np.zeros(b) + 0.1) for a, b in pairwise(widths)
    ]
    return Example(loss, params, (np.linspace(0.5, 1.0, widths[0]), np.full(widths[-1], 0.25)))


def logistic_map(n: int) -> Example:
    """l_1 = x, l_{k+1} = 4 l_k (1 - l_k); the value of l_n as a function of x."""

    def last(x: Any) -> Any:
        for _ in range(n - 1):
            x = 4 * x * (1 - x)
        return x

    return Example(last, 0.2)


def product(n: int) -> Example:
    """x1 x2 ... xn, at a point near 1, so that the product of many stays near 1."""
    return Example(np.prod, 1 + 0.2 * np.cos(np.arange(1.0, n + 1)))


def rosenbrock(n: int) -> Example:
    """Sum over i of 100 (x_{i+1} - x_i^2)^2 + (1 - x_i)^2, at the usual start -1.2, 1, -1.2, ..."""

    def loss(x: Any) -> Any:
        return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)

    return Example(loss, np.where(np.arange(n) % 2 == 0, -1.2, 1.0))


def chebyshev(n: int) -> Example:
    """T_0 = 1, T_1 = x, T_{k+1} = 2 x T_k - T_{k-1}; the value of T_n as a function of x."""

    def last(x: Any) -> Any:
        before, now = 1.0, x
        for _ in range(n - 1):
            before, now = now, 2 * x * now - before
        return now

    return Example(last, 0.3)


def helmholtz(n: int) -> Example:
    """Helmholtz energy of a mixture of n components by the Peng-Robinson equation, with R T = 1.

    f(x) = sum_i x_i log(x_i / (1 - b.x))
           - x.A x / (sqrt(8) b.x) log((1 + (1 + sqrt 2) b.x) / (1 + (1 - sqrt 2) b.x))

    The domain is x > 0, b.x < 1; A and b are contexts. At the point given, b.x is 1/2.
    """
    root = float(np.sqrt(2.0))

    def loss(x: Any, a: Any, b: Any) -> Any:
        bx = b @ x
        mixed = np.log((1 + (1 + root) * bx) / (1 + (1 - root) * bx))
        return np.sum(x * np.log(x / (1 - bx))) - (x @ a @ x) / (2 * root * bx) * mixed

    i = np.arange(n)
    x = 1 + 0.5 * np.cos(i)
    return Example(loss, x / x.sum(), (1 / (1.0 + i[:, None] + i), np.full(n, 0.5)))
