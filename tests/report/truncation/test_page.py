"""The whole study as text and files, and the cards that are made of the same parts."""

from __future__ import annotations

import pandas as pd
import pytest

from difflab.report.cards import truncation, truncation_methods
from difflab.report.truncation import page


def test_only_what_was_measured_is_on_the_page(table: pd.DataFrame, line: pd.DataFrame) -> None:
    whole, little = page.page(table, "float64"), page.page(line, "float64")
    for number in range(4, 10):
        assert f"\n{number}. " in whole
        assert f"\n{number}. " not in little
    assert "predictions: 15 of 15 held" in whole
    assert "at 30 points within 0.5 of where it was asked for" in whole


def test_every_table_and_figure_has_its_file(table: pd.DataFrame) -> None:
    files = page.files(table, "float64")
    assert {name for name in files if name.endswith(".csv")} == {
        "measurements.csv", "slopes.csv", "optima.csv", "methods.csv", "error-bars.csv",
        "coordinates.csv", "kinks.csv", "hardships.csv", "directions.csv",
    }  # fmt: skip
    assert len([name for name in files if name.endswith(".svg")]) == 7
    assert files == page.files(table, "float64"), "the same data give the same bytes"


def test_figures_have_names_units_and_captions(table: pd.DataFrame) -> None:
    figures = page.figures(table, "float64")
    assert len({figure.name for figure in figures}) == len(figures) == 7
    for figure in figures:
        assert len(figure.caption) > 60
        for chart in figure.charts:
            assert chart.title
            assert chart.x_label
            assert chart.y_label


def test_the_card_of_methods_says_how_often_each_bar_covers(table: pd.DataFrame) -> None:
    card = truncation_methods.card(table)
    assert "the ladder takes 6" in card.takeaway
    assert "covers the truth in 100%" in card.takeaway


def test_a_card_without_its_cells_says_which(line: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="methods: pending"):
        truncation_methods.card(line)
    with pytest.raises(ValueError, match="central: pending"):
        truncation.card(line[line["provider"] != "central"])
