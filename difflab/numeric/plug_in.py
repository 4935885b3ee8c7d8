"""The plug-in step: estimate what h* needs to know, and plug it in.

Theory's h* asks for eps_f, the error of one value of f, and for F = |f^(d+p)|. F is taken from a
wide symmetric stencil, whose step may be rough because h* depends on F by a power of 1/(p+d) only.
The idea is that of Gill, Murray, Saunders and Wright (1983), "Computing forward-difference
intervals for numerical optimization", SIAM J. Sci. Stat. Comput. 4, 310-321, for every stencil;
h* is that of Shi, Xie, Xuan and Nocedal (2022), see `difflab.numeric.steps`.

Several stencils on the same points, each without one pair of them, say whether F can be believed:
where they disagree, f is faster than the wide step, which is then made smaller.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from difflab.errors import UsageError
from difflab.numeric.apply import real_point
from difflab.numeric.loss import real_number
from difflab.numeric.resolution import power_of_two_below
from difflab.numeric.stencils import SCHEMES, Offset, Stencil, fornberg
from difflab.numeric.steps import unit_roundoff

TRIES = 6

NARROWER = 8.0
"""Factor between one wide step and the next one tried."""

AGREEMENT = 0.05
"""The estimates of F must agree within this share of the largest one, beside rounding."""

LARGEST_SHARE = 0.5
"""F width^(d+p) must be below this share of |f|, or the points see f as if it were random."""

CLEAR = 4.0
"""F counts as seen when it is this many times its own round-off bar."""

FOUND = "found"
FLAT = (
    "F is 0 to rounding: f is a polynomial of low degree here, or noise hides its higher derivative"
)
FAST = "f is not smooth at any width tried: faster than the steps, a kink, or noisier than stated"
EDGE = "f is not finite at any width tried"


@dataclass(frozen=True, slots=True)
class PlugIn:
    """A step and what it was made from.

    Attributes
    ----------
    step : float
        A power of two. NaN where f is finite at no width.
    error : float
        The bound K F h^p + S1 eps_f / h^d at this step.
    higher_derivative : float
        F, the estimate of |f^(d+p)|; where the status is not "found", the largest value that the
        evaluations allow.
    noise : float
        eps_f, given or u |f|.
    evaluations : int
        How many values of f were used; where the first width fits 6 for d + p = 2 and 3, as for
        forward and central differences, and 2 more for every 2 above.
    status : str
        "found", or in words why F is only a bound.
    """

    step: float
    error: float
    higher_derivative: float
    noise: float
    evaluations: int
    status: str

    @property
    def found(self) -> bool:
        """Whether F was seen, and not only bounded."""
        return self.status == FOUND


def plug_in_step(
    f: Callable[[Any], Any],
    x: float,
    stencil: Stencil = SCHEMES["central"],
    *,
    noise: float | None = None,
    scale: float | None = None,
) -> PlugIn:
    """Estimate the best step of a stencil at x.

    Parameters
    ----------
    f : callable
        ``f(x)`` returns one real number.
    x : float
        Its dtype is that of the arithmetic.
    stencil : Stencil
        Of any derivative.
    noise : float, optional
        eps_f, such as `Noise.level`; u |f|, a well-conditioned f, when None.
    scale : float, optional
        The length over which f changes, in units of x; max(1, |x|) when None.

    Returns
    -------
    PlugIn

    Raises
    ------
    ParameterTypeError
        For an x that is no float.
    NonScalarLossError
        When f returns something else than one real number.
    UsageError
        For a noise or scale that is not positive and finite.

    Examples
    --------
    >>> chosen = plug_in_step(np.exp, 0.0)
    >>> -np.log2(chosen.step), chosen.evaluations, chosen.status
    (np.float64(17.0), 6, 'found')
    >>> plug_in_step(lambda x: 3 * x, 1.0).status[:19]
    'F is 0 to rounding:'
    """
    at = real_point(x)
    for name, given in (("noise", noise), ("scale", scale)):
        if given is not None and not 0 < given < np.inf:
            raise UsageError(
                f"{name}={given!r} is not positive and finite",
                "it is a size, in units of f or of x",
                f"{name}=None for an estimate",
            )
    order = stencil.derivative + stencil.accuracy
    stencils = _wide_stencils(order)
    points = stencils[0].offsets
    shakiest = float(max(s.roundoff_constant for s in stencils))
    size = max(1.0, float(abs(at))) if scale is None else scale
    unit = unit_roundoff(at.dtype)
    first = _best_share(stencils[-1], max(noise or unit, unit), 1.0)
    width = float(power_of_two_below(size * min(first, 1.0 / (2 * float(max(points))))))
    status, evaluations, eps_f, change, largest_value = EDGE, 0, np.nan, np.nan, 1.0
    for _ in range(TRIES):
        values = _values(f, at, width, points)
        evaluations += len(values)
        magnitude = float(np.max(np.abs(list(values.values()))))
        if np.isfinite(magnitude):
            # in units of f itself, so that neither sums overflow nor errors underflow
            largest_value = float(power_of_two_below(max(magnitude, noise or 0.0))) or 1.0
            eps_f = unit * (magnitude / largest_value) if noise is None else noise / largest_value
            estimates = [_apply(s, values, largest_value) for s in stencils]
            bar = shakiest * eps_f
            largest = max(map(abs, estimates))
            unresolved = largest > LARGEST_SHARE * (magnitude / largest_value)
            status = FAST if unresolved else _judge(estimates, bar)
            change = abs(estimates[0]) if status == FOUND else largest + bar
            if status != FAST:
                break
        width /= NARROWER
    if status == EDGE:
        return PlugIn(np.nan, np.nan, np.nan, np.nan, evaluations, status)
    h, error, higher = _plug(stencil, eps_f, change, width, status)
    with np.errstate(all="ignore"):  # they may well be beyond the floats
        error, higher, eps_f = (
            float(np.float64(v) * largest_value) for v in (error, higher, eps_f)
        )
    return PlugIn(h, error, higher, eps_f, evaluations, status)


def _judge(estimates: list[float], bar: float) -> str:
    """Say what several estimates of F width^(d+p) are worth beside their round-off bar."""
    largest = max(map(abs, estimates))
    if largest <= CLEAR * bar:
        return FLAT
    spread = max(estimates) - min(estimates)
    return FOUND if spread <= AGREEMENT * largest + 2 * bar else FAST


def _plug(
    stencil: Stencil, eps_f: float, change: float, width: float, status: str
) -> tuple[float, float, float]:
    """Plug in ``change``, F width^(d+p); return the step, its error and F."""
    best = width * _best_share(stencil, eps_f, change)
    # where F is a bound, nothing is known beyond the points that were looked at
    limit = np.inf if status == FOUND else width
    h = float(power_of_two_below(np.sqrt(2.0) * best if 0 < best < limit else width))
    p, d = stencil.accuracy, stencil.derivative
    share, wide = np.float64(h / width), np.float64(width)
    with np.errstate(all="ignore"):
        truncation = abs(float(stencil.error_constant)) * change * share**p
        roundoff = float(stencil.roundoff_constant) * eps_f / share**d if eps_f else 0.0
        return h, float((truncation + roundoff) / wide**d), float(change / wide**d / wide**p)


def _best_share(stencil: Stencil, eps_f: float, change: float) -> float:
    """Return h* in units of a width, see `difflab.numeric.steps.optimum`."""
    p, d = stencil.accuracy, stencil.derivative
    roundoff = d * float(stencil.roundoff_constant) * eps_f
    truncation = p * abs(float(stencil.error_constant)) * change
    if truncation == 0 or roundoff == 0:
        return np.inf if truncation == 0 else 0.0
    # root by root, because the ratio of the two may be beyond the floats
    return float(roundoff ** (1 / (p + d)) / truncation ** (1 / (p + d)))


def _wide_stencils(order: int) -> tuple[Stencil, ...]:
    """Stencils of a derivative without x: one on points +-1 ... +-n, and those that miss a pair."""
    pairs = range(1, (order + 2) // 2 + 2)
    kept = [pairs, *([k for k in pairs if k != left_out] for left_out in pairs)]
    return tuple(fornberg([*(-k for k in some), *some], order) for some in kept)


def _values(
    f: Callable[[Any], Any], x: Any, width: float, points: tuple[Offset, ...]
) -> dict[Offset, float]:
    with np.errstate(all="ignore"):  # the caller did not choose these points
        return {o: float(real_number(f(x + x.dtype.type(float(o) * width)))) for o in points}


def _apply(stencil: Stencil, values: dict[Offset, float], unit: float) -> float:
    terms = zip(stencil.offsets, stencil.weights)
    return float(sum(float(c) * (values[o] / unit) for o, c in terms))
