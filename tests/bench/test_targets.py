"""Ratios, means and targets, on numbers done by hand."""

from __future__ import annotations

import pytest

from difflab.bench.record import ChainRow, Row
from difflab.bench.targets import Target, autodiff_targets, geometric_mean, ratios
from difflab.clock import Timing

MICROSECONDS = {
    "4-16-16-3": {
        "hand-written": 30,
        "autodiff": 60,
        "autodiff:compiled": 30,
        "textbook": 40,
        "torch eager": 120,
        "HIPS autograd": 600,
        "JAX jit": 20,
    },
    "784-128-10": {
        "hand-written": 400,
        "autodiff": 480,
        "autodiff:compiled": 484,
        "textbook": 320,
        "torch eager": 484,
    },
}


def row(case: str, contender: str, microseconds: float) -> Row:
    seconds = microseconds * 1e-6
    timing = Timing(seconds, 2 * seconds, seconds, 3 * seconds, samples=15, loops=10)
    return Row(case, contender, "ok", timing=timing)


ROWS = [row(case, name, us) for case, line in MICROSECONDS.items() for name, us in line.items()]


def test_ratios_are_those_of_the_minima_case_by_case() -> None:
    assert ratios(ROWS, "autodiff", "hand-written") == pytest.approx(
        {"4-16-16-3": 2.0, "784-128-10": 1.2}
    )
    assert ratios(ROWS, "JAX jit", "hand-written") == pytest.approx({"4-16-16-3": 2 / 3})
    assert ratios(ROWS, "hand-written", "nobody") == {}


def test_the_geometric_mean() -> None:
    assert geometric_mean([1.0, 1.21]) == pytest.approx(1.1)
    assert geometric_mean([0.25, 4.0]) == pytest.approx(1.0)
    assert geometric_mean([]) is None


def test_targets_on_golden_numbers() -> None:
    found = autodiff_targets(ROWS, ChainRow(100_000, "ok", seconds=1.6, error=0.0, garbage=0))
    assert [(target.measured, target.reached) for target in found] == [
        (pytest.approx(1.1), False),  # sqrt(1 * 1.21)
        (pytest.approx(0.5), True),  # sqrt(0.25 * 1)
        (pytest.approx(1.5), False),  # 30 / 20, the only case that both ran
        (pytest.approx(2.0), True),
        (pytest.approx(1.2), False),
        (pytest.approx(1.5), True),  # 60 / 40
        (pytest.approx(1.5), False),  # 480 / 320
        (pytest.approx(10.0), True),
        (1.6, False),
        (0, True),
    ]
    assert [target.bound for target in found] == [
        1.05, 0.65, 1.0, 2.2, 1.15, 2.2, 1.15, 5.0, 1.5, 0,
    ]  # fmt: skip
    assert found[2].name == "autodiff:compiled / JAX jit, geometric mean of 1 cases"


def test_what_was_not_measured_is_neither_reached_nor_missed() -> None:
    found = autodiff_targets([], ChainRow(100_000, "wrong", seconds=0.1, error=1.0, garbage=None))
    assert {target.reached for target in found} == {None}
    assert len(found) == 10
    assert len(autodiff_targets([], None)) == 8, "the chain was not asked for"


def test_a_bound_counts_as_reached() -> None:
    assert Target("t", 1.0, 1.0).reached
    assert not Target("t", 1.0, 1.0001).reached
    assert Target("t", 5.0, 5.0, at_least=True).reached
    assert not Target("t", 5.0, 4.9999, at_least=True).reached
