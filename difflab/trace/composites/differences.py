"""Compositions over neighbouring entries and along grids: differences, slopes, areas, ramps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from difflab.trace.composites.arguments import along, as_array, lengthened, positive_axis

_UNSET = np._NoValue

# differences of neighbours


def _diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = _UNSET, append: Any = _UNSET) -> Any:
    if n == 0:
        return a
    if n < 0:
        raise ValueError(f"order must be non-negative but got {n}")
    a = as_array(a)
    if a.ndim == 0:
        raise ValueError("diff requires input that is at least one dimensional")
    axis = positive_axis(axis, a.ndim)
    ends = [_one_layer(end, a, axis) for end in (prepend, append) if end is not _UNSET]
    if ends:
        before = ends[:1] if prepend is not _UNSET else []
        after = ends[-1:] if append is not _UNSET else []
        a = np.concatenate([*before, a, *after], axis=axis)
    difference = np.not_equal if a.dtype == bool else np.subtract
    for _ in range(n):
        a = difference(along(a, axis, slice(1, None)), along(a, axis, slice(None, -1)))
    return a


def _one_layer(end: Any, a: Any, axis: int) -> Any:
    end = as_array(end)
    if end.ndim:
        return end
    return np.broadcast_to(end, (*a.shape[:axis], 1, *a.shape[axis + 1 :]))


def _ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    ary = np.ravel(ary)
    parts = [to_begin, ary[1:] - ary[:-1], to_end]
    return np.concatenate([np.ravel(x).astype(ary.dtype) for x in parts if x is not None])


def _unwrap(p: Any, discont: Any = None, axis: int = -1, *, period: float = 2 * np.pi) -> Any:
    """Add multiples of the period: constants, except where a jump is exactly half a period."""
    p = as_array(p)
    axis = positive_axis(axis, p.ndim)
    step, half = np.diff(p, axis=axis), period / 2
    discont = half if discont is None else discont
    wrapped = np.mod(step + half, period) - half
    wrapped = np.where((wrapped == -half) & (step > 0), half, wrapped)
    correction = np.where(np.abs(step) < discont, 0.0, wrapped - step)
    first, rest = along(p, axis, slice(0, 1)), along(p, axis, slice(1, None))
    return np.concatenate([first, rest + np.cumsum(correction, axis=axis)], axis=axis)


# slopes and areas


def _gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    f = as_array(f)
    axes = range(f.ndim) if axis is None else normalize_axis_tuple(axis, f.ndim)
    spacings = _spacings(f, varargs, list(axes))
    if edge_order > 2:
        raise ValueError("'edge_order' greater than 2 not supported")
    slopes = []
    for one, spacing in zip(axes, spacings):
        if f.shape[one] < edge_order + 1:
            raise ValueError("at least (edge_order + 1) elements are required")
        slopes.append(_slope(f, spacing, one, edge_order))
    return slopes[0] if len(slopes) == 1 else tuple(slopes)


def _spacings(f: Any, given: tuple[Any, ...], axes: list[int]) -> list[Any]:
    """The distances between neighbours along each axis: a number, or a vector."""
    if not given:
        return [1.0] * len(axes)
    if len(given) == 1 and np.ndim(given[0]) == 0:
        return [given[0]] * len(axes)
    if len(given) != len(axes):
        raise TypeError("invalid number of arguments")
    spacings = []
    for axis, places in zip(axes, map(as_array, given)):
        if places.ndim > 1:
            raise ValueError("distances must be either scalars or 1d")
        if places.ndim and places.size != f.shape[axis]:
            raise ValueError("when 1d, distances must match the length of their dimension")
        spacings.append(np.diff(places.astype(float)) if places.ndim else places)
    return spacings


def _slope(f: Any, spacing: Any, axis: int, edge_order: int) -> Any:
    """Central differences inside, one-sided ones on the edges, for any spacing."""
    n = f.shape[axis]
    if np.ndim(spacing) == 0:
        return _slope_of_even_steps(f, spacing, axis, edge_order)
    h = lengthened(spacing, axis, f.ndim)

    def at(x: Any, start: int, stop: int) -> Any:
        return along(x, axis, slice(start, stop))

    rise = (at(f, 1, n) - at(f, 0, n - 1)) / h
    before, after = at(h, 0, n - 2), at(h, 1, n - 1)
    weight = after / (before + after)
    inside = weight * at(rise, 0, n - 2) + (1 - weight) * at(rise, 1, n - 1)
    first, last = at(rise, 0, 1), at(rise, n - 2, n - 1)
    if edge_order == 2:  # a parabola's mean slope over a step is the mean of those at its ends
        first = 2 * first - at(inside, 0, 1)
        last = 2 * last - at(inside, n - 3, n - 2)
    slope = np.concatenate([first, inside, last], axis=axis)
    return slope.astype(f.dtype) if f.dtype.kind in "fc" else slope


def _slope_of_even_steps(f: Any, h: Any, axis: int, edge_order: int) -> Any:
    def at(start: int, stop: int | None) -> Any:
        return along(f, axis, slice(start, stop))

    inside = (at(2, None) - at(0, -2)) / (2 * h)
    first, last = (at(1, 2) - at(0, 1)) / h, (at(-1, None) - at(-2, -1)) / h
    if edge_order == 2:
        first = -1.5 / h * at(0, 1) + 2.0 / h * at(1, 2) - 0.5 / h * at(2, 3)
        last = 0.5 / h * at(-3, -2) - 2.0 / h * at(-2, -1) + 1.5 / h * at(-1, None)
    slope = np.concatenate([first, inside, last], axis=axis)
    return slope.astype(f.dtype) if f.dtype.kind in "fc" else slope


def _trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    y = as_array(y)
    place = positive_axis(axis, y.ndim)
    if x is not None:
        x = as_array(x)
        dx = lengthened(np.diff(x), place, y.ndim) if x.ndim == 1 else np.diff(x, axis=axis)
    middle = along(y, place, slice(1, None)) + along(y, place, slice(None, -1))
    return np.sum(dx * middle / 2.0, axis=axis)


# ramps and powers


def _linspace(
    start: Any,
    stop: Any,
    num: Any = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
    **_: Any,
) -> Any:
    delta = np.subtract(stop, start) * 1.0
    div = max(num - 1 if endpoint else num, 1)
    steps = np.reshape(np.arange(num), (-1,) + (1,) * delta.ndim).astype(delta.dtype)
    y = steps * (delta / div) + start
    if endpoint and num > 1:  # exactly, as NumPy
        last = np.broadcast_to(stop, (1, *delta.shape)).astype(y.dtype)
        y = np.concatenate([y[:-1], last])
    y = np.moveaxis(y, 0, axis)
    y = y if dtype is None else y.astype(dtype)
    return (y, delta / div) if retstep else y


def _logspace(
    start: Any,
    stop: Any,
    num: Any = 50,
    endpoint: bool = True,
    base: Any = 10.0,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    base = np.expand_dims(base, axis) if np.ndim(base) else base
    y = np.power(base, np.linspace(start, stop, num, endpoint=endpoint, axis=axis))
    return y if dtype is None else y.astype(dtype)


def _geomspace(
    start: Any,
    stop: Any,
    num: Any = 50,
    endpoint: bool = True,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    wide = np.result_type(start, stop, float)
    start, stop = as_array(start).astype(wide), as_array(stop).astype(wide)
    sign = np.sign(start)
    first, last = np.log10(start / sign), np.log10(stop / sign)
    y = np.logspace(first, last, num, endpoint=endpoint) * sign
    if num > 0:  # exactly, as NumPy
        shape = (1, *y.shape[1:])
        first = np.broadcast_to(start, shape)
        exact = num > 1 and endpoint
        last = np.broadcast_to(stop, shape) if exact else y[num:]
        y = np.concatenate([first, y[1 : num - exact], last])
    y = np.moveaxis(y, 0, axis)
    return y if dtype is None else y.astype(dtype)


def _vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    x = as_array(x)
    if x.ndim != 1:
        raise ValueError("x must be a one-dimensional array or sequence.")
    count = x.size if N is None else N
    x = x.astype(np.promote_types(x.dtype, int))
    powers = [np.ones(x.shape, x.dtype)]
    for _ in range(count - 1):
        powers.append(powers[-1] * x)
    powers = powers[:count] if increasing else powers[:count][::-1]
    return np.stack(powers, axis=1) if count else np.zeros((x.size, 0), x.dtype)


def _polyval(p: Any, x: Any) -> Any:
    p, x = as_array(p), as_array(x)
    y = np.zeros(x.shape, x.dtype)
    for k in range(len(p)):
        y = y * x + p[k]
    return y


COMPOSITES: dict[Callable[..., Any], Callable[..., Any]] = {
    np.diff: _diff,
    np.ediff1d: _ediff1d,
    np.unwrap: _unwrap,
    np.gradient: _gradient,
    np.trapezoid: _trapezoid,
    np.linspace: _linspace,
    np.logspace: _logspace,
    np.geomspace: _geomspace,
    np.vander: _vander,
    np.polyval: _polyval,
}
