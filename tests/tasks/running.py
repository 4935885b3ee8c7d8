"""Tasks run with settings as a user types them, and rows compared number by number."""

from __future__ import annotations

from typing import Any

import numpy as np

from difflab import tasks
from difflab.providers import GradientProvider
from difflab.report.draw import draw
from difflab.tasks.rows import Rows

EXACT = ("autodiff", "autodiff:compiled", "symbolic:matrix")


def run(name: str, gradient: str | GradientProvider, *assignments: str) -> tasks.TaskResult:
    task = tasks.get(name)
    return tasks.run(task, gradient, tasks.override(task.settings, assignments), confirmed=True)


def assert_expected(result: tasks.TaskResult) -> None:
    expected = [e for e in result.task.expectations if not e.given]
    assert expected
    assert len(result.checks) == len(expected), "an expectation whose quantity is not measured"
    for check in result.checks:
        assert check.within, f"{check.expectation} measured {check.measured}"


def missed(result: tasks.TaskResult, *assignments: str) -> set[str]:
    """Quantities outside of what is expected of the task, whatever its settings were here."""
    measured = result.measured
    return {
        e.quantity
        for e in result.task.expectations
        if e.quantity in measured and not e.low <= measured[e.quantity] <= e.high
    }


def assert_same_rows(found: Rows, wanted: Rows, rtol: float) -> None:
    assert len(found) == len(wanted) > 0
    for row, other in zip(found, wanted):
        assert row.keys() == other.keys() == wanted[0].keys()
        for name, value in row.items():
            if isinstance(value, str):
                assert value == other[name]
            else:
                np.testing.assert_allclose(value, other[name], rtol=rtol, atol=rtol, err_msg=name)


def drawn(result: tasks.TaskResult) -> Any:
    """Draw the figure of a result, and return its data."""
    assert result.task.figure is not None
    figure = result.task.figure(result.rows)
    assert draw(figure)
    return figure
