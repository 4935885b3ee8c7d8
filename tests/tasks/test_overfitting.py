"""With few points the training loss goes below the noise and the validation loss up again."""

from __future__ import annotations

import pytest

from difflab import tasks
from difflab.providers.controls import Control
from difflab.tasks.overfitting import NOISE_FLOOR, last
from difflab.tasks.rows import column, where
from tests.tasks.running import EXACT, assert_expected, assert_same_rows, drawn, missed, run

SMALL = ("few=10", "many=40", "compared=1,3", "steps=20")


@pytest.mark.slow
def test_the_course_expects_a_rise_with_few_points_and_none_with_many() -> None:
    result = run("overfitting", "autodiff:compiled")
    assert_expected(result)
    few, many = (
        result.measured[f"validation loss over its minimum, {n} points"] for n in (30, 1000)
    )
    assert many < 1.3 < few
    widths = last(result.rows, samples=1000, stopping="none")
    assert column(widths, "width") == (2, 4, 8, 16, 32)
    drawn(result)


@pytest.fixture(scope="module")
def thirty() -> tasks.TaskResult:
    """The widest network on 30 points, and on 60 in place of 1,000."""
    return run("overfitting", "autodiff:compiled", "compared=32", "many=60")


def test_the_widest_network_learns_the_noise_of_thirty_points(thirty: tasks.TaskResult) -> None:
    assert thirty.measured["training loss, 30 points"] < NOISE_FLOOR / 10
    assert thirty.measured["validation loss over its minimum, 30 points"] > 1.5
    assert "below the noise's 0.01" in thirty.lesson


def test_early_stopping_goes_back_to_the_best_evaluation(thirty: tasks.TaskResult) -> None:
    stopped = where(thirty.rows, stopping="early")
    assert len(stopped) < len(where(thirty.rows, samples=30, stopping="none"))
    lowest = min(column(stopped, "validation loss"))
    assert stopped[-1]["validation loss"] == pytest.approx(lowest, rel=1e-12)
    assert stopped[-1]["validation loss"] < thirty.measured["validation loss, 30 points"] / 1.5
    seen = where(stopped[:-1], step=stopped[-1]["step"])
    assert seen[0]["training loss"] == pytest.approx(stopped[-1]["training loss"], rel=1e-12)


def test_a_narrow_network_cannot_learn_the_noise() -> None:
    result = run("overfitting", "autodiff:compiled", "compared=2", "many=60", "steps=1000")
    assert "training loss, 30 points" in missed(result)
    assert "above the noise's 0.01" in result.lesson


def test_a_wrong_gradient_misses_the_expectations() -> None:
    result = run("overfitting", Control("zeros"), "compared=32", "many=60", "steps=100")
    assert {"training loss, 30 points", "validation loss over its minimum, 30 points"} <= missed(
        result
    )


@pytest.mark.parametrize("gradient", [*EXACT, "finite-difference:central"])
def test_every_provider_gives_the_same_curves(gradient: str) -> None:
    wanted = run("overfitting", "autodiff", *SMALL)
    assert_same_rows(run("overfitting", gradient, *SMALL).rows, wanted.rows, 1e-5)


def test_the_figure_has_two_panels_of_six_lines_at_most(thirty: tasks.TaskResult) -> None:
    steps, widths = drawn(thirty).charts
    assert [series.label for series in steps.series] == [
        "training, 30 points", "validation, 30 points",
        "training, 60 points", "validation, 60 points", "noise",
    ]  # fmt: skip
    assert "validation, 30 points, early stopping" in [series.label for series in widths.series]
