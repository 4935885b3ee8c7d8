"""Is the complex step right for this loss? A comparison with central differences along a line.

A call such as ``np.sign(x) * x`` gives a wrong slope without any sign of trouble. Along one random
direction a central difference costs two losses and shows it. The comparison is made at the point
itself and at one close by, because at weights of exactly 0 symmetry hides a dropped |w|. Calls that
are known to spoil slopes are refused even where this point does not show it, as in the branch of
an ``np.where`` that other points take. A branch of a Python ``if`` that is not taken stays unseen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from difflab.errors import MissingRuleError
from difflab.numeric.complex_step import MOVED, STEP, imaginary_part, in_its_precision
from difflab.numeric.line import Line, random_line
from difflab.numeric.loss import Loss, guarded, real_number
from difflab.numeric.quotient import difference
from difflab.numeric.stencils import SCHEMES
from difflab.numeric.steps import unit_roundoff
from difflab.numeric.traps import INSTEAD, refusal, refusing_real_only_calls, suspects
from difflab.tree import Nest

STEPS = tuple(2.0**-k for k in (16, 12, 20, 24, 28, 32, 36, 40))
"""Central steps, tried until one agrees; the later ones are for losses that vary fast."""

TOLERANCE = 1e-6
"""Relative disagreement allowed: well above a central difference's error, below a dropped term."""

NOISE = 64
"""Rounding error of one loss that is allowed for at the first step, in units of u |f|."""

MEASURED_NOISE = 8
"""The same where the error was measured, in units of its standard deviation."""

BLURRED = 1e-2
"""A central difference with a larger relative rounding error than this decides nothing."""

SETTLED = 1e-2
"""A central difference counts when twice the step changes it by no larger share than this."""

UNDERFLOW = float(np.finfo(float).tiny / np.finfo(float).eps)
"""Imaginary parts below it have lost digits."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The slope by the complex step beside the one by central differences.

    Attributes
    ----------
    verdict : {"agrees", "differs", "nothing to compare"}
        The last where central differences are not finite, or rounding alone.
    slope, central : float
        Along the line.
    real : bool
        Whether the loss returned a real number for a complex argument.
    """

    verdict: Literal["agrees", "differs", "nothing to compare"]
    slope: float = np.nan
    central: float = np.nan
    real: bool = False


def check(f: Loss, params: Nest, *contexts: Any, step: float = STEP) -> tuple[str, ...]:
    """Compare the complex step with central differences along a seeded random direction.

    Parameters
    ----------
    f, params, contexts, step
        As for `difflab.numeric.complex_step.value_and_gradient`; parameters are taken in float64.

    Returns
    -------
    tuple of str
        Notes: that both agree, or that there was nothing to compare.

    Raises
    ------
    MissingRuleError
        When they disagree, f cannot take complex numbers or holds calls that are not analytic, or
        the imaginary part underflows.

    Examples
    --------
    >>> check(lambda w: np.sum(w**3), np.ones(2))
    ('agrees with central differences along a random direction',)
    """
    line = random_line(guarded(f, contexts), params)
    with refusing_real_only_calls(f, params, *contexts):
        comparisons = [_compare(line, start, step) for start in (0.0, MOVED)]
    for found in comparisons:
        if found.verdict != "differs":
            continue
        if 0 < abs(found.central) < UNDERFLOW / step:
            raise _underflow(found.central, step)
        if found.real:
            what = "its result is real although the parameters are complex"
        else:
            what = (
                f"its slope along a random direction is {found.slope:.6g}, "
                f"central differences give {found.central:.6g}"
            )
        raise refusal(what, f, params, *contexts)
    if suspects(f, params, *contexts):
        raise refusal("it is right here, but need not be elsewhere", f, params, *contexts)
    if any(found.verdict == "agrees" for found in comparisons):
        return ("agrees with central differences along a random direction",)
    return (
        "not compared with central differences: around the point they are rounding or no "
        "finite numbers",
    )


def _compare(line: Line, t: float, step: float) -> Comparison:
    """Compare both slopes at t."""
    result = line(t)
    value = real_number(result)
    if not np.isfinite(value):
        return Comparison("nothing to compare")
    moved, step = in_its_precision(lambda h: line(t + 1j * h), step)
    imaginary = imaginary_part(moved)
    slope = 0.0 if imaginary is None else imaginary / step
    unit = unit_roundoff(np.asarray(result).dtype)

    def close(low: float, high: float, h: float, rounding: float) -> bool:
        largest = max(abs(slope), abs(low), abs(high))
        of_the_point = 4 * unit * largest / h  # x + t d is rounded too
        slack = rounding + of_the_point + TOLERANCE * largest
        return bool(low - slack <= slope <= high + slack)

    differing = {}
    of_the_loss = NOISE * unit * abs(value) / STEPS[0]
    for h in STEPS:
        central = difference(line, t, h, SCHEMES["central"])
        if close(central, central, h, of_the_loss):
            return Comparison("agrees")
        if np.isfinite(central):
            differing[h] = central
    # at a kink every number between the one-sided slopes is right
    low, high = sorted(difference(line, t, STEPS[0], SCHEMES[s]) for s in ("forward", "backward"))
    if close(low, high, STEPS[0], of_the_loss):
        return Comparison("agrees")
    # a sum that cancels is rounded more than its own size tells
    decided = None
    noise = unit * max(1.0, abs(value))
    for h, central in sorted(differing.items(), reverse=True):
        noise = _noise(line, t, h, noise)
        rounding = MEASURED_NOISE * noise / h
        if rounding <= BLURRED * max(abs(slope), abs(central)):
            if close(central, central, h, rounding):
                return Comparison("agrees")
            # the smallest step decides: a wave that is faster than the steps may look smooth in
            # wide ones; and where it is faster than this one, too, twice the step shows it
            apart = abs(difference(line, t, 2 * h, SCHEMES["central"]) - central)
            plain = NOISE * unit * max(1.0, abs(value)) / h  # what looks noisier may be just fast
            settled = apart <= SETTLED * abs(central) + min(rounding, plain)
            decided = central if settled and abs(slope - central) > apart else None
    if decided is None:
        return Comparison("nothing to compare")
    return Comparison("differs", slope, decided, imaginary is None)


def _noise(line: Line, t: float, h: float, hidden: float) -> float:
    """Measure the rounding error of the loss around t; NaN where the loss is not finite.

    Sixth differences remove what is smooth and multiply the variance of the rest by 924 (Moré and
    Wild 2011, "Estimating computational noise", SIAM J. Sci. Comput. 33). A loss that does not
    change at all keeps its error ``hidden``: that seen with wider steps.
    """
    losses = np.array([line(t + k * h) for k in range(-4, 5)], float)
    if np.ptp(losses) == 0:
        return hidden
    return float(np.max(np.abs(np.diff(losses, 6))) / np.sqrt(924))


def _underflow(slope: float, step: float) -> MissingRuleError:
    return MissingRuleError(
        "the complex step cannot differentiate this loss: its imaginary part underflows",
        f"the slope is about {slope:.2g}, and times the step {step:g} it is below the smallest "
        "float",
        f"ComplexStep(step=1e-30), or {INSTEAD}",
    )
