"""Test problems of Moré, Garbow and Hillstrom (1981), with their derivatives written by hand."""

from __future__ import annotations

from typing import Any

import numpy as np


def broyden(x: Any) -> Any:
    """The tridiagonal function of Broyden, R^n to R^n."""
    return (3 - 2 * x) * x + 1 - np.append(0.0, x[:-1]) - 2 * np.append(x[1:], 0.0)


def broyden_jacobian(x: Any) -> Any:
    n = x.size
    return np.diag(3 - 4 * x) - np.eye(n, k=-1) - 2 * np.eye(n, k=1)


def rosenbrock(x: Any) -> Any:
    """The chained function of Rosenbrock, R^n to R."""
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def rosenbrock_gradient(x: Any) -> Any:
    rise = x[1:] - x[:-1] ** 2
    own = -400 * x[:-1] * rise - 2 * (1 - x[:-1])
    return np.concatenate([own, np.zeros(1)]) + np.concatenate([np.zeros(1), 200 * rise])


def rosenbrock_hessian(x: Any) -> Any:
    diagonal = np.append(2 + 1200 * x[:-1] ** 2 - 400 * x[1:], 0.0)
    diagonal[1:] += 200
    beside = -400 * x[:-1]
    return np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1)


def arrow(x: Any) -> Any:
    """Every parameter acts together with the first one only."""
    return np.sum(x**3) + x[0] * np.sum(np.sin(x[1:]))


def arrow_gradient(x: Any) -> Any:
    first = 3 * x[:1] ** 2 + np.sum(np.sin(x[1:]))
    return np.concatenate([first, 3 * x[1:] ** 2 + x[0] * np.cos(x[1:])])


def arrow_hessian(x: Any) -> Any:
    found = np.diag(6 * x - x[0] * np.append(0.0, np.sin(x[1:])))
    found[0, 1:] = found[1:, 0] = np.cos(x[1:])
    return found


def band(n: int, width: int = 1) -> Any:
    """Boolean (n, n): entries at most ``width`` from the diagonal."""
    return abs(np.subtract.outer(np.arange(n), np.arange(n))) <= width
