"""Drawing fields and sheets: shades over a grid, and images in rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from difflab.chart import Chart, Sheet

SHADES = "cividis"
"""Even in lightness, so that it survives greyscale and colour blindness."""


def draw_field(chart: Chart, panel: Any) -> None:
    """Draw the shades behind a chart, with a scale, and the contours that it names."""
    field = chart.field
    if field is None:
        return
    values = np.array(field.values).T  # Matplotlib wants rows of y
    left, right, below, above = field.x[0], field.x[-1], field.y[0], field.y[-1]
    aside, up = ((right - left) / (len(field.x) - 1) / 2, (above - below) / (len(field.y) - 1) / 2)
    shades = panel.imshow(
        values, cmap=SHADES, vmin=field.low, vmax=field.high, origin="lower", aspect="auto",
        extent=(left - aside, right + aside, below - up, above + up),  # a value is a cell's centre
        interpolation="bilinear", interpolation_stage="data", rasterized=True, zorder=1,
    )  # fmt: skip
    panel.set_xlim(left, right)
    panel.set_ylim(below, above)
    scale = panel.figure.colorbar(shades, ax=panel, fraction=0.046, pad=0.03)
    scale.set_label(field.label)
    if field.levels and np.min(values) < np.max(values):
        single = len(field.levels) == 1
        for color, width in (("white", 3.4), ("black", 1.6)) if single else (("white", 0.8),):
            panel.contour(
                field.x, field.y, values, levels=field.levels, colors=color, linewidths=width,
                zorder=2, linestyles="solid",
            )  # fmt: skip


def name_inside(panel: Any) -> None:
    """Name lines and points in a box: on shades no label can stand beside its line's end."""
    handles, names = panel.get_legend_handles_labels()
    if handles:
        panel.legend(
            handles, names, loc="lower left", fontsize=8.5, framealpha=0.9, facecolor="white",
            edgecolor="none", borderpad=0.35, labelspacing=0.25, handlelength=2.2,
            markerscale=2.0 if not panel.get_lines()[0].get_label().startswith("_") else 1.0,
        )  # fmt: skip


def draw_sheet(sheet: Sheet, panel: Any) -> None:
    """Draw images in rows, dark ink on white, each with its label above."""
    columns = sheet.columns
    rows = -(-len(sheet.images) // columns)
    size = 8 if rows <= 5 else 6.5  # labels have a fifth of a row
    panel.set_title(sheet.title, pad=10, y=1.0)
    panel.set_axis_off()
    panel.set_xlim(0, columns)
    panel.set_ylim(rows * 1.25, 0)
    panel.set_aspect("equal")
    for number, image in enumerate(sheet.images):
        row, column = divmod(number, columns)
        top = row * 1.25 + 0.25
        panel.imshow(
            np.array(image), cmap="gray_r", vmin=0, vmax=1, interpolation="nearest",
            extent=(column + 0.04, column + 0.96, top + 0.92, top), aspect="equal",
        )  # fmt: skip
        if sheet.labels:
            panel.text(column + 0.5, top - 0.03, sheet.labels[number], ha="center", fontsize=size)
    panel.set_xlim(0, columns)
    panel.set_ylim(rows * 1.25, 0)
