"""Drawing charts as SVG: thin, deterministic, labelled directly.

Same data, same bytes: the hash salt is fixed and no date is written. Text is drawn as outlines, so
that a figure looks the same on every machine.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np

from difflab.chart import Chart, Figure, Series, Sheet
from difflab.report.fields import draw_field, draw_sheet, name_inside
from difflab.report.style import style_of

PANEL_WIDTH, PANEL_HEIGHT = 6.4, 4.1
LABEL_GAP = 0.058
"""Least distance between two labels at line ends, in axis heights."""
EDGE = 0.85
"""Where, in axis widths, a line has to end so that its label stands in the margin."""
SHEET_SHARE = 0.6
"""Width of a panel of images, in those of others."""
RESOLUTION = 96
"""Dots per inch of what is drawn as pixels: shades, and clouds of points on them."""
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
LETTER = 0.52
"""Width of a letter, in font sizes; panels leave room for the longest label."""


def draw(figure: Figure) -> str:
    """Draw a figure and return it as SVG text.

    Parameters
    ----------
    figure : Figure

    Returns
    -------
    str
        A standalone SVG document; equal figures give equal text.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure as Canvas  # no pyplot: a notebook's backend stays

    settings: dict[Any, Any] = {
        "svg.hashsalt": "difflab",
        "svg.fonttype": "path",
        "font.family": "DejaVu Sans",
        "font.size": 11,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlesize": 12,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.grid": True,
        "grid.color": "#e4e4e4",
        "grid.linewidth": 0.7,
        "lines.linewidth": 1.8,
        "path.simplify": False,
    }
    with rc_context(settings):
        rows, columns = arrangement(len(figure.charts))
        widths = [_share(figure.charts[column::columns]) for column in range(columns)]
        canvas = Canvas(figsize=(PANEL_WIDTH * sum(widths), PANEL_HEIGHT * rows))
        axes = canvas.subplots(rows, columns, squeeze=False, width_ratios=widths).ravel()
        for unused in axes[len(figure.charts) :]:
            unused.remove()
        for chart, panel in zip(figure.charts, axes):
            if isinstance(chart, Sheet):
                draw_sheet(chart, panel)
            else:
                draw_field(chart, panel)
                _draw_chart(chart, panel)
        plain = [(c, p) for c, p in zip(figure.charts, axes) if isinstance(c, Chart)]
        labels = [series.label for chart, _ in plain for series in chart.series]
        canvas.tight_layout(w_pad=2.0 + LETTER * max(map(len, labels), default=0))
        for chart, panel in plain:
            (_label_ends(chart, panel) if chart.field is None else name_inside(panel))
        stream = io.StringIO()
        canvas.savefig(
            stream,
            format="svg",
            bbox_inches="tight",
            dpi=RESOLUTION,
            metadata={"Date": None, "Creator": "difflab"},
        )
    return stream.getvalue()


def _share(column: Sequence[Chart | Sheet]) -> float:
    """Width of a column, in panels: images in rows need less."""
    return SHEET_SHARE if all(isinstance(chart, Sheet) for chart in column) else 1.0


def arrangement(count: int) -> tuple[int, int]:
    """Rows and columns of so many panels: at most three side by side, and few empty places.

    Examples
    --------
    >>> [arrangement(count) for count in (1, 2, 3, 4, 5)]
    [(1, 1), (1, 2), (1, 3), (2, 2), (2, 3)]
    """
    columns = 2 if count == 4 else min(count, 3)
    return -(-count // columns), columns


def _draw_chart(chart: Chart, panel: Any) -> None:
    if chart.log_x:
        panel.set_xscale("log")
    if chart.log_y:
        panel.set_yscale("log")
    for position, series in enumerate(chart.series):
        style = style_of(series.style or series.label, position)
        panel.plot(
            series.x, series.y, color=style.color, linestyle=style.dash,
            marker=style.marker if series.markers else "", markersize=6,
            zorder=2 if series.style == "theory" else 3, label=series.label,
        )  # fmt: skip
    for position, points in enumerate(chart.points):
        style = style_of(points.style or points.label, position)
        panel.plot(points.x, points.y, color=style.color, linestyle="", marker=style.marker,
                   markersize=2.5, alpha=0.7, label=points.label, zorder=2.5,
                   rasterized=chart.field is not None)  # fmt: skip
    for mark in chart.marks:
        style = style_of(mark.style)
        panel.plot([mark.x], [mark.y], marker="o", markersize=10, markerfacecolor="none",
                   markeredgecolor=style.color, markeredgewidth=1.8, zorder=5)  # fmt: skip
        panel.annotate(mark.label, (mark.x, mark.y), xytext=(-9, -15), textcoords="offset points",
                       fontsize=9.5, ha="right", color=style.color, zorder=4,
                       bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.85,
                             "pad": 1})  # fmt: skip
    panel.set_title(chart.title, pad=10, y=1.0)  # a fixed place, or its search takes long
    panel.set_xlabel(chart.x_label)
    panel.set_ylabel(chart.y_label)
    panel.margins(x=0.03, y=0.08)
    panel.set_axisbelow(True)
    panel.minorticks_off()
    for axis, is_log in ((panel.xaxis, chart.log_x), (panel.yaxis, chart.log_y)):
        if is_log:
            _name_ticks(axis)


