"""Progress of training on a terminal: a table of evaluations above a bar; silence elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from difflab.nn.history import Step

Show = Callable[[Step], None]
"""Called with the row of every step."""

_SECONDS_BETWEEN_DRAWINGS = 0.1
_WIDTH = 12
_COLUMNS = ("step", "epoch", "running loss", "full loss", "validation", "metric", "seconds")


def _show_nothing(row: Step) -> None:
    pass


def table_line(row: Step | None = None) -> str:
    """One line of the table that grows while training: its head, or a step that was evaluated.

    Examples
    --------
    >>> print(table_line().lstrip())
    step        epoch running loss    full loss   validation       metric      seconds
    >>> row = Step(50, 1, 0.25, 2.0, 2.5, 1.5, None, None, (), 8, 1, 1, 0.1)
    >>> print(table_line(row).lstrip())
    50            1          2.5          1.5                                   0.25
    """
    if row is None:
        return " ".join(name.rjust(_WIDTH) for name in _COLUMNS)
    numbers: tuple[Any, ...] = (
        row.running_loss, row.full_loss, row.validation_loss, row.metric, row.seconds
    )  # fmt: skip
    cells = [str(row.step), str(row.epoch)]
    cells += ["" if number is None else f"{number:.5g}" for number in numbers]
    return " ".join(cell.rjust(_WIDTH) for cell in cells).rstrip()


@contextmanager
def progress_of(
    total: int, wanted: bool | None = None, done: int = 0, title: str = "training"
) -> Iterator[Show]:
    """Draw a table and a bar on standard error while the block runs; the bar goes away afterwards.

    Parameters
    ----------
    total : int
        How many steps there will be.
    wanted : bool or None
        None draws on a terminal only.
    done : int
        Steps that were done before.
    title : str
        Stands in front of the bar.

    Examples
    --------
    >>> with progress_of(10, wanted=False) as show:
    ...     show(Step(1, 1, 0.1, 2.0, 2.0, None, None, None, (0.5,), 8, 1, 1, 0.1))
    """
    if not (sys.stderr.isatty() if wanted is None else wanted):
        yield _show_nothing
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("loss {task.fields[loss]:.6g}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task(title, total=total, completed=done, loss=float("nan"))
        drawn = 0.0
        headed = False

        def show(row: Step) -> None:
            nonlocal drawn, headed
            if row.full_loss is not None:
                if not headed:
                    bar.console.print(table_line(), highlight=False, soft_wrap=True)
                    headed = True
                bar.console.print(table_line(row), highlight=False, soft_wrap=True)
            now = time.monotonic()
            if now - drawn > _SECONDS_BETWEEN_DRAWINGS:  # updating costs more than a small step
                bar.update(task, completed=row.step, loss=row.running_loss)
                drawn = now

        yield show
