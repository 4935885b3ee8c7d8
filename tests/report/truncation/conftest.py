"""One table of few points, measured once, for every view of the truncation study."""

from __future__ import annotations

import pandas as pd
import pytest

from difflab.lab.cell import Cell, Record
from difflab.lab.measure import measure
from difflab.report.tables import tidy

EXHIBITS = (
    "forward", "central", "central-4", "complex-step", "methods", "error bars", "coordinates",
    "kinks", "hardships", "directions",
)  # fmt: skip


def table_of(task: str, exhibits: tuple[str, ...], points: int = 30) -> pd.DataFrame:
    """Measure exhibits of a task and join them."""
    cells = [
        Cell("truncation", task, name, dtype="float64", options=(("points", points),))
        for name in exhibits
    ]
    return tidy([Record(cell, "ok", tuple(measure(cell))) for cell in cells])


@pytest.fixture(scope="session")
def table() -> pd.DataFrame:
    return table_of("simplest", EXHIBITS)


@pytest.fixture(scope="session")
def line() -> pd.DataFrame:
    """Of a function without truncation and without rounding."""
    return table_of("expression x", ("forward", "central"), 5)
