"""Calling the user's loss and checking that it is one real number, the same at every call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from difflab.errors import NonScalarLossError, UsageError

Loss = Callable[..., Any]
"""``f(params, *contexts)`` returns one real number."""


def kind_of(result: Any) -> str:
    """Return the NumPy kind of a scalar result: "f" for floats, "c" for complex numbers.

    Raises
    ------
    NonScalarLossError
        When it is not one number.

    Examples
    --------
    >>> kind_of(1.5), kind_of(np.complex128(1j)), kind_of(np.array(2))
    ('f', 'c', 'i')
    """
    if isinstance(result, (bool, int, float, complex)) or np.isscalar(result):
        return np.dtype(type(result)).kind
    if not isinstance(result, np.ndarray):
        raise NonScalarLossError(
            f"the function returned {type(result).__name__}, not one number",
            "a gradient is the derivative of one real number",
            "return the loss alone, reduced by np.mean(...) or np.sum(...)",
        )
    if result.shape != ():
        raise NonScalarLossError(
            f"the function returned an array of shape {result.shape}, not one number",
            "the gradient of an array-valued function would be a Jacobian",
            "reduce the result: np.mean(...) or np.sum(...)",
        )
    return result.dtype.kind


def real_number(result: Any) -> Any:
    """Return a loss as a scalar wide enough to subtract: float64, or longdouble where it is one.

    NaN and infinity pass.

    Raises
    ------
    NonScalarLossError
        For anything but one real floating-point number.

    Examples
    --------
    >>> real_number(np.float32(0.5))
    np.float64(0.5)
    """
    if type(result) is np.float64:  # nearly always, and this runs once per coordinate
        return result
    if kind_of(result) != "f":
        raise NonScalarLossError(
            f"the function returned {result!r}, which is not a real floating-point number",
            "a loss is one real number that varies smoothly with the parameters",
            "return a float: np.mean(...) or np.sum(...) of float arrays",
        )
    wide = np.longdouble if getattr(result, "dtype", None) == np.longdouble else np.float64
    return wide(result)


def check_repeatable(call: Callable[[], Any]) -> Any:
    """Call twice, compare bit for bit, and return the first result.

    Raises
    ------
    NonScalarLossError
        When the result is not one real number.
    UsageError
        When the two calls disagree: a difference of such values is noise.

    Examples
    --------
    >>> check_repeatable(lambda: 2.0)
    2.0
    """
    first, second = call(), call()
    one, two = real_number(first), real_number(second)
    if one == two or (np.isnan(one) and np.isnan(two)):
        return first
    raise UsageError(
        f"the loss gave {one!s} and then {two!s} for the same parameters",
        "it draws random numbers, shuffles, keeps state or changes its arguments in place; "
        "a difference of two such values, divided by a small step, is mostly noise",
        "draw masks and batches before the call and pass them as contexts; seed inside the loss",
    )
