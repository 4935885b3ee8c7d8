"""Exhibits 1 to 3 as figures and tables: what is drawn is what was measured."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from difflab.report.draw import draw
from difflab.report.tables import number
from difflab.report.truncation import curves

NAMES = ["forward", "central", "central-4"]


def test_schemes_stand_in_the_order_of_their_accuracy(table: pd.DataFrame) -> None:
    assert curves.schemes(table) == [*NAMES, "complex-step"]
    assert curves.drawn(table) == NAMES, "the complex step has no V"


def test_every_scheme_has_its_curve_and_two_rings(table: pd.DataFrame) -> None:
    chart = curves.error_chart(table, NAMES)
    assert [series.label.split(",")[0] for series in chart.series] == [*NAMES, "theory"]
    assert len(chart.marks) == 2 * len(NAMES)
    for scheme, ring in zip(NAMES, chart.marks[::2]):
        where = {"provider": scheme, "quantity": "predicted step"}
        assert ring.x == number(table, **where)


def test_asymptotes_have_the_slopes_of_theory(table: pd.DataFrame) -> None:
    theory = curves.error_chart(table, ["central"]).series[-1]
    x, y = np.log(theory.x), np.log(theory.y)
    slopes = (np.diff(y) / np.diff(x))[np.isfinite(np.diff(y))]
    assert {round(float(slope)) for slope in slopes} == {2, -1}
    assert np.all(np.abs(slopes - np.round(slopes)) < 1e-6)


def test_local_slopes_begin_at_minus_one_and_end_at_the_order(table: pd.DataFrame) -> None:
    for series, order in zip(curves.slope_chart(table, NAMES).series, (1, 2, 4)):
        assert np.nanmedian(series.y[:40]) == pytest.approx(-1, abs=0.2)
        assert np.nanmedian(series.y[-5:]) == pytest.approx(order, abs=0.2)


def test_the_lone_point_is_drawn_beside_all(table: pd.DataFrame) -> None:
    all_points, one = curves.luck_chart(table, "central").series
    assert np.nanmin(one.y) < np.nanmin(all_points.y)


def test_tables_hold_predictions_findings_and_verdicts(table: pd.DataFrame) -> None:
    slopes = {row["scheme"]: row for row in curves.slopes_table(table)}
    assert slopes["central"]["expected"] == "2"
    assert slopes["central"]["verdict"] == "within"
    optima = {row["scheme"]: row for row in curves.optimum_table(table)}
    assert optima["central"]["verdict"] == optima["central"]["verdict "] == "within"
    assert optima["central"]["one point alone"].endswith("x luckier")
    assert optima["complex-step"]["verdict"] == "any short step"


def test_the_tally_counts_what_held(table: pd.DataFrame) -> None:
    assert curves.tally(table) == "predictions: 15 of 15 held"


def test_the_tally_names_what_did_not(table: pd.DataFrame) -> None:
    changed = table.copy()
    wrong = (changed["provider"] == "central") & (changed["quantity"] == "best step, verdict")
    changed.loc[wrong, "value"] = "outside: rounding cancels"
    assert curves.tally(changed) == "predictions: 14 of 15 held; outside are central: best step"


def test_a_line_has_words_in_place_of_numbers(line: pd.DataFrame) -> None:
    (row, _) = curves.slopes_table(line)
    assert (row["truncation slope"], row["verdict"]) == ("", "no truncation")
    assert "0 of 0 held; 8 could not be put to the test" in curves.tally(line)
    assert all(draw(figure).startswith("<?xml") for figure in curves.figures(line))
