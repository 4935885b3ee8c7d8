"""Figures in notebooks: a drawing that shows itself where it is the last line of a cell.

In place of a picture, plain text shows the caption: so what a notebook printed can be compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from difflab.chart import Chart, Figure, Mark, Series
from difflab.report.draw import draw


@dataclass(frozen=True, repr=False)
class Drawing:
    """A figure that was drawn.

    Attributes
    ----------
    svg : str
        A standalone SVG document.
    caption : str
    """

    svg: str
    caption: str

    def __repr__(self) -> str:
        return self.caption

    def _repr_svg_(self) -> str:
        return self.svg


def show(figure: Figure) -> Drawing:
    """Draw a figure of a task or a study, for the last line of a cell.

    Examples
    --------
    >>> from difflab.chart import Chart, Figure, Series
    >>> line = Series("x^2", (0.0, 1.0, 2.0), (0.0, 1.0, 4.0))
    >>> show(Figure("square", (Chart("Square", "x", "y", (line,)),), "A parabola."))
    A parabola.
    """
    return Drawing(draw(figure), figure.caption)


def plot(
    title: str,
    x_label: str,
    y_label: str,
    lines: Mapping[str, tuple[Any, Any]],
    *,
    log_x: bool = False,
    log_y: bool = False,
    marks: Mapping[str, tuple[float, float]] | None = None,
    markers: bool = False,
    caption: str = "",
) -> Drawing:
    """Draw lines from plain arrays, each with its name at its end.

    Parameters
    ----------
    title, x_label, y_label : str
    lines : mapping of str to (x, y)
        At most six; names of providers and optimizers have their usual colours, and those that
        begin with "theory" are grey and dashed.
    log_x, log_y : bool
        Whether an axis is logarithmic.
    marks : mapping of str to (x, y), optional
        Points worth naming.
    markers : bool
        Draw a marker at every point.
    caption : str
        One sentence for readers who cannot see the picture; the title and the names by default.

    Returns
    -------
    Drawing

    Raises
    ------
    ValueError
        For more than six lines.

    Examples
    --------
    >>> plot("Square", "x", "y", {"x^2": ([0, 1, 2], [0, 1, 4])})
    Square: x^2
    """
    series = tuple(
        Series(name, _numbers(x), _numbers(y), _style(name), markers)
        for name, (x, y) in lines.items()
    )
    rings = tuple(Mark(name, float(x), float(y)) for name, (x, y) in (marks or {}).items())
    chart = Chart(title, x_label, y_label, series, log_x, log_y, rings)
    return show(Figure("plot", (chart,), caption or f"{title}: {', '.join(lines)}"))


def _style(name: str) -> str:
    return "theory" if name.startswith("theory") else ""


def _numbers(values: Any) -> tuple[float, ...]:
    return tuple(np.asarray(values, float).ravel().tolist())
