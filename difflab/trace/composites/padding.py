"""``np.pad`` as a composition: constants are joined on, copies of entries are taken."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from difflab.trace.composites.arguments import along, as_array, lengthened, plain
from difflab.trace.refusals import option_refused

_COPIES = frozenset({"edge", "reflect", "symmetric", "wrap"})


def _pad(array: Any, pad_width: Any, mode: Any = "constant", **options: Any) -> Any:
    array = as_array(array)
    widths = _widths(pad_width, array.ndim)
    if mode in ("constant", "linear_ramp"):
        name = "constant_values" if mode == "constant" else "end_values"
        ends = _pairs(options.pop(name, 0), array.ndim)
        fill = _constant if mode == "constant" else _ramp
        _no_more(mode, options)
        for axis, (width, end) in enumerate(zip(widths, ends)):
            before, after = (
                fill(array, axis, count, value, side)
                for count, value, side in zip(width, end, (0, -1))
            )
            if any(width):
                array = np.concatenate([before, array, after], axis=axis)
        return array
    if mode not in _COPIES or options.pop("reflect_type", "even") != "even":
        why = "only constant, linear_ramp, edge, reflect (even), symmetric and wrap are covered"
        raise option_refused(np.pad, "mode", why)
    _no_more(mode, options)
    for axis, width in enumerate(widths):
        if any(width):
            positions = np.pad(np.arange(array.shape[axis]), width, mode=mode)
            array = np.take(array, positions, axis=axis)
    return array


def _no_more(mode: str, options: Mapping[str, Any]) -> None:
    if options:
        raise ValueError(f"unsupported keyword arguments for mode '{mode}': {set(options)}")


def _widths(pad_width: Any, ndim: int) -> list[tuple[int, int]]:
    """Read ``pad_width`` in all its forms: a number, a pair, a pair per axis, a dict by axis."""
    if isinstance(pad_width, Mapping):
        pairs = [(0, 0)] * ndim
        for axis, width in pad_width.items():
            pairs[axis] = (width, width) if np.ndim(width) == 0 else tuple(width)
        return pairs
    widths = plain(pad_width, np.pad, "pad_width")
    if widths.dtype.kind != "i":
        raise TypeError("`pad_width` must be of integral type.")
    if (widths < 0).any():
        raise ValueError("index can't contain negative values")
    return [(int(a), int(b)) for a, b in np.broadcast_to(widths, (ndim, 2))]


def _pairs(values: Any, ndim: int) -> Any:
    """Bring the values for both ends of each axis into shape (ndim, 2); they may be traced."""
    return np.broadcast_to(as_array(values), (ndim, 2))


def _constant(array: Any, axis: int, count: int, value: Any, _side: int) -> Any:
    shape = (*array.shape[:axis], count, *array.shape[axis + 1 :])
    return np.broadcast_to(value.astype(array.dtype), shape)


def _ramp(array: Any, axis: int, count: int, value: Any, side: int) -> Any:
    edge = along(array, axis, slice(0, 1) if side == 0 else slice(-1, None))
    steps = np.arange(count) / max(count, 1)
    steps = lengthened(steps if side == 0 else steps[::-1], axis, array.ndim)
    return (value + (edge - value) * steps).astype(array.dtype)


COMPOSITES: dict[Callable[..., Any], Callable[..., Any]] = {np.pad: _pad}
