"""Calling the user's function: at all points at once where that means the same, else one by one."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from difflab.errors import DifflabError, NonFiniteError, NonScalarLossError, UsageError
from difflab.numeric.steps import unit_roundoff

BLOCK = 2**20
"""Points per call, so that a large x does not fill the memory."""

ALIKE = 1e-6
"""Relative difference allowed between a call with many points and one with a single point.

Vector code may round other than scalar code; another meaning (a sum, a mean) differs by far more.
"""

CHECKED = 2
"""How many points of the vectorised call are compared with single ones."""


@dataclass(frozen=True, slots=True)
class Samples:
    """Values of f at x and around it.

    Attributes
    ----------
    center : array, x's shape
        f(x), finite.
    around : array, shape (K, \\*x.shape)
        f at the points; NaN where f is not finite or raised an ArithmeticError or ValueError.
    dtype : dtype
        Float type that f returned; float64 for Python numbers, integers and booleans.
    evaluations : int
        Per entry of x.
    vectorised : bool
        Whether f took all points in one call.
    """

    center: np.ndarray
    around: np.ndarray
    dtype: Any
    evaluations: int
    vectorised: bool


def sample(
    f: Callable[..., Any], x: np.ndarray, points: np.ndarray, args: tuple[Any, ...] = ()
) -> Samples:
    """Evaluate f at x, twice, and at the points.

    Parameters
    ----------
    f : callable
        ``f(x, *args)``, of one number or elementwise.
    x : array of floats, any shape
    points : array, shape (K, \\*x.shape)
        NaN where f is not to be called.
    args
        Passed on; arrays must broadcast with x.

    Raises
    ------
    NonFiniteError
        f(x) is NaN or infinite, or f fails at x with an ArithmeticError or ValueError.
    NonScalarLossError
        f(x) is no real number, or for an array of x no array of its shape.
    UsageError
        Two calls with the same x disagree.

    Examples
    --------
    >>> import math
    >>> x = np.array(1.0)
    >>> sample(np.exp, x, x + np.array([-0.5, 0.5])).vectorised
    True
    >>> sample(math.exp, x, x + np.array([-0.5, 0.5])).vectorised
    False
    """
    with np.errstate(all="ignore"):  # the caller did not choose these points
        first, whole = _at_center(f, x, args)
        again, _ = _at_center(f, x, args)
        _check_center(x, first, again)
        if whole and x.shape:
            _check_elementwise(f, x, first, args)
        used = ~np.isnan(points)
        filled = np.where(used, points, x)
        found = _all_at_once(f, x, filled, args, whole)
        vectorised = found is not None
        if found is None:
            found = _one_by_one(f, x, points, args, first.dtype)
        wide = np.result_type(first.dtype, np.float64)
        around = found.astype(wide)
        around[~used | ~np.isfinite(around)] = np.nan
    evaluations = 2 + len(points) + (CHECKED if vectorised else 0)
    return Samples(first.astype(wide), around, first.dtype, evaluations, vectorised)


def _at_center(
    f: Callable[..., Any], x: np.ndarray, args: tuple[Any, ...]
) -> tuple[np.ndarray, bool]:
    """Return f(x) as an array of x's shape, and whether one call gave all of it."""
    if x.shape == ():
        try:
            return _real(f(x[()], *args)), True
        except (ArithmeticError, ValueError) as error:
            if isinstance(error, DifflabError):
                raise
            raise NonFiniteError(
                f"the function fails at x = {x[()]!s}: {type(error).__name__}, {error}",
                "a difference quotient subtracts f(x), or the values around it",
                "move x into the domain of f, or return the limit there",
            ) from error
    result: Any = None
    # errors: it is written for one number, with math.sin or a Python if
    with suppress(TypeError, ValueError, ArithmeticError):
        result = np.asarray(f(x.copy(), *args))
    if result is not None and result.shape == x.shape:
        return _real_kind(result), True
    if result is not None and result.dtype.kind != "O":
        raise NonScalarLossError(
            f"the function returned an array of shape {result.shape} for x of shape {x.shape}",
            "derivative() takes functions of one number, or elementwise ones on arrays",
            "difflab.grad for one number made of many; difflab.jacobian for many",
        )
    entries = [
        _at_center(f, np.asarray(x[index]), entry(args, x.shape, index))[0]
        for index in np.ndindex(x.shape)
    ]
    return np.array(entries).reshape(x.shape), False


def _real(result: Any) -> np.ndarray:
    """Check that a result is one real number, and return it as an array of floats."""
    array = np.asarray(result)
    if array.shape != () or array.dtype.kind not in "fiubc":
        raise NonScalarLossError(
            f"the function returned {_describe(result)}, not one number",
            "derivative() takes functions of one number, or elementwise ones on arrays",
            "return one float; for many outputs difflab.jacobian",
        )
    return _real_kind(array)


def _real_kind(array: np.ndarray) -> np.ndarray:
    if array.dtype.kind == "c":
        raise NonScalarLossError(
            "the function returned complex numbers for a real argument",
            "a real difference quotient needs real values",
            "differentiate np.real(f(x)) and np.imag(f(x)) apart",
        )
    if array.dtype.kind not in "fiub":
        raise NonScalarLossError(
            f"the function returned an array of {array.dtype}, not of numbers",
            "derivative() subtracts and divides the values",
            "return floats",
        )
    return array if array.dtype.kind == "f" else array.astype(np.float64)


