"""How noisy is f? ECNoise: the noise level from a table of differences.

Values at equally spaced points are differenced again and again. What is smooth in f dies away with
every difference, while independent errors grow in a known way: the k-th differences of noise with
standard deviation s have the variance s^2 (2k)! / (k!)^2. From some k on, the scaled differences
therefore agree, and their size is s. Moré and Wild (2011), "Estimating computational noise", SIAM
Journal on Scientific Computing 33, 1292-1314, algorithm ECNoise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import factorial
from typing import Any, Literal

import numpy as np

from difflab.numeric.apply import real_point
from difflab.numeric.loss import real_number

VALUES = 7
"""How many equally spaced values one table needs."""

AGREEMENT = 4.0
"""Levels k, k+1, k+2 must be within this factor of one another."""

LARGEST_CHANGE = 0.1
"""Values that vary by more than this share of the largest come from too large a step."""

ENLARGE = 100.0
"""Factor between one step and the next one tried, up to a factor of sqrt(2)."""

MANTISSA = 181 / 128
"""Steps are this number, about sqrt(2), times a power of two.

So few digits that x + h is exact, and yet out of step with output that is rounded to a grid of
decimals or of powers of two, which looks like a straight line at steps that are multiples of it.
"""

JUMPS = 8
"""A function that rises by s in jumps shows noise of s / sqrt(12), give or take a factor of 2."""

SMALLEST = 256
"""In units of eps max(1, |x|); below it the points would be rounded."""

TRIES = 8

Verdict = Literal["found", "too small", "too large", "unclear", "not finite"]

STATUS: dict[Verdict, str] = {
    "found": "found",
    "too small": "values are equal or on a line at every step tried: f shows no rounding here",
    "too large": "f varies by more than 10 % at every step tried: x is beside a root or a pole",
    "unclear": "the differences of f never settle: f is not smooth here, or faster than the steps",
    "not finite": "f is not finite beside x",
}
"""What `Noise.status` says, by verdict of the last table."""


@dataclass(frozen=True, slots=True)
class Noise:
    """The noise of f around a point.

    Attributes
    ----------
    level : float
        eps_f, the standard deviation of the noise, in units of f; NaN where it was not found.
    step : float
        Spacing of the points of the last table.
    difference : int
        k, the order of the differences that showed it; 0 where it was not found.
    evaluations : int
        How many values of f were used.
    status : str
        "found", or why not: the values of `STATUS`.
    """

    level: float
    step: float
    difference: int
    evaluations: int
    status: str

    @property
    def found(self) -> bool:
        """Whether there is a level."""
        return self.status == STATUS["found"]


def estimate_noise(f: Callable[[Any], Any], x: float = 0.0, step: float | None = None) -> Noise:
    """Estimate the noise of f around x, 7 values per table.

    For a loss of many parameters pass it along a random direction; one number serves every
    coordinate.

    Parameters
    ----------
    f : callable
        ``f(x)`` returns one real number.
    x : float
        Its dtype is that of the arithmetic.
    step : float, optional
        First spacing, taken to the nearest `MANTISSA` times a power of two; sqrt(eps) max(1, |x|)
        when None.

    Returns
    -------
    Noise
        Retried with steps 100 times larger while half of the values are equal or all lie on a
        line, 100 times smaller when they vary by more than 10 %, both when the table is unclear.

    Raises
    ------
    ParameterTypeError
        For an x that is no float.
    NonScalarLossError
        When f returns something else than one real number.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> noise = estimate_noise(lambda x: np.cos(x) + 1e-6 * rng.normal(), 1.0)
    >>> noise.status, 1e-6 / 3 < noise.level < 3e-6
    ('found', True)
    """
    at = real_point(x)
    size = max(1.0, float(abs(at)))
    eps = float(np.finfo(at.dtype).eps)
    steps = [_step_near(np.sqrt(eps) * size if step is None else step)]
    constant = 0.0  # the longest stretch along which f did not change
    while True:
        h = steps[-1]
        values = _values(f, at, h)
        verdict, level, k = read_table(values)
        slope = (values[-1] - values[0]) / ((VALUES - 1) * h)
        if verdict == "found" and abs(slope) * constant > JUMPS * level:
            verdict = "too small"  # f rises in jumps that this table has missed
        evaluations = VALUES * len(steps)
        if verdict == "found":
            return Noise(level, h, k, evaluations, STATUS["found"])
        constant = max(constant, h * _longest_run(values))
        left = (h for h in _candidates(verdict, steps) if SMALLEST * eps * size <= h <= size)
        following = next(left, None)
        if following is None or len(steps) == TRIES:
            return Noise(np.nan, h, 0, evaluations, STATUS[verdict])
        steps.append(following)


def _longest_run(values: np.ndarray) -> int:
    """Return how many steps in a row leave the value unchanged, at most."""
    runs = "".join("=" if same else " " for same in np.diff(values) == 0).split()
    return max(map(len, runs), default=0)


def _candidates(verdict: Verdict, tried: list[float]) -> tuple[float, ...]:
    """Return the steps to try next, the best first."""
    below, above = _step_near(min(tried) / ENLARGE), _step_near(max(tried) * ENLARGE)
    if verdict == "too small":
        return (above,)
    return (below, above) if verdict == "unclear" else (below,)


def _values(f: Callable[[Any], Any], x: Any, h: float) -> np.ndarray:
    offsets = np.arange(VALUES) - VALUES // 2
    with np.errstate(all="ignore"):  # the caller did not choose these points
        return np.array([real_number(f(x + x.dtype.type(o * h))) for o in offsets])


def _step_near(step: float) -> float:
    return float(MANTISSA * 2.0 ** np.round(np.log2(step / MANTISSA)))


def noise_levels(values: np.ndarray) -> np.ndarray:
    """Return sigma_k = sqrt(gamma_k mean(D_k^2)), gamma_k = (k!)^2 / (2k)!, for k = 1, 2, ...

    Parameters
    ----------
    values : array, shape (n,)
        At equally spaced points.

    Returns
    -------
    ndarray, shape (n - 1,)

    Examples
    --------
    >>> noise_levels(np.array([1.0, -1.0, 1.0, -1.0])).round(3)
    array([1.414, 1.633, 1.789])
    """
    scale = [factorial(k) ** 2 / factorial(2 * k) for k in range(1, len(values))]
    squares = [np.mean(np.diff(values, k) ** 2) for k in range(1, len(values))]
    return np.sqrt(np.multiply(scale, squares))


def read_table(values: np.ndarray) -> tuple[Verdict, float, int]:
    """Read the noise off one table of differences.

    Parameters
    ----------
    values : array, shape (n,)
        At equally spaced points, n >= 4.

    Returns
    -------
    verdict : {"found", "too small", "too large", "unclear", "not finite"}
        On the step.
    level : float
        sigma_k for the smallest k such that levels k, k+1, k+2 agree within `AGREEMENT` and the
        k-th differences have both signs; NaN without one.
    k : int
        0 without one.

    Examples
    --------
    >>> read_table(np.array([5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0]))[0]
    'too small'
    """
    if not np.all(np.isfinite(values)):
        return "not finite", np.nan, 0
    on_a_line = not np.any(np.diff(values, 2))
    if on_a_line or 2 * np.count_nonzero(np.diff(values) == 0) >= len(values):
        return "too small", np.nan, 0
    if np.ptp(values) > LARGEST_CHANGE * np.max(np.abs(values)):
        return "too large", np.nan, 0
    levels = noise_levels(values)
    for k in range(1, len(levels) - 1):
        three = levels[k - 1 : k + 2]
        differences = np.diff(values, k)
        if three.max() <= AGREEMENT * three.min() and differences.min() < 0 < differences.max():
            return "found", float(levels[k - 1]), k
    return "unclear", np.nan, 0
