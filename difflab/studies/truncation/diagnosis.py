"""Diagnosis without truth: is the error of this difference truncation or noise?

Central differences with steps h, h/2 and h/4 are enough to tell. Where truncation rules, neighbours
differ by 3/4 and 3/16 of the error: their ratio is 4, the order observed is 2. Where rounding
rules, they differ by about eps_f / h, and eps_f is found without any derivative, by ECNoise (Moré
and Wild 2011). At a kink forward and backward differences stay apart however short the step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

import numpy as np

from difflab.errors import UsageError
from difflab.numeric.apply import real_point
from difflab.numeric.loss import real_number
from difflab.numeric.noise import estimate_noise
from difflab.numeric.stencils import SCHEMES
from difflab.numeric.steps import unit_roundoff
from difflab.numeric.vcurve import rms_constant

Verdict = Literal["truncation", "rounding", "at the optimum", "kink", "not asymptotic"]

CENTRAL = SCHEMES["central"]
ORDER_TOLERANCE = 0.3
"""How far the observed order may lie from 2; three steps show 1.99 rather than 1.7."""

ABOVE_NOISE = 8.0
"""A difference of two quotients is no rounding when it is this many times what noise explains."""

NEAR = 3.0
"""A step within this factor of the best one is at the optimum."""

KINK_STAYS = 0.7
"""A jump of the slope that keeps this share when the step is divided by four is a kink; one that
grows by as much belongs to a jump of f, or to a slope without bound."""

GROWTH = 4.0
"""Factor between steps that are tried in search of truncation."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is wrong with a step.

    Attributes
    ----------
    verdict : str
        "truncation": the step is too long; "rounding": too short; "at the optimum"; "kink": the
        slope jumps at x; "not asymptotic": the stencil spans something that is no power series,
        such as a kink beside x, an oscillation or the edge of a domain.
    advice : str
        What to do.
    derivative : float
        The central difference with the step as given.
    order : float
        log2 |D(h) - D(h/2)| / |D(h/2) - D(h/4)|; NaN where one of them is 0.
    truncation, rounding : float
        Estimates of both parts of the error of ``derivative``; truncation is NaN where rounding
        hides it.
    noise : float
        eps_f, the error of one value of f.
    best_step : float
        h about which central differences are best; NaN where it was not found.
    left, right : float
        Slopes on both sides of a kink; NaN elsewhere.
    evaluations : int
        Values of f that were used.
    """

    verdict: Verdict
    advice: str
    derivative: float
    order: float
    truncation: float
    rounding: float
    noise: float
    best_step: float = np.nan
    left: float = np.nan
    right: float = np.nan
    evaluations: int = 0


def diagnose(f: Callable[[Any], Any], x: float, h: float) -> Diagnosis:
    """Say whether the error of a central difference is truncation or noise.

    Parameters
    ----------
    f : callable
        ``f(x)`` returns one real number.
    x : float
        Its dtype is that of the arithmetic.
    h : float
        The step.

    Raises
    ------
    ParameterTypeError
        For an x that is no float.
    UsageError
        When f is not finite at x, or the step is not positive, or below the spacing of x.
    NonScalarLossError
        When f returns something else than one real number.

    Examples
    --------
    >>> diagnose(np.exp, 1.0, 1e-2).verdict
    'truncation'
    >>> found = diagnose(np.exp, 1.0, 1e-9)
    >>> found.verdict, 1e-6 < found.best_step < 3e-5
    ('rounding', True)
    >>> found = diagnose(abs, 0.0, 1e-3)
    >>> found.verdict, found.left, found.right
    ('kink', -1.0, 1.0)
    """
    point = real_point(x)
    calls: list[Any] = []

    def seen(t: Any) -> float:
        calls.append(t)
        with np.errstate(all="ignore"):
            return float(real_number(f(t)))

    value = seen(point)
    _refuse(point, h, value)
    noise = _noise(seen, point, value)
    here = _look(seen, point, h, value, noise)
    return replace(_judge(here, seen, point, value, noise), evaluations=len(calls))


class _Look(NamedTuple):
    """Three central differences around a step, and how far apart they are."""

    h: float
    quotients: tuple[float, float, float]
    jumps: tuple[float, float]
    """Forward minus backward difference at h and h/4."""
    rounding: float

    @property
    def apart(self) -> tuple[float, float]:
        first, second, third = self.quotients
        return abs(first - second), abs(second - third)

    @property
    def order(self) -> float:
        """NaN where a difference is 0."""
        coarse, fine = self.apart
        return float(np.log2(coarse / fine)) if coarse > 0 and fine > 0 else np.nan

    @property
    def resolved(self) -> bool:
        """Whether noise cannot explain that the quotients differ."""
        coarse, fine = self.apart
        return coarse > ABOVE_NOISE * 2 * self.rounding and fine > ABOVE_NOISE * 4 * self.rounding

    @property
    def asymptotic(self) -> bool:
        """Whether truncation falls as h^2."""
        return self.resolved and abs(self.order - CENTRAL.accuracy) < ORDER_TOLERANCE

    @property
    def irregular(self) -> bool:
        """Whether the quotients differ by more than noise, and not as a power series would.

        The coarse difference is asked to be so large that a quarter of it were still resolved.
        """
        enough = self.apart[0] > ABOVE_NOISE * 16 * self.rounding
        return (self.resolved or enough) and not self.asymptotic

    @property
    def truncation(self) -> float:
        """(4/3) |D(h) - D(h/2)|: all of the error that falls as h^2."""
        return self.apart[0] * 4 / 3

    def best_step(self, noise: float) -> float:
        """Where S2 eps_f / h + a h^2 is least, with a as seen here."""
        a = self.truncation / self.h**2
        return float((rms_constant(CENTRAL) * noise / (2 * a)) ** (1 / 3))


def _look(f: Callable[[Any], float], x: Any, h: float, value: float, noise: float) -> _Look:
    quotients, jumps = [], []
    for step in (h, h / 2, h / 4):
        above, below = x + x.dtype.type(step), x - x.dtype.type(step)
        up, down = float(above) - float(x), float(x) - float(below)
        high, low = f(above), f(below)
        with np.errstate(all="ignore"):
            quotients.append((high - low) / (up + down))
            jumps.append((high - value) / up - (value - low) / down)
    first, second, third = quotients
    rounding = rms_constant(CENTRAL) * noise / h
    return _Look(h, (first, second, third), (jumps[0], jumps[-1]), rounding)


def _judge(here: _Look, f: Callable[[Any], float], x: Any, value: float, noise: float) -> Diagnosis:
    truncation = here.truncation if here.asymptotic else np.nan

    def verdict(name: Verdict, advice: str, **more: Any) -> Diagnosis:
        first, order = here.quotients[0], here.order
        return Diagnosis(name, advice, first, order, truncation, here.rounding, noise, **more)

    h = here.h
    if not np.all(np.isfinite([*here.quotients, *here.jumps])):
        return verdict("not asymptotic", "halve the step: f is not finite within it")
    long, short = here.jumps
    if abs(short) > ABOVE_NOISE * 8 * here.rounding and abs(short) > KINK_STAYS * abs(long):
        if abs(short) * KINK_STAYS > abs(long):
            return verdict(
                "not asymptotic", "no step helps: f jumps at x, or its slope is infinite"
            )
        middle = here.quotients[-1]
        return verdict(
            "kink",
            "no step helps: the slope jumps at x; take the one-sided slope that is meant",
            left=middle - short / 2,
            right=middle + short / 2,
        )
    if here.irregular:
        return verdict(
            "not asymptotic",
            "halve the step: it spans a kink, an oscillation or the edge of a domain",
        )
    best = here.best_step(noise) if here.asymptotic else _search(here, f, x, value, noise)
    if not np.isfinite(best):
        return verdict("rounding", "lengthen the step: no truncation is in sight", best_step=best)
    if h > NEAR * best:
        return verdict("truncation", f"shorten the step: use h about {best:.1g}", best_step=best)
    if h < best / NEAR:
        return verdict("rounding", f"lengthen the step: use h about {best:.1g}", best_step=best)
    higher = "keep it; central-4 with a longer step has less of both errors"
    return verdict("at the optimum", higher, best_step=best)


def _search(here: _Look, f: Callable[[Any], float], x: Any, value: float, noise: float) -> float:
    """Lengthen the step until truncation shows, and return the best step it implies; or NaN."""
    step = GROWTH * here.h
    while step <= max(1.0, abs(float(x))):
        look = _look(f, x, step, value, noise)
        if not np.all(np.isfinite(look.quotients)):
            break
        if look.asymptotic:
            return look.best_step(noise)
        step *= GROWTH
    return np.nan


def _noise(f: Callable[[Any], float], x: Any, value: float) -> float:
    """eps_f by ECNoise, but never less than what rounding the result alone costs."""
    rounding = unit_roundoff(x.dtype) * abs(value) / np.sqrt(3)
    found = estimate_noise(lambda t: f(t), x)
    return float(max(found.level, rounding)) if found.found else float(rounding)


def _refuse(x: Any, h: float, value: float) -> None:
    if not np.isfinite(value):
        raise UsageError(
            f"f({float(x):g}) is {value}",
            "there is no derivative where there is no value",
            "a point inside the domain",
        )
    if not 0 < h < np.inf:
        raise UsageError(
            f"step {h!r} is no step",
            "it is the distance between points, and positive",
            "1.5e-5, which is 2.0**-16",
        )
    if x + x.dtype.type(h / 4) == x:
        raise UsageError(
            f"step {h:g} is below the spacing of {x.dtype} at {float(x):g}",
            "the quarter step of the diagnosis rounds back to x",
            f"use at least {8 * float(np.spacing(np.abs(x))):.2g}",
        )
