"""Linear algebra on complex arrays as analytic functions: no conjugate, no absolute value.

Signs and orders, which are conventions, follow the factorization of the real part; everything that
carries a derivative is computed from definitions. For the complex step of `tests.autodiff.oracle`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def transposed(x: Any) -> Any:
    return np.swapaxes(x, -1, -2)


def over_stacks(of_matrix: Callable[..., Any]) -> Callable[..., Any]:
    """Serve a stack of matrices one by one; results with several members are stacked by member."""

    def stacked(a: Any, **options: Any) -> Any:
        if np.ndim(a) == 2:
            return of_matrix(a, **options)
        results = [stacked(matrix, **options) for matrix in a]
        if isinstance(results[0], tuple):
            return tuple(np.stack(members) for members in zip(*results))
        return np.stack(results)

    return stacked


def slogdet(a: Any) -> Any:
    det = np.linalg.det(a)
    sign = np.sign(det.real)
    return sign, np.log(sign * det)


@over_stacks
def pinv(a: Any, **_: Any) -> Any:
    """Of full rank."""
    rows, columns = a.shape
    return np.linalg.solve(a.T @ a, a.T) if rows >= columns else transposed(pinv(a.T))


def lstsq(a: Any, b: Any, rcond: Any = None) -> Any:
    x = pinv(a) @ b
    residual = b - a @ x
    squares = np.atleast_1d((residual * residual).sum(0))
    return x, squares, min(a.shape), svd(a, compute_uv=False)


@over_stacks
def cholesky(a: Any, upper: bool = False) -> Any:
    """Row by row; Golub & Van Loan, algorithm 4.2.1."""
    n = len(a)
    root = np.zeros_like(a)
    for i in range(n):
        for j in range(i + 1):
            rest = (a[j, i] if upper else a[i, j]) - root[i, :j] @ root[j, :j]
            root[i, j] = np.sqrt(rest) if i == j else rest / root[j, j]
    return root.T if upper else root


@over_stacks
def eigh(a: Any, UPLO: str = "L") -> Any:
    """The decomposition of the real part, refined in complex arithmetic.

    The refinement converges quadratically and conjugates nothing: Ogita & Aishima, Iterative
    Refinement for Symmetric Eigenvalue Decomposition (2018), algorithm 1. The QR algorithm of
    LAPACK would not do; it drops entries that are small in their real parts only.
    """
    triangle = np.tril(a) if UPLO == "L" else np.triu(a).T
    a = triangle + triangle.T - np.diag(np.diag(a))
    values, vectors = np.linalg.eigh(a.real, UPLO)
    for _ in range(3):
        rest = np.eye(len(a)) - vectors.T @ vectors
        turned = vectors.T @ a @ vectors
        values = np.diag(turned) / (1 - np.diag(rest))
        gaps = values - values[:, None]
        equal = np.abs(gaps) < 1e-9
        turn = (turned + values * rest) / np.where(equal, 1, gaps)
        vectors = vectors + vectors @ np.where(equal, rest / 2, turn)
    return values, vectors


@over_stacks
def _svd(a: Any) -> Any:
    """The positive eigenvalues of [[0, A], [A', 0]] (Jordan and Wielandt), and their vectors."""
    m, n = a.shape
    k = min(m, n)
    values, vectors = eigh(np.block([[np.zeros((m, m)), a], [a.T, np.zeros((n, n))]]))
    values, vectors = values[::-1][:k], np.sqrt(2) * vectors[:, ::-1][:, :k]
    signs = np.sign((vectors[:m].real * np.linalg.svd(a.real, full_matrices=False)[0]).sum(0))
    return vectors[:m] * signs, values, (vectors[m:] * signs).T


def svd(a: Any, full_matrices: bool = True, compute_uv: bool = True, **_: Any) -> Any:
    return _svd(a) if compute_uv else _svd(a)[1]


@over_stacks
def qr(a: Any, mode: str = "reduced") -> Any:
    """Gram and Schmidt, each column orthogonalised twice."""
    sign = np.sign(np.diag(np.linalg.qr(a.real)[1]))
    columns: list[Any] = []
    for column in a.T:
        for _ in range(2):
            for q in columns:
                column = column - q * (q @ column)
        columns.append(sign[len(columns)] * column / np.sqrt(column @ column))
    q = np.stack(columns, axis=1)
    return q, np.triu(q.T @ a)


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """All the norms of NumPy, of vectors and of matrices."""
    x = np.asarray(x)
    if axis is None and ord is None:
        x, axes = np.ravel(x), (0,)
        keepdims_shape: tuple[int, ...] = ()
    else:
        axes = tuple(range(x.ndim)) if axis is None else tuple(np.atleast_1d(axis) % x.ndim)
        keepdims_shape = tuple(1 if k in axes else n for k, n in enumerate(x.shape))
    lines = np.moveaxis(x, axes, range(-len(axes), 0))
    out = _vector_norm(lines, ord) if len(axes) == 1 else _matrix_norm(lines, ord)
    return out.reshape(keepdims_shape) if keepdims else out


def _sizes(x: Any) -> Any:
    return x * np.sign(x.real)


def _extreme(x: Any, largest: bool) -> Any:
    place = x.real.argmax(-1) if largest else x.real.argmin(-1)
    return np.take_along_axis(x, place[..., None], -1)[..., 0]


def _vector_norm(x: Any, ord: Any) -> Any:
    if ord is None or ord == 2:
        return np.sqrt((x * x).sum(-1))
    if np.isinf(ord):
        return _extreme(_sizes(x), ord > 0)
    return np.exp(np.log(np.exp(ord * np.log(_sizes(x))).sum(-1)) / ord)


def _matrix_norm(x: Any, ord: Any) -> Any:
    if ord is None or ord == "fro":
        return np.sqrt((x * x).sum((-1, -2)))
    if ord in ("nuc", 2, -2):
        values = svd(x, compute_uv=False)
        return values.sum(-1) if ord == "nuc" else values[..., 0 if ord > 0 else -1]
    sums = _sizes(x).sum(-1 if np.isinf(ord) else -2)
    return _extreme(sums, ord > 0)


def cond(x: Any, p: Any = None) -> Any:
    if p in (None, 2, -2):
        values = svd(x, compute_uv=False)
        ratio = values[..., 0] / values[..., -1]
        return 1 / ratio if p == -2 else ratio
    return norm(x, p, (-2, -1)) * norm(np.linalg.inv(x), p, (-2, -1))


def vector_norm(x: Any, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    axes = tuple(range(x.ndim)) if axis is None else tuple(np.atleast_1d(axis) % x.ndim)
    kept = tuple(k for k in range(x.ndim) if k not in axes)
    lines = np.transpose(x, kept + axes).reshape([*(x.shape[k] for k in kept), -1])
    out = _vector_norm(lines, ord)
    shape = tuple(1 if k in axes else n for k, n in enumerate(x.shape))
    return out.reshape(shape) if keepdims else out


def matrix_norm(x: Any, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    return norm(x, ord, (-2, -1), keepdims)


def product_sum(x: Any, y: Any, axis: int = -1) -> Any:
    """A scalar product without the conjugate that NumPy takes of the first factor."""
    return (np.moveaxis(x, axis, -1) * np.moveaxis(y, axis, -1)).sum(-1)


ANALYTIC: dict[Callable[..., Any], Callable[..., Any]] = {
    np.linalg.slogdet: slogdet,
    np.linalg.pinv: pinv,
    np.linalg.lstsq: lstsq,
    np.linalg.cholesky: cholesky,
    np.linalg.eigh: eigh,
    np.linalg.eigvalsh: lambda a, UPLO="L": eigh(a, UPLO=UPLO)[0],
    np.linalg.svd: svd,
    np.linalg.svdvals: lambda a: svd(a, compute_uv=False),
    np.linalg.qr: qr,
    np.linalg.cond: cond,
    np.linalg.norm: norm,
    np.linalg.vector_norm: vector_norm,
    np.linalg.matrix_norm: matrix_norm,
    np.linalg.vecdot: product_sum,
    np.vecdot: product_sum,
    np.vdot: lambda x, y: product_sum(np.ravel(x), np.ravel(y)),
    np.vecmat: lambda x, y: (x[..., None, :] @ y)[..., 0, :],
}
"""In the place of NumPy functions that are not analytic."""
