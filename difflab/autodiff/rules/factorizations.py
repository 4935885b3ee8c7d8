"""Rules of matrix factorizations: Cholesky, symmetric eigenvalues, singular values, QR.

Formulas: Giles, Collected Matrix Derivative Results (2008); Murray, Differentiation of the Cholesky
Decomposition (2016); Townsend, Differentiating the Singular Value Decomposition (2016); Walter &
Lehmann, Algorithmic Differentiation of Linear Algebra Functions (2010), for QR.

Cholesky and eigh read one triangle of their matrix, and so do their derivatives: the entries of the
other triangle get cotangent zero. For a matrix that was computed to be symmetric, nothing changes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from difflab.autodiff.rules.linalg import transposed
from difflab.autodiff.rules.rule import general
from difflab.errors import MissingRuleError


def _lower(x: Any, k: int = 0) -> Any:
    """The lower triangle: below and on the diagonal (k = 0), or strictly below it (k = -1)."""
    rows, columns = np.shape(x)[-2:]
    return np.where(np.tri(rows, columns, k, bool), x, 0)


def _symmetric(t: Any, lower: bool) -> Any:
    """The symmetric matrix that LAPACK sees when it reads one triangle of t."""
    t = t if lower else transposed(t)
    return _lower(t) + transposed(_lower(t, -1))


def _one_triangle(s: Any, lower: bool) -> Any:
    """Transpose of `_symmetric`."""
    folded = _lower(s) + _lower(transposed(s), -1)
    return folded if lower else transposed(folded)


def _on_diagonal(values: Any) -> Any:
    """Diagonal matrices of the entries of the last axis."""
    return np.where(np.eye(np.shape(values)[-1], dtype=bool), values[..., None, :], 0)


def _diagonal(x: Any) -> Any:
    n = np.shape(x)[-1]
    return x[..., np.arange(n), np.arange(n)]


# Cholesky


def _half(x: Any) -> Any:
    """The lower triangle with half of the diagonal."""
    return (_lower(x) + _lower(x, -1)) / 2


def _cholesky_vjp(g: Any, out: Any, x: Any, upper: bool = False) -> Any:
    factor, g = (transposed(out), transposed(g)) if upper else (out, g)
    back = transposed(factor)
    inner = _half(back @ g)
    s = np.linalg.solve(back, transposed(np.linalg.solve(back, transposed(inner))))
    return _one_triangle(s, not upper)


def _cholesky_jvp(t: Any, out: Any, x: Any, upper: bool = False) -> Any:
    factor = transposed(out) if upper else out
    half_way = np.linalg.solve(factor, _symmetric(t, not upper))
    tangent = factor @ _half(np.linalg.solve(factor, transposed(half_way)))
    return transposed(tangent) if upper else tangent


# eigenvalues and singular values


def _quotient(x: Any, divisor: Any, zero: Any, lost: Any) -> Any:
    """x / divisor; where the divisor is ``zero`` 0 instead, or NaN if something was ``lost``."""
    return np.where(lost, np.nan, np.where(zero, 0, x) / np.where(zero, 1, divisor))


def _rounding(w: Any) -> Any:
    """By how much values may differ (or differ from zero) because of rounding alone."""
    return float(np.finfo(w.dtype).eps) * np.sum(np.abs(w), axis=-1, keepdims=True)


def _over_gaps(x: Any, w: Any, mixed: Any) -> Any:
    """x_ij / (w_j - w_i), and NaN between equal values that are ``mixed``.

    The vectors of equal values are any basis of the space that they span, so they have no
    derivative. What the loss makes of them may have one, but from here that is not to be known: of
    V f(w) V' it needs f', of a projector it does not.
    """
    gap = w[..., None, :] - w[..., :, None]
    equal = np.abs(gap) <= _rounding(w)[..., None]
    same = np.eye(np.shape(w)[-1], dtype=bool)
    return _quotient(x, gap, equal, equal & mixed & ~same)


def _over_sums(x: Any, s: Any) -> Any:
    """x_ij / (s_j + s_i), and 0 for a pair of zeros: of these `_over_gaps` tells."""
    total = s[..., None, :] + s[..., :, None]
    return _quotient(x, total, total == 0, False)


def _over_values(x: Any, s: Any, axis: int) -> Any:
    """x over the singular values, which lie along ``axis``.

    NaN at a zero, whose vector is any in the null space, unless x is 0 there.
    """
    zero = np.expand_dims(s <= _rounding(s), axis)
    return _quotient(x, np.expand_dims(s, axis), zero, zero & (x != 0))


def _either(x: Any) -> Any:
    """Whether x_ij or x_ji is other than exactly 0."""
    there = x != 0
    return there | transposed(there)


def _eigh_vjp(g: Any, out: Any, x: Any, UPLO: str = "L") -> Any:
    g_values, g_vectors = g
    values, vectors = out
    inner: Any = 0
    if g_vectors is not None:
        along = transposed(vectors) @ g_vectors
        inner = _over_gaps(along, values, along != 0)
    if g_values is not None:
        inner = inner + _on_diagonal(g_values)
    return _one_triangle(vectors @ inner @ transposed(vectors), UPLO.upper() == "L")


def _eigh_jvp(t: Any, out: Any, x: Any, UPLO: str = "L") -> Any:
    values, vectors = out
    inner = transposed(vectors) @ _symmetric(t, UPLO.upper() == "L") @ vectors
    return _diagonal(inner), vectors @ _over_gaps(inner, values, inner != 0)


def _svd_factors(
    out: Any, x: Any, full_matrices: bool, compute_uv: bool, hermitian: bool, vectors_used: bool
) -> Any:
    """The thin factors U, s, V' of the call."""
    if hermitian:
        raise MissingRuleError(
            "np.linalg.svd with hermitian=True has no derivative rule",
            "it reads one triangle of the matrix only",
            "np.linalg.svd(x), which gives the same singular values",
        )
    rows, columns = np.shape(x)[-2:]
    if compute_uv and (rows == columns or not full_matrices):
        return out
    if compute_uv and vectors_used:
        raise MissingRuleError(
            "np.linalg.svd with full_matrices=True has no derivative rule unless x is square",
            "the extra columns are any basis of a null space, so they have no derivative",
            "np.linalg.svd(x, full_matrices=False)",
        )
    return np.linalg.svd(x, full_matrices=False)


