"""Rivals are checked against reverse mode in float64, and only the right ones are timed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from difflab.bench.cases import CASES, DIFFERENCES, SUITE_CASES, Case
from difflab.bench.differences.measure import measure, reference
from difflab.bench.differences.rivals import (
    FORWARD,
    LOSSES,
    RIVALS,
    ForwardPass,
    Rival,
    objective,
)
from difflab.studies.cost import peak_bytes
from difflab.tree import flatten, map_leaves
from tests.bench.fakes import TINY, Spoiled

SOFTMAX = Case("soft", (3, 4, 3), "tanh", "softmax cross-entropy", 5)
NARROW = Case("narrow", (2, 3, 1), "tanh", "squared error", 4, "float32")


@pytest.mark.parametrize("case", [TINY, SOFTMAX, NARROW], ids=lambda case: case.name)
def test_every_rival_is_right_on_small_networks(case: Case) -> None:
    for row in measure(case, 1):
        if row.status == "unavailable":
            assert "pip install" in row.reason
            continue
        assert row.status == "ok", f"{row.contender}: {row.reason}"
        assert row.timing is not None
        assert row.error is not None


def test_slow_rivals_are_called_once_and_may_be_left_out() -> None:
    contender = Spoiled()
    (row,) = measure(TINY, 3, rivals=[Rival(contender, slow=True)])
    assert contender.calls == 1
    assert row.timing is not None
    assert row.timing.samples == 1
    assert row.timing.minimum == row.cold
    assert measure(TINY, 1, slow=False, rivals=[Rival(contender, slow=True)]) == []
    quick = {rival.contender.name for rival in RIVALS if not rival.slow}
    assert {FORWARD, "torch eager", "finite-difference:central:node"} <= quick
    assert "finite-difference:central:loop" not in quick


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda v, g: (v, map_leaves(lambda leaf: leaf * 1.001, g)), "off by 1.0e-03"),
        (lambda v, g: (v * 1.001, g), "may be 1e-06"),
        (lambda v, g: (v, map_leaves(np.zeros_like, g)), "off by 1.0e+00"),
        (lambda v, g: (v, g[::-1]), "gradients have shapes"),
        (lambda v, g: (v, map_leaves(lambda leaf: leaf * np.nan, g)), "not finite"),
    ],
)
def test_who_is_wrong_has_a_reason_and_no_time(spoil: Any, reason: str) -> None:
    (row,) = measure(TINY, 1, rivals=[Rival(Spoiled(spoil))])
    assert (row.status, row.timing) == ("wrong", None)
    assert reason in row.reason


def test_what_raises_and_what_is_missing_have_their_rows() -> None:
    def fail(*_: Any) -> Any:
        raise ZeroDivisionError("oh")

    failed, missing = measure(
        TINY, 1, rivals=[Rival(Spoiled(fail)), Rival(Spoiled(reason="not installed"))]
    )
    assert (failed.status, failed.reason) == ("failed", "ZeroDivisionError('oh')")
    assert (missing.status, missing.reason) == ("unavailable", "not installed")


def test_errors_in_float32_are_against_float64() -> None:
    (row,) = measure(NARROW, 1, rivals=[Rival(Spoiled())])
    assert row.error is not None
    assert 1e-9 < row.error < 1e-6
    assert all(leaf.dtype == np.float64 for leaf in flatten(reference(NARROW)[1])[0])


@pytest.mark.parametrize("name", SUITE_CASES[DIFFERENCES])
def test_the_loss_of_a_case_is_that_of_the_networks(name: str) -> None:
    problem = CASES[name].problem()
    at = (problem.params, problem.x, problem.y)
    expected = problem.loss(*at)
    eps = float(np.finfo(expected.dtype).eps)
    assert float(objective(problem)(*at)) == pytest.approx(float(expected), rel=20 * eps)
    assert problem.case.head in LOSSES


def test_the_forward_pass_is_the_loss_alone() -> None:
    (row,) = measure(TINY, 1, rivals=[Rival(ForwardPass())])
    assert row.error == 0
    value, gradient = ForwardPass().make(TINY.problem())()
    assert gradient == []
    assert value > 0


def test_memory_is_that_of_the_call() -> None:
    kept: list[Any] = []
    assert peak_bytes(lambda: (kept.append(np.ones(10**6)), [])) >= 8 * 10**6
    assert peak_bytes(lambda: (0.0, [])) < 10**5
