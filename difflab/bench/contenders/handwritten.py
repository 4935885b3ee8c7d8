"""The yardstick: backpropagation as a good engineer writes it by hand in NumPy.

Straight lines for the shallow networks, a loop for the deep one. With what everybody knows: h * h
instead of h ** 2, temporaries changed in place, the sum of squares as one dot product, and p - y
for softmax with cross-entropy. Without what takes a profiler: no buffers are kept between calls.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from difflab.bench.cases import Case, Params, Problem
from difflab.bench.contenders.protocol import Call
from difflab.errors import UsageError

Backpropagation = Callable[[Params, Any, Any], tuple[Any, Params]]


def sigmoid_one_hidden(params: Params, x: Any, y: Any) -> tuple[Any, Params]:
    """One hidden layer and the output through a sigmoid, squared error."""
    (w1, b1), (w2, b2) = params
    z = x @ w1
    z += b1
    h = 1 / (1 + np.exp(-z))  # (batch, hidden)
    z = h @ w2
    z += b2
    p = 1 / (1 + np.exp(-z))  # (batch, outputs)
    r = p - y
    value = np.vdot(r, r) / r.size

    g2 = r * (2 / r.size)
    g2 *= p * (1 - p)
    g1 = g2 @ w2.T
    g1 *= h * (1 - h)
    return value, [(x.T @ g1, g1.sum(axis=0)), (h.T @ g2, g2.sum(axis=0))]


def tanh_two_hidden(params: Params, x: Any, y: Any) -> tuple[Any, Params]:
    """Two hidden layers of tanh, squared error."""
    (w1, b1), (w2, b2), (w3, b3) = params
    z = x @ w1
    z += b1
    h1 = np.tanh(z)
    z = h1 @ w2
    z += b2
    h2 = np.tanh(z)
    r = h2 @ w3
    r += b3
    r -= y
    value = np.vdot(r, r) / r.size

    g3 = r * (2 / r.size)
    g2 = g3 @ w3.T
    g2 *= 1 - h2 * h2
    g1 = g2 @ w2.T
    g1 *= 1 - h1 * h1
    return value, [
        (x.T @ g1, g1.sum(axis=0)),
        (h1.T @ g2, g2.sum(axis=0)),
        (h2.T @ g3, g3.sum(axis=0)),
    ]


def relu_softmax_one_hidden(params: Params, x: Any, y: Any) -> tuple[Any, Params]:
    """One hidden layer of rectifiers, softmax and cross-entropy; targets sum to one per sample."""
    (w1, b1), (w2, b2) = params
    z = x @ w1
    z += b1
    h = np.maximum(z, 0)
    z = h @ w2
    z += b2
    z -= z.max(axis=1, keepdims=True)
    e = np.exp(z)
    total = e.sum(axis=1, keepdims=True)
    value = (np.log(total).sum() - np.vdot(z, y)) / len(x)

    g2 = e / total  # p, then p - y
    g2 -= y
    g2 /= len(x)
    g1 = g2 @ w2.T
    g1 *= h > 0
    return value, [(x.T @ g1, g1.sum(axis=0)), (h.T @ g2, g2.sum(axis=0))]


def tanh_deep(params: Params, x: Any, y: Any) -> tuple[Any, Params]:
    """Any number of hidden layers of tanh, squared error."""
    *hidden, (w_last, b_last) = params
    layers = [x]  # what goes into each layer
    for w, b in hidden:
        z = layers[-1] @ w
        z += b
        layers.append(np.tanh(z))
    r = layers[-1] @ w_last
    r += b_last
    r -= y
    value = np.vdot(r, r) / r.size

    g = r * (2 / r.size)
    gradient = []
    for (w, _), h in zip(params[:0:-1], layers[:0:-1]):
        gradient.append((h.T @ g, g.sum(axis=0)))
        g = g @ w.T
        g *= 1 - h * h
    gradient.append((x.T @ g, g.sum(axis=0)))
    return value, gradient[::-1]


BY_NETWORK: dict[tuple[str, str, int], Backpropagation] = {
    ("sigmoid", "sigmoid, squared error", 2): sigmoid_one_hidden,
    ("tanh", "squared error", 3): tanh_two_hidden,
    ("relu", "softmax cross-entropy", 2): relu_softmax_one_hidden,
}
"""Straight-line code by activation, head and number of layers."""


def backpropagation(case: Case) -> Backpropagation:
    """Return the hand-written gradient of a case.

    Raises
    ------
    UsageError
        When nobody has written it.

    Examples
    --------
    >>> backpropagation(Case("tiny", (2, 3, 1), "tanh", "squared error", 4)).__name__
    'tanh_deep'
    """
    found = BY_NETWORK.get((case.activation, case.head, len(case.sizes) - 1))
    if found is not None:
        return found
    if (case.activation, case.head) == ("tanh", "squared error"):
        return tanh_deep
    raise UsageError(
        f"case {case.name!r} has no hand-written gradient",
        f"nobody wrote one for {len(case.sizes) - 1} layers of {case.activation}, {case.head}",
        "a function in difflab/bench/contenders/handwritten.py",
    )


@dataclass(frozen=True)
class HandWritten:
    """NumPy by hand, value and gradient."""

    @property
    def name(self) -> str:
        """Heads its column."""
        return "hand-written"

    def unavailable(self) -> None:
        """Always available."""
        return None

    def make(self, problem: Problem) -> Call:
        """Bind the arguments."""
        both, params, x, y = backpropagation(problem.case), problem.params, problem.x, problem.y
        return lambda: both(params, x, y)
