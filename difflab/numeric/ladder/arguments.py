"""What a user may ask of `difflab.derivative`, checked and brought into one form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from difflab.errors import NonFiniteError, ParameterTypeError, ShapeError, UsageError

HIGHEST = 4
"""Order of the highest derivative."""


@dataclass(frozen=True, slots=True)
class Question:
    """f^(n)(x): what to differentiate, where, and within which limits.

    Attributes
    ----------
    f : callable
    x : array of floats, any shape
    n : int
        1 to `HIGHEST`.
    step : array of x's shape, or None
        Absolute, and taken as it is.
    relstep, absstep : arrays of x's shape, or None
        Of which a step is made.
    typical : array of x's shape, or None
        The scale, where one was given.
    scale : array of x's shape
        Length over which f is taken to vary.
    low, high : arrays of x's shape
        f is called only between them.
    noise : array of x's shape
        Absolute error of one value of f; NaN where unknown.
    args : tuple
    """

    f: Callable[..., Any]
    x: np.ndarray
    n: int
    step: np.ndarray | None
    relstep: np.ndarray | None
    absstep: np.ndarray | None
    typical: np.ndarray | None
    scale: np.ndarray
    low: np.ndarray
    high: np.ndarray
    noise: np.ndarray
    args: tuple[Any, ...]

    @property
    def sized(self) -> bool:
        """Whether anything was said about the step."""
        return any(size is not None for size in (self.step, self.relstep, self.absstep))


def question(
    f: Any,
    x: Any,
    n: Any,
    step: Any,
    relstep: Any,
    absstep: Any,
    scale: Any,
    bounds: Any,
    noise: Any,
    args: Any,
) -> Question:
    """Check the arguments of `difflab.derivative`."""
    if not callable(f):
        raise UsageError(
            f"the first argument is a {type(f).__name__}, not a function",
            "derivative() calls it around x",
            "derivative(np.sin, 1.0): the function itself, without parentheses",
        )
    at = _point(x)
    if isinstance(n, bool) or not isinstance(n, (int, np.integer)) or not 1 <= n <= HIGHEST:
        raise UsageError(
            f"n={n!r} is no order that differences can reach",
            f"rounding in f is divided by h^n: beyond n = {HIGHEST} no digit is left",
            f"n from 1 to {HIGHEST}; for more, symbolic derivatives",
        )
    low, high = _bounds(bounds, at)
    if step is not None and (relstep is not None or absstep is not None):
        raise UsageError(
            "step comes with relstep or absstep",
            "step alone says how large h is",
            "step=h, or relstep= and absstep=, of which the larger counts",
        )
    sizes = {"step": step, "relstep": relstep, "absstep": absstep, "scale": scale}
    given = {k: None if v is None else _positive(k, v, at) for k, v in sizes.items()}
    typical = given["scale"]
    return Question(
        f,
        at,
        int(n),
        given["step"],
        given["relstep"],
        given["absstep"],
        typical,
        np.maximum(np.abs(at), at.dtype.type(1)) if typical is None else typical,
        low,
        high,
        np.full(at.shape, np.nan) if noise is None else _positive("noise", noise, at, zero=True),
        tuple(args) if isinstance(args, (tuple, list)) else (args,),
    )


def _point(x: Any) -> np.ndarray:
    at = np.asarray(x)
    if at.dtype.kind in "iub":
        raise ParameterTypeError(
            f"x is {x!r}, of type {at.dtype}",
            "x + h would have to be rounded to integers",
            "pass float(x), or x.astype(float)",
        )
    if at.dtype.kind != "f":
        raise ParameterTypeError(
            f"x is of type {at.dtype if isinstance(x, np.ndarray) else type(x).__name__}",
            "f is moved along the real axis, in floating-point numbers",
            "pass a float or an array of floats",
        )
    if not np.all(np.isfinite(at)):
        raise NonFiniteError(
            f"x is {at[~np.isfinite(at)][0]!s}",
            "there are no neighbours x - h and x + h",
            "pass a finite number",
        )
    return at


def _positive(name: str, given: Any, x: np.ndarray, zero: bool = False) -> np.ndarray:
    try:
        array = np.broadcast_to(np.asarray(given, np.result_type(x.dtype, np.float64)), x.shape)
    except (TypeError, ValueError) as error:
        raise ShapeError(
            f"{name}={given!r} does not fit x of shape {x.shape}",
            str(error),
            f"one number, or an array of shape {x.shape}",
        ) from error
    if not np.all(np.isfinite(array) & ((array > 0) | (zero & (array == 0)))):
        raise UsageError(
            f"{name}={given!r} is not positive and finite",
            "it is a size, in units of f" if name == "noise" else "it is a length on the x axis",
            f"{name}=None for a value that fits",
        )
    return array


def _bounds(bounds: Any, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    try:
        low, high = (-np.inf, np.inf) if bounds is None else bounds
        ends = [
            np.broadcast_to(np.asarray(default if end is None else end, x.dtype), x.shape)
            for end, default in ((low, -np.inf), (high, np.inf))
        ]
    except (TypeError, ValueError) as error:
        raise UsageError(
            f"bounds={bounds!r} are no two ends of an interval",
            str(error),
            "bounds=(0.0, 1.0); None for an open end",
        ) from error
    if not np.all(ends[0] <= ends[1]):
        raise UsageError(
            f"bounds={bounds!r} are no interval",
            "the lower end stands first, and no end is NaN",
            "bounds=(0.0, 1.0); None for an open end",
        )
    inside = (ends[0] <= x) & (x <= ends[1])
    if not np.all(inside):
        index = np.unravel_index(int(np.argmin(inside)), x.shape)
        raise UsageError(
            f"x = {x[index]!s} lies outside the bounds ({ends[0][index]!s}, {ends[1][index]!s})",
            "f is never called outside",
            "move x, or widen the bounds",
        )
    return ends[0], ends[1]
