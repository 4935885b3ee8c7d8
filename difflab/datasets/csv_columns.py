"""Columns of text become numbers: gaps, the decimal comma, categories, cells that do not fit."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

import numpy as np

from difflab.datasets.csv_table import Table
from difflab.errors import DataError

GAPS = frozenset({"", "na", "n/a", "nan", "null", "?", "#n/a"})
"""What stands for a missing value, whatever its case."""
LONGEST_GAP = max(map(len, GAPS))
MOST_CATEGORIES = 100
COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?")
POINT = re.compile(r"[+-]?\d*\.\d+([eE][+-]?\d+)?")


def is_gap(cell: str) -> bool:
    """Whether a cell stands for a missing value.

    Examples
    --------
    >>> is_gap("NA"), is_gap(""), is_gap("0")
    (True, True, False)
    """
    return len(cell) <= LONGEST_GAP and cell.lower() in GAPS


def number(cell: str, comma: bool = False) -> float | None:
    """Read a cell as a finite number; None where it is none.

    Parameters
    ----------
    cell : str
    comma : bool
        Whether decimals follow a comma.

    Examples
    --------
    >>> number("-1.5e3"), number("1,5", comma=True), number("five"), number("inf"), number("1_0")
    (-1500.0, 1.5, None, None, None)
    """
    if comma:
        cell = cell.replace(",", ".") if "." not in cell else ""
    try:
        value = float(cell) if "_" not in cell else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def has_decimal_comma(table: Table) -> bool:
    """Whether the table's numbers have a decimal comma: some have one, and none has a point.

    In a file that is separated by commas, "1,234" rather has a thousands separator, and is no
    number here.

    Examples
    --------
    >>> from pathlib import Path
    >>> has_decimal_comma(Table(Path("a"), ("x",), [["1,5"], ["2"]], [2, 3], ";"))
    True
    """
    cells = [cell for row in table.rows for cell in row]
    return (
        table.separator != ","
        and any(map(COMMA.fullmatch, cells))
        and not any(map(POINT.fullmatch, cells))
    )


def is_numeric(cells: Iterable[str], comma: bool) -> bool:
    """Whether every cell that is not a gap is a number.

    Examples
    --------
    >>> is_numeric(["1", "", "2.5"], comma=False), is_numeric(["1", "two"], comma=False)
    (True, False)
    """
    cells = list(cells)
    return _at_once(cells, comma) is not None or all(
        is_gap(cell) or number(cell, comma) is not None for cell in cells
    )


def numbers(table: Table, name: str, comma: bool) -> np.ndarray:
    """Return a column as float64, with NaN for its gaps.

    Raises
    ------
    DataError
        For a cell that is neither a number nor a gap, with its line and what to type.

    Examples
    --------
    >>> from pathlib import Path
    >>> numbers(Table(Path("a"), ("x",), [["1"], ["NA"]], [2, 3], ","), "x", comma=False)
    array([ 1., nan])
    """
    cells = table.column(name)
    at_once = _at_once(cells, comma)
    if at_once is not None:
        return at_once
    values = []
    for cell, line in zip(cells, table.lines):
        value = math.nan if is_gap(cell) else number(cell, comma)
        if value is None:
            raise _no_number(table, name, cell, line)
        values.append(value)
    return np.array(values)


def one_hot(table: Table, name: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return a column of 0 and 1 per category, in sorted order; a row of NaN for a gap.

    Returns
    -------
    values : ndarray, shape (n, k)
    names : tuple of str
        "city=Seoul" and so on.

    Raises
    ------
    DataError
        For more categories than can mean anything, as of a column of identifiers.

    Examples
    --------
    >>> from pathlib import Path
    >>> one_hot(Table(Path("a"), ("c",), [["b"], ["a"], ["b"]], [2, 3, 4], ","), "c")
    (array([[0., 1.],
           [1., 0.],
           [0., 1.]]), ('c=a', 'c=b'))
    """
    cells = table.column(name)
    categories = sorted({cell for cell in cells if not is_gap(cell)})
    if len(categories) > MOST_CATEGORIES:
        raise DataError(
            f"column {name!r} of {table.path} has {len(categories):,} different values",
            f"one-hot columns are made for {MOST_CATEGORIES} or fewer; is it an identifier?",
            f"--drop {name!r}",
        )
    at = {category: place for place, category in enumerate(categories)}
    values = np.zeros((len(cells), len(categories)))
    for row, cell in zip(values, cells):
        row[...] = math.nan if is_gap(cell) else row
        if not is_gap(cell):
            row[at[cell]] = 1.0
    return values, tuple(f"{name}={category}" for category in categories)


def _at_once(cells: list[str], comma: bool) -> np.ndarray | None:
    """Plain numbers without gaps, the common case; None where cells have to be looked at."""
    try:
        values = np.array(cells, dtype=float)
    except ValueError:
        return None
    odd = "._" if comma else "_"  # Python reads these too, and `number` does not
    plain = np.isfinite(values).all() and not any(mark in cell for cell in cells for mark in odd)
    return values if plain else None


def _no_number(table: Table, name: str, cell: str, line: int) -> DataError:
    cells = [one for one in table.column(name) if not is_gap(one)]
    texts = [one for one in cells if number(one) is None and number(one, comma=True) is None]
    why = "features are numbers"
    if not texts:
        why += ", with a decimal point in all columns or a decimal comma in all, finite"
    elif len(texts) < len(cells):
        why += f"; {len(texts):,} of {len(cells):,} cells of this column are not"
    return DataError(
        f"column {name!r} of {table.path} has {cell!r} on line {line}",
        why,
        f"--drop {name!r}, or --categorical {name!r} for a column of 0 and 1 per value"
        + (f"; or correct line {line}" if 0 < len(texts) < len(cells) or not texts else ""),
    )
