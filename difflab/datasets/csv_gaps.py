"""Missing values of a CSV file: refused by line and column, left out, or filled with means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from difflab.datasets.csv_columns import is_gap
from difflab.datasets.csv_table import Table
from difflab.errors import DataError


def first_gap(table: Table, names: Sequence[str]) -> tuple[int, str] | None:
    """Row (from 0) and column of the first gap among columns, row by row; None without one.

    Examples
    --------
    >>> from pathlib import Path
    >>> first_gap(Table(Path("a"), ("x", "y"), [["1", "2"], ["3", ""]], [2, 3], ","), ["x", "y"])
    (1, 'y')
    """
    places = [(table.names.index(name), name) for name in names]
    for at, row in enumerate(table.rows):
        for place, name in places:
            if is_gap(row[place]):
                return at, name
    return None


def without_gaps(
    table: Table,
    used: list[str],
    target: str,
    categorical: tuple[str, ...],
    rule: str | None,
    notes: list[str],
) -> Table:
    """Return the table with the rows that are used.

    Parameters
    ----------
    table : Table
    used : list of str
        Columns that matter.
    target : str
    categorical : tuple of str
        Columns that have no mean.
    rule : str or None
        "drop" leaves out rows with gaps, "mean" keeps those that `filled` can fill, None keeps
        none.
    notes : list of str
        One is appended when rows are left out.

    Raises
    ------
    DataError
        For the first gap that the rule does not cover, with its line and what to type.

    Examples
    --------
    >>> from pathlib import Path
    >>> table = Table(Path("a"), ("x", "y"), [["1", "2"], ["", "4"]], [2, 3], ",")
    >>> without_gaps(table, ["x", "y"], "y", (), "drop", []).rows
    [['1', '2']]
    """
    fatal = [target, *categorical] if rule == "mean" else used
    gap = first_gap(table, fatal)
    if gap is None:
        return table
    at = [table.names.index(name) for name in used]
    whole = [not any(is_gap(row[place]) for place in at) for row in table.rows]
    if rule == "drop":
        notes.append(f"{whole.count(False):,} of {len(whole):,} rows left out because of gaps")
        return replace(
            table,
            rows=[row for row, keep in zip(table.rows, whole) if keep],
            lines=[line for line, keep in zip(table.lines, whole) if keep],
        )
    row, name = gap
    cell = table.rows[row][table.names.index(name)]
    means = ", or --gaps mean to put the column's mean in their place"
    raise DataError(
        f"column {name!r} of {table.path} has a gap on line {table.lines[row]}",
        f"the cell is {cell!r}; {whole.count(False):,} of {len(whole):,} rows have a gap"
        + (", and a class has no mean" if rule == "mean" else ""),
        f"--gaps drop to leave out these rows{'' if rule == 'mean' else means}",
    )


def filled(
    x: np.ndarray, training: np.ndarray, table: Table, names: tuple[str, ...], notes: list[str]
) -> np.ndarray:
    """Put the mean of the training rows in the place of gaps.

    Parameters
    ----------
    x : ndarray, shape (n, d)
        With NaN for gaps.
    training : ndarray of int
        Rows to train on.
    table : Table
    names : tuple of str
        Of the columns of x.
    notes : list of str
        One is appended when there were gaps.

    Raises
    ------
    DataError
        For a column that has no value to take the mean of.

    Examples
    --------
    >>> from pathlib import Path
    >>> table = Table(Path("a"), ("x",), [["1"], ["3"], [""]], [2, 3, 4], ",")
    >>> filled(np.array([[1.0], [3.0], [np.nan]]), np.array([0, 1]), table, ("x",), [])[2]
    array([2.])
    """
    gaps = np.isnan(x)
    if not gaps.any():
        return x
    for at in np.flatnonzero(gaps[training].all(axis=0)):
        raise DataError(
            f"column {names[at]!r} of {table.path} has no value in the rows to train on",
            "so there is no mean to put in the place of its gaps",
            f"--drop {names[at]!r}",
        )
    notes.append(f"{int(gaps.sum()):,} gaps filled with the means of the training rows")
    return np.where(gaps, np.nanmean(x[training], axis=0), x)
