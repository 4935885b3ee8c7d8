"""Figures are plain data, refuse what cannot be read, and are drawn the same every time."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from difflab.chart import MOST_SERIES, Chart, Figure, Mark, Series
from difflab.lab.profiles import OPTIMIZERS, PROVIDERS
from difflab.report.draw import draw, spread
from difflab.report.style import STYLES

LINE = Series("autodiff", (1.0, 10.0, 100.0), (1e-3, 1e-2, 0.5), markers=True)


def figure(**settings: object) -> Figure:
    chart = Chart("Price", "parameters P", "seconds", (LINE,), log_x=True, **settings)  # type: ignore[arg-type]
    return Figure("price", (chart,), "A caption.")


def test_the_same_data_give_the_same_bytes() -> None:
    first = draw(figure(log_y=True, marks=(Mark("best", 10.0, 1e-2),)))
    assert first == draw(figure(log_y=True, marks=(Mark("best", 10.0, 1e-2),)))
    assert first != draw(figure())
    assert first.startswith("<?xml")
    assert "<dc:date>" not in first


def test_a_series_without_any_drawable_point_does_no_harm() -> None:
    empty = Series("torch", (1.0, 2.0), (float("nan"), 0.0))
    chart = Chart("Price", "P", "s", (LINE, empty), log_y=True)
    assert "<svg" in draw(Figure("price", (chart, chart), ""))


def test_too_many_series_and_nameless_axes_are_refused() -> None:
    with pytest.raises(ValueError, match="7 series"):
        Chart("", "x", "y", (LINE,) * (MOST_SERIES + 1))
    with pytest.raises(ValueError, match="axis names"):
        Chart("", "", "y", (LINE,))


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.lists(st.floats(0, 1), max_size=6))
def test_labels_end_up_apart_and_in_order(heights: list[float]) -> None:
    wanted = sorted(heights)
    placed = spread(wanted, 0.1)
    assert all(b - a >= 0.1 - 1e-9 for a, b in pairwise(placed))
    if all(b - a >= 0.1 for a, b in pairwise(wanted)):
        assert placed == pytest.approx(wanted)
    if wanted:
        assert sum(placed) == pytest.approx(sum(wanted))


def test_every_provider_and_optimizer_has_a_look_of_its_own() -> None:
    for names in (PROVIDERS, OPTIMIZERS):
        looks = {STYLES[name] for name in names}
        assert len(looks) == len(names)
        in_grey = {(style.marker, str(style.dash)) for style in looks}
        assert len(in_grey) == len(names), "colours alone do not survive a photocopier"
