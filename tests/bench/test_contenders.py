"""Contenders: right on every case, and honest about what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from difflab import providers
from difflab.accuracy import gradient_error
from difflab.bench.cases import CASES, CHAIN, SUITE_CASES, Case, Problem, chosen
from difflab.bench.contenders import CONTENDERS, YARDSTICK, Contender, handwritten, protocol
from difflab.bench.contenders.provider import without_safety
from difflab.bench.measure import GATES, enter
from difflab.errors import UnknownNameError, UsageError
from difflab.tree import flatten

SMALL = (
    CASES["simplest"],
    CASES["4-16-16-3"],
    Case("relu", (3, 4, 3), "relu", "softmax cross-entropy", 5),
    Case("loop", (2, 3, 3, 4, 1), "tanh", "squared error", 6),
)


WRITTEN_BY_HAND = [
    CASES[name] for name in {*SUITE_CASES["autodiff"], *SUITE_CASES["symbolic"]} if name != CHAIN
]


@pytest.mark.parametrize("case", sorted(WRITTEN_BY_HAND, key=str), ids=lambda case: case.name)
@pytest.mark.parametrize("contender", CONTENDERS, ids=lambda contender: contender.name)
def test_contenders_agree_with_the_hand_written_gradient(contender: Contender, case: Case) -> None:
    if reason := contender.unavailable():
        pytest.skip(reason)
    problem = case.problem()
    row, call = enter(contender, problem, YARDSTICK.make(problem)())
    assert row.status == "ok", row.reason
    assert row.error is not None
    assert row.error <= {"float64": 1e-12, "float32": 1e-4}[case.dtype] == GATES[case.dtype]
    assert call is not None


@pytest.mark.parametrize("case", SMALL, ids=lambda case: case.name)
def test_the_hand_written_gradient_agrees_with_the_complex_step(case: Case) -> None:
    problem = case.problem()
    args = (problem.params, problem.x, problem.y)
    value, gradient = YARDSTICK.make(problem)()
    prepared = providers.get("complex-step").prepare(problem.loss, *args)
    expected_value, expected = prepared.value_and_gradient(*args)
    assert value == pytest.approx(expected_value, rel=1e-13)
    assert gradient_error(gradient, expected).relative_l2 < 1e-13


def test_straight_lines_and_the_loop_give_the_same() -> None:
    problem = CASES["4-16-16-3"].problem()
    args = (problem.params, problem.x, problem.y)
    straight, loop = handwritten.tanh_two_hidden(*args), handwritten.tanh_deep(*args)
    assert straight[0] == loop[0]
    for one, other in zip(flatten(straight[1])[0], flatten(loop[1])[0], strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("case", [*SMALL, CASES["2-64-64-1-float32"]], ids=lambda case: case.name)
def test_writing_by_hand_changes_no_input_and_repeats_itself(case: Case) -> None:
    problem, untouched = case.problem(), case.problem()
    call = YARDSTICK.make(problem)
    first, second = call(), call()
    for one, other in zip(flatten(first)[0], flatten(second)[0], strict=True):
        np.testing.assert_array_equal(one, other)
    before = flatten([untouched.params, untouched.x, untouched.y])[0]
    for one, other in zip(flatten([problem.params, problem.x, problem.y])[0], before, strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_cases_are_those_that_were_agreed() -> None:
    parameters = {
        name: sum(n * m + m for n, m in zip(case.sizes, case.sizes[1:]))
        for name, case in CASES.items()
    }
    assert parameters == {
        "simplest": 4,
        "4-16-16-3": 403,
        "2-16-16-1": 337,
        "2-64-64-1": 4_417,
        "2-64-64-1-float32": 4_417,
        "784-128-10": 101_770,
        "sincos": 4_417,
        "sincos-float32": 4_417,
        "64-32-10": 2_410,
        "digits": 2_410,
        "deep": 83_200,
    }
    assert [case.batch for case in CASES.values()] == [
        1, 32, 1000, 1000, 1000, 1000, 1000, 1347, 1347, 64, 32,
    ]  # fmt: skip
    for case in CASES.values():
        problem = case.problem()
        assert {leaf.dtype for leaf in flatten([problem.params, problem.x, problem.y])[0]} == {
            np.dtype(case.dtype)
        }


def test_cases_are_chosen_by_name() -> None:
    assert chosen([]) == [
        "simplest", "4-16-16-3", "2-64-64-1", "2-64-64-1-float32", "784-128-10", "deep", "chain",
    ]  # fmt: skip
    assert chosen([], "symbolic") == ["2-16-16-1", "2-64-64-1", "784-128-10"]
    assert chosen(["chain", "deep"]) == ["deep", "chain"]
    with pytest.raises(UnknownNameError, match="no case 'deeep'"):
        chosen(["deep", "deeep"])


def test_a_network_that_nobody_wrote_by_hand_is_refused() -> None:
    with pytest.raises(UsageError, match="no hand-written gradient"):
        handwritten.backpropagation(Case("odd", (2, 3, 3, 1), "relu", "squared error", 4))


def test_what_is_not_installed_says_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "find_spec", lambda name: None)
    reasons = {contender.name: contender.unavailable() for contender in CONTENDERS}
    assert reasons["torch eager"] == "not installed: pip install 'difflab[torch]'"
    assert reasons["HIPS autograd"] == "not installed: pip install 'difflab[bench]'"
    assert reasons["JAX jit"] == "not installed: pip install 'difflab[bench]'"
    assert reasons["hand-written"] is None


def test_safety_is_switched_off_where_a_provider_has_it() -> None:
    @dataclass(frozen=True)
    class Careful:
        safe: bool = True
        name: str = "careful"

        def unavailable(self) -> None:
            return None

        def prepare(self, f: Any, params: Any, *contexts: Any) -> Any:
            raise NotImplementedError

    assert without_safety(Careful()) == Careful(safe=False)
    plain = providers.get("finite-difference")
    assert without_safety(plain) is plain


def test_a_loss_of_a_problem_is_plain_numpy() -> None:
    problem = Problem(
        CASES["simplest"],
        [(np.array([[0.8]]), np.array([-0.2])), (np.array([[-1.1]]), np.array([0.3]))],
        np.array([[0.5]]),
        np.array([[1.0]]),
    )
    _, gradient = YARDSTICK.make(problem)()
    assert gradient[0][0][0, 0] == pytest.approx(0.0382845461, abs=1e-10)  # the README's number
    assert YARDSTICK.make(problem)()[0] == pytest.approx(
        float(problem.loss(problem.params, problem.x, problem.y)), rel=1e-15
    )
