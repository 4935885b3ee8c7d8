"""A V without truth: what differences of quotients show, and what they do not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from difflab.errors import UsageError
from difflab.studies.truncation import diagnose, examine, trail


def test_differences_estimate_the_error_where_truncation_rules() -> None:
    found = examine(np.exp, 1.0, 1e-3)[-1]
    long = (found.steps > 1e-4) & (found.steps < 0.1)
    true = np.abs(found.quotients - np.e)
    assert found.differences[long] == pytest.approx(true[long], rel=0.01)
    assert found.truncation[long] == pytest.approx(true[long], rel=0.01)


def test_differences_are_within_an_order_of_the_error_where_rounding_rules() -> None:
    found = examine(np.exp, 1.0)[-1]
    short = found.steps < 1e-7
    true = np.abs(found.quotients - np.e)[short]
    rms = np.sqrt(np.mean((true * found.steps[short]) ** 2))
    seen = np.sqrt(np.mean((found.differences * found.steps)[short] ** 2))
    assert 1 < seen / rms < 10
    assert 1 / 3 < np.sqrt(np.mean((found.rounding * found.steps)[short] ** 2)) / rms < 3


def test_the_parts_meet_at_the_best_step_in_the_ratio_of_theory() -> None:
    best = 2.0**-18
    found = trail(np.exp, 1.0, 1e-16, best)
    at = np.flatnonzero(found.steps == best)
    # at the best step of a scheme of order p rounding is p times truncation
    assert found.rounding[at] == pytest.approx(2 * found.truncation[at], rel=1e-12)


def test_without_a_best_step_there_is_no_asymptote() -> None:
    found = trail(lambda x: x * x, 1.0, 1e-16, np.nan)
    assert np.all(np.isnan(found.truncation))
    assert np.all(np.isfinite(found.rounding))


@pytest.mark.parametrize("x", [0.0, 1.0, -1e6, 1e-12, np.float32(1.0)])
def test_steps_are_powers_of_two_that_move_x(x: Any) -> None:
    found = trail(np.tanh, x, 1e-16, 1e-5)
    assert np.all(np.log2(found.steps) % 1 == 0)
    assert np.all(np.diff(found.steps) > 0)
    assert len(found.steps) > 6
    dtype = np.asarray(x).dtype.type
    assert np.all(dtype(x) + found.steps.astype(dtype) / 2 != dtype(x))


def test_evaluations_are_counted() -> None:
    calls: list[float] = []

    def f(x: Any) -> Any:
        calls.append(x)
        return np.sin(x)

    assert trail(f, 1.0, 1e-16, 1e-5).evaluations == len(calls) <= 100


def test_all_looks_agree_on_the_derivative() -> None:
    h, diagnosis, ladder, found = examine(np.sin, 1.0, 1e-4)
    assert h == 1e-4
    assert diagnosis == diagnose(np.sin, 1.0, 1e-4)
    assert abs(ladder.value - np.cos(1.0)) <= ladder.error < diagnosis.truncation
    assert np.nanmin(np.abs(found.quotients - np.cos(1.0))) < 1e-9


def test_the_usual_step_suits_the_type() -> None:
    assert examine(np.tanh, 0.5)[0] == 2.0**-16
    assert examine(np.tanh, np.float32(0.5))[0] == 2.0**-6


def test_a_function_that_draws_numbers_is_refused() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(UsageError, match="gave"):
        examine(lambda x: x + rng.normal(), 1.0)
