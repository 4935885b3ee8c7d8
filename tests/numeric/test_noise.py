"""ECNoise finds noise that was put in, and says why where there is none to find."""

from __future__ import annotations

from collections.abc import Callable
from math import factorial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import difflab.numeric.noise_table as noise_table
from difflab.errors import NonScalarLossError, ParameterTypeError, UsageError
from difflab.numeric.line import random_line
from difflab.numeric.noise import STATUS, VALUES, Noise, estimate_noise
from difflab.numeric.noise_table import noise_levels, read_table

SEEDS = 150

Make = Callable[[np.random.Generator], Callable[[float], Any]]


def share_within_3(make: Make, truth: float, low: float = -1.0, high: float = 1.0) -> float:
    """Share of seeds whose level is within a factor of 3 of the truth."""
    hits = 0
    for seed in range(SEEDS):
        rng = np.random.default_rng(seed)
        x = rng.uniform(low, high)
        hits += 1 / 3 < estimate_noise(make(rng), x).level / truth < 3
    return hits / SEEDS


INJECTED: dict[str, tuple[Make, float]] = {
    "Gaussian 1e-3": (lambda rng: lambda x: np.cos(x) + 1e-3 * rng.normal(), 1e-3),
    "Gaussian 1e-9": (lambda rng: lambda x: np.exp(x) + 1e-9 * rng.normal(), 1e-9),
    "Gaussian 1e-12": (lambda rng: lambda x: 2 + np.sin(x) + 1e-12 * rng.normal(), 1e-12),
    "uniform": (lambda rng: lambda x: np.exp(x) + 1e-6 * (rng.random() - 0.5), 1e-6 / np.sqrt(12)),
    "3 decimals": (lambda rng: lambda x: np.round(np.exp(x), 3), 1e-3 / np.sqrt(12)),
    "6 decimals": (lambda rng: lambda x: np.round(np.exp(x), 6), 1e-6 / np.sqrt(12)),
    "9 decimals": (lambda rng: lambda x: np.round(np.exp(x), 9), 1e-9 / np.sqrt(12)),
    "a grid": (lambda rng: lambda x: np.round(np.exp(x) / 7e-5) * 7e-5, 7e-5 / np.sqrt(12)),
}


@pytest.mark.parametrize("name", INJECTED)
def test_noise_that_was_put_in_is_found_within_a_factor_of_3(name: str) -> None:
    assert share_within_3(*INJECTED[name]) >= 0.95


def test_the_rounding_of_float64_is_found_without_any_noise() -> None:
    # exp in [1, 2]: rounded to multiples of 2^-52
    assert share_within_3(lambda rng: np.exp, 2.0**-52 / np.sqrt(12), 0.01, 0.68) >= 0.95


def test_float32_inside_a_function_that_returns_float64_is_found() -> None:
    def inside(x: Any) -> Any:
        return np.float64(np.sin(np.float32(x)) * np.float32(1.3) + np.float32(1))

    close = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        x = rng.uniform(0.2, 1.4)
        around = x + rng.uniform(-1e-4, 1e-4, 500)
        truth = np.std([inside(point) - (1.3 * np.sin(point) + 1) for point in around])
        close += bool(1 / 3 < estimate_noise(inside, x).level / truth < 3)
    assert close >= 97


@pytest.mark.parametrize(("dtype", "wide"), [("f8", np.longdouble), ("f4", np.float64)])
def test_the_noise_of_a_network_is_that_measured_against_more_digits(dtype: str, wide: Any) -> None:
    for seed in range(8):
        rng = np.random.default_rng(seed)
        params = [rng.normal(size=s) for s in ((2, 16), 16, (16, 16), 16, (16, 1))]
        x = rng.normal(size=(100, 2))

        def loss(p: Any, dtype: Any, x: Any = x) -> Any:
            w1, b1, w2, b2, w3 = (leaf.astype(dtype) for leaf in p)
            x = x.astype(dtype)
            hidden = np.tanh(np.tanh(x @ w1 + b1) @ w2 / 4 + b2)
            return np.mean((hidden @ w3 / 4 - np.sin(x[:, :1])) ** 2)

        line = random_line(lambda p, loss=loss: loss(p, dtype), params)
        exact = random_line(lambda p, loss=loss: loss(p, wide), params)
        found = estimate_noise(lambda t, line=line: float(line(t)))
        around = rng.uniform(-1e-4, 1e-4, 200)
        truth = np.std([float(line(t) - exact(t)) for t in around])
        assert 1 / 3 < found.level / truth < 3, seed


