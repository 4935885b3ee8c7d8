"""Calling the user's loss: on arguments it cannot change, checking that it is one real number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from difflab.errors import NonScalarLossError, UsageError
from difflab.tree import Nest

Loss = Callable[..., Any]
"""``f(params, *contexts)`` returns one real number."""


def read_only(nest: Nest) -> Nest:
    """Return the nest with a read-only view in place of every array; nothing is copied.

    Whoever owns an array may go on writing to it, and the view shows what was written. Dicts keep
    the order of their keys.

    Examples
    --------
    >>> w = np.zeros(2)
    >>> view = read_only({"w": w})["w"]
    >>> w[0] = 5.0
    >>> view, view.flags.writeable
    (array([5., 0.]), False)
    """
    if isinstance(nest, np.ndarray):
        view = nest.view()
        view.flags.writeable = False
        return view
    if isinstance(nest, dict):
        return {key: read_only(member) for key, member in nest.items()}
    if isinstance(nest, (list, tuple)):
        members = [read_only(member) for member in nest]
        return type(nest)(*members) if hasattr(nest, "_fields") else type(nest)(members)
    return nest


def guarded(f: Loss, contexts: tuple[Any, ...]) -> Callable[[Nest], Any]:
    """Return ``params -> f(params, *contexts)``, with contexts that cannot be written to.

    The callers give it `read_only` parameters. A loss that wrote to its arguments would be
    evaluated at other points than those it was asked for, and a second call would not show it.

    Raises
    ------
    UsageError
        From the returned function, when f writes to an argument.

    Examples
    --------
    >>> guarded(lambda w, x: np.sum(w * x), (np.ones(2),))(np.ones(2))
    np.float64(2.0)
    """
    contexts = read_only(contexts)

    def loss(params: Nest) -> Any:
        try:
            return f(params, *contexts)
        except ValueError as error:
            if "read-only" not in str(error):
                raise
            raise UsageError(
                "the function changes its arguments in place",
                f"NumPy says: {error}; the parameters and contexts belong to the caller, and every "
                "later evaluation would be at another point",
                "make a new array: w = w / norm for w /= norm, np.sort(w) for w.sort()",
            ) from error

    return loss


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
        "it draws random numbers, shuffles or keeps state; "
        "a difference of two such values, divided by a small step, is mostly noise",
        "draw masks and batches before the call and pass them as contexts; seed inside the loss",
    )
