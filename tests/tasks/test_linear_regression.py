"""The critical learning rate that is predicted is the one that is measured."""

from __future__ import annotations

import math

import pytest

from difflab.tasks.linear_regression import diverged, summary
from tests.tasks.helpers import QUICK, assert_drawn, assert_expected, run

SHORT = {"shares": (0.5, 1.01), "descent_steps": 30, "bisections": 1}
PROVIDERS = ("autodiff", QUICK, "symbolic", "finite-difference", "torch")


def test_bisection_finds_the_critical_rate_on_standardised_inputs_too() -> None:
    options = {"shares": (0.5,), "descent_steps": 300, "bisections": 8}
    result = run("linear-regression", standardised=True, steps=5, options=options)
    predicted = result.measured["critical learning rate"]
    assert predicted == pytest.approx(0.97663, abs=1e-5)
    assert result.measured["measured critical learning rate"] == pytest.approx(predicted, rel=0.01)


def test_the_lesson_names_both_rates_and_the_figure_the_closed_form() -> None:
    result = run("linear-regression", options=SHORT)
    assert f"{result.measured['critical learning rate']:.5g}" in result.lesson
    assert f"{result.measured['measured critical learning rate']:.5g}" in result.lesson
    assert_drawn(result)
    figure = result.task.figure(result.rows)
    theory = figure.charts[0].series[-1]
    assert theory.style == "theory"
    assert theory.y == pytest.approx([result.measured["closed-form loss"]] * 2)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_provider_descends_to_the_same_loss(provider: str) -> None:
    result = run("linear-regression", provider, steps=50, options=SHORT)
    assert result.measured["loss"] == pytest.approx(
        run("linear-regression", steps=50, options=SHORT).measured["loss"], abs=1e-9
    )


def test_a_wrong_gradient_misses_the_loss_and_the_rate() -> None:
    result = run("linear-regression", "control:flipped-sign", lr=1e-5, steps=20, options=SHORT)
    assert result.measured["loss"] > 0.96
    assert result.measured["measured critical learning rate"] < 0.001
    zeros = run("linear-regression", "control:zeros", steps=20, options=SHORT)
    assert zeros.measured["loss above closed form"] > 0.01
    assert zeros.measured["measured critical learning rate"] > 100  # it never diverges


def test_the_measured_rate_lies_between_descents_that_converge_and_those_that_do_not() -> None:
    rows = [
        {"purpose": "searched", "learning rate": lr, "step": step, "loss": loss}
        for lr, end in ((0.1, 0.5), (0.2, math.inf), (0.15, 0.4))
        for step, loss in ((0, 1.0), (1, end))
    ]
    assert summary(rows)["measured critical learning rate"] == pytest.approx(0.175)
    assert diverged(rows[2:4])
    assert not diverged(rows[:2])


@pytest.mark.slow
def test_everything_expected_of_the_whole_task_is_measured() -> None:
    assert_expected(run("linear-regression"), 12)


def test_a_line_ends_where_its_loss_has_outgrown_the_others() -> None:
    result = run("linear-regression", steps=5, options={**SHORT, "shares": (0.5, 1.5)})
    below, above, _ = result.task.figure(result.rows).charts[0].series
    assert len(below.x) > len(above.x)
    assert max(above.y) < 1.05 * above.y[0]
