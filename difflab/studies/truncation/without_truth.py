"""A V without truth: differences of neighbouring quotients against the step.

Where truncation rules, the central quotients D(h) and D(h/2) differ by three quarters of the error
a h^2 of the first; where rounding rules, by about the error of the second. Times 4/3 their
difference is an estimate of the error of D(h) for long steps, and about three times that error for
short ones. It is no error: near a lucky step neighbours agree by chance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from difflab.numeric.apply import real_point
from difflab.numeric.ladder import Derivative, derivative
from difflab.numeric.quotient import difference
from difflab.numeric.stencils import SCHEMES
from difflab.numeric.steps import default_exponent, default_step
from difflab.numeric.vcurve import rms_constant
from difflab.studies.truncation.diagnosis import Diagnosis, diagnose

CENTRAL = SCHEMES["central"]

FACTOR = 4.0
"""Between steps of the trail."""

FINEST = 64.0
"""The shortest step, in spacings of max(1, |x|)."""

SHARE = 3 / 4
"""|D(h) - D(h/2)| is this share of a h^2."""


@dataclass(frozen=True, eq=False)
class Trail:
    """What can be seen of the error of a central difference at all steps.

    Attributes
    ----------
    steps : ndarray, shape (n,)
        Powers of two, increasing.
    quotients : ndarray, shape (n,)
        D(h).
    differences : ndarray, shape (n,)
        |D(h) - D(h/2)| / `SHARE`: the estimate of the error.
    truncation, rounding : ndarray, shape (n,)
        a h^2 and S2 eps_f / h; a is NaN where no step showed it.
    evaluations : int
    """

    steps: np.ndarray
    quotients: np.ndarray
    differences: np.ndarray
    truncation: np.ndarray
    rounding: np.ndarray
    evaluations: int


def trail(f: Callable[[Any], Any], x: float, noise: float, best_step: float) -> Trail:
    """Difference a function with all steps, and lay the asymptotes of a diagnosis beside it.

    Parameters
    ----------
    f : callable
        ``f(x)`` returns one real number.
    x : float
        Its dtype is that of the arithmetic.
    noise : float
        eps_f.
    best_step : float
        Where both asymptotes together are least, from which a follows; NaN where it is not known.

    Examples
    --------
    >>> found = trail(np.exp, 1.0, 1.4e-16, 5e-6)
    >>> long = found.steps == 2.0**-8
    >>> bool(abs(found.differences[long] / found.truncation[long] - 1) < 0.5)
    True
    """
    point = real_point(x)
    longest = max(1.0, 2.0 ** np.floor(np.log2(abs(float(point)) or 1.0)))
    finest = FINEST * float(np.finfo(point.dtype).eps) * longest
    count = int(np.log(longest / finest) / np.log(FACTOR)) + 1
    steps = longest * FACTOR ** np.arange(1.0 - count, 1.0)
    quotients, halved = (
        np.array([_quotient(f, point, step) for step in ends]) for ends in (steps, steps / 2)
    )
    rounding = rms_constant(CENTRAL) * noise
    # at the best step h the slopes of both parts cancel: rounding / h^2 = 2 a h
    coefficient = rounding / (2 * best_step**3)
    with np.errstate(invalid="ignore"):
        differences = np.abs(quotients - halved) / SHARE
    return Trail(
        steps, quotients, differences, coefficient * steps**2, rounding / steps, 4 * len(steps)
    )


def _quotient(f: Callable[[Any], Any], x: Any, step: float) -> float:
    with np.errstate(all="ignore"):
        return float(difference(f, x, step, CENTRAL))


def examine(
    f: Callable[[Any], Any], x: float, h: float | None = None
) -> tuple[float, Diagnosis, Derivative, Trail]:
    """Look at a central difference from all sides that need no truth.

    Parameters
    ----------
    f : callable
        ``f(x)`` returns one real number.
    x : float
        Its dtype is that of the arithmetic.
    h : float or None
        The step; the usual one of the lab for central differences when None.

    Returns
    -------
    h : float
    diagnosis : Diagnosis
    ladder : Derivative
        What `difflab.derivative` says.
    trail : Trail

    Raises
    ------
    ParameterTypeError, UsageError, NonScalarLossError, NonFiniteError
        As `diagnose` and `difflab.derivative`: for a step or a point that is none, and for an f
        that returns no single number or is not deterministic.

    Examples
    --------
    >>> h, diagnosis, ladder, _ = examine(np.sin, 1.0)
    >>> h, diagnosis.verdict, bool(abs(ladder.value - np.cos(1.0)) <= ladder.error)
    (1.52587890625e-05, 'at the optimum', True)
    """
    point = real_point(x)
    if h is None:
        h = float(default_step(point, default_exponent(CENTRAL, point.dtype)))
    found = diagnose(f, point, h)
    ladder = derivative(f, point)
    return h, found, ladder, trail(f, point, found.noise, found.best_step)
