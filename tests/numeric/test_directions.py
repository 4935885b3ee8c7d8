"""Random directions: what is drawn, what theory says of it, and the slope along one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from difflab.errors import UnknownNameError, UsageError
from difflab.numeric.directional import directional_difference, displacement, value_and_slope
from difflab.numeric.directions import KINDS, draw, estimate, expected_cosine, stream


@pytest.mark.parametrize("kind", KINDS)
def test_directions_have_the_identity_as_second_moment(kind: str) -> None:
    rng = np.random.default_rng(0)
    drawn = np.array([v for _ in range(5000) for v in draw(kind, 4, 2, rng)])
    moment = drawn.T @ drawn / len(drawn)
    # v_i v_j has variance below 2 for all three kinds
    assert abs(moment - np.eye(4)).max() < 5 * np.sqrt(2 / len(drawn))


@settings(derandomize=True, max_examples=40, deadline=None)
@given(st.integers(1, 30), st.data())
def test_orthonormal_directions_are_orthogonal_and_of_length_root_p(p: int, data: Any) -> None:
    k = data.draw(st.integers(1, p))
    drawn = np.array(list(draw("orthonormal", p, k, stream(p, k))))
    np.testing.assert_allclose(drawn @ drawn.T, p * np.eye(k), atol=1e-11)


def test_as_many_orthonormal_directions_as_parameters_give_the_gradient_itself() -> None:
    g = np.linspace(-1, 2, 50)
    found = estimate(g.dot, draw("orthonormal", 50, 50, stream(1, 0)))
    np.testing.assert_allclose(found, g, atol=1e-13)


@pytest.mark.parametrize("kind", KINDS)
def test_estimates_are_right_on_average(kind: str) -> None:
    g = np.array([3.0, -1.0, 0.0, 0.5, 0.01])
    found = np.array([estimate(g.dot, draw(kind, 5, 2, stream(0, n))) for n in range(4000)])
    standard_error = found.std(axis=0, ddof=1) / np.sqrt(len(found))
    assert np.all(abs(found.mean(axis=0) - g) < 5 * standard_error)
    assert np.all(standard_error < 0.1)


def test_the_test_of_unbiasedness_can_fail() -> None:
    g = np.array([3.0, -1.0, 0.0, 0.5, 0.01])
    unscaled = [
        estimate(g.dot, draw("orthonormal", 5, 2, stream(0, n))) / np.sqrt(5) for n in range(4000)
    ]
    standard_error = np.std(unscaled, axis=0, ddof=1) / np.sqrt(4000)
    assert not np.all(abs(np.mean(unscaled, axis=0) - g) < 5 * standard_error)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("p", "k"), [(3, 2), (40, 10), (120, 20)])
def test_the_variance_of_an_estimate_is_that_of_theory(kind: str, p: int, k: int) -> None:
    g = np.linspace(1, 2, p) / np.linalg.norm(np.linspace(1, 2, p))
    squares = [np.sum(estimate(g.dot, draw(kind, p, k, stream(2, n))) ** 2) for n in range(400)]
    # theory: E |estimate|^2 / |g|^2 is 1 / cosine^2, exactly
    error = 5 * np.std(squares, ddof=1) / np.sqrt(len(squares))
    assert np.mean(squares) == pytest.approx(expected_cosine(kind, p, k) ** -2, abs=error)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("count", "draws"), [(1, 600), (16, 100), (256, 6)])
def test_measured_cosines_at_4417_parameters_are_theory_within_their_standard_error(
    kind: str, count: int, draws: int
) -> None:
    g = np.random.default_rng(0).normal(size=4417)
    squares = []
    with threadpool_limits(1):  # the matrices are small
        for n in range(draws):
            found = estimate(g.dot, draw(kind, 4417, count, stream(11, n)))
            squares.append((found @ g) ** 2 / (found @ found) / (g @ g))
    measured = np.sqrt(np.mean(squares))
    error = np.std(squares, ddof=1) / np.sqrt(draws) / (2 * measured)
    assert abs(measured - expected_cosine(kind, 4417, count)) < 4 * error
    assert error < 0.05 * measured


@pytest.mark.parametrize("wrong", [0.9, 1.1])
def test_a_wrong_theory_of_the_cosine_is_seen(wrong: float) -> None:
    """The negative control: theory off by a tenth."""
    g = np.random.default_rng(0).normal(size=4417)
    squares = []
    for n in range(100):
        found = estimate(g.dot, draw("gaussian", 4417, 16, stream(11, n)))
        squares.append((found @ g) ** 2 / (found @ found) / (g @ g))
    measured = np.sqrt(np.mean(squares))
    error = np.std(squares, ddof=1) / 10 / (2 * measured)
    assert abs(measured - wrong * expected_cosine("gaussian", 4417, 16)) > 4 * error


def test_expected_cosines_are_those_of_the_formulas() -> None:
    assert expected_cosine("gaussian", 99, 100) == pytest.approx(1 / np.sqrt(2))
    assert expected_cosine("rademacher", 101, 100) == pytest.approx(1 / np.sqrt(2))
    assert expected_cosine("rademacher", 1, 1) == 1.0
    assert expected_cosine("orthonormal", 100, 25) == pytest.approx(0.5)
    assert expected_cosine("orthonormal", 100, 100) == 1.0


@pytest.mark.parametrize(
    ("arguments", "kind", "says"),
    [
        (("gausian", 4, 1), UnknownNameError, "gaussian"),
        (("gaussian", 4, 0), UsageError, "directions=0"),
        (("gaussian", 4, 1.5), UsageError, "directions=1.5"),
        (("gaussian", 4, True), UsageError, "directions=True"),
        (("orthonormal", 4, 5), UsageError, "directions=4"),
    ],
)
def test_what_cannot_be_drawn_is_refused(arguments: Any, kind: Any, says: str) -> None:
    with pytest.raises(kind, match=says):
        list(draw(*arguments, np.random.default_rng(0)))
    with pytest.raises(kind, match=says):
        expected_cosine(*arguments)


def test_streams_depend_on_seed_and_call_and_on_nothing_else() -> None:
    assert stream(7, 3).integers(2**60) == stream(7, 3).integers(2**60)
    numbers = {int(stream(seed, call).integers(2**60)) for seed in range(5) for call in range(20)}
    assert len(numbers) == 100


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-9), (np.float32, 2e-3)])
def test_a_directional_difference_is_the_slope_along_the_direction(
    dtype: Any, tolerance: float
) -> None:
    rng = np.random.default_rng(0)
    w = rng.normal(size=100).astype(dtype)
    value, slope = value_and_slope(lambda p: np.mean(np.sin(p[0])) + p[1] ** 2, [w, dtype(2.0)])
    assert value.dtype == dtype
    gradient = np.append(np.cos(w.astype(float)) / 100, 4.0)
    for v in draw("gaussian", 101, 5, rng):
        assert slope(v) == pytest.approx(gradient @ v, abs=tolerance * np.linalg.norm(gradient))


def test_the_length_of_a_direction_does_not_matter() -> None:
    _, slope = value_and_slope(lambda w: np.sum(np.exp(w)), np.zeros(3))
    v = np.array([1.0, -2.0, 0.5])
    for scale in (1e-8, 1.0, 1e8):
        assert slope(scale * v) == pytest.approx(scale * -0.5, rel=1e-9)


def test_the_distance_suits_large_parameters_and_narrow_floats() -> None:
    assert displacement(np.array([1e3]), np.float64, None) == 512 * 2.0**-16
    assert displacement(np.zeros(4), np.float32, None) == 2.0**-6
    assert displacement(np.zeros(0), np.float64, None) == 2.0**-16
    assert displacement(np.ones(4), np.float64, 0.125) == 0.125
    assert displacement(np.full(3, np.nan), np.float64, None) == 2.0**-16
    assert np.isfinite(displacement(np.array([1e300, 0.1]), np.float32, None))
    # floats around 1e15 are 1/8 apart
    assert displacement(np.array([1e15, 0.1]), np.float64, None) == 128.0
    assert displacement(np.array([1e4, 0.1], np.float32), np.float32, None) == 1.0


@pytest.mark.parametrize("largest", [1.0, 1e3, 1e6, 1e9])
def test_one_large_parameter_does_not_spoil_the_slope_of_the_others(largest: float) -> None:
    w = np.array([largest, 0.3])
    _, slope = value_and_slope(lambda w: w[0] / largest + np.sin(w[1]), w)
    rounding = 1e-6 if largest < 1e9 else 1e-4
    assert slope(np.array([1.0, -1.0])) == pytest.approx(1 / largest - np.cos(0.3), abs=rounding)


def test_a_slope_that_cannot_be_had_is_nan() -> None:
    assert np.isnan(directional_difference(np.sum, np.full(2, 1e30), np.ones(2), 1e-5))
    with np.errstate(all="ignore"):
        assert np.isnan(value_and_slope(lambda w: np.log(w[0]), np.zeros(1))[1](np.ones(1)))
    _, slope = value_and_slope(lambda w: np.log(w[0]), np.full(1, 1e-9))
    assert np.isnan(slope(np.ones(1)))
