"""Compositions of linear algebra: norms, powers and chains of matrices, tensor equations.

``np.linalg`` also repeats some functions of ``np``; here they lead to those.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from difflab.trace.composites import products
from difflab.trace.composites.arguments import as_array, no_out
from difflab.trace.recorder import record

# norms


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    x = as_array(x)
    axes = tuple(range(x.ndim)) if axis is None else normalize_axis_tuple(axis, x.ndim)
    if ord is None and axis is None:
        return _length(x, None, keepdims)
    if len(axes) == 1:
        return _vector_norm(x, ord, axes[0], keepdims)
    if len(axes) == 2:
        return _matrix_norm(x, ord, axes, keepdims)
    raise ValueError("Improper number of dimensions to norm.")


def _recorded(function: Callable[..., Any], x: Any, **options: Any) -> Any:
    given = {name: o for name, o in options.items() if o is not None and o is not False}
    return record(function, (x,), given)


def _length(x: Any, axis: Any, keepdims: bool) -> Any:
    """Root of the sum of squares: the one norm that tapes hold."""
    return _recorded(np.linalg.norm, x, axis=axis, keepdims=keepdims)


def _largest(size: Any, axis: Any, keepdims: bool = False) -> Any:
    """The largest of nothing is 0, as that of sizes."""
    return (np.max if size.size else np.sum)(size, axis=axis, keepdims=keepdims)


def _vector_norm(x: Any, ord: Any, axis: int, keepdims: bool) -> Any:
    where: dict[str, Any] = {"axis": axis, "keepdims": keepdims}
    if ord is None or ord == 2:
        return _length(x, axis, keepdims)
    if isinstance(ord, str):
        raise ValueError(f"Invalid norm order '{ord}' for vectors")
    if ord == 0:
        return np.sum((x != 0).astype(np.abs(x).dtype), **where)
    size = np.abs(x)
    if ord == np.inf:
        return _largest(size, **where)
    if ord == -np.inf:
        return np.min(size, **where)
    if ord == 1:
        return np.sum(size, **where)
    if ord < 0:
        return np.sum(size**ord, **where) ** (1 / ord)
    total = np.sum(_power_off_zero(size, ord), **where)
    return _power_off_zero(total, 1 / ord)


def _power_off_zero(x: Any, n: float) -> Any:
    """x**n for n > 0, with derivative 0 at 0, as that of a norm."""
    return np.where(x == 0, 0, np.where(x == 0, 1, x) ** n)


def _matrix_norm(x: Any, ord: Any, axes: tuple[int, int], keepdims: bool) -> Any:
    row, column = axes
    if ord is None or ord in ("fro", "f"):
        return _length(x, axes, keepdims)
    if ord in (1, -1, np.inf, -np.inf):
        sums = np.sum(np.abs(x), axis=row if abs(ord) == 1 else column, keepdims=True)
        extremum = _largest if ord > 0 else np.min
        return extremum(sums, axis=axes, keepdims=keepdims)
    choices: dict[Any, Callable[..., Any]] = {2: _largest, -2: np.min, "nuc": np.sum}
    if ord not in choices:
        raise ValueError("Invalid norm order for matrices.")
    matrices = np.moveaxis(x, (row, column), (-2, -1))
    norm = choices[ord](np.linalg.svd(matrices, compute_uv=False), axis=-1)
    return np.expand_dims(norm, axes) if keepdims else norm


def _any_axes_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    """`np.linalg.vector_norm`: several axes are one long vector."""
    x = as_array(x)
    axes = tuple(range(x.ndim)) if axis is None else normalize_axis_tuple(axis, x.ndim)
    rest = tuple(a for a in range(x.ndim) if a not in axes)
    shape = (*(x.shape[a] for a in rest), math.prod(x.shape[a] for a in axes))
    lines = np.reshape(np.transpose(x, rest + axes), shape)
    norm = _vector_norm(lines, ord, -1, False)
    return np.expand_dims(norm, axes) if keepdims else norm


def _last_axes_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    return np.linalg.norm(x, axis=(-2, -1), keepdims=keepdims, ord=ord)


def _cond(x: Any, p: Any = None) -> Any:
    if 0 in x.shape[-2:]:
        raise np.linalg.LinAlgError("cond is not defined on empty arrays")
    if p is None or p in (2, -2):
        s = np.linalg.svd(x, compute_uv=False)
        with np.errstate(divide="ignore", invalid="ignore"):  # a singular matrix: infinite
            return s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
    norm = functools.partial(np.linalg.norm, ord=p, axis=(-2, -1))
    return norm(x) * norm(np.linalg.inv(x))


def _matrix_rank(A: Any, tol: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Any:
    if A.ndim < 2:
        return np.any(A != 0).astype(int)
    return _recorded(np.linalg.matrix_rank, A, tol=tol, hermitian=hermitian, rtol=rtol)


# products


def _matrix_power(a: Any, n: int) -> Any:
    n = operator.index(n)
    if n == 0:
        return np.broadcast_to(np.eye(a.shape[-1], dtype=a.dtype), a.shape)
    square = np.linalg.inv(a) if n < 0 else a
    product = None
    n = abs(n)
    while True:  # the binary digits of n, lowest first
        n, bit = divmod(n, 2)
        if bit:
            product = square if product is None else np.matmul(product, square)
        if not n:
            return product
        square = np.matmul(square, square)


def _multi_dot(arrays: Sequence[Any], *, out: Any = None) -> Any:
    no_out(np.linalg.multi_dot, out)
    arrays = tuple(as_array(a) for a in arrays)
    if len(arrays) < 2:
        raise ValueError("Expecting at least two arrays.")
    first, *others = arrays
    lengths = (1, len(first)) if first.ndim == 1 else first.shape
    return _chain(arrays, lengths + tuple(a.shape[1] if a.ndim == 2 else 1 for a in others))


def _chain(arrays: tuple[Any, ...], lengths: tuple[int, ...]) -> Any:
    if len(arrays) == 1:
        return arrays[0]
    _, k = _cheapest_split(lengths)
    return np.matmul(_chain(arrays[:k], lengths[: k + 1]), _chain(arrays[k:], lengths[k:]))


@functools.lru_cache(maxsize=1024)
def _cheapest_split(lengths: tuple[int, ...]) -> tuple[int, int]:
    """Multiplications of a chain of matrices (lengths[0], lengths[1]), ..., and its last product.

    Examples
    --------
    >>> _cheapest_split((10, 100, 5, 50))  # (AB)C costs a tenth of A(BC)
    (7500, 2)
    """
    if len(lengths) == 2:
        return 0, 0
    return min(
        (
            _cheapest_split(lengths[: k + 1])[0]
            + _cheapest_split(lengths[k:])[0]
            + lengths[0] * lengths[k] * lengths[-1],
            k,
        )
        for k in range(1, len(lengths) - 1)
    )


# tensor equations


def _tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    a, b = as_array(a), as_array(b)
    last = [k % a.ndim for k in axes or ()]
    a = np.transpose(a, [k for k in range(a.ndim) if k not in last] + last)
    shape = a.shape[b.ndim :]
    square = (b.size, math.prod(shape))
    return np.reshape(np.linalg.solve(np.reshape(a, square), np.ravel(b)), shape)


def _tensorinv(a: Any, ind: int = 2) -> Any:
    if ind <= 0:
        raise ValueError("Invalid ind argument.")
    rows = int(np.prod(a.shape[ind:]))
    return np.reshape(np.linalg.inv(np.reshape(a, (rows, -1))), a.shape[ind:] + a.shape[:ind])


# the names of np in np.linalg


def _outer(x1: Any, x2: Any, /) -> Any:
    if np.ndim(x1) != 1 or np.ndim(x2) != 1:
        raise ValueError("Input arrays must be one-dimensional")
    return np.outer(x1, x2)


COMPOSITES: dict[Callable[..., Any], Callable[..., Any]] = {
    np.linalg.norm: _norm,
    np.linalg.vector_norm: _any_axes_norm,
    np.linalg.matrix_norm: _last_axes_norm,
    np.linalg.cond: _cond,
    np.linalg.matrix_rank: _matrix_rank,
    np.linalg.eigvalsh: lambda a, UPLO="L": np.linalg.eigh(a, UPLO)[0],
    np.linalg.svdvals: lambda x, /: np.linalg.svd(x, compute_uv=False),
    np.linalg.matrix_power: _matrix_power,
    np.linalg.multi_dot: _multi_dot,
    np.linalg.tensorsolve: _tensorsolve,
    np.linalg.tensorinv: _tensorinv,
    np.linalg.outer: _outer,
    np.linalg.cross: lambda x1, x2, /, *, axis=-1: np.cross(x1, x2, axis=axis),
    np.linalg.matmul: lambda x1, x2, /: np.matmul(x1, x2),
    np.linalg.tensordot: lambda x1, x2, /, *, axes=2: np.tensordot(x1, x2, axes),
    np.linalg.vecdot: products.COMPOSITES[np.vecdot],
    np.linalg.matrix_transpose: lambda x, /: np.matrix_transpose(x),
    np.linalg.diagonal: lambda x, /, *, offset=0: np.diagonal(x, offset, -2, -1),
    np.linalg.trace: lambda x, /, *, offset=0, dtype=None: np.trace(x, offset, -2, -1, dtype),
}
