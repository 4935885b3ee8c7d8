"""The step and the side for every entry of x: relative, absolute, by scale, within bounds.

A step is a power of two, so that x + h loses no digit of it. Where bounds leave no room for a
central stencil a one-sided one of the same order takes its place, and where they leave room for
neither the step shrinks: f is never called outside its domain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from difflab.errors import UsageError
from difflab.numeric.apply import real_point
from difflab.numeric.resolution import check_resolution, entry, power_of_two_below, spacing
from difflab.numeric.stencils import SCHEMES, Side, Stencil, named_stencil
from difflab.numeric.steps import default_exponent, unit_roundoff

OTHERS: dict[Side, tuple[Side, ...]] = {
    "central": ("forward", "backward"),
    "forward": ("backward",),
    "backward": ("forward",),
}
"""Sides to try where a stencil does not fit on its own; the first that fits is taken."""


@dataclass(frozen=True, eq=False)
class Steps:
    """What `choose_steps` chose.

    Attributes
    ----------
    size : ndarray of float64, shape of x
        h; NaN where x is not finite, or nothing fits between the bounds.
    side : ndarray of str, shape of x
        "central", "forward" or "backward": the stencil to use there, see `on_side`.
    """

    size: np.ndarray
    side: np.ndarray


@dataclass(frozen=True, slots=True)
class StepSizes:
    """How large a user wants steps to be, for every entry of a nest; see `choose_steps`.

    Attributes
    ----------
    relstep, absstep, scale : float or None
    longest : float or None
        No step is longer.

    Examples
    --------
    >>> StepSizes(relstep=2.0**-20, absstep=2.0**-30).at(np.array([0.0, 4.0])) * 2**30
    array([1.000e+00, 4.096e+03])
    """

    relstep: float | None = None
    absstep: float | None = None
    scale: float | None = None
    longest: float | None = None

    def at(self, x: Any, stencil: Stencil = SCHEMES["central"], dtype: Any = None) -> np.ndarray:
        """Return the step of every entry of x."""
        relstep, absstep, scale = self.relstep, self.absstep, self.scale
        steps = choose_steps(x, stencil, dtype, relstep=relstep, absstep=absstep, scale=scale).size
        return steps if self.longest is None else np.minimum(steps, self.longest)

    def __str__(self) -> str:
        given = {
            "relstep=": self.relstep,
            "absstep=": self.absstep,
            "scale=": self.scale,
            "at most ": self.longest,
        }
        return ", ".join(f"{name}{size:g}" for name, size in given.items() if size is not None)


def choose_steps(
    x: Any,
    stencil: Stencil = SCHEMES["central"],
    dtype: Any = None,
    *,
    relstep: Any = None,
    absstep: Any = None,
    scale: Any = None,
    bounds: tuple[Any, Any] = (-np.inf, np.inf),
) -> Steps:
    """Choose the step, and the side of x it is taken on, for every entry of x.

    Without `relstep` and `absstep` the step is ``2^-k size`` with k from `default_exponent` and
    size max(1, |x|), or `scale`. With them it is ``max(absstep, relstep |x|)``, as in
    FiniteDiff.jl: the absolute step is a floor under the relative one. Their sum would be neither
    where they are alike; their maximum is always a step that was asked for. A relative step alone
    has a floor too, ``relstep scale`` with scale 1, because at x = 0 it would vanish.

    Parameters
    ----------
    x : array, any shape
        Real floats.
    stencil : Stencil
        Chooses the default step, and how far around x it reaches.
    dtype : dtype, optional
        The float type of f, where coarser than that of x.
    relstep : float or array, optional
        In units of |x|; broadcast against x, as the next two.
    absstep : float or array, optional
        In units of x.
    scale : float or array, optional
        The typical size of x, in units of x.
    bounds : (low, high)
        Floats or arrays, broadcast against x; f is called with low <= x + o h <= high only.

    Returns
    -------
    Steps
        Rounded down to powers of two. Divide by the step that the machine took all the same:
        (x + h) - (x - h).

    Raises
    ------
    ParameterTypeError
        For an x that is no float.
    UsageError
        For a step or scale that is not positive and finite, for `scale` beside `absstep`, for an x
        outside its bounds or with no room between them, and for a step below the spacing of the
        floats around x.

    Examples
    --------
    >>> x = np.array([0.0, 1e-3, 40.0])
    >>> -np.log2(choose_steps(x).size)
    array([16., 16., 11.])
    >>> -np.log2(choose_steps(x, relstep=1e-6, absstep=1e-8).size)
    array([27., 27., 15.])
    >>> -np.log2(choose_steps(x, scale=1e-3).size)
    array([26., 26., 26.])
    >>> choose_steps(x, bounds=(0.0, 40.0)).side
    array(['forward', 'central', 'backward'], dtype='<U8')
    """
    x = np.asarray(real_point(x))
    _check_sizes(relstep=relstep, absstep=absstep, scale=scale)
    if scale is not None and absstep is not None:
        raise UsageError(
            "scale= and absstep= were both given",
            "scale= is a size from which a step is made, absstep= is the step",
            "one of them: absstep=1e-5, or scale=10.0",
        )
    size = np.abs(x.astype(np.float64))
    if relstep is None and absstep is None:
        types = [x.dtype] if dtype is None else [x.dtype, np.dtype(dtype)]
        exponent = default_exponent(stencil, max(types, key=unit_roundoff))
        typical = np.maximum(1.0, size) if scale is None else np.broadcast_to(scale, x.shape)
        asked = np.ldexp(typical, -exponent)
    else:
        relative = 0.0 if relstep is None else relstep
        floor = relative * (1.0 if scale is None else scale) if absstep is None else absstep
        asked = np.maximum(floor, relative * size)
    asked = np.where(np.isfinite(x), asked, np.nan)
    h = power_of_two_below(np.broadcast_to(asked, x.shape))
    check_resolution(x, h, asked)
    return steps_within(x, h, stencil, bounds)


def is_size(value: Any) -> bool:
    """Whether something is one positive finite number, as a step or a scale has to be.

    Examples
    --------
    >>> is_size(1e-5), is_size(np.float32(2)), is_size(0), is_size("1e-5"), is_size(True)
    (True, True, False, False, False)
    """
    number = isinstance(value, (int, float, np.integer, np.floating))
    return number and not isinstance(value, bool) and bool(0 < value < np.inf)


def on_side(stencil: Stencil, side: Side) -> Stencil:
    """Return the stencil of the same derivative and order on another side.

    An order that is odd has no central stencil; the next even one is taken.

    Examples
    --------
    >>> on_side(SCHEMES["central-4"], "forward").offsets
    (0, 1, 2, 3, 4)
    """
    if stencil.side == side:
        return stencil
    order = stencil.accuracy + (stencil.accuracy % 2 if side == "central" else 0)
    return named_stencil(f"{side}-{order}", stencil.derivative)


def steps_within(
    x: np.ndarray, step: Any, stencil: Stencil, bounds: tuple[Any, Any], shrink: bool = True
) -> Steps:
    """Take steps to a side where the stencil fits between the bounds, and halve them if they must.

    Parameters
    ----------
    x : array, any shape
        Real floats.
    step : array of x's shape
        h > 0; NaN where x is not finite.
    stencil : Stencil
    bounds : (low, high)
        Broadcast against x.
    shrink : bool
        Whether steps may be halved. If not, those that fit on no side become NaN.

    Raises
    ------
    UsageError
        For an x outside its bounds, or with no room between them.

    Examples
    --------
    >>> x, h = np.array([0.0, 0.5, 1.0]), np.full(3, 0.25)
    >>> steps_within(x, h, SCHEMES["central"], (0.0, 1.0)).side
    array(['forward', 'central', 'backward'], dtype='<U8')
    """
    largest = float(np.finfo(x.dtype).max)
    low, high = (np.clip(np.broadcast_to(b, x.shape), -largest, largest) for b in bounds)
    finite = np.isfinite(x)
    _check_room(x, low, high, finite)
    mine = stencil.side
    candidates = {name: on_side(stencil, name) for name in (mine, *OTHERS[mine])}
    size, side = np.array(step), np.full(x.shape, mine, "<U8")
    homeless = np.array(finite)
    while np.any(homeless):
        for name, candidate in candidates.items():
            fits = homeless & _fits(x, size, candidate, low, high)
            side[fits] = name
            homeless = np.asarray(homeless & ~fits)
        if not shrink:
            size[homeless] = np.nan
            break
        size[homeless] /= 2
        # narrower than the floats around x: there is no room after all
        cramped = homeless & (size < spacing(x))
        if np.any(cramped):
            raise _no_room(x, low, high, cramped)
    return Steps(size, side)


def _fits(x: np.ndarray, h: np.ndarray, stencil: Stencil, low: Any, high: Any) -> np.ndarray:
    """Whether all points, as the machine takes them, lie within the bounds."""
    ends = [np.asarray(o, x.dtype) for o in (min(stencil.offsets), max(stencil.offsets))]
    with np.errstate(over="ignore", invalid="ignore"):
        points = [x + end * h.astype(x.dtype) for end in ends]
    return np.logical_and(points[0] >= low, points[1] <= high)


def _check_room(x: np.ndarray, low: Any, high: Any, finite: np.ndarray) -> None:
    outside = finite & ~((low <= x) & (x <= high))
    if np.any(outside):
        first = int(np.argmax(np.ravel(outside)))
        at, *ends = (np.ravel(v)[first] for v in (x, low, high))
        raise UsageError(
            f"{entry('x', first, x.shape)} = {at:.6g} is outside its bounds "
            f"[{ends[0]:.6g}, {ends[1]:.6g}]",
            "f is not to be called there",
            "bounds=(low, high) with low <= x <= high",
        )


def _no_room(x: np.ndarray, low: Any, high: Any, cramped: np.ndarray) -> UsageError:
    first = int(np.argmax(np.ravel(cramped)))
    at, *ends = (np.ravel(v)[first] for v in (x, low, high))
    return UsageError(
        f"the bounds [{ends[0]:.6g}, {ends[1]:.6g}] leave no room for a step at "
        f"{entry('x', first, x.shape)} = {at:.6g}",
        f"no stencil fits between them, however small its step, in {x.dtype}",
        "wider bounds, a scheme of lower order, or float64",
    )


def _check_sizes(**sizes: Any) -> None:
    for name, size in sizes.items():
        if size is not None and not np.all((np.asarray(size) > 0) & np.isfinite(size)):
            raise UsageError(
                f"{name}={size!r} is no size",
                "steps and scales are positive finite numbers",
                f"{name}=1e-6" if name != "scale" else "scale=1.0",
            )
