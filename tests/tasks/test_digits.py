"""Digits: a classifier that every provider trains to the same accuracy."""

from __future__ import annotations

import pytest

from difflab.tasks.rows import where
from tests.tasks.helpers import assert_drawn, assert_expected, missed, run

EXACT = ("autodiff", "autodiff:compiled", "symbolic:matrix", "finite-difference:central:node")


@pytest.mark.parametrize("widths", [(64, 32, 10), (64, 64, 10), (64, 10)], ids=str)
def test_classifiers_meet_what_is_expected_of_them(widths: tuple[int, ...]) -> None:
    result = run("digits", widths=widths)
    assert_expected(result, 2 if widths == (64, 32, 10) else 1)
    assert f"{result.measured['accuracy']:.1%}" in result.lesson


def test_providers_reach_the_same_accuracy_from_the_same_start() -> None:
    reached = [run("digits", which, steps=60).measured["accuracy"] for which in EXACT]
    assert max(reached) - min(reached) <= 0.02
    assert min(reached) > 0.8


@pytest.mark.slow
@pytest.mark.parametrize("provider", [*EXACT, "finite-difference:central", "torch"])
def test_every_able_provider_is_within_two_percent_of_the_tape(provider: str) -> None:
    steps = 150 if provider == "finite-difference:central" else 1100
    ours, theirs = (
        run("digits", which, steps=steps).measured["accuracy"]
        for which in (provider, "autodiff:compiled")
    )
    assert abs(ours - theirs) <= 0.02


def test_the_sheet_shows_the_first_64_images_and_the_curves_every_epoch() -> None:
    result = run("digits", steps=44)
    assert_drawn(result)
    sheet, losses, mistakes = result.task.figure(result.rows).charts
    assert len(sheet.images) == len(sheet.labels) == 64
    assert len(sheet.images[0]) == len(sheet.images[0][0]) == 8
    data = result.task.dataset(result.settings)
    assert sheet.images[5][3][2] == pytest.approx(data.x[5, 26], abs=1 / 255)
    assert sheet.labels[5] == str(int(data.y[5].argmax()))
    assert [series.label for series in losses.series] == ["training", "validation"]
    last = where(result.rows, kind="evaluation")[-1]
    assert last["epoch"] == pytest.approx(2.0)
    assert mistakes.series[0].y[-1] == pytest.approx(100 * (1 - result.measured["accuracy"]))


def test_a_wrong_gradient_misses_the_accuracy() -> None:
    assert missed(run("digits", "control:zeros")) == ["accuracy"]
