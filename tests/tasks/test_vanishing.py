"""Gradients vanish through sigmoids at the rate that theory gives, and explode through relu."""

from __future__ import annotations

import numpy as np
import pytest

from difflab import tasks
from difflab.providers.controls import Control
from difflab.tasks.vanishing import decades_per_layer
from tests.tasks.running import EXACT, assert_expected, assert_same_rows, drawn, missed, run

SMALL = ("depths=2,4", "starts=2", "widths=2-6-1", "n=20")


@pytest.fixture(scope="module")
def result() -> tasks.TaskResult:
    return run("vanishing", "autodiff")


def test_the_course_expects_orders_of_magnitude_per_few_layers(result: tasks.TaskResult) -> None:
    assert_expected(result)
    assert "0.14 (sigmoid)" in result.lesson


def test_small_sums_make_sigmoid_lose_what_theory_says(result: tasks.TaskResult) -> None:
    """sigma' = 1/4 at 0, and U(-1/sqrt n, 1/sqrt n) has n times variance 1/3."""
    lost = result.measured["decades per layer, sigmoid"]
    assert lost == pytest.approx(np.log10(4 * np.sqrt(3)), abs=0.03)


def test_the_starts_of_glorot_and_he_keep_the_gradient() -> None:
    deep = ("depths=10", "starts=5")
    glorot = run("vanishing", "autodiff:compiled", "initial=glorot", *deep).measured
    he = run("vanishing", "autodiff:compiled", "initial=he", *deep).measured
    assert abs(glorot["decades per layer, tanh"]) < 0.05
    assert abs(he["decades per layer, relu"]) < 0.1
    assert glorot["decades per layer, sigmoid"] > 0.5  # no start saves a sigmoid


def test_a_start_that_keeps_the_gradient_misses_the_expectation() -> None:
    result = run("vanishing", "autodiff:compiled", "initial=glorot", "depths=2,10", "starts=3")
    assert {"decades per layer, sigmoid", "decades per layer, tanh"} <= missed(result)


@pytest.mark.parametrize("gradient", [*EXACT, "finite-difference:central"])
def test_every_provider_gives_the_same_norms(gradient: str) -> None:
    tolerance = 1e-6 if gradient.startswith("finite") else 1e-10
    wanted = run("vanishing", "autodiff", *SMALL)
    assert_same_rows(run("vanishing", gradient, *SMALL).rows, wanted.rows, tolerance)


def test_a_gradient_of_zeros_has_no_slope_and_misses_every_expectation() -> None:
    result = run("vanishing", Control("zeros"), *SMALL)
    assert missed(result) == {e.quantity for e in result.task.expectations}
    assert all(not chart.series for chart in result.task.figure(result.rows).charts)
    assert np.isnan(decades_per_layer(np.ones(3)))


def test_slopes_leave_out_the_first_and_the_last_layer() -> None:
    assert decades_per_layer(np.array([1e9, 1e-4, 1e-2, 1e9])) == pytest.approx(2.0)


def test_the_figure_has_the_layers_of_the_deepest_and_the_first_of_all(
    result: tasks.TaskResult,
) -> None:
    layers, depths = drawn(result).charts
    assert layers.series[0].x == tuple(range(1, 12))
    assert depths.series[0].x == (2, 4, 6, 8, 10)
    sigmoid = layers.series[0].y
    assert list(sigmoid) == sorted(sigmoid)
