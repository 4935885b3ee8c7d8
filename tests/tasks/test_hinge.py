"""A perceptron under the hinge loss is LinearSVC."""

from __future__ import annotations

import numpy as np
import pytest

from difflab import nn
from difflab.errors import UsageError
from difflab.tasks.hinge import affine, linear_svc, share_right, signed_moons, svc_constant
from difflab.tasks.rows import column, where
from tests.tasks.helpers import assert_drawn, assert_expected, missed, run

SMALL = {"widths": (2, 2, 1)}


def test_the_perceptrons_weights_are_those_of_linear_svc() -> None:
    result = run("hinge", **SMALL)
    assert result.measured["largest difference of weights"] < 1e-5
    assert result.measured["accuracy of the perceptron"] == pytest.approx(0.875, abs=0.01)
    assert_drawn(result)


def test_linear_svc_minimises_what_is_minimised_here() -> None:
    data, l2 = signed_moons(), 0.01
    objective = nn.Objective(nn.MLP((2, 1)), nn.hinge, l2)
    ((weights, bias),) = linear_svc(data, l2)
    lowest = objective([(weights, bias)], data.x, data.y)
    rng = np.random.default_rng(0)
    for _ in range(20):
        moved = [(weights + 0.01 * rng.normal(size=(2, 1)), bias + 0.01 * rng.normal(size=1))]
        assert objective(moved, data.x, data.y) > lowest


def test_another_penalty_has_other_weights() -> None:
    data = signed_moons()
    ((weights, _),), ((other, _),) = linear_svc(data, 0.01), linear_svc(data, 0.02)
    assert np.max(np.abs(weights - other)) > 0.05


def test_without_a_penalty_there_is_nothing_to_compare_with() -> None:
    with pytest.raises(UsageError, match="without a penalty"):
        run("hinge", l2=0.0, steps=2)
    assert svc_constant(0.01, 1000) == pytest.approx(0.1)


def test_a_wrong_gradient_misses_the_weights() -> None:
    result = run("hinge", "control:zeros", steps=2)
    assert result.measured["largest difference of weights"] > 0.1
    assert missed(result) == []  # judged for the full length alone
    task = result.task
    wrong = [check for check in task.check(task.settings, result.measured) if not check.within]
    assert "largest difference of weights" in [check.expectation.quantity for check in wrong]


@pytest.mark.parametrize("provider", ["autodiff", "symbolic:matrix", "finite-difference", "torch"])
def test_every_provider_takes_the_same_first_steps(provider: str) -> None:
    ours, theirs = (
        run("hinge", which, steps=5, **SMALL).measured["perceptron w1"]
        for which in (provider, "autodiff:compiled")
    )
    assert ours == pytest.approx(theirs, rel=1e-7)


def test_accuracy_counts_points_on_the_right_side() -> None:
    rows = [
        {"kind": "class 0", "x0": 0.0, "x1": 0.0, "value": -1.0},
        {"kind": "class 1", "x0": 0.0, "x1": 0.0, "value": -0.5},
    ]
    assert share_right(rows) == 0.5
    assert affine([{"x0": a, "x1": b, "value": 2 * a + b} for a in (0.0, 1.0) for b in (0.0, 1.0)])[
        0
    ] == pytest.approx(2)


@pytest.mark.slow
def test_the_network_separates_the_moons() -> None:
    assert_expected(run("hinge"), 4)


def test_the_penalty_of_the_network_is_its_own() -> None:
    light, heavy = (
        run("hinge", steps=50, options={"network_l2": l2}, **SMALL) for l2 in (1e-4, 1.0)
    )
    assert light.measured["perceptron w0"] == heavy.measured["perceptron w0"]
    values = [
        np.array(column(where(result.rows, network="network", kind="grid"), "value"))
        for result in (light, heavy)
    ]
    assert np.ptp(values[1]) < np.ptp(values[0]) / 2  # the heavy one is nearly flat
