"""100,000 points: batches are affordable, the full batch is refused with its price."""

from __future__ import annotations

from dataclasses import replace

import pytest

from difflab import tasks
from difflab.errors import UsageError
from tests.tasks.helpers import assert_drawn, assert_expected, missed, run

FEW = {"points": 2000}


def test_the_full_batch_is_refused_with_its_price() -> None:
    task = tasks.get("sincos-100k")
    with pytest.raises(UsageError, match=r"this run would take about [\d.]+ (h|d)") as caught:
        tasks.run(task, "autodiff:compiled", replace(task.settings, batch_size=None))
    assert "100,000 steps of about" in str(caught.value)
    assert "--yes if you mean it" in str(caught.value)


def test_fewer_points_and_steps_are_a_setting_away() -> None:
    settings = tasks.override(tasks.get("sincos-100k").settings, ["points=500", "steps=20"])
    result = tasks.run(tasks.get("sincos-100k"), "autodiff:compiled", settings)
    assert tasks.get("sincos-100k").dataset(settings).samples == 500
    assert not result.checks
    assert_drawn(result)
    assert f"{result.measured['validation loss']:.2g}" in result.lesson


@pytest.mark.parametrize("provider", ["autodiff", "symbolic:matrix", "finite-difference", "torch"])
def test_every_provider_sees_the_same_batches(provider: str) -> None:
    ours, theirs = (
        run("sincos-100k", which, FEW, steps=3, widths=(2, 8, 8, 1), dtype="float64").measured[
            "loss"
        ]
        for which in (provider, "autodiff:compiled")
    )
    assert ours == pytest.approx(theirs, rel=1e-8)


@pytest.mark.slow
def test_ten_thousand_iterations_meet_the_grid() -> None:
    assert_expected(run("sincos-100k", steps=10_000), 1)


@pytest.mark.slow
def test_without_nonlinearity_the_grid_is_missed() -> None:
    result = run("sincos-100k", steps=200, activation="identity")
    assert result.measured["validation loss"] > 0.8
    assert missed(result) == []  # no expectation is about these settings
