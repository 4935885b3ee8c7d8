"""The lecture's experiment: fit sin(x0) + cos(x1) with a 2-64-64-1 network.

1,000 points in 0..10 with noise of deviation 0.1, so no fit is expected below a mean squared error
of .01 on new points with noise; the validation set is a grid without noise. With 2,000 full-batch
steps ReLU and Adam (learning rate .01) reach about .008 on the training points and .003 on the
grid, ReLU and gradient descent .023 to .039 over seeds 0 to 4, tanh and Adam .008, sigmoid and Adam
.011; sigmoid and gradient descent (.05) stay at the plane (.914 to .918), which is all that a
network without nonlinearity has (.917).

A run shows its surface over the grid, beside the truth; `figure_of_fits` puts several side by side.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from difflab.chart import Chart, Field, Figure
from difflab.datasets import Dataset, sincos
from difflab.nn import TrainingResult
from difflab.tasks.experiment import Conditions
from difflab.tasks.rows import Rows, column, distinct, where
from difflab.tasks.settings import Settings
from difflab.tasks.task import Expectation, Task

_SOURCE = "band over seeds 0 to 4"
PLANE = 0.917
"""Mean squared error of the best plane."""
HIGHEST = 2.0
"""Sine plus cosine stays within -2..2, the range of the shades."""
MOST_PANELS = 5


def exhibit(conditions: Conditions, training: TrainingResult, data: Dataset) -> Rows:
    """The fitted surface over the grid, and the truth there; one row per point of the grid."""
    settings = conditions.settings
    raw = conditions.task.data().x_val
    assert raw is not None  # the task always has its grid
    assert data.x_val is not None
    assert data.y_val is not None
    fit = conditions.task.objective(settings).model(training.params, data.x_val)
    return [
        {
            "activation": settings.activation,
            "optimizer": settings.optimizer,
            "x0": float(x0),
            "x1": float(x1),
            "truth": float(true),
            "fit": float(fitted),
        }
        for (x0, x1), true, fitted in zip(raw, data.y_val.ravel(), np.ravel(fit))
    ]


def figure_of_fits(rows: Rows) -> Figure:
    """The truth and the surface of each activation, side by side in the same shades.

    Parameters
    ----------
    rows : rows
        Those of several runs, one after the other; every activation once.
    """
    kinds = distinct(rows, "activation")[: MOST_PANELS - 1]
    first = where(rows, activation=kinds[0])
    charts = [_panel("truth: sin(x0) + cos(x1)", first, "truth")]
    for kind in kinds:
        part = where(rows, activation=kind)
        error = np.mean((np.array(column(part, "fit")) - column(part, "truth")) ** 2)
        name = "linear" if kind == "identity" else kind
        charts.append(_panel(f"{name}, {part[0]['optimizer']}: error {error:.2g}", part, "fit"))
    caption = (
        "Shades of sin(x0) + cos(x1) over the box, and of the surfaces that networks were fitted "
        "to, each with its mean squared error on the grid."
    )
    return Figure("sincos", tuple(charts), caption)


def _panel(title: str, rows: Rows, name: str) -> Chart:
    x, y = (tuple(map(float, distinct(rows, axis))) for axis in ("x0", "x1"))
    values = np.array(column(rows, name)).reshape(len(x), len(y))
    field = Field(x, y, tuple(map(tuple, values.tolist())), -HIGHEST, HIGHEST, label="output")
    return Chart(title, "x0", "x1", (), field=field)


def lesson(measured: Mapping[str, float]) -> str:
    """What the fit is worth, beside the noise."""
    told = (
        f"The training points are met to {measured['loss']:.3g} and the surface behind their noise "
        f"to {measured['validation loss']:.3g}; the noise alone is 0.01, and the best plane has "
        f"{PLANE:g}"
    )
    if measured["loss"] > PLANE / 2:
        return f"{told}: this fit is little better than a plane, or no better."
    return (
        f"{told}: a hidden layer with a nonlinearity, and an optimizer that uses it, make the "
        "difference."
    )


TASK = Task(
    name="sincos",
    shows="what a hidden layer buys, and what the optimizer decides",
    slide="MLP regression on sine plus cosine",
    settings=Settings(widths=(2, 64, 64, 1), activation="relu", lr=0.01, steps=2000),
    data=sincos,
    rates={"sgd": 0.05, "momentum": 0.005, "nesterov": 0.005, "rmsprop": 0.001, "adamw": 0.01},
    exhibit=exhibit,
    figure=figure_of_fits,
    lesson=lesson,
    expectations=(
        Expectation("loss", 0.005, 0.012, _SOURCE),
        Expectation("validation loss", 0.001, 0.006, _SOURCE),
        Expectation("loss", 0.02, 0.045, _SOURCE, given={"optimizer": "sgd", "lr": 0.05}),
        Expectation("loss", 0.008, 0.014, _SOURCE, given={"activation": "sigmoid"}),
        Expectation("loss", 0.0070, 0.0090, _SOURCE, given={"activation": "tanh"}),
        Expectation("validation loss", 0.0010, 0.0025, _SOURCE, given={"activation": "tanh"}),
        Expectation(
            "loss",
            0.912,
            0.919,
            "the plane, nearly",
            given={"activation": "sigmoid", "optimizer": "sgd", "lr": 0.05},
        ),
        Expectation(
            "loss",
            0.91711,
            0.91712,
            "a linear network is a plane, however deep",
            given={"activation": "identity"},
        ),
    ),
)
