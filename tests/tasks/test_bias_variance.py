"""Squared bias, variance and noise add up to the error on fresh samples, and their sum is a U."""

from __future__ import annotations

import numpy as np
import pytest

from difflab import tasks
from difflab.providers.controls import Control
from difflab.tasks.bias_variance import decomposition, polynomial_fits, resampled
from difflab.tasks.rows import column, where
from tests.tasks.running import EXACT, assert_expected, assert_same_rows, drawn, missed, run

SMALL = ("sets=4", "steps=10", "compared=1,3", "degrees=3")


@pytest.mark.slow
def test_the_course_expects_a_u() -> None:
    result = run("bias-variance", "symbolic:matrix")
    assert_expected(result)
    networks = where(result.rows, model="network")
    bias, variance = column(networks, "squared bias"), column(networks, "variance")
    assert list(variance) == sorted(variance)
    above = np.array(bias) - np.array(variance) / 200  # what the mean of 200 fits still varies
    assert above[0] > 5 * above[1] > 25 * above[2:].max()
    drawn(result)


def test_polynomials_make_a_u_without_training() -> None:
    result = run("bias-variance", "autodiff", "compared=1", "steps=1")
    errors = column(where(result.rows, model="polynomial"), "error")
    best = int(np.argmin(errors))
    assert best in (3, 5)
    assert errors[0] > 4 * errors[best]
    assert errors[-1] > 1.2 * errors[best]


def test_the_variance_of_least_squares_is_what_theory_says() -> None:
    """Mean over the inputs: noise^2 k/n. The deviation of a variance of 20,000 sets is 1 %."""
    data = resampled(sets=20_000)
    on_inputs = resampled(sets=20_000, grid=15)  # the grid of 15 points is the inputs themselves
    for degree in (0, 3, 9):
        fits = polynomial_fits(on_inputs, degree)
        expected = 0.3**2 * (degree + 1) / 15
        assert fits.var(axis=1).mean() == pytest.approx(expected, rel=0.03)
    assert np.array_equal(data.y, on_inputs.y)


@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_the_parts_add_up_to_the_error_on_fresh_samples(noise: float) -> None:
    rng = np.random.default_rng(5)
    truth = rng.standard_normal(40)
    fits = truth[:, None] + 0.2 + 0.5 * rng.standard_normal((40, 300))
    parts = decomposition(fits, truth, noise)
    away = abs(parts["fresh error"] - parts["error"])
    assert away <= 4 * parts["standard error"] + 1e-12
    assert parts["squared bias"] == pytest.approx(0.04, abs=0.01)
    assert parts["variance"] == pytest.approx(0.25, rel=0.05)


def test_the_standard_error_is_that_of_fresh_noise() -> None:
    """Against 400 draws: the check of four standard errors is neither blind nor too strict."""
    rng = np.random.default_rng(6)
    truth, fits = np.zeros(3), rng.standard_normal((3, 5))
    said = decomposition(fits, truth, 0.3)["standard error"]
    errors = [np.mean((0.3 * rng.standard_normal(fits.shape) - fits) ** 2) for _ in range(400)]
    assert np.std(errors) == pytest.approx(said, rel=0.15)


def test_a_variance_left_out_is_noticed() -> None:
    """The sum without a part is many standard errors away from fresh samples."""
    rng = np.random.default_rng(7)
    parts = decomposition(0.5 * rng.standard_normal((40, 300)), np.zeros(40), 0.3)
    short = parts["error"] - parts["variance"]
    assert abs(parts["fresh error"] - short) > 50 * parts["standard error"]


@pytest.mark.parametrize("gradient", [*EXACT, "finite-difference:central"])
def test_every_provider_gives_the_same_rows(gradient: str) -> None:
    wanted = run("bias-variance", "autodiff", *SMALL)
    assert_same_rows(run("bias-variance", gradient, *SMALL).rows, wanted.rows, 1e-5)


def test_a_network_learns_its_own_data_set() -> None:
    """The first of four networks ends where it ends among three."""
    four = run("bias-variance", "autodiff", *SMALL)
    again = run("bias-variance", "autodiff", *SMALL)
    assert_same_rows(four.rows, again.rows, 0.0)
    other = run("bias-variance", "autodiff", *SMALL, "seed=1")
    networks = (where(result.rows, model="network") for result in (four, other))
    first, second = (column(rows, "error") for rows in networks)
    assert first != second


def test_a_wrong_gradient_misses_the_expectations() -> None:
    result = run("bias-variance", Control("zeros"), "sets=50", "steps=5")
    assert "network: squared bias, smallest over largest model" in missed(result)


def test_the_lesson_says_what_was_measured() -> None:
    result = run("bias-variance", "autodiff", *SMALL)
    best = result.measured["network: best size"]
    assert f"smallest with {best:.0f} hidden units" in result.lesson
    networks, polynomials = drawn(result).charts
    assert networks.series[0].x == (1, 3)
    assert polynomials.series[0].x == (0, 1, 2)


def test_the_task_is_listed() -> None:
    assert "bias-variance" in tasks.names()


def test_the_noise_of_the_rows_is_that_of_the_settings() -> None:
    small = run("bias-variance", "autodiff", *SMALL, "noise=0.2")
    assert column(small.rows, "noise") == pytest.approx([0.04] * len(small.rows), rel=1e-14)
