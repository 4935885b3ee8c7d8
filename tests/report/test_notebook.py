"""Figures in notebooks: they show themselves as SVG, and as their caption in plain text."""

from __future__ import annotations

import numpy as np
import pytest

from difflab.chart import Chart, Figure, Series
from difflab.report.draw import draw
from difflab.report.notebook import plot, show


def test_a_figure_shows_what_the_report_would_draw() -> None:
    line = Series("autodiff", (1.0, 2.0), (3.0, 4.0))
    figure = Figure("f", (Chart("t", "x", "y", (line,)),), "Two points.")
    shown = show(figure)
    assert shown._repr_svg_() == draw(figure)
    assert repr(shown) == "Two points."


def test_lines_from_arrays_become_a_chart_and_equal_arrays_equal_drawings() -> None:
    x = np.linspace(1, 2, 5)
    lines = {"adam": (x, x**2), "sgd": (x, x**3)}
    first, second = (plot("t", "x", "y", lines, log_y=True, marks={"end": (2, 8)}) for _ in "ab")
    assert first == second
    assert repr(first) == "t: adam, sgd"
    assert first.svg.count("<svg") == 1
    assert plot("t", "x", "y", lines).svg != first.svg


def test_more_lines_than_a_reader_can_follow_are_refused() -> None:
    with pytest.raises(ValueError, match="7 series"):
        plot("t", "x", "y", {str(k): ([0, 1], [0, k]) for k in range(7)})
