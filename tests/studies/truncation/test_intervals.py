"""Where the study steps: short of poles, edges, kinks and oscillations."""

from __future__ import annotations

from math import factorial

import numpy as np
import pytest

from difflab.errors import UsageError
from difflab.studies.truncation.intervals import (
    MOST_POINTS,
    WIDEST,
    points_around,
    reach_of,
    within_series,
)

ENTIRE = tuple(np.exp(1.0) for _ in range(12))


def geometric(x: float) -> tuple[float, ...]:
    return tuple((-1) ** n * factorial(n) / x ** (n + 1) for n in range(12))


@pytest.mark.parametrize("x", [1.0, 1e-4, 1e3])
def test_a_pole_is_kept_at_a_distance(x: float) -> None:
    reach = reach_of(lambda t: 1 / t, geometric(x), x)
    assert x / 32 < reach < x / 2


def test_an_entire_function_has_the_widest_interval() -> None:
    assert reach_of(np.exp, ENTIRE, 1.0) == 0.5


def test_an_oscillation_narrows_it() -> None:
    # the series of sin at 10^4 holds for a few radians, not for half of 10^4
    series = tuple(np.sin(1e4 + n * np.pi / 2) for n in range(12))
    assert reach_of(np.sin, series, 1e4) == 1.0


@pytest.mark.parametrize("kink", [0.2, 0.01, 1e-6])
def test_no_stencil_reaches_a_kink(kink: float) -> None:
    def same(points: np.ndarray) -> bool:
        return bool(np.all(points < kink) or np.all(points > kink))

    reach = reach_of(lambda t: np.abs(t - kink), (), 0.0, same)
    assert kink / (2 * WIDEST) <= reach <= kink / WIDEST


def test_a_series_that_misses_by_a_percent_does_not_hold() -> None:
    bent = (ENTIRE[0], 1.01 * ENTIRE[1], *ENTIRE[2:])
    assert within_series(np.exp, ENTIRE, 1.0, 0.5)
    assert not within_series(np.exp, bent, 1.0, 0.5)


def test_a_point_without_room_is_refused() -> None:
    with pytest.raises(UsageError, match="nowhere around it"):
        reach_of(lambda t: np.where(t == 0, 0.0, np.nan), (), 0.0)


@pytest.mark.parametrize(
    ("count", "what"),
    [(1, "1 point gives"), (0, "0 points give"), (-3, "-3 points"), (MOST_POINTS + 1, "10,001")],
)
def test_too_few_and_too_many_points_are_refused(count: int, what: str) -> None:
    with pytest.raises(UsageError, match=what):
        points_around(0.0, count)
