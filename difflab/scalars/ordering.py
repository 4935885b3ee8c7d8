"""What calls that compare scalars mean: sorting, masks, and combinations of masks."""

from __future__ import annotations

from typing import Any

import numpy as np

from difflab.scalars.field import Call, Caller


def _argsort(run: Caller, x: Any, axis: Any = -1, kind: Any = None) -> Any:  # noqa: ARG001
    """NaN comes last; the order is stable, whatever ``kind`` says."""
    x, axis = _lines(run, x, axis)
    places = np.empty(x.shape, dtype=np.intp)
    for line in np.ndindex(x.shape[:-1]):
        numbers = x[line]
        places[line] = sorted(range(len(numbers)), key=lambda i: _nan_last(numbers[i]))
    return np.moveaxis(places, -1, axis)


def _sort(run: Caller, x: Any, axis: Any = -1, kind: Any = None) -> Any:
    places = _argsort(run, x, axis, kind)
    x = run.field.array(x)
    return np.take_along_axis(x.reshape(-1) if axis is None else x, places, axis or 0)


def _lines(run: Caller, x: Any, axis: Any) -> tuple[np.ndarray, int]:
    """The array with the axis last; flat where the axis is None."""
    x = run.field.array(x)
    return (x.reshape(-1), -1) if axis is None else (np.moveaxis(x, axis, -1), axis)


def _nan_last(x: Any) -> tuple[bool, Any]:
    return x != x, x


def _argmax(run: Caller, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    def place(line: list[Any]) -> int:
        return max(range(len(line)), key=lambda i: _nan_last(line[i]))

    return run.reduce(place, x, axis, keepdims).astype(np.intp)


def _argmin(run: Caller, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    def place(line: list[Any]) -> int:
        return min(range(len(line)), key=lambda i: (line[i] == line[i], line[i]))

    return run.reduce(place, x, axis, keepdims).astype(np.intp)


ORDERING: dict[Call, Call] = {
    np.argmax: _argmax,
    np.argmin: _argmin,
    np.argsort: _argsort,
    np.sort: _sort,
}
"""Calls that need to compare scalars. NumPy would sort NaN among objects anywhere."""

KINDS: dict[Call, Call] = {
    np.isnan: lambda x: x != x,
    np.isinf: lambda x: x == x and x - x != 0,
    np.isfinite: lambda x: x - x == 0,
}
"""Masks of single scalars; infinity less itself is NaN."""

COMPARISONS = frozenset(
    {np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal}
)
"""Calls that return masks."""

LOGIC = frozenset(
    {
        np.logical_and,
        np.logical_or,
        np.logical_not,
        np.logical_xor,
        np.bitwise_and,
        np.bitwise_or,
        np.invert,
        np.all,
        np.any,
    }
)
"""Calls that combine masks."""
