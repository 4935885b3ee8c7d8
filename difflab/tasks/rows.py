"""Rows: what a task shows beside single numbers, as a tidy table.

A row is a mapping of column to number or text; all rows of a task have the same columns. Figures
and tables are pure functions of rows, so they can be made anew from a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

Row = Mapping[str, Any]
Rows = Sequence[Row]


def where(rows: Rows, **given: Any) -> list[Row]:
    """The rows whose columns have the values given.

    Examples
    --------
    >>> where([{"width": 1, "loss": 2.0}, {"width": 2, "loss": 1.0}], width=2)
    [{'width': 2, 'loss': 1.0}]
    """
    return [row for row in rows if all(row[name] == value for name, value in given.items())]


def column(rows: Rows, name: str) -> tuple[float, ...]:
    """One column of numbers.

    Examples
    --------
    >>> column([{"width": 1}, {"width": 2}], "width")
    (1.0, 2.0)
    """
    return tuple(float(row[name]) for row in rows)


def distinct(rows: Rows, name: str) -> list[Any]:
    """Values of a column in the order in which they first come.

    Examples
    --------
    >>> distinct([{"kind": "b"}, {"kind": "a"}, {"kind": "b"}], "kind")
    ['b', 'a']
    """
    return list(dict.fromkeys(row[name] for row in rows))


def grid_rows(axes: Sequence[np.ndarray], values: np.ndarray, **more: Any) -> Iterable[Row]:
    """Rows of a field over an even grid: columns x, y and value, the first axis varying slowest.

    Examples
    --------
    >>> list(grid_rows([np.array([0.0]), np.array([1.0, 2.0])], np.array([5.0, 6.0])))
    [{'x': 0.0, 'y': 1.0, 'value': 5.0}, {'x': 0.0, 'y': 2.0, 'value': 6.0}]
    """
    first, second = axes
    flat = np.ravel(values)
    for position, value in enumerate(flat):
        i, j = divmod(position, len(second))
        yield {**more, "x": float(first[i]), "y": float(second[j]), "value": float(value)}
