"""Exhibits 4 and 5 as figures and tables: the ladder is there, and stands out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from difflab.chart import MOST_SERIES
from difflab.report.truncation import methods


def test_every_family_is_drawn_and_the_ladder_has_its_ring(table: pd.DataFrame) -> None:
    chart = methods.methods_chart(table)
    labels = [series.label for series in chart.series]
    assert set(labels) | set(methods.TOGETHER) == set(methods.FAMILIES)
    assert len(labels) <= MOST_SERIES
    (ring,) = chart.marks
    assert ring.label == "ladder"
    own = chart.series[labels.index("with its own bar")]
    assert (ring.x, ring.y) == (own.x[-1], own.y[-1]), "the line ends at the ring"


def test_no_measured_family_lacks_a_style(table: pd.DataFrame) -> None:
    assert set(methods.spent(table)["family"]) == set(methods.FAMILIES)


def test_evaluations_rise_along_every_line(table: pd.DataFrame) -> None:
    for series in methods.methods_chart(table).series:
        assert list(series.x) == sorted(series.x)


def test_every_kind_of_error_bar_is_drawn_beside_the_diagonal(table: pd.DataFrame) -> None:
    chart = methods.doubts_chart(table)
    assert [series.label for series in chart.series] == [*methods.ESTIMATES, "equal"]
    diagonal = chart.series[-1]
    assert diagonal.x == diagonal.y


def test_clouds_end_where_their_label_stands(table: pd.DataFrame) -> None:
    for series in methods.doubts_chart(table).series[:-1]:
        x = np.array(series.x)[::2]
        assert np.all(np.diff(x) >= 0)


def test_tables_hold_every_method_and_every_bar(table: pd.DataFrame) -> None:
    rows = methods.methods_table(table)
    assert {row["method"] for row in rows} == set(methods.FAMILIES)
    ladder = next(row for row in rows if row["method"] == "ladder")
    exact = next(row for row in rows if row["scheme"] == "forward mode")
    assert float(ladder["evaluations"]) > 50
    assert float(exact["relative"]) < 1e-15
    bars = {row["error bar"]: row for row in methods.doubts_table(table)}
    assert bars["ladder"]["covers the truth"] == "100%"
    assert "central, own bar" in bars
    assert float(bars["two steps"]["covers the truth"][:-1]) < 50


@pytest.mark.parametrize("view", [methods.methods_table, methods.doubts_table])
def test_a_table_without_the_exhibit_is_empty(view: object, line: pd.DataFrame) -> None:
    assert callable(view)
    assert view(line) == []
