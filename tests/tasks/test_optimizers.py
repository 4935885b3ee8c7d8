"""Six optimizers on two problems, each with the best rate of one grid; and their pins."""

from __future__ import annotations

import numpy as np
import pytest

from difflab import nn, providers, tasks
from difflab.errors import UnknownNameError
from difflab.nn import Trainer, optimizer
from difflab.providers.controls import Control
from difflab.tasks.optimizers import START, final_loss, rates_of, reached, rosenbrock
from difflab.tasks.rows import column, distinct, where
from tests.tasks.running import EXACT, assert_expected, assert_same_rows, drawn, missed, run

SMALL = ("compared=sgd,adam", "rates=0.001,0.1", "steps=20", "n=20", "widths=2-3-1")

PINS = {
    "sgd": (0.9, 0.81, 0.729),
    "momentum": (0.9, 0.72, 0.486),
    "nesterov": (0.81, 0.5751, 0.327321),
    "rmsprop": (9.99999903994464e-08, -5.0377e-10, 5.0885e-12),
    "adam": (0.900000001, 0.8004122297123382, 0.701586274504415),
    "adamw": (0.890000001, 0.781571856954161, 0.6751012231892006),
}
"""w after three steps on w^2/2 from 1 with learning rate .1; AdamW decays by .1."""


@pytest.mark.parametrize("name", PINS)
@pytest.mark.parametrize("gradient", [*EXACT, "finite-difference:central"])
def test_the_pins_of_the_course_hold_with_every_provider(name: str, gradient: str) -> None:
    path: list[float] = []
    more = {"weight_decay": 0.1} if name == "adamw" else {}
    Trainer(
        lambda w, x, y: w * w / 2,
        None,
        optimizer(name, lr=0.1, **more),
        gradient,
        steps=3,
        progress=False,
        callbacks=[lambda step, w: path.append(float(w))],
    ).fit(np.zeros((1, 1)), np.zeros((1, 1)), params=1.0)
    if gradient in EXACT:
        digits = 1e-4 if name == "rmsprop" else 1e-12
        assert path == pytest.approx(PINS[name], rel=digits, abs=1e-15)
    else:
        assert path == pytest.approx(PINS[name], abs=1e-6)


@pytest.mark.slow
def test_the_course_expects_this_order() -> None:
    result = run("optimizers", "autodiff:compiled")
    assert_expected(result)
    at = result.measured
    assert at["sincos, adam: steps to 0.05"] < at["sincos, momentum: steps to 0.05"]
    assert at["sincos, sgd: steps to 0.05"] == np.inf
    drawn(result)


def test_rosenbrock_has_its_minimum_and_its_start() -> None:
    assert rosenbrock(np.array([1.0, 1.0]), None, None) == 0
    assert rosenbrock(np.array(START), None, None) == pytest.approx(24.2)
    gradient = providers.get("autodiff").prepare(rosenbrock, np.array(START), None, None)
    assert gradient.value_and_gradient(np.array(START), None, None)[1] == pytest.approx(
        [-215.6, -88.0]
    )


def test_all_rules_have_the_same_budget_and_the_best_rate_counts() -> None:
    settings = tasks.get("optimizers").settings
    grids = {rates_of(settings, name) for name in settings.option("compared")}
    assert len(grids) == 1
    both = run("optimizers", "autodiff", *SMALL)
    for rate in ("0.001", "0.1"):
        alone = run("optimizers", "autodiff", *SMALL[:1], f"rates={rate}", *SMALL[2:])
        for name in both.measured:
            if name.endswith(": loss"):
                assert both.measured[name] <= alone.measured[name]


def test_a_rate_that_diverges_ends_the_run_and_not_the_task() -> None:
    settings = ("compared=sgd", "steps=50", "n=20", "widths=2-3-1")
    result = run("optimizers", "autodiff", "rates=0.001,1000", *settings)
    assert result.measured["rosenbrock, sgd: tuned rate"] == 0.001
    lost = run("optimizers", "autodiff", "rates=1000", *settings)
    assert lost.measured["rosenbrock, sgd: loss"] == np.inf
    drawn(lost)


def test_methods_that_search_along_lines_take_part_with_one_length() -> None:
    settings = ("compared=adam,lbfgs,newton", "rates=0.1", "steps=40", "n=20", "widths=2-3-1")
    result = run("optimizers", "autodiff", *settings)
    assert rates_of(result.settings, "lbfgs") == (1.0,)
    assert result.measured["rosenbrock, newton: loss"] < 1e-10
    assert result.measured["rosenbrock, lbfgs: loss"] < 1e-6


def test_every_rule_by_name_takes_part() -> None:
    names = ",".join(nn.OPTIMIZERS)
    result = run("optimizers", "autodiff", f"compared={names}", "steps=2", "n=5", "rates=0.001")
    assert distinct(result.rows, "optimizer") == list(nn.OPTIMIZERS)
    assert all(len(chart.series) <= 6 for chart in drawn(result).charts)


def test_an_unknown_rule_comes_with_the_nearest_name() -> None:
    with pytest.raises(UnknownNameError, match="'adam'"):
        run("optimizers", "autodiff", "compared=adm", "steps=1")


@pytest.mark.parametrize("gradient", [*EXACT, "finite-difference:central"])
def test_every_provider_gives_the_same_curves(gradient: str) -> None:
    wanted = run("optimizers", "autodiff", *SMALL)
    assert_same_rows(run("optimizers", gradient, *SMALL).rows, wanted.rows, 1e-4)


def test_a_wrong_gradient_misses_the_expectations() -> None:
    result = run("optimizers", Control("flipped-sign"), "steps=30", "rates=0.001", "n=20")
    assert {"sincos, adam: loss", "rosenbrock, momentum: loss", "rosenbrock, adam: loss"} <= missed(
        result
    )


def test_runs_are_compared_by_their_last_loss() -> None:
    assert final_loss([{"loss": 0.1}, {"loss": 2.0}]) == 2.0
    assert final_loss([{"loss": float("nan")}]) == np.inf
    assert reached([{"step": 0, "loss": 1.0}], 0.5) == np.inf


def test_rows_hold_the_path_through_the_valley() -> None:
    result = run("optimizers", "autodiff", *SMALL)
    path = where(result.rows, problem="rosenbrock", optimizer="adam")
    assert (path[0]["x"], path[0]["y"]) == START
    for row in path:
        at = np.array([row["x"], row["y"]])
        assert row["loss"] == pytest.approx(rosenbrock(at, None, None))
    assert np.all(np.isnan(column(where(result.rows, problem="sincos"), "x")))
    assert len(path) == 21
