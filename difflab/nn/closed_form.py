"""Least squares without descent, and the learning rate at which descent stops working.

For the mean squared error of a linear model the Hessian is H = 2 X'X / n with a column of ones
appended to X. Gradient descent converges for lr < 2 / lambda_max(H), and its slowest component
shrinks by 1 - lr lambda_min(H) per step (Nocedal and Wright 2006, section 3.3).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


def _normal_equations(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.linalg.solve(x.T @ x, x.T @ y)


def _qr(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    q, r = np.linalg.qr(x)
    return np.linalg.solve(r, q.T @ y)


def _lstsq(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.linalg.lstsq(x, y, rcond=None)[0]


def _pinv(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.linalg.pinv(x) @ y


METHODS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "normal equations": _normal_equations,
    "QR": _qr,
    "lstsq (SVD)": _lstsq,
    "pseudo-inverse": _pinv,
}
"""Ways to solve least squares; they differ when X is nearly singular."""


@dataclass(frozen=True, eq=False)
class LinearFit:
    """A linear model.

    Attributes
    ----------
    weights : ndarray, shape (d, k)
    biases : ndarray, shape (k,)
    loss : float
        Mean squared error.
    """

    weights: np.ndarray
    biases: np.ndarray
    loss: float


def with_ones(x: np.ndarray) -> np.ndarray:
    """Append a column of ones, so that the bias is one weight more."""
    return np.concatenate([x, np.ones((len(x), 1))], axis=1)


def least_squares(x: np.ndarray, y: np.ndarray, method: str = "lstsq (SVD)") -> LinearFit:
    """Fit y = x W + b.

    Parameters
    ----------
    x, y : ndarray, shape (n, d) and (n, k)
    method : str
        A name of `METHODS`.

    Examples
    --------
    >>> x = np.array([[0.0], [1.0], [2.0]])
    >>> fit = least_squares(x, 3 * x + 1)
    >>> fit.weights.round(12), fit.biases.round(12), fit.loss < 1e-28
    (array([[3.]]), array([1.]), True)
    """
    solution = METHODS[method](with_ones(x), y)
    residual = with_ones(x) @ solution - y
    return LinearFit(solution[:-1], solution[-1], float(np.mean(residual**2)))


def hessian_eigenvalues(x: np.ndarray) -> np.ndarray:
    """Eigenvalues of the mean squared error's Hessian, ascending, shape (d + 1,).

    Examples
    --------
    >>> hessian_eigenvalues(np.array([[-1.0], [1.0]]))
    array([2., 2.])
    """
    wide = with_ones(x)
    return np.linalg.eigvalsh(2 * wide.T @ wide / len(x))


def critical_learning_rate(x: np.ndarray) -> float:
    """Return the learning rate above which gradient descent diverges: 2 / largest eigenvalue."""
    return float(2 / hessian_eigenvalues(x)[-1])
