"""The tidy table: one row per measurement, sorted, and every absence with its reason."""

from __future__ import annotations

import numpy as np
import pandas as pd

from difflab.lab.cell import COLUMNS, Cell, Record
from difflab.report.tables import absence, brief, curve, number, select, spell, text, tidy

CELL = Cell("accuracy", "simplest", "autodiff")


def record(cell: Cell, **values: float) -> Record:
    return Record(cell, "ok", tuple(cell.row(name, value, "1") for name, value in values.items()))


def test_the_table_does_not_depend_on_the_order_of_the_records() -> None:
    other = Cell("cost", "digits", "torch")
    records = [record(CELL, error=1e-16, cosine=1.0), record(other, omega=3.0)]
    pd.testing.assert_frame_equal(tidy(records), tidy(records[::-1]))
    assert tuple(tidy(records).columns) == COLUMNS
    assert len(tidy(records)) == 3


def test_a_cell_without_measurements_is_a_row_with_its_reason() -> None:
    table = tidy([Record(CELL, "unsupported", reason="too large: 1e9 operations")])
    assert len(table) == 1
    assert np.isnan(table["value"].iloc[0])
    assert absence(table, task="simplest") == "unsupported: too large: 1e9 operations"
    assert brief(absence(table, task="simplest")) == "refused: too large"
    assert absence(table, task="digits").startswith("pending")


def test_lookups() -> None:
    rows = [CELL.row("error", value, "1", at=at) for at, value in [(3, 0.3), (1, 0.1), (2, 0.2)]]
    rows.append(CELL.row("verdict", "right", ""))  # type: ignore[arg-type]
    table = tidy([Record(CELL, "ok", tuple(rows))])
    at, value = curve(table, quantity="error")
    assert (at.tolist(), value.tolist()) == ([1, 2, 3], [0.1, 0.2, 0.3])
    assert number(table, quantity="error", at=2) == 0.2
    assert np.isnan(number(table, quantity="nothing"))
    assert text(table, quantity="verdict") == "right"
    assert text(table, quantity="nothing") == ""
    assert absence(table, task="simplest") == ""
    assert len(select(table, quantity="error")) == 3


def test_numbers_are_spelled_briefly() -> None:
    spelled = [spell(v) for v in (2513.7, 3.14159, 0.5, -4417.0, 1e-7, 2.5e9, float("inf"))]
    assert spelled == ["2,514", "3.14", "0.5", "-4,417", "1.0e-07", "2.5e+09", "inf"]
