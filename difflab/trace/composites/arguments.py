"""How compositions read their arguments: what they share with NumPy's own functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from difflab.errors import TracingError
from difflab.trace.array import TracedArray
from difflab.trace.refusals import option_refused


def as_array(x: Any) -> Any:
    """Make an array of a list or a number; leave arrays, plain or traced, as they are."""
    return x if hasattr(x, "shape") else np.asarray(x)


def is_traced(x: Any) -> bool:
    """Whether x is on a tape."""
    return type(x) is TracedArray


def plain(value: Any, function: Callable[..., Any], name: str) -> np.ndarray:
    """Read an argument that decides where entries go: it may not be traced.

    Raises
    ------
    TracingError
        Naming the function and the argument.
    """
    try:
        return np.asarray(value)
    except TracingError:
        why = "its values decide the shape of the result, and a tape holds arrays of fixed shape"
        raise option_refused(function, name, why) from None


def no_out(function: Callable[..., Any], out: Any) -> None:
    """Refuse ``out=``: it would write a traced result into a plain array."""
    if out is not None:
        raise option_refused(function, "out")


def positive_axis(axis: Any, ndim: int) -> int:
    """Count an axis from the front, as NumPy would, with NumPy's error if it does not exist.

    Examples
    --------
    >>> positive_axis(-1, 3)
    2
    """
    return normalize_axis_index(axis, ndim)


def along(x: Any, axis: int, part: Any) -> Any:
    """Index one axis, counted from the front, and take all of the others.

    Examples
    --------
    >>> along(np.arange(6).reshape(2, 3), 1, slice(0, 2))
    array([[0, 1],
           [3, 4]])
    """
    return x[(slice(None),) * axis + (part,)]


def lengthened(x: Any, axis: int, ndim: int) -> Any:
    """Reshape a vector so that it lies along ``axis`` and broadcasts against ``ndim`` axes."""
    return np.reshape(x, (1,) * axis + (-1,) + (1,) * (ndim - axis - 1))
