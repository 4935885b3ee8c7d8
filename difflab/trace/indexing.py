"""Indexing, where the array is traced, or an array inside the index, or both."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from difflab.trace.array import TracedArray
from difflab.trace.calls import Hole
from difflab.trace.recorder import record


def pick(x: Any, index: Any) -> Any:
    """Record ``x[index]``, where the array or an array inside the index is traced.

    NumPy hands ``a[i]`` over only where ``a`` itself is traced.
    """
    if type(x) is TracedArray and type(index) in (int, slice):
        return record(operator.getitem, (x,), {"index": index})
    operands: list[Any] = [x]

    def dig(part: Any) -> Any:
        if isinstance(part, list):
            part = _index_array(part)
        if type(part) is TracedArray:
            operands.append(part)
            return Hole(len(operands) - 1)
        if isinstance(part, tuple):
            return tuple(dig(member) for member in part)
        return part.copy() if isinstance(part, np.ndarray) else part  # it may change later

    template = dig(index)  # also collects the index arrays into operands
    if type(x) is not TracedArray and len(operands) == 1:
        return x[template]
    return record(operator.getitem, tuple(operands), {"index": template})


def _index_array(positions: list[Any]) -> Any:
    if any(type(position) is TracedArray for position in positions):
        return np.stack(positions)
    return np.array(positions, dtype=None if positions else np.intp)
