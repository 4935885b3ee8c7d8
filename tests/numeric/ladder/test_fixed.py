"""Named stencils: the step that was asked for, sides at edges, and bars that cover or say so."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import difflab.numeric.ladder.fixed as fixed
from difflab.errors import ShapeError, UsageError
from difflab.numeric.choose import choose_steps
from difflab.numeric.ladder import Flag, derivative
from difflab.numeric.stencils import SCHEMES

SCHEMES_AND_PLUG_IN = ["forward", "backward", "central", "central-4", "central-6", "plug-in"]


class Recorder:
    """A function that remembers the smallest and largest point it was called with."""

    def __init__(self, f: Callable[[Any], Any]) -> None:
        self.f = f
        self.low, self.high = np.inf, -np.inf
        self.points = 0

    def __call__(self, x: Any) -> Any:
        self.low, self.high = min(self.low, np.min(x)), max(self.high, np.max(x))
        self.points += np.size(x)
        return self.f(x)


# --- the step ----------------------------------------------------------------------------------


def test_a_step_is_taken_as_it_was_asked_for() -> None:
    for h in (0.1, 1e-3, 0.125):
        found = derivative(np.exp, 0.0, "central", step=h)
        assert found.step == h
        assert found.value == pytest.approx(np.sinh(h) / h, rel=1e-11)


@pytest.mark.parametrize("x", [0.0, 1e-3, -3.0, 1e5])
@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"relstep": 1e-4},
        {"absstep": 1e-3},
        {"relstep": 1e-5, "absstep": 1e-4},
        {"scale": 0.3},
        {"relstep": 1e-4, "scale": 0.01},
    ],
    ids=str,
)
def test_every_other_step_is_a_power_of_two_that_choose_steps_made(x: float, asked: Any) -> None:
    found = derivative(np.tanh, x, "central-4", **asked)
    assert found.step == choose_steps(x, SCHEMES["central-4"], **asked).size
    assert np.frexp(found.step)[0] == 0.5


def test_a_relative_step_has_a_floor_at_0() -> None:
    found = derivative(np.exp, 0.0, "central", relstep=1e-4)
    assert found.step == 2.0**-14
    assert abs(found.value - 1) <= found.error < 1e-7


def test_sizes_may_be_arrays() -> None:
    x = np.array([1.0, 2.0, 4.0])
    found = derivative(np.sin, x, "central", absstep=np.array([0.25, 0.1, 0.5]))
    assert found.step.tolist() == [0.25, 0.0625, 0.5]
    found = derivative(np.sin, x, "central", relstep=np.array([0.25, 0.125, 0.0625]))
    assert found.step.tolist() == [0.25, 0.25, 0.25]


@pytest.mark.parametrize("scheme", ["forward", "central", "central-4"])
def test_the_float_type_of_f_decides_the_default_step(scheme: str) -> None:
    single = lambda x: np.exp(np.asarray(x, np.float32))
    found = derivative(single, 0.5, scheme)
    assert found.step == choose_steps(0.5, SCHEMES[scheme], np.float32).size
    assert found.step > derivative(np.exp, 0.5, scheme).step
    assert abs(found.value - np.exp(0.5)) <= found.error < 0.05


# --- sides and edges ------------------------------------------------------------------------


@settings(derandomize=True, max_examples=60, deadline=None)
@given(
    st.floats(-3, 3),
    st.floats(0, 1),
    st.floats(0, 1),
    st.sampled_from(SCHEMES_AND_PLUG_IN),
    st.sampled_from([1, 2]),
    st.sampled_from([{}, {"relstep": 1e-3}, {"absstep": 0.1}, {"scale": 0.2}]),
)
def test_stencils_move_into_the_bounds_and_their_bars_cover(
    x: float, below: float, above: float, scheme: str, n: int, asked: dict[str, float]
) -> None:
    if max(below, above) < 1e-3:
        return
    if scheme == "plug-in" and set(asked) - {"scale"}:
        return
    low, high = x - below, x + above
    f = Recorder(np.sin)
    found = derivative(f, x, scheme, n=n, bounds=(low, high), **asked)
    assert low <= f.low
    assert f.high <= high
    truth = math.cos(x) if n == 1 else -math.sin(x)
    assert np.isfinite(found.value)
    assert abs(found.value - truth) <= found.error + 1e-15


@pytest.mark.parametrize("scheme", SCHEMES_AND_PLUG_IN)
def test_at_the_end_of_the_bounds_the_other_side_answers_and_it_is_flagged(scheme: str) -> None:
    f = Recorder(np.exp)
    found = derivative(f, 1.0, scheme, bounds=(None, 1.0))
    assert f.high <= 1.0
    assert abs(found.value - np.e) <= found.error < 1e-4
    assert (Flag.DOMAIN in found.flags) == (scheme != "backward")
    if scheme in ("central", "central-4"):
        assert found.order == SCHEMES[scheme].accuracy


def test_sides_are_chosen_entry_by_entry() -> None:
    x = np.array([0.0, 0.5, 1.0])
    found = derivative(np.exp, x, "central-4", bounds=(0.0, 1.0))
    assert np.all(np.abs(found.value - np.exp(x)) <= found.error)
    assert ((found.flags & Flag.DOMAIN) != 0).tolist() == [True, False, True]
    assert found.order.tolist() == [4, 4, 4]


def test_narrow_bounds_shrink_a_step_but_not_one_that_was_asked_for() -> None:
    bounds = (-1e-6, 2e-6)
    found = derivative(np.exp, 0.0, "central", bounds=bounds)
    assert found.step <= 2e-6
    assert abs(found.value - 1) <= found.error < 1e-3
    asked = derivative(np.exp, 0.0, "central", step=0.1, bounds=bounds)
    assert np.isnan(asked.value)
    assert asked.error == np.inf
    assert Flag.DOMAIN in asked.flags
    with pytest.raises(UsageError, match="leave no room"):
        derivative(np.exp, 1.0, "central", bounds=(1.0, 1.0))


@pytest.mark.parametrize("scheme", SCHEMES_AND_PLUG_IN)
@pytest.mark.parametrize(
    ("f", "x", "slope"),
    [
        (np.log, 1e-3, 1e3),
        (np.log, 1e-6, 1e6),
        (np.sqrt, 1e-5, 0.5 / np.sqrt(1e-5)),
        (lambda x: x**1.5, 0.0, 0.0),
        (np.arcsin, 0.999999, 1 / np.sqrt(1 - 0.999999**2)),
        (lambda x: np.where(x < 1, np.nan, x * x), 1.0, 2.0),
        (lambda x: np.where(x > 1, np.inf, x**3), 1.0, 3.0),
    ],
    ids=["log", "log closer", "sqrt", "x^1.5", "arcsin", "nan below", "inf above"],
)
def test_where_f_ends_nobody_is_told_nan_or_a_lie(
    scheme: str, f: Callable[[Any], Any], x: float, slope: float
) -> None:
    found = derivative(f, x, scheme)
    assert abs(found.value - slope) <= found.error or (
        scheme == "backward" and x == 0.0 and np.isnan(found.value)
    )


@pytest.mark.parametrize("scheme", SCHEMES_AND_PLUG_IN)
@pytest.mark.parametrize(
    ("f", "x"),
    [(np.sqrt, 0.0), (np.arcsin, 1.0), (lambda x: x * np.log(x + (x == 0)), 0.0), (np.cbrt, 0.0)],
    ids=["sqrt", "arcsin", "x log x", "cube root"],
)
def test_an_infinite_slope_has_no_finite_bar(
    scheme: str, f: Callable[[Any], Any], x: float
) -> None:
    found = derivative(f, x, scheme)
    assert not np.isfinite(found.value)
    assert found.error == np.inf
    assert found.flags & (Flag.SINGULAR | Flag.DOMAIN)


def test_without_the_third_step_an_infinite_slope_would_get_a_finite_bar(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The negative control."""
    monkeypatch.setattr(fixed, "SETTLING", np.inf)
    monkeypatch.setattr(fixed, "SHRINKINGS", 0)
    assert np.isfinite(derivative(np.sqrt, 0.0, "forward").error)


