"""The course's tasks: one short module each, found by name.

To add one, write a module that defines ``TASK`` and list it in `MODULES`.
"""

from __future__ import annotations

from importlib import import_module

from difflab.errors import unknown_name
from difflab.tasks.run import TaskResult, run
from difflab.tasks.settings import Settings, override
from difflab.tasks.task import Check, Expectation, Task

MODULES = {
    "simplest": "simplest",
    "linear-regression": "linear_regression",
    "linear-collapse": "linear_collapse",
    "sincos-small": "sincos_small",
    "sincos": "sincos",
    "sincos-100k": "sincos_100k",
    "logistic": "logistic",
    "hinge": "hinge",
    "cross-entropy": "cross_entropy",
    "digits": "digits",
    "mnist": "mnist",
    "kinks": "kinks",
    "vanishing": "vanishing",
    "universal": "universal",
    "optimizers": "optimizers",
    "local-optima": "local_optima",
    "overfitting": "overfitting",
    "bias-variance": "bias_variance",
}
"""Module of each task, in the order of the lecture."""


def names() -> list[str]:
    """Names of all tasks, in the order of the lecture."""
    return list(MODULES)


def get(name: str) -> Task:
    """Return a task by name.

    Raises
    ------
    UnknownNameError
        With the nearest names.

    Examples
    --------
    >>> get("simplest").settings.lr
    0.5
    """
    if name not in MODULES:
        raise unknown_name("task", name, MODULES, "difflab tasks")
    return import_module(f"difflab.tasks.{MODULES[name]}").TASK


__all__ = [
    "Check",
    "Expectation",
    "Settings",
    "Task",
    "TaskResult",
    "get",
    "names",
    "override",
    "run",
]
