"""Compositions that move the entries of one array: flips, diagonals, triangles, repetition."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from difflab.trace.composites.arguments import as_array, no_out, plain, positive_axis

# axes


def _atleast_1d(*arrays: Any) -> Any:
    return _each(lambda x: x if x.ndim else np.reshape(x, (1,)), arrays)


def _atleast_2d(*arrays: Any) -> Any:
    return _each(lambda x: x if x.ndim > 1 else np.reshape(x, (1, x.size)), arrays)


def _atleast_3d(*arrays: Any) -> Any:
    def widen(x: Any) -> Any:
        if x.ndim > 2:
            return x
        return np.expand_dims(x, 2) if x.ndim == 2 else np.reshape(x, (1, x.size, 1))

    return _each(widen, arrays)


def _each(change: Callable[[Any], Any], arrays: Sequence[Any]) -> Any:
    changed = tuple(change(as_array(x)) for x in arrays)
    return changed[0] if len(changed) == 1 else changed


def _rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    axis = positive_axis(axis, a.ndim)
    start = positive_axis(start + a.ndim if start < 0 else start, a.ndim + 1)
    return np.moveaxis(a, axis, start - 1 if axis < start else start)


def _matrix_transpose(x: Any) -> Any:
    if x.ndim < 2:
        raise ValueError(f"Input array must be at least 2-dimensional, but it is {x.ndim}")
    return np.swapaxes(x, -1, -2)


# flips and turns


def _flipud(m: Any) -> Any:
    return np.flip(m, axis=0)


def _fliplr(m: Any) -> Any:
    return np.flip(m, axis=1)


def _rot90(m: Any, k: int = 1, axes: tuple[int, int] = (0, 1)) -> Any:
    first, second = normalize_axis_tuple(axes, m.ndim)
    turns = k % 4
    if turns == 2:
        return np.flip(m, axis=(first, second))
    if turns == 1:
        m = np.flip(m, axis=second)
    if turns:
        m = np.swapaxes(m, first, second)
    return np.flip(m, axis=second) if turns == 3 else m


# diagonals and triangles


def _diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Every (columns + 1)-th entry of the flattened matrix: a slice, cheap to transpose."""
    rest = np.moveaxis(a, (axis1, axis2), (-2, -1))
    rows, columns = rest.shape[-2:]
    length = max(0, min(rows + min(offset, 0), columns - max(offset, 0)))
    start = offset if offset >= 0 else -offset * columns
    flat = np.reshape(rest, (*rest.shape[:-2], rows * columns))
    return flat[..., slice(start, start + length * (columns + 1), columns + 1)]


def _trace(
    a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None, out: Any = None
) -> Any:
    no_out(np.trace, out)
    return np.sum(np.diagonal(a, offset, axis1, axis2), axis=-1, dtype=dtype)


def _diag(v: Any, k: int = 0) -> Any:
    if v.ndim == 2:
        return np.diagonal(v, k)
    if v.ndim != 1:
        raise ValueError("Input must be 1- or 2-d.")
    # a matrix with one column too many, cut off after size * size entries, is shifted row by row
    size = v.size + abs(k)
    rows = np.concatenate([v[:, None], np.zeros((v.size, size), v.dtype)], axis=1)
    before = np.zeros(k if k >= 0 else -k * size, v.dtype)
    after = np.zeros(size * size, v.dtype)
    flat = np.concatenate([before, np.ravel(rows), after])[: size * size]
    return np.reshape(flat, (size, size))


def _diagflat(v: Any, k: int = 0) -> Any:
    return np.diag(np.ravel(v), k)


def _lower(m: Any, k: int) -> np.ndarray:
    return np.tri(m.shape[-2], m.shape[-1], k, dtype=bool)


def _tril(m: Any, k: int = 0) -> Any:
    m = np.broadcast_to(m, (m.size, m.size)) if m.ndim == 1 else m
    return np.where(_lower(m, k), m, np.zeros((), m.dtype))


def _triu(m: Any, k: int = 0) -> Any:
    m = np.broadcast_to(m, (m.size, m.size)) if m.ndim == 1 else m
    return np.where(_lower(m, k - 1), np.zeros((), m.dtype), m)


# repetition


