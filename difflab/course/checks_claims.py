"""Statements and questions that a whole task shows: the row names the task that does.

No verdict is promised for a task that is not there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from difflab import tasks
from difflab.course.row import ANSWERED, NOT_HERE, SHOWN, Finding, SlideRow


@dataclass(frozen=True, slots=True)
class ByTasks:
    """A check that refers to tasks.

    Parameters
    ----------
    names : tuple of str
        Of `difflab.tasks`.
    note : str
        What they show of the statement.

    Examples
    --------
    >>> row = SlideRow("m", (1,), "m fits y", "", "claim", ByTasks(("simplest",)))
    >>> row.check(row).verdict
    'shown by a task'
    >>> row = SlideRow("m", (1,), "m fits y", "", "claim", ByTasks(("no-such-task",)))
    >>> row.check(row).verdict
    'not checkable here'
    """

    names: tuple[str, ...]
    note: str = ""

    def __call__(self, row: SlideRow) -> Finding:
        missing = missing_tasks(self.names)
        if missing:
            return Finding(NOT_HERE, note=f"there is no task {', '.join(missing)}")
        told = f"difflab train {', '.join(self.names)}"
        verdict = ANSWERED if row.kind == "question" else SHOWN
        return Finding(verdict, note=f"{told}: {self.note}" if self.note else told)


@dataclass(frozen=True, slots=True)
class Nothing:
    """A check of what no computation decides, with the reason."""

    reason: str

    def __call__(self, row: SlideRow) -> Finding:  # noqa: ARG002 - whatever the row says
        return Finding(NOT_HERE, note=self.reason)


def missing_tasks(names: Sequence[str]) -> list[str]:
    """Names that are no tasks.

    Examples
    --------
    >>> missing_tasks(["simplest", "sincoz"])
    ['sincoz']
    """
    return [name for name in names if name not in tasks.names()]
