"""Exhibits 4 and 5: every method of the lab, and error bars that are compared with the truth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from difflab.numeric.ladder import METHODS
from difflab.studies.truncation import simplest, subject_of
from difflab.studies.truncation.methods import (
    Spent,
    doubts,
    measure_doubts,
    measure_methods,
    spent,
)

SUBJECT = simplest(points=40)


@pytest.fixture(scope="module")
def found() -> dict[tuple[str, str], Spent]:
    return {(each.family, each.name): each for each in spent(SUBJECT)}


def test_every_method_of_the_lab_takes_part(found: dict[tuple[str, str], Spent]) -> None:
    mirrored = {"backward"}  # the mirror image of forward
    own = {name for family, name in found if family in ("with its own bar", "ladder")}
    assert own >= set(METHODS) - {"complex-step", "plug-in"} - mirrored
    families = {family for family, _ in found}
    assert families == {
        "theory's step", "usual step", "Richardson", "plug-in step", "with its own bar", "ladder",
        "exact",
    }  # fmt: skip
    assert {name for family, name in found if family == "exact"} == {
        "complex-step",
        "forward mode",
    }


def test_golden_costs(found: dict[tuple[str, str], Spent]) -> None:
    costs = {key: each.evaluations for key, each in found.items()}
    assert costs["theory's step", "forward"] == 2
    assert costs["usual step", "central-8"] == 8
    assert costs["Richardson", "4 steps"] == 8
    assert costs["plug-in step", "central"] == 8
    assert costs["exact", "complex-step"] == 1
    assert 50 < costs["ladder", "auto"] < 100


def test_errors_fall_with_the_order_and_exact_methods_end_at_rounding(
    found: dict[tuple[str, str], Spent],
) -> None:
    schemes = ("forward", "central", "central-4", "central-6", "central-8")
    errors = [found["theory's step", scheme].error for scheme in schemes]
    assert errors == sorted(errors, reverse=True)
    assert errors[0] > 1e5 * errors[-1]
    for name in ("complex-step", "forward mode"):
        assert found["exact", name].error < 1e-16
    assert found["ladder", "auto"].error < 3e-14


def test_networks_are_compared_with_reverse_mode() -> None:
    subject = subject_of("sincos-small", "W2[1,2]", points=4)
    names = {each.name: each.error for each in spent(subject) if each.family == "exact"}
    assert set(names) == {"complex-step", "reverse mode"}
    assert max(names.values()) < 1e-15


def test_a_function_that_no_engine_follows_has_no_exact_method() -> None:
    real = replace(SUBJECT, engines=(), function=lambda t: np.asarray(SUBJECT.function(t)).real)
    assert {each.name for each in spent(real) if each.family == "exact"} == set()


def test_bars_that_are_meant_to_cover_do_and_two_steps_do_not() -> None:
    found = doubts(SUBJECT)
    covered = {
        method: np.mean([each.true <= each.estimated for each in found if each.method == method])
        for method in {each.method for each in found}
    }
    for method in ("ladder", "forward, own bar", "central, own bar", "plug-in, own bar"):
        assert covered[method] == 1.0
    # steps on the left are all rounding, of which two quotients say nothing sure
    assert covered["two steps"] < 0.5


def test_a_bar_that_lies_is_seen() -> None:
    rows = {row.quantity: row.value for row in measure_doubts(SUBJECT)}
    assert rows["two steps, covered"] < 0.5 < rows["ladder, covered"]
    assert rows["ladder, estimated / true"] > 1


@pytest.mark.parametrize("text", ["exp(x)", "log(x)", "x*sin(x)"])
def test_the_ladders_bar_covers_formulas(text: str) -> None:
    subject = subject_of(f"expression {text}", None, "float64", 24, {"x": 1.3})
    rows = {row.quantity: row.value for row in measure_doubts(subject)}
    assert rows["ladder, covered"] == 1.0


def test_rows_carry_evaluations_and_the_size_of_the_slope() -> None:
    rows = measure_methods(SUBJECT)
    ladder = [row for row in rows if row.quantity == "ladder: auto"]
    assert len(ladder) == 1
    assert float(ladder[0].at) > 50
    slope = next(row.value for row in rows if row.quantity == "slope")
    assert slope == pytest.approx(0.155, rel=0.05)
