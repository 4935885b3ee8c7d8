"""Exhibit 8: saturation, units, float32: the same loss, and what one step makes of it."""

from __future__ import annotations

import numpy as np
import pytest

from difflab.studies.problem import Problem, problem
from difflab.studies.truncation.hardships import (
    HARDSHIPS,
    UNITS,
    in_float32,
    in_other_units,
    measure_hardships,
    saturated,
)
from difflab.studies.truncation.networks import network_of
from difflab.tree import flatten


def loss_of(here: Problem) -> float:
    return float(here.objective(here.params, *here.contexts))


@pytest.fixture(scope="module")
def rows() -> dict[str, float]:
    found = measure_hardships(*network_of("simplest"))
    return {row.quantity: float(row.value) for row in found if row.at == "" and row.unit}


@pytest.mark.parametrize("task", ["sincos-small", "digits"])
def test_other_units_leave_the_loss_and_change_a_column_that_matters(task: str) -> None:
    here = problem(task, samples=8)
    other = in_other_units(here)
    assert loss_of(other) == pytest.approx(loss_of(here), rel=1e-13)
    ratio = np.max(np.abs(other.contexts[0])) / np.max(np.abs(here.contexts[0]))
    assert ratio == pytest.approx(UNITS), "a pixel that is always black would change nothing"


def test_saturation_enlarges_every_parameter() -> None:
    here = problem("sincos-small", samples=4)
    for before, after in zip(flatten(here.params)[0], flatten(saturated(here).params)[0]):
        assert np.array_equal(8 * before, after)


def test_float32_casts_everything() -> None:
    here = in_float32(problem("sincos-small", samples=4))
    assert {leaf.dtype for leaf in flatten(here.params)[0]} == {np.dtype("float32")}
    assert {context.dtype for context in here.contexts} == {np.dtype("float32")}


def test_one_step_fails_where_units_differ_and_a_step_per_block_helps(
    rows: dict[str, float],
) -> None:
    assert rows["one input x 1000, one step"] > 1000 * rows["as it is, one step"]
    assert rows["one input x 1000, own steps"] < rows["one input x 1000, one step"] / 10


def test_float32_has_longer_steps_and_larger_errors(rows: dict[str, float]) -> None:
    assert rows["float32, step"] > 100 * rows["as it is, step"]
    assert rows["float32, one step"] > 1e4 * rows["as it is, one step"]


def test_saturated_units_have_small_slopes_and_larger_relative_errors(
    rows: dict[str, float],
) -> None:
    assert rows["saturated, one step"] > 2 * rows["as it is, one step"]


def test_every_hardship_has_its_curve() -> None:
    found = measure_hardships("a net", problem("sincos-small", samples=2))
    for label in HARDSHIPS:
        curve = [row for row in found if row.quantity == f"{label}, error"]
        assert len(curve) > 15
        assert all(float(row.value) >= 0 for row in curve)
