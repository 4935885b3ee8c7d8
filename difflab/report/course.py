"""From the tidy table back to what a task showed: its numbers, its rows, its figure, its lesson.

Every card of the course is made of these; where a run is missing they say why.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from difflab.chart import Figure
from difflab.lab.course import Run
from difflab.report.card import Card
from difflab.report.tables import absence, number, select, text
from difflab.studies.course import unpacked
from difflab.tasks import Task, get
from difflab.tasks.rows import Rows

NOT_JUDGED = "not judged: reduced"
ROUNDING = 1e-6
"""Numbers below are differences of what should be equal."""


def known(table: pd.DataFrame, runs: Sequence[Run]) -> list[Run]:
    """Those runs that were measured."""
    return [run for run in runs if not absence(table, **run.where)]


def measured(table: pd.DataFrame, run: Run) -> dict[str, float]:
    """Every number of a run by name; none where it is missing."""
    found = select(table, **run.where)
    names = found["quantity"].str.startswith("final ")
    return {
        name.removeprefix("final "): float(value)
        for name, value in zip(found["quantity"][names], found["value"][names])
    }


def rows(table: pd.DataFrame, run: Run) -> Rows:
    """What a run showed; none where it is missing."""
    return unpacked(columns(select(table, **run.where, unit="rows")))


def columns(packed: pd.DataFrame) -> dict[str, str]:
    """The columns of a run's rows by name, in their order, each as it is packed."""
    ordered = packed.sort_values("at")
    return dict(zip(ordered["quantity"].str.removeprefix("column "), ordered["value"]))


def learned(table: pd.DataFrame, run: Run) -> str:
    """The task's lesson with a run's numbers; empty where it is missing."""
    return "" if absence(table, **run.where) else get(run.task).learned(measured(table, run))


def figure(table: pd.DataFrame, runs: Sequence[Run]) -> tuple[Figure, ...]:
    """The task's own figure, made of the rows of one or several runs; none where all are missing.

    Raises
    ------
    ValueError
        When the task has no figure.
    """
    found = [row for run in runs for row in rows(table, run)]
    make = get(runs[0].task).figure
    if make is None:
        raise ValueError(f"{runs[0].task} has no figure")
    return (make(found),) if found else ()


def expected_rows(table: pd.DataFrame, run: Run) -> list[dict[str, str]]:
    """Every number that is expected of a run beside the one measured, with a verdict.

    All numbers that were measured, where none is expected.
    """
    head = {"run": run.name, "gradient": run.provider}
    missing = absence(table, **run.where)
    here = select(table, **run.where)
    if missing:
        return [{**head, "quantity": "", "measured": "", "expected": "", "verdict": missing}]
    found = measured(table, run)
    lines = []
    for name, value in found.items():
        low, high = (number(here, quantity=f"{end} {name}") for end in ("least", "largest"))
        source = text(here, quantity=f"source of {name}")
        in_full = text(here, quantity=f"in full {name}")
        if not math.isnan(low):  # it is judged
            expected = f"{low:.10g} to {high:.10g} ({source})"
            verdict = "within" if low <= value <= high else "outside"
        elif in_full:
            expected, verdict = in_full, NOT_JUDGED
        else:
            continue
        lines.append(
            {**head, "quantity": name, "measured": in_digits(value), "expected": expected,
             "verdict": verdict}
        )  # fmt: skip
    return lines or [
        {**head, "quantity": name, "measured": in_digits(value), "expected": "", "verdict": ""}
        for name, value in found.items()
    ]


def in_digits(value: float) -> str:
    """A number in as many digits as can be compared; a rounding error in two.

    Examples
    --------
    >>> in_digits(0.917115867512), in_digits(2.4424e-15), in_digits(10.0)
    ('0.917115868', '2.4e-15', '10')
    """
    return f"{value:.1e}" if 0 < abs(value) < ROUNDING else f"{value:.9g}"


def claim(task: Task) -> str:
    """What the slide says or asks, and what one should see."""
    return f"Slide “{task.slide}”: {task.shows}."


def conditions(table: pd.DataFrame, runs: Sequence[Run]) -> str:
    """How runs were carried out, with what was reduced, as sentences."""
    told = []
    for run in known(table, runs):
        gradients = number(table, **run.where, quantity="gradients")
        settings = text(table, **run.where, quantity="settings")
        reduced = text(table, **run.where, quantity="reduced")
        line = f"{run.name} with {run.provider}: {settings}; {gradients:,.0f} gradients"
        told.append(f"{line}; reduced by {reduced}." if reduced else f"{line}; as the task has it.")
    return " ".join(told)


def missing(table: pd.DataFrame, runs: Sequence[Run]) -> str:
    """What is not there, as a sentence; empty where everything is."""
    gaps = [(run, absence(table, **run.where)) for run in runs]
    told = [f"{run.name} with {run.provider} is {reason}" for run, reason in gaps if reason]
    return f"{'; '.join(told)}." if told else ""


def exhibit(
    table: pd.DataFrame,
    key: str,
    title: str,
    runs: Sequence[Run],
    *,
    takeaway: str | None = None,
    lines: Sequence[dict[str, Any]] | None = None,
    figures: tuple[Figure, ...] | None = None,
    method: str = "",
) -> Card:
    """The card of a task.

    Parameters
    ----------
    table : DataFrame
    key, title : str
    runs : sequence of Run
        Of those that were measured the last one's lesson is told.
    takeaway : str or None
        The lesson where None.
    lines : sequence of dict or None
        Expected numbers beside measured ones where None.
    figures : tuple of Figure or None
        The task's own where None.
    method : str
        Said after how the runs were carried out.
    """
    if takeaway is None:
        takeaway = learned(table, known(table, runs)[-1]) if known(table, runs) else ""
    if lines is None:
        lines = [line for run in runs for line in expected_rows(table, run)]
    figures = figure(table, runs) if figures is None else figures
    notes = [conditions(table, runs), missing(table, runs), method]
    return Card(
        key,
        title,
        takeaway or missing(table, runs),
        lines,
        figures,
        " ".join(filter(None, notes)),
        claim=claim(get(runs[0].task)),
    )
