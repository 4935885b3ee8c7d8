"""Rules of linear algebra: inverses, linear systems, least squares.

All rules serve stacks of matrices, as NumPy does. A function with several results has one VJP per
operand that takes the list of their cotangents (None for a result that the loss does not use) and
one JVP that returns the tuple of their tangents (None for a result without a derivative).

Formulas: Giles, Collected Matrix Derivative Results (2008); for the pseudo-inverse, Golub &
Pereyra, The Differentiation of Pseudo-Inverses and Nonlinear Least Squares (1973).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from difflab.autodiff.rules.rule import constant, general
from difflab.errors import MissingRuleError


def transposed(x: Any) -> Any:
    """Swap the last two axes."""
    return np.swapaxes(x, -1, -2)


# inverse and solution


def _inv_vjp(g: Any, out: Any, x: Any) -> Any:
    back = transposed(out)
    return -back @ g @ back


def _inv_jvp(t: Any, out: Any, x: Any) -> Any:
    return -out @ t @ out


def _solved(a: Any, b: Any, vector: bool) -> Any:
    """Solve for b, read as a (stack of) vectors or matrices whatever its number of axes."""
    return np.linalg.solve(a, b[..., None])[..., 0] if vector else np.linalg.solve(a, b)


def _solve_matrix_vjp(g: Any, out: Any, a: Any, b: Any) -> Any:
    vector = np.ndim(b) == 1  # NumPy 2: only a b of one axis is a vector, others are matrices
    back = _solved(transposed(a), g, vector)
    if vector:
        return -back[..., :, None] * out[..., None, :]
    return -back @ transposed(out)


def _solve_right_vjp(g: Any, out: Any, a: Any, b: Any) -> Any:
    return _solved(transposed(a), g, np.ndim(b) == 1)


def _solve_matrix_jvp(t: Any, out: Any, a: Any, b: Any) -> Any:
    vector = np.ndim(b) == 1
    moved = (t @ out[..., None])[..., 0] if vector else t @ out
    return -_solved(a, moved, vector)


def _solve_right_jvp(t: Any, out: Any, a: Any, b: Any) -> Any:
    return np.linalg.solve(a, t)


# pseudo-inverse and least squares: right for every matrix whose neighbours have its rank


def _check_pinv(hermitian: bool) -> None:
    if hermitian:
        raise MissingRuleError(
            "np.linalg.pinv with hermitian=True has no derivative rule",
            "it reads one triangle of the matrix only",
            "np.linalg.pinv(x), which gives the same for a symmetric matrix",
        )


def _pinv_vjp(g: Any, out: Any, a: Any, hermitian: bool = False, **_: Any) -> Any:
    _check_pinv(hermitian)
    back, turned = transposed(out), transposed(g)
    left = (turned - a @ (out @ turned)) @ out @ back
    right = back @ out @ (turned - (turned @ out) @ a)
    return left + right - back @ g @ back


def _pinv_jvp(t: Any, out: Any, a: Any, hermitian: bool = False, **_: Any) -> Any:
    _check_pinv(hermitian)
    back, turned = transposed(out), transposed(t)
    left = out @ back @ (turned - (turned @ a) @ out)
    right = (turned - out @ (a @ turned)) @ back @ out
    return left + right - out @ t @ out


def _pseudo_inverse(a: Any, rcond: float | None) -> Any:
    """The pseudo-inverse that cuts off the singular values that np.linalg.lstsq cuts off."""
    eps = float(np.finfo(a.dtype).eps)
    if rcond is None:
        rcond = eps * max(np.shape(a))
    return np.linalg.pinv(a, rcond=eps if rcond < 0 else rcond)


def _columns(x: Any, b: Any) -> Any:
    """A solution or right-hand side as a matrix: a vector is one column."""
    return np.reshape(x, (-1, 1)) if np.ndim(b) == 1 else x


def _lstsq_matrix_vjp(g: Any, out: Any, a: Any, b: Any, rcond: Any = None) -> Any:
    g_solution, g_squares, _, g_values = g
    solution = _columns(out[0], b)
    residual = _columns(b, b) - a @ solution
    total: Any = 0.0
    if g_solution is not None:
        g_solution = _columns(g_solution, b)
        inverse = _pseudo_inverse(a, rcond)
        back = transposed(inverse)
        pulled = back @ g_solution
        outside = g_solution - inverse @ (a @ g_solution)
        total = residual @ transposed(inverse @ pulled) - pulled @ transposed(solution)
        total = total + (back @ solution) @ transposed(outside)
    if g_squares is not None and np.size(g_squares):
        total = total - (2 * residual * g_squares) @ transposed(solution)
    if g_values is not None:
        u, _, vh = np.linalg.svd(a, full_matrices=False)
        total = total + (u * g_values) @ vh
    return total if np.ndim(total) else np.zeros(np.shape(a), a.dtype)


def _lstsq_right_vjp(g: Any, out: Any, a: Any, b: Any, rcond: Any = None) -> Any:
    g_solution, g_squares, _, _ = g
    total: Any = 0.0
    if g_solution is not None:
        total = transposed(_pseudo_inverse(a, rcond)) @ _columns(g_solution, b)
    if g_squares is not None and np.size(g_squares):
        total = total + 2 * (_columns(b, b) - a @ _columns(out[0], b)) * g_squares
    return np.reshape(total, np.shape(b)) if np.ndim(total) else None


def _lstsq_matrix_jvp(t: Any, out: Any, a: Any, b: Any, rcond: Any = None) -> Any:
    solution = _columns(out[0], b)
    residual = _columns(b, b) - a @ solution
    inverse, turned = _pseudo_inverse(a, rcond), transposed(t)
    back = transposed(inverse)
    moved = t @ solution
    outside = turned @ (back @ solution)
    tangent = inverse @ (back @ (turned @ residual) - moved) + outside - inverse @ (a @ outside)
    u, _, vh = np.linalg.svd(a, full_matrices=False)
    values = np.sum(u * (t @ transposed(vh)), axis=0)
    squares = -2 * np.sum(residual * moved, axis=0) if np.size(out[1]) else None
    return np.reshape(tangent, np.shape(out[0])), squares, None, values


def _lstsq_right_jvp(t: Any, out: Any, a: Any, b: Any, rcond: Any = None) -> Any:
    change = _columns(t, b)
    tangent = np.reshape(_pseudo_inverse(a, rcond) @ change, np.shape(out[0]))
    residual = _columns(b, b) - a @ _columns(out[0], b)
    squares = 2 * np.sum(residual * change, axis=0) if np.size(out[1]) else None
    return tangent, squares, None, None


RULES = [
    general(np.linalg.inv, (_inv_vjp,), (_inv_jvp,)),
    general(
        np.linalg.solve,
        (_solve_matrix_vjp, _solve_right_vjp),
        (_solve_matrix_jvp, _solve_right_jvp),
    ),
    general(
        np.linalg.pinv, (_pinv_vjp,), (_pinv_jvp,), kink="the rank is taken to stay what it is"
    ),
    general(
        np.linalg.lstsq,
        (_lstsq_matrix_vjp, _lstsq_right_vjp),
        (_lstsq_matrix_jvp, _lstsq_right_jvp),
        kink="the rank is taken to stay what it is",
    ),
    constant(np.linalg.matrix_rank),
]
