"""From records to the one tidy table, and the look-ups that cards make in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from difflab.lab.cell import COLUMNS, Record


def tidy(records: Sequence[Record]) -> pd.DataFrame:
    """Join records into one table: a row per measurement, and a row per cell without any.

    Returns
    -------
    DataFrame
        With the columns of `difflab.lab.cell.COLUMNS`, sorted, so that equal records give equal
        tables whatever the order they were measured in.
    """
    rows: list[dict[str, Any]] = []
    for record in sorted(records, key=lambda record: (record.cell.label, record.cell.options)):
        nothing = record.cell.row("", float("nan"), "", status=record.status, reason=record.reason)
        key = record.cell.key
        rows.extend({**row, "cell": key} for row in record.rows or (nothing,))
    table = pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)
    order = ["kind", "task", "provider", "optimizer", "seed", "dtype", "quantity"]
    return table.sort_values(order, kind="stable").reset_index(drop=True)


def select(table: pd.DataFrame, **where: Any) -> pd.DataFrame:
    """Rows whose columns have the given values.

    Examples
    --------
    >>> select(pd.DataFrame({"a": [1, 2], "b": [3, 4]}), a=2)["b"].tolist()
    [4]
    """
    kept = np.arange(len(table))
    for column, value in where.items():  # each condition looks only at what the last one left
        kept = kept[table[column].to_numpy()[kept] == value]
    return table.iloc[kept]


def number(table: pd.DataFrame, **where: Any) -> float:
    """The one value that matches, as a float; NaN where there is none."""
    found = select(table, **where)["value"]
    return float(found.iloc[0]) if len(found) else float("nan")


def text(table: pd.DataFrame, **where: Any) -> str:
    """The one value that matches, as text; empty where there is none."""
    found = select(table, **where)["value"]
    return str(found.iloc[0]) if len(found) else ""


def curve(table: pd.DataFrame, **where: Any) -> tuple[np.ndarray, np.ndarray]:
    """Positions and values that match, sorted by position."""
    found = select(table, **where)
    at, value = found["at"].astype(float).to_numpy(), found["value"].astype(float).to_numpy()
    order = np.argsort(at, kind="stable")
    return at[order], value[order]


def absence(table: pd.DataFrame, **where: Any) -> str:
    """Why a cell has no measurements: its status and reason; "pending" where it was not run.

    Examples
    --------
    >>> absence(pd.DataFrame({"task": ["a"], "status": ["ok"], "reason": [""]}), task="b")
    'pending: not in this profile'
    """
    found = select(table, **where)
    if not len(found):
        return "pending: not in this profile"
    failed = found[found["status"] != "ok"]
    if not len(failed):
        return ""
    row = failed.iloc[0]
    return f"{row['status']}: {row['reason']}"


def brief(absence: str) -> str:
    """Keep what happened of an absence, and leave why to the table of measurements.

    Examples
    --------
    >>> brief("unsupported: one gradient needs 9 losses: the patience is 1 s")
    'refused: one gradient needs 9 losses'
    """
    status, _, rest = absence.partition(": ")
    what = rest.split(": ")[0]
    return f"{'refused' if status == 'unsupported' else status}: {what}"


def spell(value: float, digits: int = 2) -> str:
    """Spell a small or large number briefly.

    Examples
    --------
    >>> spell(1.234e-13), spell(0.0), spell(12.345), spell(float("nan")), spell(4417)
    ('1.2e-13', '0', '12.3', '', '4,417')
    """
    if np.isnan(value):
        return ""
    if value == 0:
        return "0"
    if float(value).is_integer() and abs(value) < 1e6:
        return f"{value:,.0f}"
    if 100 <= abs(value) < 1e6:
        return f"{value:,.0f}"
    if 1e-2 <= abs(value) < 100:
        return f"{value:.{digits + 1}g}"
    return f"{value:.{digits - 1}e}"


def storage(size: float) -> str:
    """Spell a number of bytes.

    Examples
    --------
    >>> storage(7300), storage(4.3e6), storage(96)
    ('7.3 kB', '4.3 MB', '96 bytes')
    """
    for unit, scale in (("PB", 1e15), ("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= scale:
            return f"{size / scale:.3g} {unit}"
    return f"{size:.0f} bytes"
