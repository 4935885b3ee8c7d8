"""Rules of functions that take entries by position: indexing, take, sort, bincount.

Their transpose puts the entries back where they came from, and adds those that came from one place.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from difflab.autodiff.rules.rule import Rule, constant, general
from difflab.trace import Hole, fill_holes, pick
from difflab.transposes import scatter_add


def _getitem_rule() -> Rule:
    def vjp(g: Any, out: Any, x: Any, *arrays: Any, slot: int, index: Any) -> Any:
        return scatter_add(g, *arrays, index=index, shape=x.shape)

    def jvp(t: Any, out: Any, x: Any, *arrays: Any, slot: int, index: Any) -> Any:
        return pick(t, fill_holes(index, (x, *arrays)))

    return general(operator.getitem, (vjp,), (jvp,), variadic=True)


def _scatter_rule() -> Rule:
    def vjp(g: Any, out: Any, x: Any, *arrays: Any, slot: int, index: Any, shape: Any) -> Any:
        return pick(g, fill_holes(index, (x, *arrays)))

    def jvp(t: Any, out: Any, x: Any, *arrays: Any, slot: int, index: Any, shape: Any) -> Any:
        return scatter_add(t, *arrays, index=index, shape=shape)

    return general(scatter_add, (vjp,), (jvp,), variadic=True)


def _positions(indices: Any, length: int, mode: str) -> Any:
    """The entries that np.take took, from indices that it clipped or wrapped around."""
    if mode == "clip":
        return np.clip(indices, 0, length - 1)
    return np.mod(indices, length) if mode == "wrap" else indices


def _take_index(x: Any, indices: Any, axis: Any, mode: str) -> tuple[Any, Any]:
    """``np.take`` as indexing: the positions, and the index that they fill."""
    if axis is None:
        return _positions(indices, x.size, mode), Hole(1)
    axis = axis % x.ndim
    return _positions(indices, x.shape[axis], mode), (slice(None),) * axis + (Hole(1),)


def _take_vjp(g: Any, out: Any, x: Any, indices: Any, axis: Any = None, mode: str = "raise") -> Any:
    positions, index = _take_index(x, indices, axis, mode)
    if axis is None:
        return np.reshape(scatter_add(g, positions, index=index, shape=(int(x.size),)), x.shape)
    return scatter_add(g, positions, index=index, shape=x.shape)


def _take_jvp(t: Any, out: Any, x: Any, indices: Any, axis: Any = None, mode: str = "raise") -> Any:
    positions, index = _take_index(x, indices, axis, mode)
    t = np.ravel(t) if axis is None else t
    return pick(t, fill_holes(index, (t, positions)))


def _sort_vjp(g: Any, out: Any, x: Any, axis: Any = -1, **_: Any) -> Any:
    """Through the inverse permutation: gathering is cheaper than scattering."""
    rank = np.argsort(np.argsort(x, axis=axis, kind="stable"), axis=axis)
    if axis is None:
        return np.reshape(pick(g, rank), x.shape)
    return np.take_along_axis(g, rank, axis=axis)


def _sort_jvp(t: Any, out: Any, x: Any, axis: Any = -1, **_: Any) -> Any:
    return np.take_along_axis(t, np.argsort(x, axis=axis, kind="stable"), axis=axis)


def _no_slope(g: Any, out: Any, x: Any, weights: Any, minlength: int = 0) -> None:
    """The bins are integers."""


RULES = [
    _getitem_rule(),
    _scatter_rule(),
    general(np.take, (_take_vjp,), (_take_jvp,)),
    general(np.sort, (_sort_vjp,), (_sort_jvp,), kink="ties keep their order"),
    general(
        np.bincount,
        (_no_slope, lambda g, out, x, weights, minlength=0: pick(g, x)),
        (_no_slope, lambda t, out, x, weights, minlength=0: np.bincount(x, t, minlength)),
    ),
    *(constant(f) for f in (np.argpartition, np.lexsort, np.searchsorted, np.digitize, np.isin)),
]
