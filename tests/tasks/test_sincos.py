"""The lecture's experiment shows its surface beside the truth, and says why raw inputs diverge."""

from __future__ import annotations

import numpy as np
import pytest

from difflab.datasets import sincos
from difflab.errors import DivergenceError
from difflab.tasks.rows import column, where
from difflab.tasks.sincos import figure_of_fits
from tests.tasks.helpers import assert_drawn, assert_expected, run

PROVIDERS = ("autodiff", "symbolic:matrix", "finite-difference", "torch")


def test_raw_inputs_with_a_linear_network_diverge_and_it_is_explained() -> None:
    with pytest.raises(DivergenceError, match=r"training (diverges|stopped)") as caught:
        run("sincos", activation="identity", optimizer="sgd", lr=0.01, standardised=False)
    assert "standardise the inputs, which reach" in caught.value.instead
    assert "learning rate" in caught.value.instead


def test_standardised_inputs_with_the_same_settings_do_not_diverge() -> None:
    result = run("sincos", activation="identity", optimizer="sgd", lr=0.01, steps=100)
    assert result.measured["loss"] < 1.0


def test_a_run_shows_its_surface_in_the_coordinates_of_the_slide() -> None:
    result = run("sincos", widths=(2, 4, 4, 1), steps=20)
    assert len(result.rows) == 41 * 41
    x0, x1, truth = (np.array(column(result.rows, name)) for name in ("x0", "x1", "truth"))
    assert (x0.min(), x0.max(), x1.min(), x1.max()) == (0, 10, 0, 10)
    assert np.allclose(truth, np.sin(x0) + np.cos(x1))
    error = np.mean((np.array(column(result.rows, "fit")) - truth) ** 2)
    assert error == pytest.approx(result.measured["validation loss"], rel=1e-12)
    assert_drawn(result)


def test_surfaces_of_several_runs_stand_side_by_side_behind_the_truth() -> None:
    rows = [
        row
        for activation in ("identity", "sigmoid", "relu")
        for row in run("sincos", widths=(2, 4, 4, 1), steps=3, activation=activation).rows
    ]
    figure = figure_of_fits(rows)
    titles = [chart.title.split(",")[0].split(":")[0] for chart in figure.charts]
    assert titles == ["truth", "linear", "sigmoid", "relu"]
    assert len({(chart.field.low, chart.field.high) for chart in figure.charts}) == 1
    fitted = np.array(figure.charts[1].field.values)
    assert np.allclose(np.diff(fitted, 2, axis=0), 0, atol=1e-12)  # a plane
    i, j = 10, 30
    point = where(rows, activation="relu", x0=figure.charts[3].field.x[i])
    assert figure.charts[3].field.values[i][j] == point[j]["fit"]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_provider_takes_the_same_first_steps(provider: str) -> None:
    ours, theirs = (
        run("sincos", which, steps=3, widths=(2, 8, 8, 1)).measured["loss"]
        for which in (provider, "autodiff:compiled")
    )
    assert ours == pytest.approx(theirs, rel=1e-8)


@pytest.mark.slow
def test_tanh_meets_what_is_expected_of_it() -> None:
    assert_expected(run("sincos", activation="tanh"), 2)


def test_too_few_steps_miss_what_is_expected_of_tanh() -> None:
    result = run("sincos", activation="tanh", steps=20)
    assert result.measured["loss"] > 0.1
    assert sincos().samples == 1000