# --- bars ---------------------------------------------------------------------------------------

SMOOTH: dict[str, tuple[Any, Any, tuple[float, float]]] = {
    "exp": (np.exp, mpmath.exp, (-5, 5)),
    "log": (np.log, mpmath.log, (1e-4, 3)),
    "tanh": (np.tanh, mpmath.tanh, (-4, 4)),
    "1/x": (lambda x: 1 / x, lambda x: 1 / x, (0.05, 4)),
    "fast": (lambda x: np.sin(100 * x), lambda x: mpmath.sin(100 * x), (-5, 5)),
    "far out": (np.sin, mpmath.sin, (1e4, 1e6)),
    "offset": (lambda x: np.sin(x) + 1e6, lambda x: mpmath.sin(x) + 10**6, (-3, 3)),
}


@pytest.mark.parametrize("scheme", SCHEMES_AND_PLUG_IN)
@pytest.mark.parametrize("name", SMOOTH)
def test_bars_cover_or_a_flag_says_why_not(name: str, scheme: str) -> None:
    f, exact, (low, high) = SMOOTH[name]
    covered = 0
    points = np.random.default_rng(1).uniform(low, high, 12)
    for n in (1, 2):
        for x in points:
            with mpmath.workdps(40):
                truth = float(mpmath.diff(exact, mpmath.mpf(float(x)), n))
            found = derivative(f, x, scheme, n=n)
            covers = bool(abs(found.value - truth) <= found.error + 1e-15 * abs(truth))
            assert covers or found.flags & ~Flag.BELOW_RESOLUTION
            covered += covers
    assert covered >= 0.95 * 2 * len(points)


