"""The user's own table: a CSV file becomes a data set, split, with its kind of task found out.

Nothing is guessed in silence: gaps and text are refused with the line, the column and the option
that takes them, and what was decided stands in the notes.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np

from difflab.datasets.csv_columns import (
    has_decimal_comma,
    is_gap,
    numbers,
    one_hot,
)
from difflab.datasets.csv_gaps import filled, without_gaps
from difflab.datasets.csv_table import SEPARATORS, Table, read_table
from difflab.datasets.csv_targets import kind_of, targets
from difflab.datasets.dataset import Dataset
from difflab.errors import DataError, UsageError

KINDS = ("regression", "classification")
GAP_RULES = ("drop", "mean")
FEWEST_ROWS = 4
FARTHEST = 1e100
"""Squares of numbers beyond this overflow, and those of differences below its inverse vanish."""


@dataclass(frozen=True, eq=False)
class CsvTask:
    """A data set from a CSV file, and what is to be learned from it.

    Attributes
    ----------
    data : Dataset
        Inputs in the order of the file; for classification, targets are one-hot.
    kind : str
        "regression" or "classification".
    target : str
        The column that is predicted.
    classes : tuple of str
        What the columns of the targets stand for; empty for regression.
    notes : tuple of str
        What was decided, in sentences.
    """

    data: Dataset
    kind: str
    target: str
    classes: tuple[str, ...]
    notes: tuple[str, ...]


def read_csv(
    path: str | os.PathLike[str],
    target: str,
    *,
    kind: str | None = None,
    drop: Sequence[str] = (),
    categorical: Sequence[str] = (),
    gaps: str | None = None,
    validation_share: float = 0.25,
    seed: int = 0,
    separator: str | None = None,
    decimal: str | None = None,
) -> CsvTask:
    """Read a CSV file with a header: one column is the target, the others are features.

    Parameters
    ----------
    path : path
        Separated by comma, semicolon or tab; in UTF-8, UTF-16 or Windows-1252.
    target : str
        Name of the column to predict.
    kind : str, optional
        "regression" or "classification". Found out when not given: text is classes, and so are
        whole numbers with at most 10 different values and at least three rows for each.
    drop : sequence of str
        Columns to leave out.
    categorical : sequence of str
        Columns to turn into one column of 0 and 1 per value.
    gaps : str, optional
        "drop" leaves out rows with missing values, "mean" puts the mean of the training rows in
        their place; when not given, missing values are refused.
    validation_share : float
        Share of the rows kept apart, for classification the same in every class; 0 for none.
    seed : int
        Of the split.
    separator, decimal : str, optional
        Found out when not given.

    Returns
    -------
    CsvTask

    Raises
    ------
    UsageError
        For a column that does not exist, with the nearest names, or an option that does not fit.
    DataError
        For a file that cannot be used as it is, with line and column, and what to type.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> path = Path(tempfile.mkdtemp()) / "house.csv"
    >>> _ = path.write_text("size,price\\n" + "".join(f"{n},{2.5 * n}\\n" for n in range(8)))
    >>> task = read_csv(path, "price")
    >>> task.kind, task.data.x.shape, task.data.x_val.shape, task.data.features
    ('regression', (6, 1), (2, 1), ('size',))
    """
    drop, categorical = (_names(names) for names in (drop, categorical))
    _check_options(kind, gaps, validation_share, decimal)
    table = read_table(path, separator)
    notes = list(table.notes)
    features = _features(table, target, drop, categorical, notes)
    table = without_gaps(table, [target, *features], target, categorical, gaps, notes)
    if len(table.rows) < FEWEST_ROWS:
        raise DataError(
            f"{table.path} has {len(table.rows)} rows of samples"
            + (" without gaps" if gaps == "drop" else ""),
            f"there have to be {FEWEST_ROWS} or more, some of them to train on and some to judge",
            "a file with more rows",
        )
    comma = decimal == "," or (decimal is None and has_decimal_comma(table))
    if comma and decimal is None:
        notes.append("numbers have a decimal comma")
    x, names = _inputs(table, features, categorical, comma)
    kind = kind or kind_of(table, target, comma, notes)
    y, classes, groups = targets(table, target, kind, comma)
    training, validation = _split(groups, validation_share, seed)
    x = filled(x, training, table, names, notes)
    columns = np.hstack([x, y]) if kind == "regression" else x
    _check_sizes(table, (*names, target), columns, target)
    for name, column in zip(names, x.T):
        if np.ptp(column) == 0:
            notes.append(f"column {name!r} is constant, and tells nothing")
    some = len(validation) > 0
    share = f"{len(training):,} rows to train on, {len(validation):,} kept apart, seed {seed}"
    notes.append(share if some else "no rows kept apart")
    data = Dataset(
        table.path.stem,
        x[training],
        y[training],
        x[validation] if some else None,
        y[validation] if some else None,
        features=names,
        note=f"{table.path.name}; " + "; ".join(notes),
    )
    return CsvTask(data, kind, target, classes, tuple(notes))


def _names(given: Sequence[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _check_options(kind: str | None, gaps: str | None, share: float, decimal: str | None) -> None:
    for option, value, known in (
        ("kind", kind, KINDS),
        ("gaps", gaps, GAP_RULES),
        ("decimal", decimal, (".", ",")),
    ):
        if value is not None and value not in known:
            raise UsageError(
                f"{option} = {value!r} is not known",
                f"it is {' or '.join(map(repr, known))}",
                f"read_csv(path, target, {option}={known[0]!r})",
            )
    if not 0 <= share < 1:
        raise UsageError(
            f"validation_share = {share!r} leaves nothing to train on, or is no share",
            "it is the part of the rows that is kept apart",
            "validation_share=0.25",
        )


def _features(
    table: Table,
    target: str,
    drop: tuple[str, ...],
    categorical: tuple[str, ...],
    notes: list[str],
) -> list[str]:
    """The columns to learn from, in the order of the file."""
    for name in (target, *drop, *categorical):
        if name not in table.names:
            raise _no_column(table, name)
    for option, names, why in (
        ("--drop", drop, "it is what is to be predicted"),
        ("--categorical", categorical, "its classes are found without that"),
    ):
        if target in names:
            raise UsageError(
                f"the target {target!r} is also given to {option}",
                why,
                f"--target {target!r} alone, or another target",
            )
    both = [name for name in categorical if name in drop]
    if both:
        raise UsageError(
            f"column {both[0]!r} is given to --drop and to --categorical",
            "one leaves it out, the other keeps it",
            "one of the two",
        )
    features = []
    for name in table.names:
        if name == target or name in drop:
            continue
        empty = all(map(is_gap, table.column(name)))
        if name in table.unnamed and empty:
            continue  # a separator at the end of every line
        if name in table.unnamed:
            raise DataError(
                f"{name} of {table.path} has no name",
                "its cell in the first row is empty; often it only counts the rows",
                f"--drop {name!r}, or a name in the first row",
            )
        if empty and table.rows:
            raise DataError(
                f"column {name!r} of {table.path} is empty",
                "no row has a value",
                f"--drop {name!r}",
            )
        features.append(name)
    if not features:
        raise DataError(
            f"{table.path} has no column to learn from, beside the target {target!r}",
            f"its columns are {', '.join(table.names)}; separated by what looks like a "
            f"{SEPARATORS[table.separator]}",
            'a file with one feature or more, or read_csv(path, target, separator=";")',
        )
    if drop:
        notes.append(f"without {', '.join(drop)}")
    return features


def _no_column(table: Table, name: str) -> UsageError:
    lower = {one.lower(): one for one in table.names}
    close = [lower[one] for one in get_close_matches(name.lower(), lower, n=3, cutoff=0.5)]
    shown = ", ".join(table.names[:20]) + (", ..." if len(table.names) > 20 else "")
    return UsageError(
        f"there is no column {name!r} in {table.path}",
        f"its columns are {shown}",
        " or ".join(map(repr, close)) or "one of these",
    )


def _inputs(
    table: Table, features: list[str], categorical: tuple[str, ...], comma: bool
) -> tuple[np.ndarray, tuple[str, ...]]:
    columns: list[np.ndarray] = []
    names: list[str] = []
    for name in features:
        if name in categorical:
            values, made = one_hot(table, name)
            columns.append(values)
            names += made
        else:
            columns.append(numbers(table, name, comma)[:, None])
            names.append(name)
    return np.hstack(columns), tuple(names)


def _check_sizes(table: Table, names: Sequence[str], columns: np.ndarray, target: str) -> None:
    """Refuse columns that could not be standardised."""
    for name, column in zip(names, columns.T):
        reach = float(np.max(np.abs(column)))
        spread = 0.0 if reach > FARTHEST else float(np.ptp(column))
        if reach > FARTHEST or 0 < spread < 1 / FARTHEST:
            raise DataError(
                f"column {name!r} of {table.path} "
                + (f"reaches {reach:.3g}" if not spread else f"varies by {spread:.3g} only"),
                "numbers are squared to train with them, and these squares are no numbers any more",
                "another unit, in which the numbers are about 1"
                + ("" if name == target else f"; or --drop {name!r}"),
            )


def _split(groups: np.ndarray, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows to train on and rows kept apart, the same share of every group; both in file order."""
    generator = np.random.default_rng(seed)
    apart = []
    for group in np.unique(groups):
        rows = generator.permutation(np.flatnonzero(groups == group))
        count = 0 if share == 0 else max(1, round(share * len(rows)))
        apart.append(rows[: min(count, len(rows) - 1)])
    validation = np.sort(np.concatenate(apart))
    return np.setdiff1d(np.arange(len(groups)), validation), validation
