"""The target column of a CSV file: amounts or classes, and what the network is to give for them."""

from __future__ import annotations

import numpy as np

from difflab.datasets.csv_columns import is_numeric, number, numbers
from difflab.datasets.csv_table import Table
from difflab.errors import DataError

MOST_CLASSES = 10
"""Whole numbers with more different values than this are amounts, not classes."""
ROWS_PER_CLASS = 3
"""With fewer rows per value, whole numbers are amounts too, and texts are names."""


def kind_of(table: Table, target: str, comma: bool, notes: list[str]) -> str:
    """Decide for regression or classification, and note the reason.

    Text is classes. So are whole numbers, when few are different and each has some rows. A few
    texts among numbers are refused.

    Parameters
    ----------
    table : Table
        Without gaps in the target.
    target : str
    comma : bool
        Whether decimals follow a comma.
    notes : list of str
        One is appended.

    Raises
    ------
    DataError
        For texts in less than half of the rows, with the line of the first.

    Examples
    --------
    >>> from pathlib import Path
    >>> table = Table(Path("a"), ("y",), [["1"], ["0"]] * 5, list(range(2, 12)), ",")
    >>> kind_of(table, "y", comma=False, notes=[])
    'classification'
    """
    cells = table.column(target)
    if not is_numeric(cells, comma):
        texts = [at for at, cell in enumerate(cells) if number(cell, comma) is None]
        if len(texts) < len(cells) / 2:
            line = table.lines[texts[0]]
            raise DataError(
                f"the target {target!r} of {table.path} has {cells[texts[0]]!r} on line {line}",
                f"{len(texts):,} of {len(cells):,} cells are no finite numbers, so they may be "
                "classes, or mistakes among amounts",
                f"a number on line {line}, or --kind classification",
            )
        notes.append(f"classification, because {target!r} holds text")
        return "classification"
    values = np.array([number(cell, comma) for cell in cells], float)
    distinct = len(np.unique(values))
    whole = bool(np.all(values == np.round(values)))
    if whole and distinct <= MOST_CLASSES and len(values) >= ROWS_PER_CLASS * distinct:
        notes.append(
            f"classification, because {target!r} holds {distinct} different whole numbers "
            "(--kind regression takes them as amounts)"
        )
        return "classification"
    notes.append(f"regression, because {target!r} holds {distinct:,} different numbers")
    return "regression"


def targets(
    table: Table, target: str, kind: str, comma: bool
) -> tuple[np.ndarray, tuple[str, ...], np.ndarray]:
    """Return the targets, what their columns stand for, and the class of each row.

    Returns
    -------
    y : ndarray, shape (n, 1) or (n, classes)
        Numbers, or one-hot rows.
    classes : tuple of str
        Sorted; empty for regression.
    groups : ndarray of int, shape (n,)
        The class of each row; 0 for regression.

    Raises
    ------
    DataError
        For text where numbers are wanted, for as many classes as rows, and for a target that is
        the same in every row.

    Examples
    --------
    >>> from pathlib import Path
    >>> table = Table(Path("a"), ("y",), [["no"], ["yes"], ["no"]], [2, 3, 4], ",")
    >>> targets(table, "y", "classification", comma=False)[:2]
    (array([[1., 0.],
           [0., 1.],
           [1., 0.]]), ('no', 'yes'))
    """
    cells = table.column(target)
    numeric = is_numeric(cells, comma)
    if kind == "regression":
        if not numeric:
            at = next(at for at, cell in enumerate(cells) if number(cell, comma) is None)
            raise DataError(
                f"the target {target!r} of {table.path} has {cells[at]!r} on line "
                f"{table.lines[at]}",
                "a regression predicts finite numbers",
                "--kind classification, or a number in that cell",
            )
        y = numbers(table, target, comma)[:, None]
        groups = np.zeros(len(y), int)
        classes: tuple[str, ...] = ()
        distinct = len(np.unique(y))
    else:
        values = [f"{number(cell, comma):.15g}" for cell in cells] if numeric else cells
        classes = tuple(sorted(set(values), key=float if numeric else None))
        place = {name: at for at, name in enumerate(classes)}
        groups = np.array([place[value] for value in values])
        y = np.eye(len(classes))[groups]
        distinct = len(classes)
        if distinct > 2 and len(values) < 2 * distinct:
            raise DataError(
                f"the target {target!r} of {table.path} has {distinct:,} different values in "
                f"{len(values):,} rows",
                f"classes with one row each cannot be learned; the first is {cells[0]!r}",
                "another --target" + (", or --kind regression" if numeric else ""),
            )
    if distinct < 2:
        raise DataError(
            f"the target {target!r} of {table.path} is {cells[0]!r} in every row",
            "there is nothing to learn from it",
            "another --target, or a file with other rows too",
        )
    return y, classes, groups
