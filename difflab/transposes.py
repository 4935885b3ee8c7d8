"""Functions that NumPy lacks and reverse sweeps call: what broadcasting and indexing do, backwards.

Plain NumPy, recorded as one call when traced. Each engine differentiates them by a rule of its own.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from difflab.trace import Primitive, fill_holes

LARGE_MATRIX = 20_000
"""Entries from which a matrix is multiplied by ``@``."""


@lru_cache(maxsize=64)
def ones_of(count: int, dtype: str) -> np.ndarray:
    """A vector of ones, shared by those who only read it."""
    ones = np.ones(count, dtype)
    ones.flags.writeable = False
    return ones


@Primitive
def column_sums(matrix: Any) -> Any:
    """Sum a matrix over its rows, as a product with a vector of ones.

    BLAS does so in half the time of ``np.sum(matrix, axis=0)`` for small matrices, and in a third
    for large ones.

    Examples
    --------
    >>> column_sums(np.eye(3))
    array([1., 1., 1.])
    """
    if matrix.shape[0] == 1:
        return matrix[0].copy()
    return ones_of(matrix.shape[0], matrix.dtype.char).dot(matrix)


@Primitive
def scatter_add(g: Any, *arrays: Any, index: Any, shape: tuple[int, ...]) -> Any:
    """Add the entries of ``g`` into zeros at ``index``: the transpose of indexing.

    Parameters
    ----------
    g : array
        Of the shape of ``x[index]``, for x of shape ``shape``.
    arrays : integer or boolean arrays
        For the holes of the index, which count them from 1: 0 is ``g``.
    index : tuple, slice, array, ...
        As on the tape: index arrays that are traced are left out, as `Hole`.
    shape : tuple of int

    Examples
    --------
    >>> scatter_add(np.ones(3), index=np.array([0, 0, 2]), shape=(3,))
    array([2., 0., 1.])
    """
    g = np.asarray(g)
    index = fill_holes(index, (g, *arrays))
    if not _may_repeat(index):
        out = np.zeros(shape, g.dtype)
        out[index] = g
        return out
    # through flat positions: np.add.at is several times slower with more than one axis
    size = int(np.prod(shape))
    places = np.arange(size).reshape(shape)[index].ravel()
    if g.dtype.kind == "f" and g.itemsize <= 8:
        return np.bincount(places, g.ravel(), size).reshape(shape).astype(g.dtype, copy=False)
    flat = np.zeros(size, g.dtype)
    np.add.at(flat, places, g.ravel())
    return flat.reshape(shape)


def _may_repeat(index: Any) -> bool:
    """Whether an index may name one place twice: only arrays of integers can."""
    parts = index if isinstance(index, tuple) else (index,)
    return any(getattr(part, "ndim", 0) and part.dtype.kind in "iu" for part in parts)
