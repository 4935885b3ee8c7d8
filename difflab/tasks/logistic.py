"""Two moons: logistic regression, and a network that bends the boundary.

1,000 points with noise of deviation .1, binary cross-entropy. The boundary of logistic regression
(2-1) is a straight line and leaves an accuracy of .87; a 2-16-16-1 network reaches .999. Judged on
1,000 other points.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from difflab.chart import Chart, Field, Figure, Points
from difflab.datasets import Dataset, moons
from difflab.functions import sigmoid
from difflab.nn import TrainingResult, accuracy
from difflab.tasks.experiment import Conditions
from difflab.tasks.rows import Row, Rows, column, distinct, where
from difflab.tasks.settings import Settings
from difflab.tasks.task import Expectation, Task

GRID = 61
MARGIN = 0.3
"""How far the grid reaches beyond the points, in units of the inputs."""


def plane_rows(network: str, data: Dataset, values_at: Callable[[np.ndarray], Any]) -> list[Row]:
    """Rows of a plane: what a classifier says over a grid, and at the validation points.

    Columns are network, kind ("grid", or the "class 0" or "class 1" of a point), x0, x1 and value.

    Parameters
    ----------
    network : str
    data : Dataset
        With validation samples of two inputs.
    values_at : callable
        ``values_at(points) -> value per point``, points of shape (n, 2).
    """
    assert data.x_val is not None
    assert data.y_val is not None
    low, high = data.x_val.min(axis=0) - MARGIN, data.x_val.max(axis=0) + MARGIN
    axes = [np.linspace(low[k], high[k], GRID) for k in (0, 1)]
    points = np.stack([each.ravel() for each in np.meshgrid(*axes, indexing="ij")], axis=1)
    rows = [_row(network, "grid", p, v) for p, v in zip(points, np.ravel(values_at(points)))]
    values = np.ravel(values_at(data.x_val))
    for point, target, value in zip(data.x_val, data.y_val.ravel(), values):
        rows.append(_row(network, f"class {int(target > 0.5)}", point, value))
    return rows


def _row(network: str, kind: str, point: np.ndarray, value: Any) -> Row:
    x0, x1 = map(float, point)
    return {"network": network, "kind": kind, "x0": x0, "x1": x1, "value": float(value)}


def exhibit(conditions: Conditions, training: TrainingResult, data: Dataset) -> Rows:
    """The probability of class 1 over the plane, and the validation points."""
    model = conditions.task.objective(conditions.settings).model
    return plane_rows(str(model), data, lambda x: sigmoid(model(training.params, x)))


def boundary_panel(rows: Rows, label: str, level: float, low: float, high: float) -> Chart:
    """One network's plane: shades, the boundary where they have the value of the level, points."""
    grid = where(rows, kind="grid")
    x, y = (tuple(map(float, distinct(grid, axis))) for axis in ("x0", "x1"))
    values = np.clip(np.array(column(grid, "value")).reshape(len(x), len(y)), low, high)
    field = Field(x, y, tuple(map(tuple, values.tolist())), low, high, (level,), label)
    styles = {
        "class 0": "shared",
        "class 1": "central",
    }
    points = tuple(
        Points(kind, column(part, "x0"), column(part, "x1"), style)
        for kind, style in styles.items()
        for part in [where(rows, kind=kind)]
    )
    return Chart(str(rows[0]["network"]), "x0", "x1", (), points=points, field=field)


def figure(rows: Rows) -> Figure:
    """Probability of class 1 over the plane, one panel per network."""
    charts = tuple(
        boundary_panel(where(rows, network=network), "probability of class 1", 0.5, 0.0, 1.0)
        for network in distinct(rows, "network")
    )
    caption = (
        "Probability of class 1 in shades over the plane, its contour at one half, and the points "
        "of both moons."
    )
    return Figure("logistic", charts, caption)


def lesson(measured: Mapping[str, float]) -> str:
    """How many points are on the right side."""
    return (
        f"{measured['accuracy']:.1%} of the points kept apart lie on the right side; a straight "
        "boundary leaves out about one in eight, hidden layers bend it."
    )


TASK = Task(
    name="logistic",
    shows="a straight boundary where there is no hidden layer, a bent one where there is",
    slide="logistic regression; classification",
    settings=Settings(
        widths=(2, 16, 16, 1),
        activation="tanh",
        loss="binary-cross-entropy",
        lr=0.02,
        steps=500,
        standardised=False,
    ),
    data=moons,
    rates={"sgd": 1.0, "momentum": 0.3, "nesterov": 0.3, "rmsprop": 0.005, "adamw": 0.02},
    metric=accuracy,
    metric_name="accuracy",
    exhibit=exhibit,
    figure=figure,
    lesson=lesson,
    expectations=(
        Expectation("accuracy", 0.995, 1.0, "about .999, band over seeds 0 to 4"),
        Expectation("accuracy", 0.86, 0.89, "a straight line, about .87", given={"widths": (2, 1)}),
    ),
)
