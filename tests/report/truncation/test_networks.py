"""Exhibits 6 to 9 as figures and tables."""

from __future__ import annotations

import numpy as np
import pandas as pd

from difflab.chart import MOST_SERIES
from difflab.report.truncation import networks


def test_blocks_stand_in_the_order_of_the_layers(table: pd.DataFrame) -> None:
    assert networks.blocks(table) == [
        f"layer {layer} {kind}" for layer in (1, 2, 3) for kind in ("weights", "biases")
    ]


def test_one_step_and_a_step_per_block_stand_side_by_side(table: pd.DataFrame) -> None:
    one, own = networks.coordinates_figure(table).charts
    assert "for all coordinates" in one.title
    assert "per block" in own.title
    assert [s.label for s in one.series] == [s.label for s in own.series]
    last = networks.blocks(table).index("layer 3 weights")
    assert np.nanmedian(own.series[last].y) < np.nanmedian(one.series[last].y) / 100


def test_the_table_of_blocks_says_what_a_step_of_its_own_gains(table: pd.DataFrame) -> None:
    rows = {row["block"]: row for row in networks.coordinates_table(table)}
    weights = rows["layer 3 weights"]
    assert float(weights["median"]) < float(weights["one step: median"]) / 100
    assert float(weights["own step"]) >= 0.1


def test_shares_of_kinks_and_both_kinds_of_errors_are_drawn(table: pd.DataFrame) -> None:
    shares, errors = networks.kinks_figure(table).charts
    assert [series.label for series in shares.series] == ["layer 1", "layer 2", "layer 3"]
    assert all(0 <= y <= 1 for series in shares.series for y in series.y)
    crossing = next(s for s in errors.series if s.label == "crossing, median")
    clean = next(s for s in errors.series if s.label == "clean, median")
    assert min(crossing.y) > 100 * clean.y[-1]


def test_stencils_too_short_to_cross_have_no_error_of_crossing(table: pd.DataFrame) -> None:
    (row,) = networks.kinks_table(table, (2.0**-20,))
    assert row["layer 1 crosses"] == "0%"
    assert row["crossing, median error"] == ""
    (row,) = networks.kinks_table(table, (2.0**-3,))
    assert row["layer 3 crosses"] == "0%"
    assert float(row["layer 1 crosses"][:-1]) > 90


def test_every_hardship_has_a_line_and_a_row(table: pd.DataFrame) -> None:
    (chart,) = networks.hardships_figure(table).charts
    names = ["as it is", "saturated", "one input x 1000", "float32"]
    assert [series.label for series in chart.series] == names
    rows = {row["network"]: row for row in networks.hardships_table(table)}
    assert list(rows) == names
    units = rows["one input x 1000"]
    assert float(units["with a step per block"]) < float(units["error of 90 %"]) / 10


def test_measured_cosines_lie_on_theirs(table: pd.DataFrame) -> None:
    (chart,) = networks.directions_figure(table).charts
    assert len(chart.series) <= MOST_SERIES
    assert chart.series[-1].label == "theory"
    for row in networks.directions_table(table):
        cells = list(row.values())[1:]
        for measured, theory in zip(cells[::2], cells[1::2]):
            if measured:
                assert abs(float(measured) / float(theory) - 1) < 0.1
