"""Compositions that choose entries: by index, by mask, by rank, by interval."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from difflab.trace.composites.arguments import along, as_array, lengthened, no_out, positive_axis
from difflab.trace.indexing import pick
from difflab.trace.refusals import option_refused

# by index, by mask, by rank


def _take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Any:
    arr, indices = as_array(arr), as_array(indices)
    if axis is None:
        return pick(np.ravel(arr), indices)
    axis = positive_axis(axis, arr.ndim)
    if indices.dtype.kind not in "iu":
        raise IndexError("`indices` must be an integer array")
    if indices.ndim != arr.ndim:
        raise ValueError("`indices` and `arr` must have the same number of dimensions")
    place = [lengthened(np.arange(n), k, arr.ndim) for k, n in enumerate(arr.shape)]
    place[axis] = indices
    return pick(arr, tuple(place))


def _compress(condition: Any, a: Any, axis: int | None = None, out: Any = None) -> Any:
    no_out(np.compress, out)
    a, mask = as_array(a), as_array(condition)
    if axis is None:
        a, axis = np.ravel(a), 0
    if mask.ndim != 1:
        raise ValueError("condition must be a 1-d array")
    axis = positive_axis(axis, a.ndim)
    short = along(a, axis, slice(0, mask.size))
    return pick(short, (slice(None),) * axis + (mask != 0,))


def _extract(condition: Any, arr: Any) -> Any:
    return np.compress(np.ravel(condition), np.ravel(arr))


def _partition(a: Any, kth: Any, axis: int | None = -1, *_: Any, **__: Any) -> Any:
    if axis is None:
        a, axis = np.ravel(a), 0
    return np.take_along_axis(a, np.argpartition(a, kth, axis=axis), axis=axis)


# by case


def _choose(a: Any, choices: Any, out: Any = None, mode: str = "raise") -> Any:
    no_out(np.choose, out)
    index, *arrays = np.broadcast_arrays(a, *choices)
    if index.dtype.kind not in "biu":
        raise TypeError("the first argument of choose must hold integers")
    index = index.astype(np.intp) if index.dtype == bool else index
    if mode == "wrap":
        index = np.mod(index, len(arrays))
    elif mode == "clip":
        index = np.clip(index, 0, len(arrays) - 1)
    place = [lengthened(np.arange(n), k, index.ndim) for k, n in enumerate(index.shape)]
    return pick(np.stack(arrays), (index, *place))


def _select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Any:
    if len(condlist) != len(choicelist):
        raise ValueError("list of cases must be same length as list of conditions")
    if len(condlist) == 0:
        raise ValueError("select with an empty condition list is not possible")
    result = default
    for condition, choice in zip(reversed(condlist), reversed(choicelist)):
        if as_array(condition).dtype != bool:
            raise TypeError("invalid entry in condlist: should be boolean ndarray")
        result = np.where(condition, choice, result)
    return result


def _piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kw: Any) -> Any:
    """Each function sees only its own entries, so none meets a point outside its domain."""
    x = as_array(x)
    conditions = _conditions(x, condlist)
    if len(funclist) == len(conditions) + 1:
        taken = conditions[0]
        for condition in conditions[1:]:
            taken = taken | condition
        conditions.append(~taken)
    if len(funclist) != len(conditions):
        raise ValueError(f"with {len(conditions)} condition(s), as many functions are expected")
    y = np.zeros(x.shape, x.dtype)
    for condition, function in zip(conditions, funclist):
        piece = function
        if callable(function):
            inside = pick(x, condition)
            piece = _spread(function(inside, *args, **kw), condition) if inside.size else y
        y = np.where(condition, piece, y).astype(x.dtype)
    return y


def _conditions(x: Any, condlist: Any) -> list[Any]:
    one = np.ndim(condlist) == 0 if hasattr(condlist, "shape") else not isinstance(condlist, list)
    if one or (x.ndim and not np.ndim(condlist[0])):
        condlist = [condlist]
    return [np.not_equal(as_array(condition), False) for condition in condlist]


def _spread(values: Any, mask: Any) -> Any:
    """Write values where the mask is true, in order; 0 elsewhere."""
    values = as_array(values)
    ranks = np.reshape(np.cumsum(np.ravel(mask)), mask.shape) * mask
    if values.ndim == 0:
        return values
    return pick(np.concatenate([np.zeros(1, values.dtype), values]), ranks)


def _nan_to_num(
    x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None
) -> Any:
    if not copy:
        raise option_refused(np.nan_to_num, "copy", "it would change an array in place")
    x = as_array(x)
    if x.dtype.kind != "f":
        return x
    limits = np.finfo(x.dtype)
    top = limits.max if posinf is None else posinf
    bottom = limits.min if neginf is None else neginf
    x = np.where(np.isnan(x), nan, x)
    x = np.where(x == np.inf, top, x)
    return np.where(x == -np.inf, bottom, x)


# by interval


def _interp(
    x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None
) -> Any:
    x, xp, fp = (_wide(as_array(a)) for a in (x, xp, fp))
    if xp.ndim != 1 or fp.ndim != 1:
        raise ValueError("Data points must be 1-D sequences")
    if xp.size != fp.size:
        raise ValueError("fp and xp are not of the same length")
    if period is not None:
        period = np.abs(period)
        x, xp = x % period, xp % period
        order = np.argsort(xp)
        xp, fp = pick(xp, order), pick(fp, order)
        xp = np.concatenate([xp[-1:] - period, xp, xp[:1] + period])
        fp = np.concatenate([fp[-1:], fp, fp[:1]])
        left = right = None
    last = xp.size - 1
    after = np.searchsorted(xp, x, side="right")
    start = np.clip(after - 1, 0, max(last - 1, 0))
    stop = np.minimum(start + 1, last)
    x0, f0 = pick(xp, start), pick(fp, start)
    run = pick(xp, stop) - x0
    slope = (pick(fp, stop) - f0) / np.where(run == 0, 1.0, run)
    y = f0 + slope * (np.clip(x, xp[0], xp[last]) - x0)  # constant outside
    y = y if left is None else np.where(x < xp[0], left, y)
    return y if right is None else np.where(x > xp[last], right, y)


def _wide(x: Any) -> Any:
    """In double precision, in which ``np.interp`` computes."""
    wide = np.result_type(x.dtype, np.float64)
    return x if x.dtype == wide else x.astype(wide)


COMPOSITES: dict[Callable[..., Any], Callable[..., Any]] = {
    np.take_along_axis: _take_along_axis,
    np.compress: _compress,
    np.extract: _extract,
    np.partition: _partition,
    np.choose: _choose,
    np.select: _select,
    np.piecewise: _piecewise,
    np.nan_to_num: _nan_to_num,
    np.interp: _interp,
}
