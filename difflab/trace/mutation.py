"""Finding arrays that were changed in place after a tape had recorded them.

A derivative is computed from the values that the tape holds. The values it computed itself nobody
else can reach; but inputs and constants are the user's own arrays, and ``x += y`` between the call
and the sweep would make the gradient wrong without a word. So each such array is copied when it is
first seen, and compared with its copy before a sweep. Index arrays, as in ``x[rows]``, need none of
this: the tape keeps copies.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from difflab.errors import TracingError
from difflab.trace.refusals import name_of
from difflab.trace.tape import CONSTANT, Call, Watch

Spare = dict[int, list[bytearray]]
"""Buffers of earlier copies, by size, to be used again: fresh memory costs more than copying."""

_SMALL = 1 << 16
"""Bytes below which fresh memory is cheap."""


def mutation_check(spare: Spare | None = None) -> tuple[Watch, Callable[[], None]]:
    """Make a pair of functions: one that sees every call, one that finds what has changed since.

    Parameters
    ----------
    spare : dict, optional
        Where large copies come from and go to. Given one, ``check`` may be called once only.

    Returns
    -------
    watch : callable
        Takes a call; copies the arrays in it that the tape did not make.
    check : callable
        Raises `TracingError` when one of them holds other bytes than it did.

    Examples
    --------
    >>> watch, check = mutation_check()
    >>> c = np.ones(2)
    >>> watch((np.multiply, (np.zeros(2), c), (0, CONSTANT), {}, np.zeros(2)))
    >>> c += 1.0
    >>> check()
    Traceback (most recent call last):
    difflab.errors.TracingError: an array of shape (2,) changed in place after np.multiply used it
      why: its derivative needs the values that np.multiply saw, and they are gone
      try: x = x + y instead of x += y; or give np.multiply a copy: x.copy()
    """
    seen: dict[int, tuple[np.ndarray, bytes | bytearray, Any]] = {}  # holding an array keeps its id
    buffers: Spare = {} if spare is None else spare

    def watch(call: Call) -> None:
        function, operands, parents, _, value = call
        if function is None:
            if isinstance(value, np.ndarray):
                seen[id(value)] = value, _copy(value, buffers), None
            return
        if CONSTANT in parents:
            for operand, parent in zip(operands, parents):
                if parent < 0 and isinstance(operand, np.ndarray) and id(operand) not in seen:
                    seen[id(operand)] = operand, _copy(operand, buffers), function

    def check() -> None:
        for array, copy, function in seen.values():
            if not _same(array, copy):
                raise _changed(array, function)
        if spare is not None:
            _give_back(spare, [copy for _, copy, _ in seen.values()])

    return watch, check


def _copy(array: np.ndarray, spare: Spare) -> bytes | bytearray:
    """An array's bytes in C order."""
    if array.nbytes < _SMALL or array.dtype.hasobject:
        return array.tobytes()
    try:
        buffer = spare[array.nbytes].pop()
    except LookupError:
        buffer = bytearray(array.nbytes)
    np.frombuffer(buffer, array.dtype).reshape(array.shape)[...] = array
    return buffer


def _same(array: np.ndarray, copy: bytes | bytearray) -> bool:
    """Whether an array still holds these bytes; NaN equals itself."""
    if isinstance(copy, bytearray) and array.flags.c_contiguous:
        return bool(copy == array.data)  # compares memory, without another copy
    return array.tobytes() == copy


def _give_back(spare: Spare, copies: list[bytes | bytearray]) -> None:
    """Keep the buffers of this run, and none of older ones: batches may change in size."""
    spare.clear()
    for copy in copies:
        if isinstance(copy, bytearray):
            spare.setdefault(len(copy), []).append(copy)


def _changed(array: np.ndarray, function: Any) -> TracingError:
    if function is None:
        return TracingError(
            f"a parameter of shape {array.shape} changed in place while being differentiated",
            "the derivative at the old values was asked for, and they are gone",
            "x = x + y instead of x += y; or change a copy: x.copy()",
        )
    name = name_of(function)
    return TracingError(
        f"an array of shape {array.shape} changed in place after {name} used it",
        f"its derivative needs the values that {name} saw, and they are gone",
        f"x = x + y instead of x += y; or give {name} a copy: x.copy()",
    )