def test_noise_of_f_enters_the_bar_and_is_flagged() -> None:
    f = lambda x: np.round(np.exp(x), 9)
    x = np.linspace(0, 1, 41)
    for scheme, share in (("forward", 0.9), ("central", 1.0), ("central-4", 1.0)):
        # the points of one step may happen to lie on the grid, all of them
        found = derivative(f, x, scheme)
        assert np.mean(np.abs(found.value - np.exp(x)) <= found.error) >= share
    assert np.mean((derivative(f, x, "central").flags & Flag.NOISE) != 0) > 0.8


def test_a_kink_shows_both_slopes_for_every_scheme() -> None:
    for scheme in ("forward", "central", "central-4"):
        found = derivative(lambda x: np.abs(x) + x, 0.0, scheme)
        assert Flag.KINK in found.flags
        assert (found.left, found.right) == (0.0, 2.0)
        assert found.value - found.error <= 0.0 <= 2.0 <= found.value + found.error


def test_evaluations_are_those_that_were_made() -> None:
    for asked in ({}, {"step": 0.01}, {"relstep": 0.01}):
        f = Recorder(np.exp)
        assert derivative(f, 0.5, "central", **asked).evaluations == f.points


# --- refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "asked", "error", "words"),
    [
        ("auto", {"relstep": 0.1}, UsageError, "takes no step"),
        ("auto", {"absstep": 0.1}, UsageError, "scale="),
        ("complex-step", {"relstep": 0.1}, UsageError, "neither relstep nor absstep"),
        ("complex-step", {"absstep": 0.1}, UsageError, "no step at all"),
        ("complex-step", {"step": 0.1}, UsageError, "step 0.1 is no complex step"),
        ("plug-in", {"relstep": 0.1}, UsageError, "nor steps"),
        ("central", {"step": 0.1, "absstep": 0.1}, UsageError, "the larger counts"),
        ("central", {"scale": 1.0, "absstep": 0.1}, UsageError, "were both given"),
        ("central", {"relstep": [0.1, 0.2]}, ShapeError, "does not fit"),
        ("central", {"absstep": 1e-20}, UsageError, "use at least 2.3e-16"),
        ("central", {"relstep": 0.0}, UsageError, "relstep=0.0 is not positive"),
    ],
)
def test_steps_that_make_no_sense_are_refused_in_words(
    method: str, asked: Any, error: type[Exception], words: str
) -> None:
    with pytest.raises(error) as raised:
        derivative(np.sin, 1.0, method, **asked)
    assert words in str(raised.value)
    assert "why" in str(raised.value)
    assert "try" in str(raised.value)


def test_a_tiny_step_is_one_for_the_complex_step() -> None:
    assert derivative(np.exp, 0.0, "complex-step", step=1e-100).value == 1.0


def test_a_function_that_computes_in_complex64_has_a_complex_step_of_its_precision() -> None:
    def f(x: Any) -> Any:
        return np.sin(np.asarray(x).astype(np.complex64 if np.iscomplexobj(x) else np.float32))

    for x in (0.7, np.array([0.7, -2.0])):
        found = derivative(f, x, "complex-step")
        assert np.all(np.abs(found.value - np.cos(x)) <= found.error)
        assert np.all(found.error < 1e-5)
