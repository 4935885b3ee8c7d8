"""What a figure shows, as plain data: series, points, fields, images. Drawing is in the report.

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
class Points:
    """A cloud of samples, drawn small and without lines."""

    label: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    style: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """Values over an even grid, drawn as shades: a fitted surface, the probability of a class.

    Attributes
    ----------
    x, y : tuple of float
        The grid's lines.
    values : tuple of tuple of float
        ``values[i][j]`` belongs to ``x[i]`` and ``y[j]``.
    low, high : float
        Values of the lightest and the darkest shade, the same in all panels that are compared.
    levels : tuple of float
        Values whose contours are drawn, such as .5 for a decision boundary.
    label : str
        What the shades mean, written beside their scale.
    """

    x: tuple[float, ...]
    y: tuple[float, ...]
    values: tuple[tuple[float, ...], ...]
    low: float
    high: float
    levels: tuple[float, ...] = ()
    label: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A panel of images in rows, each with its label: what a data set looks like.

    Attributes
    ----------
    title : str
    images : tuple of (tuple of tuple of float)
        Grey levels from 0 (white) to 1 (black), rows of pixels.
    labels : tuple of str
        One per image; empty for none.
    columns : int
        Images per row.
    """

    title: str
    images: tuple[tuple[tuple[float, ...], ...], ...]
    labels: tuple[str, ...]
    columns: int = 8


@dataclass(frozen=True, slots=True)
class Chart:
    """One panel: axes with units, at most six series; points, marks, and a field behind them.

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
    points: tuple[Points, ...] = ()
    field: Field | None = None

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
    charts : tuple of Chart or Sheet
    caption : str
        One sentence for readers who cannot see the picture.
    """

    name: str
    charts: tuple[Chart | Sheet, ...]
    caption: str
