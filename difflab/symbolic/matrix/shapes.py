"""Adjoints of calls that move, join, repeat or add entries: linear maps, transposed.

Each adjoint takes the cotangent of the result, the result, the operands and the options of the
call, and returns the cotangent of one operand, in plain NumPy.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from difflab.trace import Hole, fill_holes, pick
from difflab.transposes import column_sums, scatter_add

Adjoint = Callable[..., Any]
"""``adjoint(g, out, *operands, **options)`` -> cotangent of one operand."""


def summed_to(g: Any, shape: tuple[int, ...]) -> Any:
    """Sum a cotangent over the axes along which an operand was broadcast.

    Examples
    --------
    >>> summed_to(np.ones((3, 2)), (2,)), summed_to(np.ones((3, 2)), (3, 1)).ravel()
    (array([3., 3.]), array([2., 2., 2.]))
    """
    if np.shape(g) == shape:
        return g
    if np.ndim(g) == 2 and np.shape(g)[1:] == shape and g.dtype.kind == "f":
        return column_sums(g)  # a bias, added to every sample
    extra = np.ndim(g) - len(shape)
    if extra:
        g = np.sum(g, axis=tuple(range(extra)))
    stretched = tuple(k for k, n in enumerate(shape) if n == 1 != np.shape(g)[k])
    return np.sum(g, axis=stretched, keepdims=True) if stretched else g


def with_axes(reduced: Any, shape: tuple[int, ...], axis: Any, keepdims: bool) -> Any:
    """Give a reduced array its axes back, with length 1.

    Examples
    --------
    >>> with_axes(np.ones(3), (3, 2), 1, False).shape
    (3, 1)
    """
    if keepdims or not shape:
        return reduced
    if axis is None:
        return np.reshape(reduced, (1,) * len(shape))
    axes = {a % len(shape) for a in (axis if isinstance(axis, tuple) else (axis,))}
    return np.reshape(reduced, tuple(1 if k in axes else n for k, n in enumerate(shape)))


def _sum(g: Any, out: Any, x: Any, axis: Any = None, keepdims: bool = False, **_: Any) -> Any:
    return np.broadcast_to(with_axes(g, np.shape(x), axis, keepdims), np.shape(x))


def _rows(g: Any, out: Any, x: Any) -> Any:
    return np.broadcast_to(g, np.shape(x))


def _mean(g: Any, out: Any, x: Any, axis: Any = None, keepdims: bool = False, **_: Any) -> Any:
    count = max(np.size(x), 1) // max(np.size(out), 1)
    return _sum(g / count, out, x, axis, keepdims)


def _reshape(g: Any, out: Any, x: Any, **_: Any) -> Any:
    return np.reshape(g, np.shape(x))


def _reshape_in_order(g: Any, out: Any, x: Any, order: Any = "C", **_: Any) -> Any:
    return np.reshape(g, np.shape(x), order=order)


def _transpose(g: Any, out: Any, x: Any, axes: Any = None) -> Any:
    return np.transpose(g, None if axes is None else tuple(np.argsort(np.mod(axes, np.ndim(x)))))


def _swapaxes(g: Any, out: Any, x: Any, axis1: int, axis2: int) -> Any:
    return np.swapaxes(g, axis1, axis2)


def _moveaxis(g: Any, out: Any, x: Any, source: Any, destination: Any) -> Any:
    return np.moveaxis(g, destination, source)


def _broadcast_to(g: Any, out: Any, x: Any, **_: Any) -> Any:
    return summed_to(g, np.shape(x))


def _flip(g: Any, out: Any, x: Any, axis: Any = None) -> Any:
    return np.flip(g, axis)


def _roll(g: Any, out: Any, x: Any, shift: Any, axis: Any = None) -> Any:
    return np.roll(g, np.negative(shift), axis)


def _cumsum(g: Any, out: Any, x: Any, axis: Any = None, **_: Any) -> Any:
    """Running sums from the other end."""
    back = np.flip(np.cumsum(np.flip(g, axis), axis), axis)
    return np.reshape(back, np.shape(x)) if axis is None else back


def _copy(g: Any, out: Any, x: Any, **_: Any) -> Any:
    return g


def _concatenate(g: Any, out: Any, *parts: Any, position: int, axis: Any = 0) -> Any:
    if axis is None:
        start = sum(np.size(part) for part in parts[:position])
        return np.reshape(g[start : start + np.size(parts[position])], np.shape(parts[position]))
    axis = axis % np.ndim(out)
    start = sum(np.shape(part)[axis] for part in parts[:position])
    stop = start + np.shape(parts[position])[axis]
    return g[(slice(None),) * axis + (slice(start, stop),)]


def _stack(g: Any, out: Any, *parts: Any, position: int, axis: int = 0) -> Any:
    return g[(slice(None),) * (axis % np.ndim(out)) + (position,)]


def _getitem(g: Any, out: Any, x: Any, *arrays: Any, position: int, index: Any) -> Any:
    return scatter_add(g, *arrays, index=index, shape=np.shape(x))


def _scatter(g: Any, out: Any, x: Any, *arrays: Any, position: int, index: Any, shape: Any) -> Any:
    return pick(g, fill_holes(index, (x, *arrays)))


def _take(
    g: Any, out: Any, x: Any, indices: Any, axis: Any = None, mode: str = "raise", **_: Any
) -> Any:
    length = np.size(x) if axis is None else np.shape(x)[axis]
    if mode == "clip":
        indices = np.clip(indices, 0, length - 1)
    elif mode == "wrap":
        indices = np.mod(indices, length)
    if axis is None:
        flat = scatter_add(g, indices, index=Hole(1), shape=(int(np.size(x)),))
        return np.reshape(flat, np.shape(x))
    index = (slice(None),) * (axis % np.ndim(x)) + (Hole(1),)
    return scatter_add(g, indices, index=index, shape=np.shape(x))


def _sort(g: Any, out: Any, x: Any, axis: Any = -1, **_: Any) -> Any:
    """Every entry goes back to where it came from; ties keep their order."""
    rank = np.argsort(np.argsort(x, axis=axis, kind="stable"), axis=axis)
    if axis is None:
        return np.reshape(pick(g, rank), np.shape(x))
    return np.take_along_axis(g, rank, axis=axis)


def _where(chosen: bool) -> Adjoint:
    def adjoint(g: Any, out: Any, condition: Any, x: Any, y: Any) -> Any:
        return np.where(condition, g, 0.0) if chosen else np.where(condition, 0.0, g)

    return adjoint


SHAPES: dict[Callable[..., Any], tuple[Adjoint | None, ...]] = {
    np.sum: (_sum,),
    np.mean: (_mean,),
    column_sums: (_rows,),
    np.reshape: (_reshape_in_order,),
    np.ravel: (_reshape_in_order,),
    np.squeeze: (_reshape,),
    np.expand_dims: (_reshape,),
    np.transpose: (_transpose,),
    np.swapaxes: (_swapaxes,),
    np.moveaxis: (_moveaxis,),
    np.broadcast_to: (_broadcast_to,),
    np.flip: (_flip,),
    np.roll: (_roll,),
    np.cumsum: (_cumsum,),
    np.copy: (_copy,),
    np.take: (_take, None),
    np.sort: (_sort,),
    np.where: (None, _where(True), _where(False)),
}
"""Adjoints by call, one per operand; None where nothing flows."""

JOINING: dict[Callable[..., Any], Adjoint] = {
    np.concatenate: _concatenate,
    np.stack: _stack,
    operator.getitem: _getitem,
    scatter_add: _scatter,
}
"""Adjoints of calls with any number of operands, which are told the operand's position."""
