"""Is the complex step right for this loss? A comparison with central differences along a line.

A call such as ``np.sign(x) * x`` gives a wrong slope without any sign of trouble. Along one random
direction a central difference costs two losses and shows it. The comparison is made at the point
itself and at one close by, because at weights of exactly 0 symmetry hides a dropped |w|.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from difflab.numeric.complex_step import STEP, imaginary_part
from difflab.numeric.difference import difference
from difflab.numeric.loss import Loss, real_number
from difflab.numeric.stencils import SCHEMES
from difflab.numeric.steps import unit_roundoff
from difflab.numeric.traps import refusal, refusing_real_only_calls
from difflab.tree import Nest, flatten, unflatten

SEED = 19980301

STEPS = tuple(2.0**-k for k in (16, 12, 20, 24, 28, 32, 36, 40))
"""Central steps, tried until one agrees; the later ones are for losses that vary fast."""

TOLERANCE = 1e-6
"""Relative disagreement allowed: well above a central difference's error, below a dropped term."""

NOISE = 64
"""Rounding error of one loss that is allowed for at the first step, in units of u |f|."""

MOVED = 2.0**-7
"""Distance to the point close by, in units of the direction."""

Line = Callable[[Any], Any]
"""The loss along a line through the parameters; takes a real or complex number."""


def check(f: Loss, params: Nest, *contexts: Any) -> tuple[str, ...]:
    """Compare the complex step with central differences along a seeded random direction.

    Parameters
    ----------
    f, params, contexts
        As for `difflab.numeric.complex_step.value_and_gradient`; parameters are taken in float64.

    Returns
    -------
    tuple of str
        Notes: that both agree, or that there was nothing finite to compare.

    Raises
    ------
    MissingRuleError
        When they disagree, or f cannot take complex numbers.

    Examples
    --------
    >>> check(lambda w: np.sum(w**3), np.ones(2))
    ('agrees with central differences along a random direction',)
    """
    line = _random_line(f, params, *contexts)
    with refusing_real_only_calls(f, params, *contexts):
        comparisons = [_compare(line, start) for start in (0.0, MOVED)]
    for verdict in comparisons:
        if verdict:
            raise refusal(verdict, f, params, *contexts)
    if all(verdict is None for verdict in comparisons):
        return ("not compared with central differences: the loss is not finite around the point",)
    return ("agrees with central differences along a random direction",)


def _random_line(f: Loss, params: Nest, *contexts: Any) -> Line:
    leaves, structure = flatten(params)
    start = [np.asarray(leaf, float) for leaf in leaves]
    rng = np.random.default_rng(SEED)
    # no entry near 0, which would hide its coordinate, and no two alike, which might cancel
    drawn = [rng.uniform(0.5, 1.5, x.shape) * rng.choice([-1.0, 1.0], x.shape) for x in start]
    length = np.sqrt(sum(np.sum(d * d) for d in drawn)) or 1.0
    direction = [np.maximum(1.0, np.abs(x)) * d / length for x, d in zip(start, drawn)]

    def line(t: Any) -> Any:
        return f(
            unflatten(structure, [(x + t * d)[()] for x, d in zip(start, direction)]), *contexts
        )

    return line


def _compare(line: Line, t: float) -> str | None:
    """Say how the two slopes at t disagree: "" if they do not, None if nothing is finite."""
    result = line(t)
    value = real_number(result)
    imaginary = imaginary_part(line(t + 1j * STEP))
    if imaginary is None:
        return "its result is real although the parameters are complex"
    slope = imaginary / STEP
    unit = unit_roundoff(np.asarray(result).dtype)

    def close(low: float, high: float, step: float) -> bool:
        largest = max(abs(slope), abs(low), abs(high))
        of_the_loss = NOISE * unit * abs(value) / STEPS[0]
        of_the_point = 4 * unit * largest / step  # x + t d is rounded too
        slack = of_the_loss + of_the_point + TOLERANCE * largest
        return low - slack <= slope <= high + slack

    first = None
    for step in STEPS:
        central = difference(line, t, step, SCHEMES["central"])
        if not np.isfinite(central) or not np.isfinite(value):
            continue
        if close(central, central, step):
            return ""
        first = central if first is None else first
    if first is None:
        return None
    # at a kink every number between the one-sided slopes is right
    low, high = sorted(difference(line, t, STEPS[0], SCHEMES[s]) for s in ("forward", "backward"))
    if close(low, high, STEPS[0]):
        return ""
    return (
        f"its slope along a random direction is {slope:.6g}, central differences give {first:.6g}"
    )
