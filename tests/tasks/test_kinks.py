"""Stencils across kinks become more with the step and with samples, and only they are wrong."""

from __future__ import annotations

import numpy as np
import pytest

from difflab import nn, tasks
from difflab.autodiff import value_and_grad
from difflab.datasets import sincos, standardise
from difflab.numeric.network.gradient import Recipe
from difflab.numeric.stencils import SCHEMES
from difflab.providers.controls import Control
from difflab.tasks.kinks import exponent, measured_at
from difflab.tasks.rows import column, where
from difflab.tree import flatten, unflatten
from tests.tasks.running import assert_expected, assert_same_rows, drawn, missed, run

SMALL = ("compared=5,50", "h=0.001,0.1", "starts=2", "widths=2-6-1")


@pytest.fixture(scope="module")
def result() -> tasks.TaskResult:
    return run("kinks", "autodiff:compiled")


def test_the_course_expects_shares_that_grow(result: tasks.TaskResult) -> None:
    assert_expected(result)
    assert "2^-3" in result.lesson


def test_crossings_are_in_proportion_to_step_and_samples(result: tasks.TaskResult) -> None:
    """Ten times as many samples at a tenth of the step: as many crossings, but for chance."""
    few = where(result.rows, samples=100, h=2.0**-7)[0]["crossings"]
    many = where(result.rows, samples=1000, h=2.0**-10)[0]["crossings"]
    assert many / few == pytest.approx(10 / 8, rel=0.15)


def test_a_stencil_by_hand() -> None:
    """z = w x with w = .25 and x = 1 changes its sign within w +- .5, and not within w +- .125."""
    net = nn.Objective(nn.MLP((1, 1, 1), "relu"), nn.loss("squared-error"))
    params = [(np.array([[0.25]]), np.zeros(1)), (np.ones((1, 1)), np.zeros(1))]
    x, y = np.ones((1, 1)), np.zeros((1, 1))
    for h, weight in ((0.5, 1), (0.125, 0)):
        counts, _ = measured_at(Recipe(net, SCHEMES["central"], "layered", (), h), params, x, y)
        assert counts.tolist() == [weight, weight, 0, 0]


def test_a_smooth_network_has_no_kinks_and_errors_that_grow_with_the_step() -> None:
    result = run("kinks", "autodiff:compiled", "activation=tanh", *SMALL)
    assert set(column(result.rows, "share")) == {0.0}
    errors = column(where(result.rows, samples=50), "error elsewhere")
    assert errors[1] > 1000 * errors[0]  # (0.125 / 2^-10)^2 = 16384
    assert "no stencil crosses a kink" in result.lesson


@pytest.mark.parametrize("gradient", ["autodiff", "symbolic:matrix", "finite-difference:central"])
def test_every_provider_gives_the_same_rows(gradient: str) -> None:
    tolerance = 1e-4 if gradient.startswith("finite") else 1e-12
    wanted = run("kinks", "autodiff:compiled", *SMALL)
    assert_same_rows(run("kinks", gradient, *SMALL).rows, wanted.rows, tolerance)


def test_a_wrong_gradient_shows_where_no_kink_is() -> None:
    wrong = run("kinks", Control("flipped-sign"), *SMALL)
    assert "largest error elsewhere" in missed(wrong)
    assert "largest error elsewhere" not in missed(run("kinks", "autodiff", *SMALL))


def test_an_exponent_needs_two_crossings() -> None:
    assert np.isnan(exponent((1.0, 2.0), (0.0, 3.0)))
    assert np.isnan(exponent((1.0, 2.0), (0.0, 0.0)))


def test_the_figure_leaves_out_what_a_logarithm_cannot_show(result: tasks.TaskResult) -> None:
    shares, errors = drawn(result).charts
    assert [series.label for series in shares.series] == [
        "10 samples", "100 samples", "1,000 samples",
    ]  # fmt: skip
    assert all(value > 0 for series in (*shares.series, *errors.series) for value in series.y)


def test_a_share_counts_every_stencil_that_crosses_at_all() -> None:
    """With one sample and one hidden layer a parameter moves one unit across its kink, once."""
    small = ("compared=1", "h=0.5", "starts=3", "widths=2-16-1")
    (row,) = run("kinks", "autodiff", *small).rows
    assert 0 < row["share"] == row["crossings"] < 1


def test_errors_are_root_mean_squares_of_quotient_less_gradient() -> None:
    small = ("compared=4", "h=0.125", "starts=1", "widths=2-3-1", "activation=tanh")
    result = run("kinks", "autodiff", *small)
    task, settings = result.task, result.settings
    data, objective = standardise(sincos(4)), task.objective(settings)
    leaves, structure = flatten(task.parameters(settings))
    _, gradient = value_and_grad(objective)(unflatten(structure, leaves), data.x, data.y)
    errors = []
    for leaf, slopes in zip(leaves, flatten(gradient)[0]):
        for place in np.ndindex(leaf.shape):
            ends = []
            for h in (0.125, -0.125):
                leaf[place] += h
                ends.append(objective(unflatten(structure, leaves), data.x, data.y))
                leaf[place] -= h
            errors.append((ends[0] - ends[1]) / 0.25 - slopes[place])
    (row,) = result.rows
    assert row["error elsewhere"] == pytest.approx(np.sqrt(np.mean(np.square(errors))), rel=1e-8)
