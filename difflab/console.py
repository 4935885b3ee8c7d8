"""What the command line prints: tables, three-part errors, progress. Plain text off a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from difflab.errors import DifflabError


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Lay out rows with the same keys in aligned columns.

    Examples
    --------
    >>> print(table([{"name": "sgd", "lr": 0.1}, {"name": "adam", "lr": 0.01}]))
    name  lr
    sgd   0.1
    adam  0.01
    """
    if not rows:
        return ""
    lines = [list(rows[0]), *([str(cell) for cell in row.values()] for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines
    )


def print_error(error: DifflabError) -> None:
    """Print the three parts of an error on standard error."""
    sys.stderr.write(f"error: {error}\n")


@contextmanager
def progress(total: int, what: str) -> Iterator[Callable[[str, int], None]]:
    """Show progress: a bar on a terminal, a line per event elsewhere.

    Yields
    ------
    callable
        ``show(event, done)``.
    """
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
        from rich.progress import TimeElapsedColumn as Elapsed

        columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), Elapsed())
        bar = Progress(*columns, TextColumn("{task.fields[event]}"), console=Console(stderr=True))
        with bar:
            handle = bar.add_task(what, total=total, event="")
            yield lambda event, done: bar.update(handle, completed=done, event=event)
        return
    width = len(str(total))

    def show(event: str, done: int) -> None:
        sys.stderr.write(f"[{done:{width}}/{total}] {event}\n")
        sys.stderr.flush()

    yield show