def _describe(result: Any) -> str:
    if isinstance(result, np.ndarray):
        return f"an array of shape {result.shape}"
    return f"a {type(result).__name__}"


def _check_center(x: np.ndarray, first: np.ndarray, again: np.ndarray) -> None:
    same = (first == again) | (np.isnan(first) & np.isnan(again))
    if not np.all(same):
        index = np.unravel_index(int(np.argmin(same)), x.shape)
        raise UsageError(
            f"f({x[index]!s}) gave {first[index]!s} and then {again[index]!s}",
            "it draws random numbers or keeps state; a difference of two such values, divided by "
            "a small step, is mostly noise",
            "seed inside the function, or draw once and pass the draws as args",
        )
    finite = np.isfinite(first)
    if not np.all(finite):
        index = np.unravel_index(int(np.argmin(finite)), x.shape)
        raise NonFiniteError(
            f"f({x[index]!s}) is {first[index]!s}",
            "there is no derivative where f itself is not finite",
            "move x into the domain of f, or return the limit there",
        )


def _check_elementwise(
    f: Callable[..., Any], x: np.ndarray, values: np.ndarray, args: tuple[Any, ...]
) -> None:
    for index in {(0,) * x.ndim, tuple(np.subtract(x.shape, 1).tolist())}:
        try:
            single = np.asarray(f(x[index], *entry(args, x.shape, index)))
        except Exception:  # written for arrays alone, as with x.shape: nothing to compare
            return
        if single.shape != () or not _alike(values[index], single):
            raise NonScalarLossError(
                f"the function is not elementwise: at x = {x[index]!s} it gives "
                f"{values[index]!s} among others and {single!s} alone",
                "every entry of its result may depend on that entry of x alone",
                "difflab.jacobian for a function that mixes entries",
            )


def _all_at_once(
    f: Callable[..., Any],
    x: np.ndarray,
    points: np.ndarray,
    args: tuple[Any, ...],
    whole: bool,
) -> np.ndarray | None:
    """Call f with many points; None where that fails or means something else."""
    if not whole:
        return None
    rows = max(1, BLOCK // max(1, x.size))
    blocks = []
    try:
        for start in range(0, len(points), rows):
            block = points[start : start + rows]
            result = np.asarray(f(block.copy(), *args))
            if result.shape != block.shape or result.dtype.kind not in "fiub":
                return None
            blocks.append(result)
        found = np.concatenate(blocks)
        for row in np.unique(np.linspace(0, len(points) - 1, CHECKED).astype(int)):
            single = np.asarray(f(points[row][()], *args))
            if single.shape != x.shape or not _alike(found[row], single):
                return None
        return found
    except Exception:  # whatever an array does to a function of one number: then one by one
        return None


def _alike(many: np.ndarray, one: np.ndarray) -> bool:
    many, one = np.broadcast_arrays(np.asarray(many, float), np.asarray(one, float))
    with np.errstate(all="ignore"):
        close = np.abs(many - one) <= ALIKE * np.abs(one)
    return bool(np.all(close | (many == one) | (np.isnan(many) & np.isnan(one))))


def _one_by_one(
    f: Callable[..., Any], x: np.ndarray, points: np.ndarray, args: tuple[Any, ...], dtype: Any
) -> np.ndarray:
    found = np.full(points.shape, np.nan, np.result_type(dtype, np.float64))
    for index in np.ndindex(points.shape):
        point = points[index]
        if np.isnan(point):
            continue
        try:
            found[index] = _real(f(point, *entry(args, x.shape, index[1:])))
        except DifflabError:
            raise
        except (ArithmeticError, ValueError):
            continue  # outside the domain of f
    return found


def entry(args: tuple[Any, ...], shape: tuple[int, ...], index: tuple[int, ...]) -> Any:
    """Return the args that belong to one entry of x."""
    if shape == ():
        return args
    return tuple(
        np.broadcast_to(arg, shape)[index] if isinstance(arg, np.ndarray) else arg for arg in args
    )


def precision(dtype: Any, values: np.ndarray) -> np.ndarray:
    """Return the unit roundoff that the values show, for every column.

    A function that computes in float32 and returns float64 is found by its values: all of them
    are float32 numbers.

    Parameters
    ----------
    dtype : dtype
        As f returned it.
    values : array, shape (K, N)
        NaN where unknown; some at points with long mantissas.

    Examples
    --------
    >>> values = np.sin(np.linspace(1, 2, 9))[:, None]
    >>> precision(np.float64, values), precision(np.float64, values.astype(np.float32))
    (array([1.11022302e-16]), array([5.96046448e-08]))
    """
    unit = np.full(values.shape[1], unit_roundoff(dtype))
    ordered = np.sort(values, axis=0)
    distinct = 1 + np.sum(np.diff(ordered, axis=0) > 0, axis=0)
    for coarse in (np.float32, np.float16):
        if unit_roundoff(coarse) <= unit_roundoff(dtype):
            continue
        with np.errstate(all="ignore"):
            kept = np.isnan(values) | (values.astype(coarse) == values)
        unit = np.where(np.all(kept, axis=0) & (distinct >= 8), unit_roundoff(coarse), unit)
    return unit
