"""Diagnosis without truth: is the error of this difference truncation or noise?

Central differences with steps h, h/2 and h/4 are enough to tell. Where truncation rules, neighbours
differ by 3/4 and 3/16 of the error: their ratio is 4, the order observed is 2. Where rounding
rules, they differ by about eps_f / h, and eps_f is found without any derivative, by ECNoise (Moré
and Wild 2011). At a kink forward and backward differences stay apart however short the step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from difflab.errors import UsageError
from difflab.numeric.apply import real_point
from difflab.numeric.loss import real_number
from difflab.numeric.noise import estimate_noise
from difflab.numeric.steps import unit_roundoff
from difflab.studies.truncation.look import KINK_STAYS, Look, look_at, look_far

Verdict = Literal["truncation", "rounding", "at the optimum", "kink", "not asymptotic"]

NEAR = 3.0
"""A step within this factor of the best one is at the optimum."""

HOPELESS = "no step helps: f jumps at x, or its slope is infinite"
SPANS = "halve the step: it spans a kink, an oscillation or the edge of a domain"
"""Advice where f is no power series."""

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
    here = look_at(seen, point, h, value, noise)
    return replace(_judge(here, seen, point, value, noise), evaluations=len(calls))


def _judge(here: Look, f: Callable[[Any], float], x: Any, value: float, noise: float) -> Diagnosis:
    truncation = here.truncation if here.asymptotic else np.nan

    def verdict(name: Verdict, advice: str, **more: Any) -> Diagnosis:
        first, order = here.quotients[0], here.order
        return Diagnosis(name, advice, first, order, truncation, here.rounding, noise, **more)

    h = here.h
    if not np.all(np.isfinite([*here.quotients, *here.jumps])):
        return verdict("not asymptotic", "halve the step: f is not finite within it")
    far = look_far(here, f, x, value, noise)
    if here.one_sided and (far is None or far.keeps(here)):
        long, short = here.jumps
        if abs(short) * KINK_STAYS > abs(long):
            return verdict("not asymptotic", HOPELESS)
        middle = here.quotients[-1]
        return verdict(
            "kink",
            "no step helps: the slope jumps at x; take the one-sided slope that is meant",
            left=middle - short / 2,
            right=middle + short / 2,
        )
    if here.one_sided or here.irregular:
        hopeless = far is not None and here.grows and far.grows_like(here)
        return verdict("not asymptotic", HOPELESS if hopeless else SPANS)
    best = here.best_step(noise) if here.asymptotic else _search(here, f, x, value, noise)
    if not np.isfinite(best):
        return verdict("rounding", "lengthen the step: no truncation is in sight", best_step=best)
    if h > NEAR * best:
        return verdict("truncation", f"shorten the step: use h about {best:.1g}", best_step=best)
    if h < best / NEAR:
        return verdict("rounding", f"lengthen the step: use h about {best:.1g}", best_step=best)
    higher = "keep it; central-4 with a longer step has less of both errors"
    return verdict("at the optimum", higher, best_step=best)


def _search(here: Look, f: Callable[[Any], float], x: Any, value: float, noise: float) -> float:
    """Lengthen the step until truncation shows, and return the best step it implies; or NaN."""
    step = GROWTH * here.h
    while step <= max(1.0, abs(float(x))):
        look = look_at(f, x, step, value, noise)
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
