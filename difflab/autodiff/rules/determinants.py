"""Rules of determinants, right for singular matrices too.

Jacobi's formula: d det(A) = tr(adj(A) dA). The textbook adjugate det(A) inv(A) does not exist for
a singular matrix, where the adjugate does. So it is a primitive here, computed from the singular
values: with A = U S V', adj(A) = det(U) det(V) V adj(S) U', and the entries of the diagonal adj(S)
are products of all the other singular values.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from difflab.autodiff.rules.linalg import transposed
from difflab.autodiff.rules.rule import general
from difflab.trace import Primitive


def _products_of_others(s: np.ndarray) -> np.ndarray:
    """For each entry of the last axis the product of all the others; no division."""
    ones = np.ones((*s.shape[:-1], 1), s.dtype)
    with np.errstate(under="ignore"):
        before = np.cumprod(np.concatenate([ones, s[..., :-1]], axis=-1), axis=-1)
        after = np.cumprod(np.concatenate([ones, s[..., :0:-1]], axis=-1), axis=-1)
        return before * after[..., ::-1]


def _factors(a: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Singular values of square a, its factors' adjoints U' and V, and det(U) det(V')."""
    u, s, vh = np.linalg.svd(a)
    sign = np.linalg.det(u) * np.linalg.det(vh)
    return s, np.conj(transposed(u)), np.conj(transposed(vh)), sign[..., None, None]


@Primitive
def adjugate(a: Any) -> Any:
    """The transposed matrix of cofactors: adj(A) A = det(A) 1, for singular A too.

    Parameters
    ----------
    a : array, shape (..., n, n)
        Real or complex.

    Examples
    --------
    >>> np.round(adjugate(np.array([[1.0, 2.0], [2.0, 4.0]])), 12)
    array([[ 4., -2.],
           [-2.,  1.]])
    """
    s, uh, v, sign = _factors(a)
    return sign * (v * _products_of_others(s)[..., None, :]) @ uh if s.shape[-1] else a


@Primitive
def adjugate_slope(a: Any, t: Any) -> Any:
    """Directional derivative of `adjugate` at A along T, for singular A too.

    For diagonal S, and p(i, j) the product of all singular values but the i-th and j-th, the entry
    (i, j) of the slope along M is -p(i, j) M(i, j) off the diagonal, and on it the sum over j of
    p(i, j) M(j, j).

    Parameters
    ----------
    a, t : array, shape (..., n, n)

    Examples
    --------
    >>> adjugate_slope(np.zeros((2, 2)), np.array([[1.0, 2.0], [3.0, 4.0]])) + 0.0
    array([[ 4., -2.],
           [-3.,  1.]])
    """
    s, uh, v, sign = _factors(a)
    diagonal = np.eye(s.shape[-1], dtype=bool)
    pairs = np.where(diagonal, 0, _products_of_others(np.where(diagonal, 1, s[..., None, :])))
    m = uh @ t @ v
    own = np.sum(pairs * np.diagonal(m, axis1=-2, axis2=-1)[..., None, :], axis=-1)
    return sign * (v @ np.where(diagonal, own[..., None, :], -pairs * m) @ uh)


def _det_jvp(t: Any, out: Any, x: Any) -> Any:
    return np.sum(adjugate(x) * transposed(t), axis=(-2, -1))


def _det_vjp(g: Any, out: Any, x: Any) -> Any:
    return g[..., None, None] * transposed(adjugate(x))


def _adjugate_vjp(g: Any, out: Any, a: Any) -> Any:
    """The second derivative of det is symmetric in its two directions."""
    return transposed(adjugate_slope(a, transposed(g)))


def _third(a: Any, t: Any, s: Any) -> Any:
    """Derivative of adjugate_slope(A, T) in A along S: from adj(A) = det(A) inv(A), A regular."""
    inverse = np.linalg.inv(a)
    adj, slope = adjugate(a), adjugate_slope(a, s)
    trace = np.sum(adj * transposed(t), axis=(-2, -1))[..., None, None]
    change = np.sum(slope * transposed(t), axis=(-2, -1))[..., None, None]
    turn = inverse @ s @ inverse
    return change * inverse - trace * turn - slope @ t @ inverse + adj @ t @ turn


def _slogdet_vjp(g: Any, out: Any, x: Any) -> Any:
    _, g_logdet = g
    return None if g_logdet is None else g_logdet[..., None, None] * transposed(np.linalg.inv(x))


def _slogdet_jvp(t: Any, out: Any, x: Any) -> Any:
    return None, np.sum(np.linalg.inv(x) * transposed(t), axis=(-2, -1))


RULES = [
    general(np.linalg.det, (_det_vjp,), (_det_jvp,)),
    general(np.linalg.slogdet, (_slogdet_vjp,), (_slogdet_jvp,)),
    general(adjugate, (_adjugate_vjp,), (lambda t, out, a: adjugate_slope(a, t),)),
    general(
        adjugate_slope,
        (
            lambda g, out, a, t: transposed(_third(a, t, transposed(g))),
            lambda g, out, a, t: transposed(adjugate_slope(a, transposed(g))),
        ),
        (
            lambda s, out, a, t: _third(a, t, s),
            lambda s, out, a, t: adjugate_slope(a, s),
        ),
    ),
]
