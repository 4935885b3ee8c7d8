"""Finding arrays that were changed in place after a tape had recorded them.

A derivative is computed from the values that the tape holds. The values it computed itself nobody
else can reach; but inputs and constants are the user's own arrays, and ``x += y`` between the call
and the sweep would make the gradient wrong without a word. So each such array is copied when it is
first seen, and compared with its copy before a sweep. Index arrays, as in ``x[rows]``, need none of
this: the tape keeps copies.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

import numpy as np

from difflab.errors import TracingError
from difflab.trace.refusals import name_of
from difflab.trace.tape import Keep

Function = Callable[..., Any]
Spare = dict[int, list[bytearray]]
"""Buffers of earlier copies, by size, to be used again: fresh memory costs more than copying."""

_SMALL = 1 << 16
"""Bytes below which fresh memory is cheap."""

_PLAIN = (np.ndarray, np.generic)
_BYTES = attrgetter("nbytes")


def mutation_check(spare: Spare | None = None) -> tuple[Keep, Callable[[], None]]:
    """Make a pair of functions: one that keeps copies of arrays, one that finds what has changed.

    Parameters
    ----------
    spare : dict, optional
        Where large copies come from and go to. Given one, ``check`` may be called once only.

    Returns
    -------
    keep : callable
        Takes all parameters and None, or one constant and the function that uses it; copies the
        arrays. All at once, because parameters are many and small.
    check : callable
        Raises `TracingError` when one of them holds other bytes than it did.

    Examples
    --------
    >>> keep, check = mutation_check()
    >>> c = np.ones(2)
    >>> keep([c], np.multiply)
    >>> c += 1.0
    >>> check()
    Traceback (most recent call last):
    difflab.errors.TracingError: an array of shape (2,) changed in place after np.multiply used it
      why: its derivative needs the values that np.multiply saw, and they are gone
      try: x = x + y instead of x += y; or give np.multiply a copy: x.copy()
    """
    known: set[int] = set()  # ids of constants, which stay theirs because small and large hold them
    small: list[tuple[Sequence[Any], bytes, Function | None]] = []
    large: list[tuple[np.ndarray, bytearray, Function | None]] = []

    def keep(values: Sequence[Any], function: Function | None) -> None:
        if function is not None:
            if id(values[0]) in known:
                return
            known.add(id(values[0]))
        if sum(map(_BYTES, values)) >= _SMALL:
            for array in filter(_is_large, values):
                large.append((array, _large_copy(array, spare), function))
            values = [value for value in values if not _is_large(value)]
        small.append((values, _joined(values), function))

    def check() -> None:
        for values, copies, function in small:
            if _joined(values) != copies:
                raise _changed(_first_changed(values, copies), function)
        for array, copy, function in large:
            if copy != _view(array):
                raise _changed(array, function)
        if large and spare is not None:
            _give_back(spare, [copy for _, copy, _ in large])

    return keep, check


def _is_large(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.nbytes >= _SMALL and not value.dtype.hasobject


def _joined(values: Sequence[Any]) -> bytes:
    """The bytes of small arrays, one after the other."""
    try:
        return b"".join(values)  # one step, where all are plain and lie in C order
    except (TypeError, ValueError, BufferError):
        return b"".join([value.tobytes() for value in values if isinstance(value, _PLAIN)])


def _first_changed(values: Sequence[Any], copies: bytes) -> Any:
    start = 0
    for value in values:
        if isinstance(value, _PLAIN):
            stop = start + value.nbytes
            if value.tobytes() != copies[start:stop]:
                break
            start = stop
    return value


def _large_copy(array: np.ndarray, spare: Spare | None) -> bytearray:
    buffers = spare.get(array.nbytes) if spare else None
    buffer = buffers.pop() if buffers else bytearray(array.nbytes)
    array = _by_rows(array)
    np.frombuffer(buffer, array.dtype).reshape(array.shape)[...] = array
    return buffer


def _view(array: np.ndarray) -> Any:
    """What a large copy is compared with: the memory itself where it has no gaps.

    As bytes, because dates have no buffer of their own.
    """
    array = _by_rows(array)
    return array.view(np.uint8).data if array.flags.c_contiguous else array.tobytes()


def _by_rows(array: np.ndarray) -> np.ndarray:
    """In the order in which it lies in memory, so that it can be read in one go."""
    return array if array.flags.c_contiguous else array.T


def _give_back(spare: Spare, buffers: Sequence[bytearray]) -> None:
    """Keep the buffers of this run, and none of older ones: batches may change in size."""
    spare.clear()
    for buffer in buffers:
        spare.setdefault(len(buffer), []).append(buffer)


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
