"""A progress bar for training, on a terminal; silence elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Show = Callable[[int, float], None]
"""Called with the steps done and the running loss."""

_SECONDS_BETWEEN_DRAWINGS = 0.1


def _show_nothing(steps: int, loss: float) -> None:
    pass


@contextmanager
def progress_bar(total: int, wanted: bool | None = None, title: str = "training") -> Iterator[Show]:
    """Draw a bar on standard error while the block runs, and take it away afterwards.

    Parameters
    ----------
    total : int
        How many steps there will be.
    wanted : bool or None
        None draws on a terminal only.
    title : str
        Stands in front of the bar.

    Examples
    --------
    >>> with progress_bar(10, wanted=False) as show:
    ...     show(1, 0.5)
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
        task = bar.add_task(title, total=total, loss=float("nan"))
        drawn = 0.0

        def show(steps: int, loss: float) -> None:
            nonlocal drawn
            now = time.monotonic()
            if now - drawn > _SECONDS_BETWEEN_DRAWINGS:  # updating costs more than a small step
                bar.update(task, completed=steps, loss=loss)
                drawn = now

        yield show
