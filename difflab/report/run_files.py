"""What a single run leaves behind: its history, its rows, its weights, its figure, its numbers."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import difflab
from difflab.chart import Chart, Figure, Series
from difflab.report.draw import draw
from difflab.tasks import TaskResult
from difflab.tasks.rows import Rows


def run_files(result: TaskResult) -> Mapping[str, str]:
    """Text files of a run by name; weights are written by `difflab.nn.save_weights`.

    Returns
    -------
    mapping
        ``result.json`` always; ``history.csv`` of a single run, one row per step; ``rows.csv`` of
        what the task shows; ``figure.svg``.

    Examples
    --------
    >>> from difflab import tasks
    >>> sorted(run_files(tasks.run(tasks.get("simplest"))))
    ['figure.svg', 'history.csv', 'result.json', 'rows.csv']
    """
    files = {"result.json": json.dumps(plain(_numbers(result)), indent=1, allow_nan=False) + "\n"}
    if result.training is not None and len(result.training.history):
        files["history.csv"] = result.training.history.to_frame().to_csv(index=False)
    if result.rows:
        files["rows.csv"] = as_csv(result.rows)
    figure = figure_of(result)
    if figure is not None:
        files["figure.svg"] = draw(figure)
    return files


def figure_of(result: TaskResult) -> Figure | None:
    """The task's own figure, or the learning curves of a run that has none."""
    if result.task.figure is not None:
        return result.task.figure(result.rows) if result.rows else None
    training = result.training
    if training is None or not len(training.history):
        return None
    history = training.history
    known = [step for step in history if step.full_loss is not None]
    if len(known) < 2:
        return None
    at = tuple(float(step.step) for step in known)
    series = [Series("training loss", at, tuple(float(step.full_loss or 0) for step in known))]
    if known[-1].validation_loss is not None:
        losses = tuple(float(step.validation_loss or 0) for step in known)
        series.append(Series("validation loss", at, losses))
    positive = all(value > 0 for each in series for value in each.y)
    chart = Chart(
        f"{result.task.name}: {result.provider}", "step", "loss", tuple(series), log_y=positive
    )
    return Figure(result.task.name, (chart,), f"Losses of {result.task.name} against steps.")


def as_csv(rows: Rows) -> str:
    """Rows as CSV, columns in the order of the first row.

    Examples
    --------
    >>> print(as_csv([{"width": 1, "loss": 0.5}]), end="")
    width,loss
    1,0.5
    """
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(dict(row) for row in rows)
    return stream.getvalue()


def plain(value: Any) -> Any:
    """The same with None for numbers that are not finite, which JSON does not know.

    Examples
    --------
    >>> plain({"R2": float("nan"), "widths": (1, 16)})
    {'R2': None, 'widths': [1, 16]}
    """
    if isinstance(value, dict):
        return {name: plain(member) for name, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(member) for member in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _numbers(result: TaskResult) -> dict[str, object]:
    return {
        "difflab": difflab.__version__,
        "task": result.task.name,
        "provider": result.provider,
        "settings": asdict(result.settings),
        "measured": {name: float(value) for name, value in result.measured.items()},
        "expected": [
            {**asdict(check.expectation), "measured": check.measured, "within": check.within}
            for check in result.checks
        ],
        "interrupted": result.interrupted,
        "lesson": result.lesson,
    }
