"""The form of a derivative rule: one row per function, both modes in one row.

A *VJP* (pullback) takes the cotangent of the output to a contribution for one operand. A *JVP*
(pushforward) takes the tangent of one operand to a contribution for the output. Both are written in
plain NumPy: given arrays they compute, given traced arrays they are recorded, and that is how
second and higher derivatives come about.

Rules need not care about broadcasting or dtypes. A VJP may return an array of the output's shape;
the driver sums it down to the operand's shape (`fit`) and casts it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from difflab.trace import Primitive
from difflab.transposes import column_sums

VJP = Callable[..., Any]
"""``vjp(cotangent, out, *operands, **options)`` -> contribution to one operand."""

JVP = Callable[..., Any]
"""``jvp(tangent, out, *operands, **options)`` -> contribution to the output."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table.

    Attributes
    ----------
    function : callable
        The NumPy function or primitive.
    kind : str
        ``elementwise`` (a partial derivative per operand), ``linear`` (its own
        JVP), ``general``, or ``constant`` (derivative zero wherever it exists).
    vjps, jvps : tuple of callables
        One per operand. A function with any number of operands has a single one that takes the
        operand's position as the keyword ``slot``.
    variadic : bool
        Whether the function takes any number of operands.
    kink : str
        The convention where the derivative does not exist; empty for smooth functions.
    joint : bool
        The single VJP returns the contributions to all operands at once, the single JVP takes the
        tangents of all; None is zero. For functions whose derivatives share most of their work.
    order : int
        How often the row may be differentiated; the tests of the table go as far.
    """

    function: Callable[..., Any]
    kind: Literal["elementwise", "linear", "general", "constant"]
    vjps: tuple[VJP, ...] = ()
    jvps: tuple[JVP, ...] = ()
    variadic: bool = False
    kink: str = ""
    joint: bool = False
    order: int = 2


def elementwise(
    function: Callable[..., Any], *partials: Callable[..., Any], kink: str = ""
) -> Rule:
    """Row for a function that works entry by entry.

    Parameters
    ----------
    partials : callables
        One per operand, ``partial(out, *operands)``: the derivative with respect to that operand.
        Both modes multiply by it.
    """

    def multiply_by(partial: Callable[..., Any]) -> Callable[..., Any]:
        if len(partials) == 1:  # spelled out: passing on arguments of any number costs as much
            return lambda g, out, x: g * partial(out, x)  # as a small product
        if len(partials) == 2:
            return lambda g, out, x, y: g * partial(out, x, y)
        return lambda g, out, *operands: g * partial(out, *operands)

    both = tuple(multiply_by(partial) for partial in partials)
    return Rule(function, "elementwise", both, both, kink=kink)


def both_modes(function: Callable[..., Any], vjp: VJP, kink: str = "") -> Rule:
    """Row for a function of one operand whose pullback and pushforward are the same map.

    What `elementwise` makes, for the functions of the course's networks: one call less.
    """
    return Rule(function, "elementwise", (vjp,), (vjp,), kink=kink)


def linear(function: Callable[..., Any], vjp: VJP) -> Rule:
    """Row for a function that is linear in its one operand: the function is its own JVP."""

    def jvp(t: Any, out: Any, operand: Any, **options: Any) -> Any:
        return function(t, **options)

    return Rule(function, "linear", (vjp,), (jvp,))


def bilinear(function: Callable[..., Any], left: VJP, right: VJP) -> Rule:
    """Row for a product: linear in each of two operands."""

    def jvp_left(t: Any, out: Any, x: Any, y: Any, **options: Any) -> Any:
        return function(t, y, **options)

    def jvp_right(t: Any, out: Any, x: Any, y: Any, **options: Any) -> Any:
        return function(x, t, **options)

    return Rule(function, "linear", (left, right), (jvp_left, jvp_right))


def general(
    function: Callable[..., Any],
    vjps: tuple[VJP, ...],
    jvps: tuple[JVP, ...],
    *,
    variadic: bool = False,
    kink: str = "",
) -> Rule:
    """Row with both modes written out."""
    return Rule(function, "general", vjps, jvps, variadic, kink)


def constant(function: Callable[..., Any], kink: str = "") -> Rule:
    """Row for a piecewise constant function: it stops the derivative."""
    return Rule(function, "constant", kink=kink)


def fit(array: Any, shape: tuple[int, ...]) -> Any:
    """Sum an array over the axes along which ``shape`` was broadcast: broadcasting transposed.

    Parameters
    ----------
    array : array
        Of a shape that ``shape`` broadcasts to.
    shape : tuple of int
        The shape wanted.

    Examples
    --------
    >>> fit(np.ones((3, 2)), (2,))
    array([3., 3.])
    >>> fit(np.ones((3, 2)), (3, 1))
    array([[2.],
           [2.],
           [2.]])
    """
    have = array.shape
    if have == shape:
        return array
    if len(have) == 2 and have[1:] == shape and array.dtype.kind == "f":
        sums = column_sums.implementation if type(array) is np.ndarray else column_sums
        return sums(array)  # a bias, added to every sample
    total = np.add.reduce if type(array) is np.ndarray else np.sum  # the same, without its checks
    extra = len(have) - len(shape)
    if extra > 0:
        array = total(array, tuple(range(extra)))
        have = have[extra:]
    stretched = tuple([axis for axis, n in enumerate(shape) if n == 1 and have[axis] != 1])
    return total(array, stretched, keepdims=True) if stretched else array


def restore_axes(array: Any, shape: tuple[int, ...], axis: Any, keepdims: bool = False) -> Any:
    """Give a reduced array its summed axes back, with length 1, so that it broadcasts to ``shape``.

    Examples
    --------
    >>> restore_axes(np.ones(3), (3, 2), axis=1).shape
    (3, 1)
    """
    if keepdims or not shape:
        return array
    if axis is None:
        return np.reshape(array, (1,) * len(shape))
    axes = {a % len(shape) for a in (axis if isinstance(axis, tuple) else (axis,))}
    return np.reshape(array, tuple(1 if i in axes else n for i, n in enumerate(shape)))


@Primitive
def nan_passes(slope: Any, operand: Any, out: Any) -> Any:
    """Make a slope NaN where a NaN operand made the output NaN.

    For rules that select by comparison: every comparison with NaN is false, and would turn the
    slope into a plain 0 there. ``np.fmax`` passes over NaN; so its output tells, not the operand.

    Examples
    --------
    >>> x = np.array([np.nan, 1.0])
    >>> nan_passes(np.array([0.0, 1.0]), x, np.maximum(x, 0.0))
    array([nan,  1.])
    """
    lost = np.isnan(out)
    if not lost.any():  # nearly always
        return slope
    return np.where(lost & np.isnan(operand), np.nan, slope)
