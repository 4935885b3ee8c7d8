"""Backpropagation as a textbook writes it: the same formulas as by hand, nothing done in place.

Stands beside `handwritten` to show what the tricks of the yardstick are worth: what a student has
before any tuning.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from difflab.bench.cases import Params, Problem
from difflab.bench.contenders.protocol import Call

Activation = tuple[Callable[[Any], Any], Callable[[Any], Any]]
"""The function of z, and its derivative in terms of its value h."""

ACTIVATIONS: Mapping[str, Activation] = {
    "sigmoid": (lambda z: 1 / (1 + np.exp(-z)), lambda h: h * (1 - h)),
    "tanh": (np.tanh, lambda h: 1 - h**2),
    "relu": (lambda z: np.maximum(z, 0), lambda h: h > 0),
}


def squared_error(z: Any, y: Any) -> tuple[Any, Any]:
    """Value and derivative in z of the mean squared error."""
    return np.mean((z - y) ** 2), 2 * (z - y) / z.size


def sigmoid_squared_error(z: Any, y: Any) -> tuple[Any, Any]:
    """The same of an output that goes through a sigmoid."""
    p = 1 / (1 + np.exp(-z))
    value, slope = squared_error(p, y)
    return value, slope * p * (1 - p)


def softmax_cross_entropy(z: Any, y: Any) -> tuple[Any, Any]:
    """Value and derivative in z of the mean cross-entropy; each row of y sums to one."""
    shifted = z - np.max(z, axis=1, keepdims=True)
    log_p = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    return -np.mean(np.sum(y * log_p, axis=1)), (np.exp(log_p) - y) / len(z)


HEADS: Mapping[str, Callable[[Any, Any], tuple[Any, Any]]] = {
    "squared error": squared_error,
    "sigmoid, squared error": sigmoid_squared_error,
    "softmax cross-entropy": softmax_cross_entropy,
}


def backpropagation(problem: Problem) -> tuple[Any, Params]:
    """Value and gradient of a network with any number of layers."""
    activation, slope = ACTIVATIONS[problem.case.activation]
    *hidden, (w_last, b_last) = problem.params
    layers = [problem.x]
    for w, b in hidden:
        layers.append(activation(layers[-1] @ w + b))
    value, g = HEADS[problem.case.head](layers[-1] @ w_last + b_last, problem.y)
    gradient = [(layers[-1].T @ g, np.sum(g, axis=0))]
    for (w, _), h, below in zip(problem.params[:0:-1], layers[:0:-1], layers[-2::-1]):
        g = g @ w.T * slope(h)
        gradient.append((below.T @ g, np.sum(g, axis=0)))
    return value, gradient[::-1]


@dataclass(frozen=True)
class Textbook:
    """NumPy as in a textbook, value and gradient."""

    @property
    def name(self) -> str:
        """Heads its column."""
        return "textbook"

    def unavailable(self) -> None:
        """Always available."""
        return None

    def make(self, problem: Problem) -> Call:
        """Bind the arguments."""
        return lambda: backpropagation(problem)
