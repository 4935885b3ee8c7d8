"""What a figure shows, as plain data: series, axes, marks. Drawing is in `draw`.

Figure data are pure functions of the measurements, and can be tested without a picture.
"""

from __future__ import annotations

from dataclasses import dataclass

MOST_SERIES = 6
"""A chart with more lines than this cannot be read."""


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a chart.

    Attributes
    ----------
    label : str
        Written beside the line's end.
    x, y : tuple of float
        In the units of the axes.
    style : str
        Key of `difflab.report.style.STYLES`; the label's style where empty.
    markers : bool
        Draw a marker at every point (for few points).
    """

    label: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    style: str = ""
    markers: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """A point worth naming: drawn as a ring with its label."""

    label: str
    x: float
    y: float
    style: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """One panel: axes with units, at most six series, marks.

    Raises
    ------
    ValueError
        When there are more than six series, or an axis has no name.
    """

    title: str
    x_label: str
    y_label: str
    series: tuple[Series, ...]
    log_x: bool = False
    log_y: bool = False
    marks: tuple[Mark, ...] = ()

    def __post_init__(self) -> None:
        if len(self.series) > MOST_SERIES:
            raise ValueError(f"{len(self.series)} series; a reader can follow {MOST_SERIES}")
        if not self.x_label or not self.y_label:
            raise ValueError("a chart without axis names says nothing")


@dataclass(frozen=True, slots=True)
class Figure:
    """Panels side by side under one file name.

    Attributes
    ----------
    name : str
        File name without ending.
    charts : tuple of Chart
    caption : str
        One sentence for readers who cannot see the picture.
    """

    name: str
    charts: tuple[Chart, ...]
    caption: str
