"""The plug-in step comes within a factor of 3 of theory's best, for six values of f."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import difflab.numeric.plug_in as plug_in
from difflab.errors import NonScalarLossError, ParameterTypeError, UsageError
from difflab.numeric.apply import apply_stencil
from difflab.numeric.plug_in import EDGE, FAST, FLAT, FOUND, PlugIn, plug_in_step
from difflab.numeric.stencils import SCHEMES, Stencil, named_stencil
from difflab.numeric.steps import optimum

STENCILS = {
    "forward": SCHEMES["forward"],
    "central": SCHEMES["central"],
    "central-4": SCHEMES["central-4"],
    "second derivative": named_stencil("central", 2),
}

Function = Callable[[Any], Any]

FUNCTIONS: dict[str, tuple[Function, Function, tuple[float, float]]] = {
    "exp": (np.exp, mpmath.exp, (-2, 2)),
    "sin": (np.sin, mpmath.sin, (0.2, 1.3)),
    "log": (np.log, mpmath.log, (0.3, 3)),
    "tanh": (np.tanh, mpmath.tanh, (-2, 2)),
    "1/x": (lambda x: 1 / x, lambda x: 1 / x, (0.2, 3)),
    "polynomial": (lambda x: x**7 + x**3 + 1, lambda x: x**7 + x**3 + 1, (1, 2)),
    "fast": (lambda x: np.sin(50 * x) + 2, lambda x: mpmath.sin(50 * x) + 2, (0, 1)),
    "slow": (lambda x: np.exp(x / 1e4), lambda x: mpmath.exp(x / 10**4), (1e4, 2e4)),
    "large": (lambda x: 1e9 * np.exp(x), lambda x: 10**9 * mpmath.exp(x), (0, 1)),
    "far out": (np.log, mpmath.log, (1e5, 2e5)),
    "beside 0": (np.log, mpmath.log, (1e-5, 2e-5)),
}


def compare(
    name: str, stencil: Stencil, dtype: Any = np.float64, noise: float | None = None
) -> tuple[list[PlugIn], np.ndarray, float]:
    """Return what was chosen, steps over h*, and the error over e* (both root mean squares)."""
    f, exact, (low, high) = FUNCTIONS[name]
    rng = np.random.default_rng(1)
    p, d = stencil.accuracy, stencil.derivative

    def noisy(x: Any) -> Any:
        return f(x) if noise is None else f(x) + noise * rng.uniform(-1, 1)

    chosen, ratios, errors, bounds = [], [], [], []
    for x in rng.uniform(low, high, 25).astype(dtype):
        plug = plug_in_step(noisy, x, stencil, noise=noise)
        chosen.append(plug)
        with mpmath.workdps(50):
            at = mpmath.mpf(float(x))
            higher = abs(float(mpmath.diff(exact, at, p + d)))
            truth = float(mpmath.diff(exact, at, d))
        best = optimum(stencil, dtype, abs(float(f(x))), higher, noise)
        ratios.append(plug.step / best.step)
        errors.append(apply_stencil(noisy, x, plug.step, stencil) - truth)
        bounds.append(best.error)
    rms = np.sqrt(np.mean(np.square(errors)) / np.mean(np.square(bounds)))
    return chosen, np.array(ratios), float(rms)


@pytest.mark.parametrize("stencil", STENCILS)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_steps_and_errors_are_within_3_of_theory(name: str, stencil: str) -> None:
    chosen, ratios, error = compare(name, STENCILS[stencil])
    assert np.all((ratios > 1 / 3) & (ratios < 3))
    assert error < 3
    assert all(plug.found for plug in chosen)


@pytest.mark.parametrize("stencil", STENCILS)
@pytest.mark.parametrize("name", ["exp", "sin", "1/x", "large"])
def test_float32_has_its_own_best_step(name: str, stencil: str) -> None:
    chosen, ratios, error = compare(name, STENCILS[stencil], np.float32)
    # steps that are narrow enough for 1/x may hide the higher derivative in so few digits
    clear = np.array([plug.found for plug in chosen])
    assert name == "1/x" or np.mean(clear) > 0.6
    assert np.all((ratios[clear] > 1 / 4) & (ratios[clear] < 4))
    assert error < 3


@pytest.mark.parametrize("stencil", ["forward", "central", "second derivative"])
@pytest.mark.parametrize("noise", [1e-10, 1e-6])
def test_given_noise_takes_the_place_of_rounding(noise: float, stencil: str) -> None:
    chosen, ratios, error = compare("exp", STENCILS[stencil], noise=noise)
    clear = np.array([plug.found for plug in chosen])
    assert np.mean(clear) > 0.8
    assert np.all((ratios[clear] > 1 / 3) & (ratios[clear] < 3))
    assert error < 3
    assert all(plug.noise == noise for plug in chosen)


@pytest.mark.parametrize(
    ("scheme", "derivative", "evaluations"),
    [("forward", 1, 6), ("central", 1, 6), ("central-4", 1, 8), ("central", 2, 8)],
)
def test_where_the_first_width_fits_six_values_are_enough(
    scheme: str, derivative: int, evaluations: int
) -> None:
    calls: list[float] = []

    def counted(x: float) -> Any:
        calls.append(x)
        return np.exp(x)

    found = plug_in_step(counted, 0.5, named_stencil(scheme, derivative))
    assert found.evaluations == len(calls) == evaluations
    assert len(set(calls)) == evaluations
    assert found.status == FOUND


REASONS: dict[str, tuple[Function, float]] = {
    FOUND: (np.exp, 0.3),
    FLAT: (lambda x: 3 * x + 1, 0.3),
    FAST: (lambda x: np.sin(1e8 * x + 1), 0.3),
    EDGE: (np.sqrt, 0.0),
}


@pytest.mark.parametrize("reason", REASONS)
@pytest.mark.parametrize("stencil", STENCILS)
def test_every_status_is_reached(reason: str, stencil: str) -> None:
    f, x = REASONS[reason]
    found = plug_in_step(f, x, STENCILS[stencil])
    assert found.status == reason
    assert found.found == (reason == FOUND)
    assert np.isnan(found.step) == (reason == EDGE)


@pytest.mark.parametrize("f", [lambda x: 3 * x, lambda x: x * x, lambda x: 7.0, lambda x: 0 * x])
def test_where_f_is_flat_the_step_stays_where_f_was_seen(f: Function) -> None:
    points: list[float] = []

    def seen(x: float) -> Any:
        points.append(x)
        return f(x)

    found = plug_in_step(seen, 0.7)
    assert found.status == FLAT
    assert 0 < found.step <= max(points) - 0.7
    # and the bar that belongs to it covers
    slope = apply_stencil(f, 0.7, found.step, SCHEMES["central"])
    truth = apply_stencil(f, 0.7, 0.125, SCHEMES["central"])
    assert abs(slope - truth) <= found.error


def test_narrow_functions_make_the_width_narrower() -> None:
    wide, narrow = (plug_in_step(lambda x, k=k: np.sin(k * x) + 2, 0.3) for k in (1.0, 1e4))
    assert narrow.found
    assert narrow.evaluations > wide.evaluations == 6
    assert narrow.step * 1e4 / wide.step == pytest.approx(1.0, rel=0.75)


def test_a_scale_saves_the_search() -> None:
    f = lambda x: np.sin(1e6 * x) + 2
    searched, told = plug_in_step(f, 0.3), plug_in_step(f, 0.3, scale=1e-6)
    assert told.found
    assert told.evaluations == 6 < searched.evaluations


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.integers(-900, 900))
def test_the_step_does_not_depend_on_the_units_of_f(exponent: int) -> None:
    f = lambda x: np.exp(x) + np.sin(3 * x)
    plain = plug_in_step(f, 0.4)
    scaled = plug_in_step(lambda x: np.ldexp(f(x), exponent), 0.4)
    assert (scaled.step, scaled.status) == (plain.step, plain.status)
    assert scaled.error == np.ldexp(plain.error, exponent)
    assert scaled.noise == np.ldexp(plain.noise, exponent)


@pytest.mark.parametrize("scheme", ["forward", "central", "central-8"])
@pytest.mark.parametrize("derivative", [1, 2, 4])
@pytest.mark.parametrize("x", [0.0, 1e-300, 709.7, 1e18, 1e300, np.float32(1e30)])
@pytest.mark.parametrize(
    "f",
    [
        np.exp,
        lambda x: 1e300 * np.sin(x),
        lambda x: 1e-320 * np.cos(x),
        lambda x: np.sin(1e20 * x),
        lambda x: np.round(np.sin(x), 2),
        lambda x: np.nan * x,
    ],
)
def test_at_the_ends_of_the_floats_there_is_a_step_or_a_reason(
    f: Function, x: float, derivative: int, scheme: str
) -> None:
    for settings_ in ({}, {"noise": 1e-3}, {"noise": 1e-300}, {"scale": 1e-9}):
        found = plug_in_step(f, x, named_stencil(scheme, derivative), **settings_)
        if found.status == EDGE:
            assert np.isnan(found.step)
        else:
            assert 0 < found.step < np.inf
            assert np.frexp(found.step)[0] == 0.5
            assert found.error >= 0
        assert found.evaluations <= 6 * 20


def test_steps_are_powers_of_two() -> None:
    for x in np.random.default_rng(0).uniform(-3, 3, 50):
        assert np.frexp(plug_in_step(np.tanh, x).step)[0] == 0.5


@pytest.mark.parametrize("wrong", [1e-4, 1e4])
def test_a_wrong_higher_derivative_is_seen(monkeypatch: pytest.MonkeyPatch, wrong: float) -> None:
    """The negative control: F off by 1e4 moves h* by a factor of 20."""
    right = plug_in._apply
    monkeypatch.setattr(plug_in, "_apply", lambda *args: wrong * right(*args))
    ratios = compare("exp", SCHEMES["central"])[1]
    assert not np.any((ratios > 1 / 3) & (ratios < 3))


def test_bad_input_is_refused_in_words() -> None:
    calls: list[tuple[Callable[[], Any], type[Exception], str]] = [
        (lambda: plug_in_step(np.exp, 1), ParameterTypeError, "write 1.0 for 1"),
        (lambda: plug_in_step(lambda x: np.ones(2), 1.0), NonScalarLossError, "shape"),
        (lambda: plug_in_step(np.exp, 1.0, noise=0.0), UsageError, "noise=0.0 is not positive"),
        (lambda: plug_in_step(np.exp, 1.0, scale=np.inf), UsageError, "scale=inf is not positive"),
        (lambda: plug_in_step(np.exp, 1.0, noise=np.nan), UsageError, "noise=None"),
    ]
    for call, kind, words in calls:
        with pytest.raises(kind) as raised:
            call()
        assert words in str(raised.value)
        assert "why" in str(raised.value)
