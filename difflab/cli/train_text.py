"""What ``difflab train`` prints: the run before it starts, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from difflab.tasks import Settings, Task, TaskResult
    from difflab.tasks.price import Price

MOST_ROWS = 20
"""Rows of an experiment that are printed; all of them are in ``--out``."""


def headline(task: Task, settings: Settings, gradient: str) -> str:
    """The network, the loss with its convention, and how it is trained."""
    objective = task.objective(settings)
    rate = f"learning rate {settings.lr:g}"
    if settings.schedule != "constant":
        rate += f" ({settings.schedule})"
    return "\n".join(
        [
            f"{task.name}: {objective.model}, {objective.model.parameter_count:,} parameters",
            f"loss: {objective.convention}",
            f"{gradient} gradients; {settings.optimizer}, {rate}, seed {settings.seed}",
        ]
    )


def price_line(price: Price) -> str:
    """The price of the run, after what the preparation has to say."""
    return "\n".join([*price.notes, str(price)])


def outcome(result: TaskResult) -> str:
    """Rows, measured numbers beside expected ones, and the lesson."""
    from difflab import console
    from difflab.clock import duration

    training, lines = result.training, []
    if training is not None:
        lines.append(
            f"{len(training.history):,} steps in {duration(training.seconds)}, after "
            f"{duration(training.preparation_seconds)} of preparation; the loss began at "
            f"{training.initial_loss:.6g}"
        )
        if training.best_step is not None:
            lines.append(f"early stopping went back to step {training.best_step:,}")
        elif training.stopped_early:
            lines.append("it ended before its last step: converged, or told to stop")
    if result.interrupted:
        lines.append("interrupted: the numbers are those of the steps done")
    lines += [*_rows(result), console.table(_measured(result))]
    if not result.checks:
        lines.append("no expected number is known for these settings")
    if result.lesson:
        lines.append(result.lesson)
    return "\n".join(lines)


def _rows(result: TaskResult) -> list[str]:
    from difflab import console

    columns = result.task.columns
    if not columns or not result.rows:
        return []
    shown = [{name: cell(row[name]) for name in columns} for row in result.rows[:MOST_ROWS]]
    lines = [console.table(shown)]
    if len(result.rows) > MOST_ROWS:
        lines.append(f"{len(result.rows) - MOST_ROWS} further rows; --out FOLDER writes all")
    return lines


def _measured(result: TaskResult) -> list[dict[str, str]]:
    checks: dict[str, Any] = {check.expectation.quantity: check for check in result.checks}
    rows = []
    for name, value in result.measured.items():
        row = {"": name, "measured": f"{value:.8g}", "expected": "", "verdict": ""}
        if name in checks:
            check = checks[name]
            row["measured"] = f"{value:.10g}"  # the ends of an interval may be that close
            row["expected"] = check.expectation.interval
            row["verdict"] = "within" if check.within else "outside"
        rows.append(row)
    return rows


def cell(value: Any) -> str:
    """A value of a row as text.

    Examples
    --------
    >>> cell(0.123456789), cell(3), cell(None), cell("adam")
    ('0.12346', '3', '', 'adam')
    """
    if value is None:
        return ""
    return f"{value:.5g}" if isinstance(value, float) else str(value)
