"""Losses written out in elementary functions, as programs, with what SymPy makes of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import sympy as sp

from difflab.symbolic import Counter, derive, input_symbols, scalar_loss
from difflab.trace import Program, trace


def logistic_map(n: int) -> Program:
    """l_1 = x, l_{n+1} = 4 l_n (1 - l_n)."""

    def last(x: Any) -> Any:
        for _ in range(n - 1):
            x = 4 * x * (1 - x)
        return x

    return trace(last, 0.2)


def sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def network(*widths: int, activation: Callable[[Any], Any] = sigmoid) -> Program:
    """Sum (y - m)^2 over the outputs m of one sample; the last layer is activated too."""

    def loss(params: Any, x: Any, y: Any) -> Any:
        for weights, biases in params:
            x = activation(x @ weights + biases)
        return np.sum((y - x) ** 2)

    params = [(np.zeros((a, b)), np.zeros(b)) for a, b in pairwise(widths)]
    return trace(loss, params, np.zeros(widths[0]), np.zeros(widths[-1]))


def flat_network(*widths: int) -> Program:
    """The same with all parameters in one vector."""

    def loss(theta: Any, x: Any, y: Any) -> Any:
        start = 0
        for a, b in pairwise(widths):
            weights = np.reshape(theta[start : start + a * b], (a, b))
            start += a * b
            x = sigmoid(x @ weights + theta[start : start + b])
            start += b
        return np.sum((y - x) ** 2)

    size = sum(a * b + b for a, b in pairwise(widths))
    return trace(loss, np.zeros(size), np.zeros(widths[0]), np.zeros(widths[-1]))


def chain(depth: int) -> Program:
    """A network one neuron wide."""
    return network(*[1] * (depth + 1))


def speelpenning(n: int) -> Program:
    """x1 x2 ... xn (Speelpenning 1980)."""
    return trace(np.prod, np.ones(n))


@dataclass(frozen=True)
class Counts:
    """Sizes as SymPy's own expressions have them."""

    loss_tree: int
    loss_dag: int
    loss_depth: int
    loss_calls: int
    gradient_tree: int
    gradient_dag: int
    gradient_depth: int
    gradient_calls: int


def by_sympy(program: Program) -> tuple[Counts, sp.Expr, list[sp.Expr]]:
    """Build and derive in SymPy, and count."""
    arrays, symbols, _ = input_symbols(program)
    loss = scalar_loss(program, arrays)
    derivatives = derive(loss, symbols)
    count = Counter()
    counts = Counts(
        count.tree(loss),
        count.dag([loss]),
        count.depth(loss),
        count.calls(loss),
        sum(map(count.tree, derivatives)),
        count.dag(derivatives),
        max(map(count.depth, derivatives)),
        sum(map(count.calls, derivatives)),
    )
    return counts, loss, derivatives