def _name_ticks(axis: Any) -> None:
    """Powers of ten on a logarithmic axis; 2 and 5 too where it has less than two decades."""
    from matplotlib.ticker import FuncFormatter, LogLocator

    low, high = axis.get_view_interval()
    if high / low < 100:
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    else:  # plain letters: Matplotlib's own formulas are parsed anew in every figure
        axis.set_major_formatter(FuncFormatter(lambda value, _: power_of_ten(value)))


def power_of_ten(value: float) -> str:
    """Spell a power of ten.

    Examples
    --------
    >>> power_of_ten(1e-15), power_of_ten(100.0)
    ('10⁻¹⁵', '10²')
    """
    return "10" + str(round(float(np.log10(value)))).translate(RAISED)


def _label_ends(chart: Chart, panel: Any) -> None:
    """Write each series' name to the right of its end, pushed apart where ends lie close."""
    ends: list[Any] = []
    inside: list[Any] = []
    to_axes = panel.transData + panel.transAxes.inverted()
    for position, series in enumerate(chart.series):
        point = _last_point(series, chart)
        if point is None or not series.label:
            continue
        across, height = to_axes.transform(point)
        end = (min(max(float(height), 0.0), 1.0), float(across), series, position, point)
        (ends if across > EDGE else inside).append(end)
    for group, at_edge in ((ends, True), (inside, False)):
        _write_labels(group, at_edge, panel)


def _write_labels(ends: list[Any], at_edge: bool, panel: Any) -> None:
    """In the margin with a leader, or right behind the last point of a line that ends early."""
    # of ends at about the same height the leftmost comes lowest: its leader passes below the others
    ends.sort(key=lambda end: (round(end[0] / LABEL_GAP), round(end[1], 3), end[0], end[2].label))
    heights = spread([end[0] for end in ends], LABEL_GAP)
    if heights and not at_edge:  # inside, a label must not stand on the axis
        lift = max(0.0, LABEL_GAP / 2 - heights[0])
        heights = [height + lift for height in heights]
    for height, (_, across, series, position, point) in zip(heights, ends):
        color = style_of(series.style or series.label, position).color
        if not at_edge:
            panel.annotate(
                series.label, xy=(across + 0.022, height), xycoords="axes fraction", color=color,
                fontsize=10, va="center", zorder=6,
                bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 0.5},
            )  # fmt: skip
            continue
        leader = {"arrowstyle": "-", "color": color, "linewidth": 0.6, "alpha": 0.6,
                  "shrinkA": 0, "shrinkB": 2}  # fmt: skip
        panel.annotate(
            series.label, xy=point, xycoords="data", xytext=(1.025, height),
            textcoords="axes fraction", color=color, fontsize=10, va="center",
            annotation_clip=False, arrowprops=leader,
        )  # fmt: skip


def _last_point(series: Series, chart: Chart) -> tuple[float, float] | None:
    """The last finite point, positive where the axis is logarithmic."""
    for x, y in zip(reversed(series.x), reversed(series.y)):
        if np.isfinite(x) and np.isfinite(y) and (y > 0 or not chart.log_y):
            return x, y
    return None


def spread(heights: list[float], gap: float) -> list[float]:
    """Move sorted heights apart so that neighbours are at least ``gap`` apart, staying near.

    Overlapping neighbours form a block that is centred on the mean of what its members wanted
    (pool adjacent violators).

    Examples
    --------
    >>> [round(h, 2) for h in spread([0.5, 0.5, 0.9], 0.1)]
    [0.45, 0.55, 0.9]
    """
    blocks: list[list[float]] = []  # [sum of wanted starts, count]
    for rank, height in enumerate(heights):
        blocks.append([height - rank * gap, 1.0])
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] > blocks[-1][0] / blocks[-1][1]:
            total, count = blocks.pop()
            blocks[-1][0] += total
            blocks[-1][1] += count
    starts = [total / count for total, count in blocks for _ in range(int(count))]
    return [start + rank * gap for rank, start in enumerate(starts)]