def _svd_vjp(
    g: Any,
    out: Any,
    x: Any,
    full_matrices: bool = True,
    compute_uv: bool = True,
    hermitian: bool = False,
) -> Any:
    g_u, g_s, g_vh = g if compute_uv else (None, g, None)
    used = g_u is not None or g_vh is not None
    u, s, vh = _svd_factors(out, x, full_matrices, compute_uv, hermitian, used)
    turn_u: Any = 0
    turn_v: Any = 0
    mixed: Any = False
    outside: Any = 0
    if g_u is not None:
        along = transposed(u) @ g_u
        turn_u, mixed = along - transposed(along), _either(along)
        if np.shape(u)[-2] > np.shape(u)[-1]:
            outside = _over_values(g_u - u @ along, s, axis=-2) @ vh
    if g_vh is not None:
        along = g_vh @ transposed(vh)
        turn_v, mixed = transposed(along) - along, mixed | _either(along)
        if np.shape(vh)[-1] > np.shape(vh)[-2]:
            outside = outside + u @ _over_values(g_vh - along @ vh, s, axis=-1)
    inner: Any = 0
    if used:
        together = _over_gaps(turn_u + turn_v, s, mixed)
        inner = (together + _over_sums(turn_u - turn_v, s)) / 2
    if g_s is not None:
        inner = inner + _on_diagonal(g_s)
    return u @ inner @ vh + outside


def _svd_jvp(
    t: Any,
    out: Any,
    x: Any,
    full_matrices: bool = True,
    compute_uv: bool = True,
    hermitian: bool = False,
) -> Any:
    u, s, vh = _svd_factors(out, x, full_matrices, compute_uv, hermitian, True)
    right = t @ transposed(vh)
    inner = transposed(u) @ right
    if not compute_uv:
        return _diagonal(inner)
    alike, against = inner + transposed(inner), inner - transposed(inner)  # as u and v turn
    together, apart = _over_gaps(alike, s, _either(inner)), _over_sums(against, s)
    du = u @ (together + apart) / 2
    dvh = (apart - together) @ vh / 2
    if np.shape(u)[-2] > np.shape(u)[-1]:
        du = du + _over_values(right - u @ inner, s, axis=-2)
    if np.shape(vh)[-1] > np.shape(vh)[-2]:
        dvh = dvh + _over_values(transposed(u) @ t - inner @ vh, s, axis=-1)
    return du, _diagonal(inner), dvh


# QR


def _check_qr(x: Any, mode: str) -> None:
    rows, columns = np.shape(x)[-2:]
    if rows < columns:
        raise MissingRuleError(
            f"np.linalg.qr of a wide matrix {np.shape(x)} has no derivative rule",
            "the rule covers matrices with at least as many rows as columns",
            "q, r = np.linalg.qr(x[:, :k]) of the first k = len(x) columns; q.T @ x[:, k:] is the "
            "rest of r",
        )
    if mode != "reduced":
        raise MissingRuleError(
            f"np.linalg.qr with mode={mode!r} has no derivative rule",
            "only the reduced factors are covered",
            "q, r = np.linalg.qr(x)",
        )


def _over(x: Any, r: Any) -> Any:
    """X R^-1."""
    return transposed(np.linalg.solve(transposed(r), transposed(x)))


def _qr_vjp(g: Any, out: Any, x: Any, mode: str = "reduced") -> Any:
    _check_qr(x, mode)
    (g_q, g_r), (q, r) = g, out
    m: Any = 0
    if g_r is not None:
        m = r @ transposed(g_r)
    if g_q is not None:
        m = m - transposed(g_q) @ q
    inner = q @ _symmetric(m, lower=True)
    return transposed(np.linalg.solve(r, transposed(inner if g_q is None else inner + g_q)))


def _qr_jvp(t: Any, out: Any, x: Any, mode: str = "reduced") -> Any:
    _check_qr(x, mode)
    q, r = out
    moved = _over(t, r)
    inner = transposed(q) @ moved
    below = _lower(inner, -1)
    turn = below - transposed(below)
    return moved - q @ (inner - turn), (inner - turn) @ r


RULES = [
    general(
        np.linalg.cholesky,
        (_cholesky_vjp,),
        (_cholesky_jvp,),
        kink="the triangle that NumPy does not read has derivative 0",
    ),
    general(
        np.linalg.eigh,
        (_eigh_vjp,),
        (_eigh_jvp,),
        kink="the vectors of equal eigenvalues have no derivative: NaN where a loss reads them, "
        "not where it reads the eigenvalues alone. The triangle that NumPy does not read has "
        "derivative 0",
    ),
    general(
        np.linalg.svd,
        (_svd_vjp,),
        (_svd_jvp,),
        kink="the vectors of equal singular values have no derivative, nor has that of a zero in a "
        "tall or wide matrix: NaN where a loss reads them, not where it reads the values alone",
    ),
    general(np.linalg.qr, (_qr_vjp,), (_qr_jvp,)),
]
