"""The tape records what was called, with integer parents; nesting restores its level."""

from __future__ import annotations

import numpy as np
import pytest

from difflab import functions as own
from difflab.errors import TracingError
from difflab.trace import CONSTANT, current_level, name_of, recording, trace, traced_input


def test_entries_hold_function_parents_and_value() -> None:
    with recording() as tape:
        x = traced_input(tape, np.array([1.0, 2.0]))
        y = np.sum(2.0 * x, axis=0)
    multiply, total = tape.entries[1:]
    assert (multiply.function, multiply.parents) == (np.multiply, (CONSTANT, 0))
    assert (total.function, total.parents, total.options) == (np.sum, (1,), {"axis": 0})
    assert y.index == 2
    assert total.value == 6.0


def test_levels_nest_and_are_restored_after_an_error() -> None:
    levels = []

    def fail_inside() -> None:
        with recording() as inner:
            levels.append(inner.level)
            raise ZeroDivisionError

    with recording() as outer:
        with pytest.raises(ZeroDivisionError):
            fail_inside()
        assert (outer.level, *levels) == (0, 1)
        assert current_level() == 0
    assert current_level() == -1


def test_a_primitive_is_one_entry() -> None:
    program = trace(lambda x: own.sigmoid(x), 1.0)
    assert [name_of(entry.function) for entry in program.entries] == ["input", "difflab.sigmoid"]


def test_a_program_runs_again_on_other_inputs_contexts_included() -> None:
    def f(p, x, labels):
        return np.sum((x @ p["w"])[labels])

    program = trace(f, {"w": np.ones(3)}, np.eye(3), np.array([0, 0, 2]))
    w, x, labels = np.array([1.0, 10.0, 100.0]), 2.0 * np.eye(3), np.array([1, 1, 1])
    assert program.run([w, x, labels]) == f({"w": w}, x, labels) == 60.0
    assert (program.parameters, program.contexts, program.branches) == (1, 2, ())


def test_a_decision_by_value_is_noted_with_its_line() -> None:
    program = trace(lambda x: x if x > 0 else -x, 2.0)
    (branch,) = program.branches
    assert branch.outcome is True
    assert "test_tape.py" in branch.line


def test_a_function_that_returns_no_array_is_refused() -> None:
    with pytest.raises(TracingError, match="dict"):
        trace(lambda x: {"loss": x}, 1.0)


def test_a_constant_function_is_a_program_too() -> None:
    assert trace(lambda x: 3.0, 1.0).run([5.0]) == 3.0


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: np.einsum("ij,kj->ik", x, x), np.arange(6.0).reshape(2, 3)),
        (lambda x: np.concatenate([x, np.ones((1, 3)), x], axis=0), np.arange(6.0).reshape(2, 3)),
        (lambda x: x.astype(np.float32) * 2, np.arange(3.0)),
        (lambda x: x[..., None][1:, ::-1], np.arange(6.0).reshape(3, 2)),
        (lambda x: np.clip(x, 1.0, None), np.arange(3.0)),
    ],
)
def test_replaying_gives_what_numpy_gives(f, x) -> None:
    program = trace(f, x)
    np.testing.assert_array_equal(program.run([x + 1]), f(x + 1))
