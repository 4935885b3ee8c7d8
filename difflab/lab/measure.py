"""From a cell to the study that measures it: one small adapter per kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from importlib import import_module
from typing import Any

from difflab.errors import unknown_name
from difflab.lab.cell import Cell

Rows = list[dict[str, Any]]

ARGUMENTS: dict[str, tuple[str, ...]] = {
    "accuracy": ("task", "provider", "seed", "dtype"),
    "cost": ("task", "provider", "seed", "dtype"),
    "convergence": ("task", "provider", "optimizer", "seed", "dtype"),
    "course": ("task", "provider", "seed", "dtype"),
    "swell": ("task",),
    "tower": ("task",),
    "saturation": ("task",),
    "matrices": ("task",),
    "paper": ("task",),
    "slides": ("task",),
    "truncation": ("task", "provider", "dtype"),
}
"""Kinds of cell, and which of a cell's attributes their study takes, by position.

For the course the task is one with settings after its name, for swell a family of functions, for
the tower a network, for saturation a function, for matrices a loss, for slides a lecture; for
truncation the provider is a scheme or an exhibit.
"""


def measure(cell: Cell) -> Rows:
    """Call the study of the cell's kind and return its measurements as rows.

    Raises
    ------
    UnknownNameError
        When there is no such kind.
    """
    if cell.kind not in ARGUMENTS:
        raise unknown_name("kind of cell", cell.kind, ARGUMENTS, "difflab.lab.measure.ARGUMENTS")
    study: Callable[..., Any] = import_module(f"difflab.studies.{cell.kind}").measure
    arguments = [getattr(cell, name) for name in ARGUMENTS[cell.kind]]
    found = study(*arguments, **dict(cell.options))
    return [cell.row(**asdict(measurement)) for measurement in found]
