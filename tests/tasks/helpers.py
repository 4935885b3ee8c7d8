"""What the tests of tasks share: runs with changed settings, and their checks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from difflab import tasks
from difflab.report.draw import draw
from difflab.tasks import TaskResult

QUICK = "autodiff:compiled"


def run(
    name: str, gradient: Any = QUICK, options: dict[str, Any] | None = None, **settings: Any
) -> TaskResult:
    """Run a task with some settings and options of its own changed."""
    task = tasks.get(name)
    chosen = replace(task.settings, **settings).with_options(**(options or {}))
    return tasks.run(task, gradient, chosen)


def assert_expected(result: TaskResult, count: int | None = None) -> None:
    """Every expectation for these settings is met, and there is one."""
    assert len(result.checks) == count if count else result.checks
    for check in result.checks:
        assert check.within, f"{check.expectation} measured {check.measured}"


def missed(result: TaskResult) -> list[str]:
    """The quantities that are not what is expected."""
    return [check.expectation.quantity for check in result.checks if not check.within]


def assert_drawn(result: TaskResult) -> None:
    """The figure of the rows can be drawn, and rows are tidy."""
    assert result.task.figure is not None
    assert len({tuple(row) for row in result.rows}) == 1
    assert draw(result.task.figure(result.rows)).lstrip().startswith("<?xml")
