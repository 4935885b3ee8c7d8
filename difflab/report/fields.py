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
    shades = panel.pcolormesh(
        field.x, field.y, values, cmap=SHADES, vmin=field.low, vmax=field.high,
        shading="nearest", rasterized=True, zorder=1,
    )  # fmt: skip
    panel.figure.colorbar(shades, ax=panel, fraction=0.046, pad=0.03)
    if field.levels and np.min(values) < np.max(values):
        panel.contour(
            field.x, field.y, values, levels=field.levels, colors="white", linewidths=1.8, zorder=2
        )


def draw_sheet(sheet: Sheet, panel: Any) -> None:
    """Draw images in rows, dark ink on white, each with its label above."""
    columns = sheet.columns
    rows = -(-len(sheet.images) // columns)
    size = 8 if rows <= 5 else 5.5  # labels have a fifth of a row
    panel.set_title(sheet.title, pad=10)
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
