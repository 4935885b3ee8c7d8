"""How noisy is f? ECNoise: the noise level from a table of differences.

Moré and Wild (2011), "Estimating computational noise", SIAM Journal on Scientific Computing 33,
1292-1314, algorithm ECNoise; `difflab.numeric.noise_table` reads one table. Here the spacing of its
points is found.

One table can be fooled: a kink looks like noise as large as the step, and output rounded to a grid
looks like a line when the slope carries it over a whole number of grid lines at every step. So a
level counts only when a table on other steps confirms it: noise does not care about the step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from difflab.errors import UsageError
from difflab.numeric.apply import real_point
from difflab.numeric.loss import real_number
from difflab.numeric.noise_table import AGREEMENT, Verdict, read_table

VALUES = 7
"""How many equally spaced values one table needs."""

ENLARGE = 100.0
"""Factor between one step and the next one tried, up to a factor of 2."""

MANTISSAS = np.array([181, 149, 233, 167, 211]) / 128
"""Steps are one of these numbers, the next for every table, times a power of two.

Of so few digits that x + h is exact, and yet out of step with output that is rounded to a grid of
decimals or of powers of two, which looks like a straight line at steps that are multiples of it.
"""

JUMPS = 8
"""A function that rises by s in jumps shows noise of s / sqrt(12), give or take a factor of 2."""

CONFIRM = 16.0
"""Factor between the step of one table and that of the table which confirms it."""

SMALLEST = 256
"""In units of eps max(1, |x|); below it the points would be rounded."""

APART = 2 * AGREEMENT
"""Tables that confirm one another have steps that differ by this factor or more."""

NARROW = 4.0
"""A step that is too small and one that is too large are not bisected when as close as this."""

TRIES = 10

STATUS: dict[str, str] = {
    "found": "found",
    "too small": "values are equal or on a line at every step tried: f shows no rounding here",
    "too large": "f varies by more than 10 % at every step tried: x is beside a root or a pole",
    "too coarse": "values are equal or on a line at one step, and vary by more than 10 % at the "
    "next: f shows no rounding between them",
    "unclear": "the differences of f never settle: f is not smooth here, or faster than the steps",
    "not finite": "f is not finite beside x",
}
"""What `Noise.status` says, by what the tables showed."""


@dataclass(frozen=True, slots=True)
class Noise:
    """The noise of f around a point.

    Attributes
    ----------
    level : float
        eps_f, the standard deviation of the noise, in units of f; NaN where it was not found.
    step : float
        Spacing of the points of the table that showed it, or of the last one.
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
    """Estimate the noise of f around x, 7 values per table, from two tables that agree.

    For a loss of many parameters pass it along a random direction; one number serves every
    coordinate.

    Parameters
    ----------
    f : callable
        ``f(x)`` returns one real number.
    x : float
        Its dtype is that of the arithmetic.
    step : float, optional
        First spacing, taken to the nearest that `MANTISSAS` allow; sqrt(eps) max(1, |x|)
        when None.

    Returns
    -------
    Noise
        Retried with steps 100 times larger while half of the values are equal or all lie on a
        line, 100 times smaller when they vary by more than 10 %, between the two when one follows
        the other, and both when the table is unclear. Confirmed by a table that is 16 times finer,
        or coarser.

    Raises
    ------
    ParameterTypeError
        For an x that is no float.
    UsageError
        For a step that is not positive and finite.
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
    if step is not None and not 0 < step < np.inf:
        raise UsageError(
            f"step={step!r} is not positive and finite",
            "it is the distance between two points of a table",
            "step=None for one that fits",
        )
    tables: list[_Table] = []
    h: float | None = float(np.sqrt(eps) * size if step is None else step)
    while h is not None and len(tables) < TRIES:
        table = _table(f, at, _step_near(h, MANTISSAS[len(tables) % len(MANTISSAS)]))
        tables.append(table)
        if table.verdict == "not finite":
            break
        if (confirmed := _confirmed(tables)) is not None:
            level, shown = confirmed
            return Noise(level, shown.step, shown.difference, VALUES * len(tables), "found")
        left = (s for s in _candidates(tables) if SMALLEST * eps * size <= s <= size)
        h = next(left, None)
    return Noise(np.nan, tables[-1].step, 0, VALUES * len(tables), STATUS[_outcome(tables)])


class _Table(NamedTuple):
    """What one table of differences showed."""

    step: float
    verdict: Verdict
    level: float
    difference: int
    slope: float
    constant: float
    """The longest stretch along which f did not change."""


def _table(f: Callable[[Any], Any], x: Any, h: float) -> _Table:
    values = _values(f, x, h)
    with np.errstate(all="ignore"):  # infinities, and differences of the largest floats
        slope = float((values[-1] - values[0]) / ((VALUES - 1) * h))
        return _Table(h, *read_table(values), abs(slope), h * _longest_run(values))


def _confirmed(tables: list[_Table]) -> tuple[float, _Table] | None:
    """Return the level that two tables agree on, and the table that showed it first."""
    found = _believed(tables)
    last = tables[-1]
    for earlier in found[:-1] if last in found else ():
        low, high = sorted((earlier.level, last.level))
        near, far = sorted((earlier.step, last.step))
        if high <= AGREEMENT * low and far >= APART * near:
            return float(np.hypot(low, high) / np.sqrt(2)), earlier
    # rounded to so coarse a grid that there is one step only between equal values and large changes
    levels = [t.level for t in found]
    if found and not _beside(found[-1], tables) and max(levels) <= AGREEMENT * min(levels):
        finer = [t for t in tables if t.step < found[-1].step and t.constant > 0]
        coarser = [t for t in tables if t.step > found[-1].step and t.verdict == "too large"]
        if finer and coarser:
            return found[-1].level, found[-1]
    return None


def _believed(tables: list[_Table]) -> list[_Table]:
    """Return the tables that show noise, but for those that missed the jumps of f."""
    constant = max((t.constant for t in tables if t.verdict != "found"), default=0.0)
    found = [t for t in tables if t.verdict == "found"]
    return [t for t in found if t.slope * constant <= JUMPS * t.level]


def _beside(table: _Table, tables: list[_Table]) -> tuple[float, ...]:
    """Return the steps, finer and coarser, that could confirm a table and were not tried."""
    near = (table.step / CONFIRM, table.step * CONFIRM)
    return tuple(h for h in near if not any(h / 2 < t.step < 2 * h for t in tables))


def _candidates(tables: list[_Table]) -> tuple[float, ...]:
    """Return the steps to try next, the best first."""
    tried = [table.step for table in tables]
    small = [table.step for table in tables if table.verdict == "too small"]
    large = [table.step for table in tables if table.verdict == "too large"]
    below, above = min(tried) / ENLARGE, max(tried) * ENLARGE
    found = _believed(tables)
    near = _beside(found[-1], tables) if found else ()
    if near or tables[-1].verdict in ("found", "unclear"):
        return (*near, below, above)
    if small and large:
        low = max((h for h in small if h < min(large)), default=min(small))
        return (float(np.sqrt(low * min(large))),) if min(large) > NARROW * low else ()
    return (above,) if tables[-1].verdict == "too small" else (below,)


def _outcome(tables: list[_Table]) -> str:
    """Say why there is no level."""
    seen = {table.verdict for table in tables}
    if "not finite" in seen:
        return "not finite"
    if seen == {"too small", "too large"}:
        return "too coarse"
    return seen.pop() if len(seen) == 1 and "found" not in seen else "unclear"


def _longest_run(values: np.ndarray) -> int:
    """Return how many steps in a row leave the value unchanged, at most."""
    runs = "".join("=" if same else " " for same in np.diff(values) == 0).split()
    return max(map(len, runs), default=0)


def _values(f: Callable[[Any], Any], x: Any, h: float) -> np.ndarray:
    offsets = np.arange(VALUES) - VALUES // 2
    with np.errstate(all="ignore"):  # the caller did not choose these points
        return np.array([real_number(f(x + x.dtype.type(o * h))) for o in offsets])


def _step_near(step: float, mantissa: float) -> float:
    return float(mantissa * 2.0 ** np.round(np.log2(step / mantissa)))
