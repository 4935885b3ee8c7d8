"""Rules of functions that move entries about: reshape, transpose, concatenate, indexing, casts."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from difflab.autodiff.rules.rule import Rule, fit, general, linear
from difflab.trace import Primitive, fill_holes, value_of


def _reshape_back(g: Any, out: Any, x: Any, **_: Any) -> Any:
    return np.reshape(g, np.shape(x))


def _reorder_back(g: Any, out: Any, x: Any, shape: Any = None, order: Any = "C") -> Any:
    return np.reshape(g, np.shape(x), order=order)


def _transpose_back(g: Any, out: Any, x: Any, axes: Any = None) -> Any:
    if axes is None:
        return np.transpose(g)
    return np.transpose(g, tuple(int(a) for a in np.argsort([a % np.ndim(x) for a in axes])))


def _roll_back(g: Any, out: Any, x: Any, shift: Any = 0, axis: Any = None) -> Any:
    return np.roll(g, np.negative(shift), axis=axis)


def _concatenate_vjp(g: Any, out: Any, *arrays: Any, slot: int, axis: Any = 0) -> Any:
    if axis is None:
        start = sum(int(np.size(a)) for a in arrays[:slot])
        return np.reshape(g[start : start + int(np.size(arrays[slot]))], np.shape(arrays[slot]))
    start = sum(np.shape(a)[axis] for a in arrays[:slot])
    where = [slice(None)] * np.ndim(out)
    where[axis] = slice(start, start + np.shape(arrays[slot])[axis])
    return g[tuple(where)]


def _concatenate_jvp(t: Any, out: Any, *arrays: Any, slot: int, axis: Any = 0) -> Any:
    parts = [t if k == slot else np.zeros(np.shape(a)) for k, a in enumerate(arrays)]
    return np.concatenate(parts, axis=axis)


def _stack_vjp(g: Any, out: Any, *arrays: Any, slot: int, axis: int = 0) -> Any:
    where: list[Any] = [slice(None)] * np.ndim(out)
    where[axis] = slot
    return g[tuple(where)]


def _stack_jvp(t: Any, out: Any, *arrays: Any, slot: int, axis: int = 0) -> Any:
    parts = [t if k == slot else np.zeros(np.shape(a)) for k, a in enumerate(arrays)]
    return np.stack(parts, axis=axis)


@Primitive
def scatter_add(g: Any, *, index: Any, shape: tuple[int, ...]) -> Any:
    """Add the entries of ``g`` into zeros at ``index``: the transpose of indexing.

    Repeated positions add up. A basic index (slices, integers, Ellipsis, None) has no repeats and
    is assigned instead, which is many times faster than ``np.add.at``.

    Examples
    --------
    >>> scatter_add(np.ones(3), index=np.array([0, 0, 2]), shape=(3,))
    array([2., 0., 1.])
    """
    out = np.zeros(shape, np.asarray(g).dtype)
    parts = index if isinstance(index, tuple) else (index,)
    if all(part is None or part is Ellipsis or isinstance(part, (int, slice)) for part in parts):
        out[index] = g
    else:
        np.add.at(out, index, g)
    return out


def _getitem_rule() -> Rule:
    def vjp(g: Any, out: Any, x: Any, *arrays: Any, slot: int, index: Any) -> Any:
        filled = fill_holes(index, (x, *arrays))
        return scatter_add(g, index=filled, shape=np.shape(x))

    def jvp(t: Any, out: Any, x: Any, *arrays: Any, slot: int, index: Any) -> Any:
        return t[fill_holes(index, (x, *arrays))]

    return general(operator.getitem, (vjp,), (jvp,), variadic=True)


def _positions(indices: Any, length: int, mode: str) -> np.ndarray:
    """The entries that np.take took, from indices that it clipped or wrapped around."""
    indices = np.asarray(value_of(indices))
    if mode == "clip":
        return np.clip(indices, 0, length - 1)
    return indices % length if mode == "wrap" else indices


def _take_vjp(g: Any, out: Any, x: Any, indices: Any, axis: Any = None, mode: str = "raise") -> Any:
    if axis is None:
        flat = (int(np.size(x)),)
        back = scatter_add(g, index=_positions(indices, *flat, mode), shape=flat)
        return np.reshape(back, np.shape(x))
    where = (slice(None),) * (axis % np.ndim(x))
    positions = _positions(indices, np.shape(x)[axis], mode)
    return scatter_add(g, index=(*where, positions), shape=np.shape(x))


def _take_jvp(t: Any, out: Any, x: Any, indices: Any, **options: Any) -> Any:
    return np.take(t, indices, **options)


def _sort_vjp(g: Any, out: Any, x: Any, axis: Any = -1, **_: Any) -> Any:
    order = np.argsort(value_of(x), axis=axis, kind="stable")
    if axis is None:
        return np.reshape(g[np.argsort(order)], np.shape(x))
    grid = list(np.ogrid[tuple(slice(n) for n in np.shape(x))])
    grid[axis] = np.argsort(order, axis=axis)
    return g[tuple(grid)]


def _sort_jvp(t: Any, out: Any, x: Any, axis: Any = -1, **_: Any) -> Any:
    order = np.argsort(value_of(x), axis=axis, kind="stable")
    if axis is None:
        return np.ravel(t)[order]
    grid = list(np.ogrid[tuple(slice(n) for n in np.shape(x))])
    grid[axis] = order
    return t[tuple(grid)]


RULES = [
    linear(np.reshape, _reorder_back),
    linear(np.ravel, _reorder_back),
    linear(np.squeeze, _reshape_back),
    linear(np.expand_dims, _reshape_back),
    linear(np.transpose, _transpose_back),
    linear(np.swapaxes, lambda g, out, x, axis1, axis2: np.swapaxes(g, axis1, axis2)),
    linear(np.moveaxis, lambda g, out, x, source, destination: np.moveaxis(g, destination, source)),
    linear(np.broadcast_to, lambda g, out, x, shape: fit(g, np.shape(x))),
    linear(np.flip, lambda g, out, x, axis=None: np.flip(g, axis=axis)),
    linear(np.roll, _roll_back),
    linear(np.copy, lambda g, out, x, **_: g),
    general(np.astype, (lambda g, out, x, dtype: g,), (lambda t, out, x, dtype: t,)),
    linear(scatter_add, lambda g, out, x, index, shape: g[index]),
    general(np.concatenate, (_concatenate_vjp,), (_concatenate_jvp,), variadic=True),
    general(np.stack, (_stack_vjp,), (_stack_jvp,), variadic=True),
    _getitem_rule(),
    general(np.take, (_take_vjp,), (_take_jvp,)),
    general(np.sort, (_sort_vjp,), (_sort_jvp,), kink="ties keep their order"),
]