def test_one_number_serves_every_coordinate() -> None:
    """The noise along an axis is that along a random direction."""
    w = np.random.default_rng(0).normal(size=20)
    loss = lambda w: np.mean(np.tanh(w) ** 2) + 1.0
    along = estimate_noise(random_line(loss, w)).level
    for axis in np.eye(20)[::5]:
        ratio = estimate_noise(lambda t, axis=axis: loss(w + t * axis)).level / along
        assert 1 / 4 < ratio < 4


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.integers(-900, 900), st.integers(0, 1000))
def test_the_level_scales_with_f(exponent: int, seed: int) -> None:
    def noisy(factor: float) -> Noise:
        rng = np.random.default_rng(seed)
        return estimate_noise(lambda x: factor * (2 + np.sin(x) + 1e-6 * rng.normal()), 0.7)

    plain, scaled = noisy(1.0), noisy(2.0**exponent)
    assert scaled.level == 2.0**exponent * plain.level
    assert (scaled.step, scaled.evaluations) == (plain.step, plain.evaluations)


REASONS: dict[str, tuple[Callable[[float], Any], float]] = {
    "found": (np.exp, 0.3),
    "too small": (lambda x: 2 * x + 1, 0.75),
    "too large": (lambda x: x * x, 0.0),
    "too coarse": (lambda x: np.round(np.exp(x) * 20) / 20, 0.3),
    "unclear": (lambda x: abs(x) + 1, 0.0),
    "not finite": (lambda x: 1 / x if x else np.inf, 0.0),
}


@pytest.mark.parametrize("reason", STATUS)
def test_every_status_is_reached(reason: str) -> None:
    found = estimate_noise(*REASONS[reason])
    assert found.status == STATUS[reason]
    assert found.found == (reason == "found") == np.isfinite(found.level)
    assert (found.difference > 0) == found.found
    assert found.evaluations % VALUES == 0


@pytest.mark.parametrize(
    ("f", "x"),
    [(lambda x: 3.0, 0.4), (lambda x: 0.0, 1e10), (lambda x: x, 0.5), (lambda x: 4 * x, -3.0)],
)
def test_what_is_exact_shows_no_noise(f: Any, x: float) -> None:
    found = estimate_noise(f, x)
    assert (found.status, np.isnan(found.level)) == (STATUS["too small"], True)


@pytest.mark.parametrize("distance", [0.0, 1e-11, -1e-9, 3e-8, -1e-7])
def test_a_kink_close_by_is_not_taken_for_noise(distance: float) -> None:
    """One table takes it for noise as large as its step; the second one has another step."""
    f = lambda x: np.exp(x) + abs(x - distance)
    (single,) = {read_table(np.array([f(o * 1e-8) for o in range(-3, 4)]))[0]}
    found = estimate_noise(f, 0.0)
    assert single == "found" or abs(distance) > 2e-8
    assert not found.found or found.level < 1e-15


def test_equal_values_ask_for_steps_100_times_larger() -> None:
    points: list[float] = []

    def coarse(x: float) -> float:
        points.append(x)
        return float(np.round(np.exp(x), 6))

    found = estimate_noise(coarse, 0.5, step=1e-10)
    spacings = [abs(b - a) for a, b in zip(points[::VALUES], points[1::VALUES])]
    assert spacings[1] / spacings[0] == pytest.approx(100, rel=0.5)
    assert found.found
    assert len(points) == found.evaluations


def test_values_that_vary_by_more_than_10_percent_ask_for_smaller_steps() -> None:
    points: list[float] = []

    def steep(x: float) -> Any:
        points.append(x)
        return np.exp(x)

    found = estimate_noise(steep, 0.5, step=0.3)
    spacings = [abs(b - a) for a, b in zip(points[::VALUES], points[1::VALUES])]
    assert spacings[1] / spacings[0] == pytest.approx(0.01, rel=0.5)
    assert 1 / 3 < found.level / (2.0**-52 / np.sqrt(12)) < 3


