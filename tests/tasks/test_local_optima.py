"""Some starts of XOR get stuck at 1/8; more units help, and a wrong gradient solves nothing."""

from __future__ import annotations

import numpy as np
import pytest

from difflab import nn, tasks
from difflab.datasets import xor
from difflab.nn import member
from difflab.providers.controls import Control
from difflab.tasks.local_optima import STUCK, of_width, starts, summary
from difflab.tasks.rows import column, where
from tests.tasks.running import EXACT, assert_expected, assert_same_rows, drawn, missed, run

SMALL = ("starts=3", "steps=20")


@pytest.fixture(scope="module")
def result() -> tasks.TaskResult:
    return run("local-optima", "autodiff:compiled")


def test_about_twelve_of_fifty_are_stuck_and_none_with_four_units(result: tasks.TaskResult) -> None:
    assert_expected(result)
    assert result.lesson == (
        "Starts that did not learn XOR: 10 with 2 hidden units, 0 with 4 hidden units. Their "
        "median loss is 0.125 with 2 hidden units: they have come to the valley that leads "
        "nowhere."
    )


def test_those_that_are_not_stuck_have_solved_it(result: tasks.TaskResult) -> None:
    losses = np.array(column(result.rows, "loss"))
    assert not np.any((losses > 0.01) & (losses < STUCK)), "nothing in between"


def test_the_valley_at_one_eighth_by_hand() -> None:
    """Two samples right and two at one half: (0 + 0 + 1/4 + 1/4)/4."""
    y = xor().y
    assert nn.loss("squared-error")(np.array([[0.0], [1.0], [0.5], [0.5]]), y) == 0.125


def test_starts_are_uniform_and_each_has_its_own_seed() -> None:
    task = tasks.get("local-optima")
    params = starts(task.settings, 2)
    leaves = [leaf for layer in params for leaf in layer]
    assert max(np.abs(leaf).max() for leaf in leaves) < 1
    assert all(len(leaf) == 50 for leaf in leaves)
    shifted = starts(tasks.override(task.settings, ["seed=7"]), 2)
    assert np.array_equal(shifted[0][0][0], params[0][0][7])


def test_a_network_of_the_stack_goes_where_it_would_go_alone() -> None:
    task = tasks.get("local-optima")
    settings = tasks.override(task.settings, SMALL)
    data = task.dataset(settings)
    stack, params = of_width(task, settings, 2), starts(settings, 2)
    rule = nn.optimizer("sgd", lr=settings.lr)
    together = nn.Trainer(stack, None, rule, steps=20, progress=False).fit(
        data.x, data.y, params=params
    )
    alone = nn.Trainer(
        nn.Objective(stack.form, stack.loss), None, rule, steps=20, progress=False
    ).fit(data.x, data.y, params=member(params, 1))
    for layer, other in zip(member(together.params, 1), alone.params):
        for leaf, wanted in zip(layer, other):
            np.testing.assert_allclose(leaf, wanted, rtol=1e-12)


@pytest.mark.parametrize("gradient", [*EXACT, "finite-difference:central"])
def test_every_provider_gives_the_same_losses(gradient: str) -> None:
    wanted = run("local-optima", "autodiff", *SMALL)
    assert_same_rows(run("local-optima", gradient, *SMALL).rows, wanted.rows, 1e-8)


@pytest.mark.parametrize("control", ["flipped-sign", "zeros"])
def test_a_wrong_gradient_solves_nothing(control: str) -> None:
    result = run("local-optima", Control(control), "steps=300")
    assert min(column(result.rows, "loss")) > STUCK
    assert "stuck with 4 hidden units" in missed(result)


def test_the_figure_is_sorted(result: tasks.TaskResult) -> None:
    (chart,) = drawn(result).charts
    assert [series.label for series in chart.series] == ["2 hidden units", "4 hidden units"]
    assert all(list(series.y) == sorted(series.y) for series in chart.series)
    assert len(where(result.rows, width=2)) == 50


@pytest.mark.parametrize(("loss", "stuck"), [(0.049, 0.0), (0.06, 1.0), (0.124, 1.0)])
def test_a_start_is_stuck_above_a_twentieth(loss: float, stuck: float) -> None:
    measured = summary([{"width": 2, "rank": 1, "seed": 0, "loss": loss}])
    assert measured["stuck with 2 hidden units"] == stuck