def _tile(A: Any, reps: Any) -> Any:
    counts = tuple(int(n) for n in np.atleast_1d(plain(reps, np.tile, "reps")))
    ndim = max(A.ndim, len(counts))
    shape = (1,) * (ndim - A.ndim) + A.shape
    counts = (1,) * (ndim - len(counts)) + counts
    pairs = tuple(n for k, length in enumerate(shape) for n in (counts[k], length))
    ones = tuple(n for length in shape for n in (1, length))
    copies = np.broadcast_to(np.reshape(A, ones), pairs)
    return np.reshape(copies, tuple(n * k for n, k in zip(shape, counts)))


def _repeat(a: Any, repeats: Any, axis: int | None = None) -> Any:
    counts = plain(repeats, np.repeat, "repeats")
    a = np.ravel(a) if axis is None else np.atleast_1d(a)
    axis = positive_axis(axis or 0, a.ndim)
    length = a.shape[axis]
    if counts.size != 1:
        return np.take(a, np.repeat(np.arange(length), counts), axis=axis)
    times = int(counts.reshape(())[()])
    copies = np.broadcast_to(
        np.expand_dims(a, axis + 1), (*a.shape[: axis + 1], times, *a.shape[axis + 1 :])
    )
    return np.reshape(copies, (*a.shape[:axis], length * times, *a.shape[axis + 1 :]))


def _resize(a: Any, new_shape: Any) -> Any:
    shape = tuple(np.atleast_1d(plain(new_shape, np.resize, "new_shape")))
    positions = np.resize(np.arange(a.size), shape)
    return np.zeros(positions.shape, a.dtype) if a.size == 0 else np.take(a, positions)


def _delete(arr: Any, obj: Any, axis: int | None = None) -> Any:
    obj = obj if isinstance(obj, slice) else plain(obj, np.delete, "obj")
    if axis is None:
        arr, axis = np.ravel(arr), 0
    axis = positive_axis(axis, arr.ndim)
    return np.take(arr, np.delete(np.arange(arr.shape[axis]), obj), axis=axis)


# windows and slices


def _sliding_window_view(x: Any, window_shape: Any, axis: Any = None, **_: Any) -> Any:
    positions = np.arange(x.size).reshape(x.shape)
    return np.take(x, np.lib.stride_tricks.sliding_window_view(positions, window_shape, axis))


def _apply_along_axis(func1d: Any, axis: int, arr: Any, *args: Any, **kwargs: Any) -> Any:
    axis = positive_axis(axis, arr.ndim)
    lines = np.moveaxis(arr, axis, -1)
    rest = lines.shape[:-1]
    results = [as_array(func1d(lines[index], *args, **kwargs)) for index in np.ndindex(*rest)]
    if not results:
        raise ValueError("Cannot apply_along_axis when any iteration dimensions are 0")
    inner = results[0].ndim
    joined = np.reshape(np.stack(results), (*rest, *results[0].shape))
    sources = tuple(range(joined.ndim - inner, joined.ndim))
    return np.moveaxis(joined, sources, tuple(range(axis, axis + inner)))


def _apply_over_axes(func: Any, a: Any, axes: Any) -> Any:
    for axis in np.atleast_1d(axes):
        axis = positive_axis(int(axis), a.ndim)
        result = func(a, axis)
        a = result if result.ndim == a.ndim else np.expand_dims(result, axis)
    return a


COMPOSITES: dict[Callable[..., Any], Callable[..., Any]] = {
    np.atleast_1d: _atleast_1d,
    np.atleast_2d: _atleast_2d,
    np.atleast_3d: _atleast_3d,
    np.rollaxis: _rollaxis,
    np.matrix_transpose: _matrix_transpose,
    np.flipud: _flipud,
    np.fliplr: _fliplr,
    np.rot90: _rot90,
    np.diagonal: _diagonal,
    np.trace: _trace,
    np.diag: _diag,
    np.diagflat: _diagflat,
    np.tril: _tril,
    np.triu: _triu,
    np.tile: _tile,
    np.repeat: _repeat,
    np.resize: _resize,
    np.delete: _delete,
    np.lib.stride_tricks.sliding_window_view: _sliding_window_view,
    np.apply_along_axis: _apply_along_axis,
    np.apply_over_axes: _apply_over_axes,
}
