"""Compositions of products: of vectors, Kronecker and cross products, sliding products."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from difflab.trace.composites.arguments import as_array

# vectors and stacks of vectors


def _conjugate(x: Any) -> Any:
    x = as_array(x)
    return np.conjugate(x) if x.dtype.kind == "c" else x  # no call that other engines do not know


def _vdot(a: Any, b: Any) -> Any:
    return np.dot(np.ravel(_conjugate(a)), np.ravel(b))


def _vecdot(x1: Any, x2: Any, *, axis: int = -1) -> Any:
    x1, x2 = (np.moveaxis(x, axis, -1) for x in (_conjugate(x1), as_array(x2)))
    return np.matmul(x1[..., None, :], x2[..., :, None])[..., 0, 0]


def _matvec(x1: Any, x2: Any) -> Any:
    return np.matmul(x1, as_array(x2)[..., :, None])[..., 0]


def _vecmat(x1: Any, x2: Any) -> Any:
    return np.matmul(_conjugate(x1)[..., None, :], x2)[..., 0, :]


# matrices


def _kron(a: Any, b: Any) -> Any:
    """Interleave the axes of an outer product: every entry of ``a`` times all of ``b``."""
    a, b = as_array(a), as_array(b)
    ndim = max(a.ndim, b.ndim)
    left, right = ((1,) * (ndim - x.ndim) + x.shape for x in (a, b))
    rows = np.reshape(a, tuple(n for length in left for n in (length, 1)))
    columns = np.reshape(b, tuple(n for length in right for n in (1, length)))
    return np.reshape(rows * columns, tuple(n * m for n, m in zip(left, right)))


def _cross(
    a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None
) -> Any:
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = np.moveaxis(as_array(a), axisa, -1), np.moveaxis(as_array(b), axisb, -1)
    lengths = (a.shape[-1], b.shape[-1])
    if not set(lengths) <= {2, 3}:
        raise ValueError("incompatible dimensions for cross product\n(dimension must be 2 or 3)")
    if 2 in lengths:
        message = "Arrays of 2-dimensional vectors are deprecated. Use arrays of 3-dimensional"
        warnings.warn(f"{message} vectors instead.", DeprecationWarning, stacklevel=4)
    if lengths == (2, 2):
        return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    a0, a1, a2 = _three(a)
    b0, b1, b2 = _three(b)
    c = np.stack(
        np.broadcast_arrays(a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, a0 * b1 - a1 * b0), axis=-1
    )
    return np.moveaxis(c, -1, axisc)


def _three(x: Any) -> tuple[Any, Any, Any]:
    return x[..., 0], x[..., 1], x[..., 2] if x.shape[-1] == 3 else 0.0


# sliding products


def _correlate(a: Any, v: Any, mode: Any = "valid") -> Any:
    a, v = as_array(a), _conjugate(v)
    if a.size >= v.size:
        return np.convolve(a, np.flip(v), mode)
    return np.flip(np.convolve(v, np.flip(a), mode))


COMPOSITES: dict[Callable[..., Any], Callable[..., Any]] = {
    np.vdot: _vdot,
    np.vecdot: _vecdot,
    np.kron: _kron,
    np.cross: _cross,
    np.correlate: _correlate,
}
for _name, _function in (("matvec", _matvec), ("vecmat", _vecmat)):
    if hasattr(np, _name):  # NumPy 2.2
        COMPOSITES[getattr(np, _name)] = _function
