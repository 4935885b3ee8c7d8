"""A diagnosis as text and figure."""

from __future__ import annotations

import numpy as np
import pytest

from difflab.report.draw import draw
from difflab.report.truncation import diagnosis
from difflab.studies.truncation import examine


def test_the_page_says_verdict_advice_and_what_the_ladder_says() -> None:
    h, found, ladder, seen = examine(np.exp, 1.0, 1e-2)
    page = diagnosis.page("df/dx", h, found, ladder, seen)
    assert page.startswith("df/dx, central difference with h = 0.01\n\nverdict: truncation\n")
    assert "advice: shorten the step" in page
    assert f"beside it, the ladder of steps: {ladder}" in page
    assert "no truth is known here" in page


def test_what_was_not_found_is_left_out() -> None:
    numbers = diagnosis.numbers_table(examine(np.exp, 1.0, 1e-9)[1])
    names = [row[""] for row in numbers]
    assert "truncation error" not in names
    assert "slope from the left" not in names
    assert "best step" in names


def test_the_larger_part_changes_once_along_the_trail() -> None:
    rows = diagnosis.trail_table(examine(np.exp, 1.0, 1e-3)[-1])
    larger = [row["larger part"] for row in rows]
    assert larger == sorted(larger), "rounding first, then truncation"
    assert set(larger) == {"rounding", "truncation"}


@pytest.mark.parametrize("h", [1e-2, 1e-9])
def test_the_figure_rings_the_step_on_the_line(h: float) -> None:
    _, found, _, seen = examine(np.exp, 1.0, h)
    figure = diagnosis.figure("df/dx", h, found, seen)
    (chart,) = figure.charts
    (ring,) = chart.marks
    positive = seen.differences > 0
    steps, values = seen.steps[positive], seen.differences[positive]
    above = int(np.searchsorted(steps, h))
    assert ring.x == h
    assert min(values[above - 1 : above + 1]) <= ring.y <= max(values[above - 1 : above + 1])
    assert found.verdict in figure.caption


def test_a_function_that_never_differs_can_be_drawn() -> None:
    h, found, _, seen = examine(lambda x: 2.0 * x, 1.0)
    assert draw(diagnosis.figure("a line", h, found, seen)).startswith("<?xml")


def test_files_are_two_tables_and_a_figure() -> None:
    h, found, _, seen = examine(np.exp, 1.0)
    files = diagnosis.files("df/dx", h, found, seen)
    assert set(files) == {"diagnosis.csv", "trail.csv", "diagnosis.svg"}
    assert files["trail.csv"].count("\n") == len(seen.steps) + 1
