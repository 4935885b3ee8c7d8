"""Honest timing: calibrated loops, interleaved samples, the minimum as headline.

On a shared machine noise only ever adds, so the minimum of many samples is the steadiest estimate
of what a computation costs; median and quartiles stand beside it. Functions that are compared are
sampled in turn, so that a slow spell hits all of them.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

SAMPLE_SECONDS = 0.010
"""Least length of one sample: far above the clock's resolution and a context switch."""

NOISY = 1.25
"""Median over minimum above which a timing is called noisy."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds per call of one function.

    Attributes
    ----------
    minimum, median, lower_quartile, upper_quartile : float
        Over the samples; each sample is the mean over its loop.
    samples, loops : int
        How many samples, and calls per sample.
    """

    minimum: float
    median: float
    lower_quartile: float
    upper_quartile: float
    samples: int
    loops: int

    @property
    def noisy(self) -> bool:
        """Whether median / minimum exceeds `NOISY`: the machine was busy with something else."""
        return self.median > NOISY * self.minimum


def _loop(call: Callable[[], object], loops: int) -> float:
    start = time.perf_counter_ns()
    for _ in range(loops):
        call()
    return (time.perf_counter_ns() - start) * 1e-9 / loops


def _calibrate(call: Callable[[], object]) -> int:
    """How many calls fill one sample."""
    once = _loop(call, 1)
    loops = 1
    while once * loops < SAMPLE_SECONDS / 4:
        loops *= 4
        once = min(_loop(call, loops) for _ in range(3))  # a slow moment would set too few loops
    return max(1, int(np.ceil(SAMPLE_SECONDS / max(once, 1e-9))))


def interleaved(
    calls: Sequence[Callable[[], object]], samples: int = 15, budget: float = 2.0
) -> list[Timing]:
    """Time several functions in turn: A B A B ..., garbage collector off during samples.

    Parameters
    ----------
    calls : sequence of callables without arguments
    samples : int
        How many per function, unless the budget ends earlier.
    budget : float
        Seconds after which no further round is begun; at least three rounds are made unless one
        alone exceeds the budget.

    Returns
    -------
    list of Timing
        In the order of ``calls``.

    Examples
    --------
    >>> one, = interleaved([lambda: sum(range(100))], samples=3)
    >>> one.minimum <= one.median
    True
    """
    loops = [_calibrate(call) for call in calls]
    seconds: list[list[float]] = [[] for _ in calls]
    start = time.perf_counter()
    was_enabled = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        for round_ in range(samples):
            spent = time.perf_counter() - start
            if spent > budget and (round_ >= 3 or (round_ >= 1 and spent / round_ > budget)):
                break
            for own, call, count in zip(seconds, calls, loops):
                own.append(_loop(call, count))
    finally:
        if was_enabled:
            gc.enable()
    return [_summary(own, count) for own, count in zip(seconds, loops)]


def _summary(seconds: list[float], loops: int) -> Timing:
    lower, median, upper = np.percentile(seconds, [25, 50, 75])
    return Timing(min(seconds), float(median), float(lower), float(upper), len(seconds), loops)


def once(call: Callable[[], object]) -> float:
    """Seconds of a single call, for estimates."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


UNITS = (
    *(("years", 31557600.0), ("days", 172800.0), ("h", 3600.0), ("min", 60.0), ("s", 1.0)),
    *(("ms", 1e-3), ("us", 1e-6), ("ns", 1e-9)),
)


def durations(seconds: Sequence[float]) -> str:
    """Spell several times in the unit of the longest.

    Examples
    --------
    >>> durations([0.00123, 0.0125])
    '1.23, 12.5 ms'
    """
    unit, scale = _unit(max(seconds))
    scale = 86400.0 if unit == "days" else scale  # counted from two days on
    return ", ".join(f"{value / scale:.3g}" for value in seconds) + f" {unit}"


def _unit(seconds: float) -> tuple[str, float]:
    rounded = float(f"{seconds:.3g}")  # 999.6 us is 1 ms, not 1e+03 us
    return next((unit for unit in UNITS if rounded >= unit[1]), UNITS[-1])


def duration(seconds: float) -> str:
    """Spell a time with a fitting unit.

    Examples
    --------
    >>> duration(0.00123), duration(2.5), duration(9.996e-4), duration(7200), duration(2.6e5)
    ('1.23 ms', '2.5 s', '1 ms', '2 h', '3.01 days')
    """
    return durations([seconds])
