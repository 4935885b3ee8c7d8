"""Every flag, and where it must not be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from difflab.numeric.ladder import Flag, derivative
from difflab.numeric.ladder.noise import quantum
from difflab.numeric.ladder.regimes import edge_height
from difflab.numeric.ladder.rungs import rungs
from difflab.numeric.ladder.tableau import extrapolate
from tests.numeric.ladder.nasty import hash_noise


@pytest.mark.parametrize(
    ("f", "x", "flag"),
    [
        (np.abs, 0.0, Flag.KINK),
        (np.sign, 0.0, Flag.JUMP),
        (np.sqrt, 0.0, Flag.SINGULAR),
        (np.cbrt, 0.0, Flag.SINGULAR),
        (lambda x: np.sin(x) + hash_noise(x, 1e-8), 1.0, Flag.NOISE),
        (lambda x: np.round(np.sin(x), 6), 1.0, Flag.NOISE),
        (lambda x: np.abs(x - 1e-9), 0.0, Flag.ABRUPT),
        (lambda x: np.sin(x) + 1e-9 * np.sin(1e9 * x), 1.0, Flag.MULTISCALE),
        (lambda x: x**2.5, 0.0, Flag.DOMAIN),
        (np.tanh, 20.0, Flag.BELOW_RESOLUTION),
    ],
)
def test_every_flag_is_raised_where_it_belongs(f: Callable, x: float, flag: Flag) -> None:
    assert flag in derivative(f, x).flags


@pytest.mark.parametrize("f", [np.sin, np.exp, np.log, np.sqrt, np.arctan, lambda x: 1 / x])
@pytest.mark.parametrize("x", [0.3, 1.0, 7.5])
def test_smooth_functions_have_none(f: Callable, x: float) -> None:
    assert derivative(f, x).flags == Flag(0)


def test_kinks_show_both_slopes() -> None:
    found = derivative(lambda x: np.maximum(x, x * x), 1.0)
    assert found.left == pytest.approx(1.0)
    assert found.right == pytest.approx(2.0)
    assert found.value == pytest.approx(1.5)
    assert found.error >= 0.5


def test_jumps_keep_the_slope_of_the_continuous_side() -> None:
    found = derivative(lambda x: np.where(x >= 1, np.sin(x) + 1, x), 1.0)
    assert np.isnan(found.value)
    assert np.isnan(found.left)
    assert found.right == pytest.approx(np.cos(1.0))


def test_infinite_slopes_have_their_sign() -> None:
    assert derivative(np.sqrt, 0.0).value == np.inf
    assert derivative(np.cbrt, 0.0).value == np.inf
    assert derivative(lambda x: -np.cbrt(x), 0.0).value == -np.inf
    assert derivative(np.arccos, 1.0).value == -np.inf
    assert np.isnan(derivative(lambda x: np.sqrt(np.abs(x)), 0.0).value)


def test_second_derivatives_at_a_kink_are_singular() -> None:
    found = derivative(np.abs, 0.0, n=2)
    assert Flag.SINGULAR in found.flags
    assert not np.isfinite(found.value)
    assert str(found).startswith("nan ± inf by auto, ")


def test_kinks_between_two_floats_are_kinks() -> None:
    found = derivative(lambda x: np.abs(np.cos(x)), np.pi / 2)
    assert Flag.KINK in found.flags
    assert abs(found.value) + 1 <= found.error * (1 + 1e-12)


def test_slopes_below_resolution_have_a_bar_above_zero() -> None:
    for f, x in ((np.tanh, 20.0), (lambda x: 0 * x + 3.0, 1.0), (np.cos, 0.0)):
        found = derivative(f, x)
        assert found.value == 0
        assert found.error > 0


def test_weak_kinks_are_told_from_noise() -> None:
    found = derivative(lambda x: 1e-9 * np.abs(x) + np.cos(x), 0.0)
    assert Flag.KINK in found.flags
    assert (found.left, found.right) == pytest.approx((-1e-9, 1e-9), rel=1e-3)


def test_beside_a_flat_minimum_nothing_is_singular() -> None:
    found = derivative(lambda x: (x - 1) ** 6 - 1, 1.01)
    assert Flag.SINGULAR not in found.flags
    assert abs(found.value - 6e-10) <= found.error < 1e-12


def test_a_single_value_beyond_a_pole_makes_no_jump() -> None:
    assert Flag.JUMP not in derivative(lambda x: np.log(x - 1), 1 + 1e-14).flags


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: np.sin(np.exp(x)), 8.0),
        (lambda x: np.cos(1 / (x * x)), 0.05),
        (lambda x: x**3 * np.cos(1e4 / x), 1.0),
        (lambda x: np.tan(100 * x), 0.3),
        (lambda x: np.sin(50.5 * x) / np.sin(x / 2), 3.0),
    ],
)
def test_waves_are_not_taken_for_the_teeth_of_rounding(f: Callable, x: float) -> None:
    found = derivative(f, x)
    assert Flag.NOISE not in found.flags
    assert found.error < 1e-6 * abs(found.value)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.exp(x) + hash_noise(x, 3e-2),
        lambda x: np.exp(x) * (1 + hash_noise(x, 3e-2)),
        lambda x: np.floor(32 * np.exp(x)) / 32,
    ],
)
@pytest.mark.parametrize("x", [0.0, 0.2])
def test_noise_of_some_hundredths_leaves_a_bar_of_use(f: Callable, x: float) -> None:
    found = derivative(f, x)
    assert Flag.NOISE in found.flags
    assert abs(found.value - np.exp(x)) <= found.error < 2.0


def test_noise_as_large_as_the_function_leaves_none() -> None:
    assert derivative(lambda x: np.exp(x) + hash_noise(x, 1.0), 0.2).error > 1e6


def test_values_that_float16_could_hold_have_the_step_they_show() -> None:
    found = derivative(lambda x: (1e12 + x) - 1e12, 1e-3)
    assert abs(found.value - 1) <= found.error < 0.1


@pytest.mark.parametrize(
    ("f", "x", "truth"),
    [
        (np.exp, 709.5, np.exp(709.5)),
        (lambda x: np.log(x) ** 3, 1e-200, 6.3622e205),
        (np.log, 2.5e-308, 4e307),
    ],
)
def test_the_largest_floats_make_no_overflow(f: Callable, x: float, truth: float) -> None:
    found = derivative(f, x)
    assert abs(found.value - truth) <= found.error + 1e-4 * truth
    assert found.error < 1e-9 * truth


def test_bounds_count_as_edges_of_the_domain() -> None:
    found = derivative(np.sin, 1.0, bounds=(1.0, None))
    assert Flag.DOMAIN in found.flags
    assert abs(found.value - np.cos(1.0)) <= found.error < 1e-9


def test_flags_print_as_words() -> None:
    assert str(Flag.KINK | Flag.DOMAIN) == "kink, domain edge"
    assert str(derivative(np.sin, 1.0).flags) == "no flag"


def test_every_flag_is_explained_and_worded() -> None:
    for flag in Flag:
        assert f"    {flag.name}\n" in str(Flag.__doc__)
        assert flag.words


def test_stencils_see_a_kink_too() -> None:
    found = derivative(lambda x: np.maximum(x, 0), 0.0, "central")
    assert Flag.KINK in found.flags
    assert (found.left, found.right) == (0.0, 1.0)
    assert found.error >= 0.5


def test_rungs_are_powers_of_two_within_the_floats() -> None:
    x = np.array([0.0, 1.0, -3.7, 1e-8, 1e10, 1e-300, 1e300])
    steps = rungs(x, np.maximum(1.0, np.abs(x)))
    used = steps[np.isfinite(steps)]
    assert np.all(np.frexp(used)[0] == 0.5)
    moved = np.isfinite(steps)
    assert np.all((x + steps != x)[moved & (steps >= 16 * np.spacing(np.abs(x)))])
    assert np.all(np.diff(steps, axis=0)[moved[1:]] < 0)


def test_neville_is_richardson_for_halving_steps() -> None:
    h = 0.5 ** np.arange(1.0, 4.0)[:, None]
    d = (np.exp(h) - np.exp(-h)) / (2 * h)
    once = d[1:] + (d[1:] - d[:-1]) / 3
    twice = once[1:] + (once[1:] - once[:-1]) / 15
    rows = extrapolate(d, h * h, np.zeros_like(h))
    assert rows.value[2, 0] == pytest.approx(twice[0, 0], rel=1e-15)


def test_neville_differentiates_in_the_square_of_the_step() -> None:
    h = 0.5 ** np.arange(1.0, 8.0)[:, None]
    rows = extrapolate((np.sin(h) / h), h * h, 1e-16 / h, m=1)
    best = np.argmin(rows.error)
    assert rows.value[best, 0] == pytest.approx(-1 / 6, abs=1e-11)


def test_quanta_and_edges_are_found_only_where_they_are() -> None:
    h = 0.25 ** np.arange(1, 24)[:, None]
    unit = np.full(1, 1e-16)
    assert quantum(np.sin(1 + h), np.sin(np.ones(1)), unit) == 0
    t: Any = np.linspace(0, 40, 129)[:, None]
    assert edge_height(t % 5, unit, t[1]) == pytest.approx(5)
    assert edge_height(t % 5, unit, -40 * t[1]) == 0  # another slope than that of the teeth
    for smooth in (np.sin(t), np.abs(t - 20), t, np.exp(t / 10), np.where(t > 20, 1.0, 0.0)):
        assert edge_height(smooth, unit, smooth[65] - smooth[64]) == 0
