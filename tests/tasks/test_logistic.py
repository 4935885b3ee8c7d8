"""Two moons: straight and bent boundaries."""

from __future__ import annotations

import numpy as np
import pytest

from difflab.tasks.rows import column, where
from tests.tasks.helpers import assert_drawn, assert_expected, missed, run

PROVIDERS = ("autodiff", "symbolic:matrix", "finite-difference", "torch")


def test_a_network_separates_the_moons() -> None:
    result = run("logistic")
    assert_expected(result, 1)
    assert_drawn(result)
    assert f"{result.measured['accuracy']:.1%}" in result.lesson


def test_logistic_regression_cannot() -> None:
    result = run("logistic", widths=(2, 1))
    assert_expected(result, 1)
    grid = where(result.rows, kind="grid")
    p = np.array(column(grid, "value"))
    x = np.array([column(grid, "x0"), column(grid, "x1"), np.ones(len(grid))]).T
    inside = (p > 1e-6) & (p < 1 - 1e-6)
    logits = np.log(p[inside] / (1 - p[inside]))
    residual = np.linalg.lstsq(x[inside], logits, rcond=None)[1]
    assert float(residual[0]) < 1e-12  # the logits are a plane, so the boundary is a line


def test_the_figure_holds_the_boundary_and_both_classes() -> None:
    result = run("logistic", steps=3)
    chart = result.task.figure(result.rows).charts[0]
    assert chart.field.levels == (0.5,)
    assert [len(points.x) for points in chart.points] == [500, 500]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_provider_takes_the_same_first_steps(provider: str) -> None:
    ours, theirs = (
        run("logistic", which, steps=5).measured["loss"] for which in (provider, "autodiff")
    )
    assert ours == pytest.approx(theirs, rel=1e-8)


@pytest.mark.parametrize("control", ["control:zeros", "control:flipped-sign"])
def test_a_wrong_gradient_misses_the_accuracy(control: str) -> None:
    assert missed(run("logistic", control)) == ["accuracy"]
