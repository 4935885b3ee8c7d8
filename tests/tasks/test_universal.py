"""One hidden layer fits the surface down to the noise, if it is wide enough."""

from __future__ import annotations

import numpy as np
import pytest

from difflab.providers.controls import Control
from difflab.tasks.rows import column
from difflab.tasks.universal import best, summary
from tests.tasks.running import EXACT, assert_expected, assert_same_rows, drawn, missed, run

SMALL = ("n=30", "compared=1,4", "starts=2", "steps=10")


@pytest.mark.slow
def test_the_course_expects_the_noise_floor() -> None:
    result = run("universal", "symbolic:matrix")
    assert_expected(result)
    losses = column(best(result.rows), "loss")[:5]
    assert list(losses) == sorted(losses, reverse=True)


def test_a_few_widths_show_it_in_seconds() -> None:
    result = run("universal", "autodiff:compiled", "compared=1,16", "starts=1")
    assert "best loss, narrowest" not in missed(result)
    assert "smallest best loss" not in missed(result)
    assert "16 units are enough" in result.lesson


@pytest.mark.parametrize("gradient", [*EXACT, "finite-difference:central"])
def test_every_provider_gives_the_same_losses(gradient: str) -> None:
    wanted = run("universal", "autodiff", *SMALL)
    assert_same_rows(run("universal", gradient, *SMALL).rows, wanted.rows, 1e-5)


@pytest.mark.parametrize("control", ["zeros", "flipped-sign"])
def test_a_wrong_gradient_stays_above_the_noise(control: str) -> None:
    result = run("universal", Control(control), *SMALL)
    assert {"smallest best loss", "width that reaches the noise"} <= missed(result)
    assert "no width comes near" in result.lesson


def test_the_best_start_counts() -> None:
    rows = [
        {"width": 1, "seed": 0, "loss": 2.0, "error on the grid": 0.1},
        {"width": 1, "seed": 1, "loss": 1.0, "error on the grid": 0.3},
    ]
    assert best(rows) == [rows[1]]


def test_the_figure_holds_the_floor_beside_the_losses() -> None:
    (chart,) = drawn(run("universal", "autodiff", *SMALL)).charts
    assert chart.log_x
    assert chart.log_y
    assert [series.label for series in chart.series][-1] == "noise"
    assert np.array_equal(chart.series[-1].y, (0.01, 0.01))


def test_the_noise_is_reached_within_half_of_it_more() -> None:
    rows = [
        {"width": width, "seed": 0, "loss": loss, "error on the grid": 0.0}
        for width, loss in ((1, 0.9), (8, 0.016), (16, 0.014), (32, 0.012))
    ]
    assert summary(rows)["width that reaches the noise"] == 16


def test_the_error_on_the_grid_is_not_that_on_a_few_training_points() -> None:
    (row,) = run("universal", "autodiff:compiled", "n=5", "compared=16", "starts=1").rows
    assert row["loss"] < 0.01  # five points are learned by heart
    assert row["error on the grid"] > 0.1
