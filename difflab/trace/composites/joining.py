"""Compositions that join arrays and split them: stacks, blocks, sections, grids."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from difflab.trace.composites.arguments import (
    along,
    as_array,
    lengthened,
    plain,
    positive_axis,
)

# joining


def _hstack(tup: Sequence[Any], **options: Any) -> Any:
    arrays = [np.atleast_1d(x) for x in tup]
    axis = 0 if arrays and arrays[0].ndim == 1 else 1
    return np.concatenate(arrays, axis=axis, **options)


def _vstack(tup: Sequence[Any], **options: Any) -> Any:
    return np.concatenate([np.atleast_2d(x) for x in tup], axis=0, **options)


def _dstack(tup: Sequence[Any]) -> Any:
    return np.concatenate([np.atleast_3d(x) for x in tup], axis=2)


def _column_stack(tup: Sequence[Any]) -> Any:
    arrays = [as_array(x) for x in tup]
    columns = [x if x.ndim > 1 else np.reshape(x, (x.size, 1)) for x in arrays]
    return np.concatenate(columns, axis=1)


def _append(arr: Any, values: Any, axis: int | None = None) -> Any:
    return np.concatenate([as_array(arr), as_array(values)], axis=axis)


def _block(arrays: Any) -> Any:
    depth = _depth(arrays)
    ndim = max(depth, _widest(arrays))

    def join(nest: Any, level: int) -> Any:
        if level == depth:
            block = as_array(nest)
            return np.reshape(block, (1,) * (ndim - block.ndim) + block.shape)
        return np.concatenate([join(part, level + 1) for part in nest], axis=ndim - depth + level)

    return join(arrays, 0)


def _depth(nest: Any) -> int:
    if not isinstance(nest, list):
        return 0
    depths = {_depth(part) for part in nest}
    if len(depths) != 1:
        raise ValueError("List depths are mismatched, or a list is empty")
    return 1 + depths.pop()


def _widest(nest: Any) -> int:
    return max(map(_widest, nest)) if isinstance(nest, list) else np.ndim(nest)


def _insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    """Write the new entries behind the old ones; then let NumPy say which one goes where."""
    arr, values = as_array(arr), as_array(values)
    if axis is None:
        arr, axis = np.ravel(arr), 0
    axis = positive_axis(axis, arr.ndim)
    length = arr.shape[axis]
    places = np.arange(length)[obj] if isinstance(obj, slice) else plain(obj, np.insert, "obj")
    values = np.reshape(values, (1,) * (arr.ndim - values.ndim) + values.shape)
    if places.ndim == 0:  # as x[:, 0] = values is not x[:, [0]] = values
        values = np.moveaxis(values, 0, axis)
    new = np.insert(np.arange(length), places, -1).size - length
    count = values.shape[axis] if places.size == 1 and new else new
    shape = (*arr.shape[:axis], count, *arr.shape[axis + 1 :])
    joined = np.concatenate([arr, np.broadcast_to(values, shape).astype(arr.dtype)], axis=axis)
    order = np.insert(np.arange(length), places, length + np.arange(count))
    return np.take(joined, order, axis=axis)


# splitting


def _array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    axis = positive_axis(axis, ary.ndim)
    ends = plain(indices_or_sections, np.split, "indices_or_sections")
    length = ary.shape[axis]
    if ends.ndim == 0:
        if ends <= 0:
            raise ValueError("number sections must be larger than 0.")
        small, extra = divmod(length, int(ends))
        ends = np.cumsum([small + 1] * extra + [small] * (int(ends) - extra))[:-1]
    bounds = [0, *(int(end) for end in ends), length]
    return [along(ary, axis, slice(start, stop)) for start, stop in pairwise(bounds)]


def _split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    sections = plain(indices_or_sections, np.split, "indices_or_sections")
    if sections.ndim == 0 and ary.shape[axis] % int(sections):
        raise ValueError("array split does not result in an equal division")
    return _array_split(ary, indices_or_sections, axis)


def _hsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    if ary.ndim == 0:
        raise ValueError("hsplit only works on arrays of 1 or more dimensions")
    return _split(ary, indices_or_sections, min(ary.ndim - 1, 1))


def _vsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    if ary.ndim < 2:
        raise ValueError("vsplit only works on arrays of 2 or more dimensions")
    return _split(ary, indices_or_sections, 0)


def _dsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    if ary.ndim < 3:
        raise ValueError("dsplit only works on arrays of 3 or more dimensions")
    return _split(ary, indices_or_sections, 2)


def _unstack(x: Any, *, axis: int = 0) -> tuple[Any, ...]:
    if x.ndim == 0:
        raise ValueError("Input array must be at least 1-d.")
    axis = positive_axis(axis, x.ndim)
    return tuple(along(x, axis, k) for k in range(x.shape[axis]))


# broadcasting together


def _broadcast_arrays(*args: Any, **_: Any) -> tuple[Any, ...]:
    arrays = [as_array(x) for x in args]
    shape = np.broadcast_shapes(*(x.shape for x in arrays))
    return tuple(np.broadcast_to(x, shape) for x in arrays)


def _meshgrid(*xi: Any, sparse: bool = False, indexing: str = "xy", **_: Any) -> tuple[Any, ...]:
    if indexing not in ("xy", "ij"):
        raise ValueError("Valid values for `indexing` are 'xy' and 'ij'.")
    ndim = len(xi)
    swapped = {0: 1, 1: 0} if indexing == "xy" and ndim > 1 else {}
    grids = [lengthened(as_array(x), swapped.get(k, k), ndim) for k, x in enumerate(xi)]
    return tuple(grids) if sparse else _broadcast_arrays(*grids)


COMPOSITES: dict[Callable[..., Any], Callable[..., Any]] = {
    np.hstack: _hstack,
    np.vstack: _vstack,
    np.dstack: _dstack,
    np.column_stack: _column_stack,
    np.append: _append,
    np.block: _block,
    np.insert: _insert,
    np.split: _split,
    np.array_split: _array_split,
    np.hsplit: _hsplit,
    np.vsplit: _vsplit,
    np.dsplit: _dsplit,
    np.unstack: _unstack,
    np.broadcast_arrays: _broadcast_arrays,
    np.meshgrid: _meshgrid,
}