def test_two_tables_are_the_rule() -> None:
    counts = [estimate_noise(np.exp, x).evaluations for x in np.linspace(0.1, 3, 50)]
    assert np.median(counts) == 2 * VALUES
    assert max(counts) <= 10 * VALUES


def test_levels_of_alternating_values_by_hand() -> None:
    # differences of 1, -1, 1, ...: sizes 2, 4, 8; gamma: 1/2, 1/6, 1/20
    expected = [2 / np.sqrt(2), 4 / np.sqrt(6), 8 / np.sqrt(20)]
    np.testing.assert_allclose(noise_levels(np.array([1.0, -1, 1, -1])), expected, rtol=1e-15)


def test_every_level_estimates_the_standard_deviation() -> None:
    """E D_k^2 = s^2 (2k)! / (k!)^2 for independent errors: mean over 4000 tables."""
    values = np.random.default_rng(0).normal(size=(4000, VALUES))
    squares = np.mean([noise_levels(row) ** 2 for row in values], axis=0)
    # the variance of one squared level is below 3 for every k
    np.testing.assert_allclose(squares, 1.0, atol=5 * np.sqrt(3 / 4000))


@pytest.mark.parametrize(
    "wrong",
    [
        lambda k: factorial(k) / factorial(2 * k),
        lambda k: 1.0,
        lambda k: factorial(k) ** 2 / factorial(2 * k) * 100,
        lambda k: factorial(k) ** 2 / factorial(2 * k) / 100,
    ],
    ids=["k! / (2k)!", "none", "times 100", "by 100"],
)
def test_a_wrong_gamma_is_seen(monkeypatch: pytest.MonkeyPatch, wrong: Any) -> None:
    """Where f is steep, so that first differences do not show the noise."""

    def levels(values: np.ndarray) -> np.ndarray:
        orders = range(1, len(values))
        return np.array([np.sqrt(wrong(k) * np.mean(np.diff(values, k) ** 2)) for k in orders])

    assert share_within_3(*INJECTED["6 decimals"]) > 0.95
    monkeypatch.setattr(noise_table, "noise_levels", levels)
    assert share_within_3(*INJECTED["6 decimals"]) < 0.85


def test_one_table_is_not_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: a table that is believed at once takes output on a grid for exact."""

    def first_table(f: Any, x: float) -> float:
        h = 181 / 128 * 2.0**-26
        return read_table(np.array([f(x + o * h) for o in range(-3, 4)]))[1]

    nine = lambda x: np.round(np.exp(x), 9)
    points = np.random.default_rng(0).uniform(-1, 1, SEEDS)
    fooled = [first_table(nine, x) < 1e-15 for x in points]
    still_fooled = [estimate_noise(nine, x).level < 1e-15 for x in points]
    assert np.mean(fooled) > 0.08
    assert np.mean(still_fooled) < 0.05


def test_the_arithmetic_is_that_of_x() -> None:
    found = estimate_noise(np.exp, np.float32(0.3))
    assert 1 / 3 < found.level / (2.0**-23 / np.sqrt(12)) < 3


def test_bad_input_is_refused_in_words() -> None:
    calls: list[tuple[Callable[[], Any], type[Exception], str]] = [
        (lambda: estimate_noise(np.exp, 1), ParameterTypeError, "write 1.0 for 1"),
        (lambda: estimate_noise(lambda x: np.ones(2), 1.0), NonScalarLossError, "shape"),
        (lambda: estimate_noise(lambda x: 1, 1.0), NonScalarLossError, "return a float"),
        (lambda: estimate_noise(np.exp, 1.0, step=0.0), UsageError, "step=0.0 is not positive"),
        (lambda: estimate_noise(np.exp, 1.0, step=np.nan), UsageError, "step=None"),
    ]
    for call, kind, words in calls:
        with pytest.raises(kind) as raised:
            call()
        assert words in str(raised.value)
        assert "why" in str(raised.value)
        assert "try" in str(raised.value)
