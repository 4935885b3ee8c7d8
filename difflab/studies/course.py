"""What does a task of the course show? One run: its numbers beside those expected, and its rows.

No time is measured. Rows are kept column by column, so that a card of the report can rebuild them
and call the task's own figure.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from difflab import tasks
from difflab.studies.measurement import Measurement
from difflab.tasks import Settings, Task, TaskResult, override
from difflab.tasks.rows import Rows
from difflab.tree import size

DIGITS, DIGITS_OF_MANY = 7, 4
"""Significant digits of the numbers in rows, more than a figure can show; fewer for many rows."""

MANY = 1000


def measure(
    run: str,
    provider: str,
    seed: int = 0,
    dtype: str = "float64",
    reduced: Sequence[str] = (),
) -> list[Measurement]:
    """Carry out a task with one provider.

    Parameters
    ----------
    run : str
        A task by name, with the settings that make it another run, as ``difflab train`` takes
        them: ``"sincos activation=sigmoid"``.
    provider : str
    seed : int
        Of parameters and batches.
    dtype : str
    reduced : sequence of str
        Further settings that make the run cheaper, such as ``"steps=300"``. Numbers that are
        expected of the whole run are then named, and not judged.

    Returns
    -------
    list of Measurement
        "final NAME" for every number measured; "least NAME", "largest NAME" and "source of NAME"
        for those expected of exactly this run, "in full NAME" for those expected of the whole one;
        "gradients"; "settings" and "reduced" in words; "full loss" with ``at`` the step, of a
        single run; and "column NAME", the rows' columns, each
        a list in JSON.

    Raises
    ------
    UnknownNameError, UsageError
        For a task or a setting that does not exist.
    MissingDataError
        For a task whose files are not here.

    Examples
    --------
    >>> found = {m.quantity: m.value for m in measure("simplest", "autodiff", reduced=["steps=20"])}
    >>> found["gradients"], found["reduced"], found["in full loss"]
    (20, 'steps=20', '0.002502375 to 0.002502385 (errata, fixture of the lecture)')
    """
    name, *given = run.split()
    task = tasks.get(name)
    whole = replace(override(task.settings, given), seed=seed, dtype=dtype)
    settings = override(whole, reduced)
    result = tasks.run(task, provider, settings, progress=False)
    shape = {
        "parameters": size(result.training.params) if result.training is not None else 0,
        "batch": settings.batch_size or 0,
    }
    found = [
        Measurement("gradients", result.price.steps, "1", **shape),
        Measurement("settings", in_words(settings), "", **shape),
        Measurement("reduced", ", ".join(reduced), "", **shape),
    ]
    for quantity, value in result.measured.items():
        found.append(Measurement(f"final {quantity}", float(value), "1", **shape))
    found += [Measurement(name, value, unit, **shape) for name, value, unit in _expected(result)]
    found += [
        Measurement(name, value, "", **shape) for name, value in _in_full(task, whole, result)
    ]
    if result.training is not None:
        found += [
            Measurement("full loss", float(row.full_loss), "1", at=row.step, **shape)
            for row in result.training.history
            if row.full_loss is not None
        ]
    found += [
        Measurement(f"column {name}", text, "rows", at=place, **shape)
        for place, (name, text) in enumerate(packed(result.rows).items())
    ]
    return found


def _expected(result: TaskResult) -> list[tuple[str, float | str, str]]:
    """What is expected of exactly this run."""
    rows: list[tuple[str, float | str, str]] = []
    for expected in (check.expectation for check in result.checks):
        name = expected.quantity
        rows += [(f"least {name}", expected.low, "1"), (f"largest {name}", expected.high, "1")]
        rows.append((f"source of {name}", expected.source, ""))
    return rows


def _in_full(task: Task, whole: Settings, result: TaskResult) -> list[tuple[str, str]]:
    """What is expected of the whole run and not of this one, in words."""
    judged = {check.expectation.quantity for check in result.checks}
    return [
        (
            f"in full {expected.quantity}",
            f"{expected.low:.10g} to {expected.high:.10g} ({expected.source})",
        )
        for expected in task.expectations
        if expected.applies(whole, task.settings) and expected.quantity not in judged
    ]


def in_words(settings: Settings) -> str:
    """Say how a run is carried out.

    Examples
    --------
    >>> in_words(Settings((2, 16, 1), lr=0.01, options=(("starts", 50), ("compared", (2, 4)))))
    '2-16-1, tanh; adam, learning rate 0.01, 1,000 steps; starts 50, compared 2,4'
    """
    length = f"{settings.steps:,} steps" if settings.epochs is None else f"{settings.epochs} epochs"
    rate = f"learning rate {settings.lr:g}"
    if settings.schedule != "constant":
        rate += f" ({settings.schedule})"
    batch = f", batches of {settings.batch_size}" if settings.batch_size else ""
    network = "-".join(map(str, settings.widths))
    if len(settings.widths) > 2:
        network += f", {settings.activation}"
    parts = [network, f"{settings.optimizer}, {rate}, {length}{batch}"]
    own = [f"{name} {_spelled(value)}" for name, value in settings.options if value != ""]
    return "; ".join([*parts, ", ".join(own)] if own else parts)


def _spelled(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def packed(rows: Rows) -> Mapping[str, str]:
    """Write rows as one list in JSON per column.

    Examples
    --------
    >>> packed([{"width": 1, "loss": 1 / 3}, {"width": 2, "loss": float("inf")}])
    {'width': '[1, 2]', 'loss': '[0.3333333, Infinity]'}
    """
    digits = DIGITS if len(rows) <= MANY else DIGITS_OF_MANY
    names = list(rows[0]) if rows else []
    return {name: json.dumps([_plain(row[name], digits) for row in rows]) for name in names}


def unpacked(columns: Mapping[str, str]) -> Rows:
    """Rebuild the rows that `packed` wrote.

    Examples
    --------
    >>> unpacked({"width": "[1, 2]", "kind": '["a", "b"]'})
    [{'width': 1, 'kind': 'a'}, {'width': 2, 'kind': 'b'}]
    """
    values = [json.loads(text) for text in columns.values()]
    return [dict(zip(columns, row)) for row in zip(*values)]


def _plain(value: Any, digits: int) -> Any:
    """A number or text that JSON knows; numbers with so many digits."""
    value = value.item() if hasattr(value, "item") else value
    return float(f"{value:.{digits}g}") if isinstance(value, float) else value
