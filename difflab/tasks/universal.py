"""Universal approximation: the best loss that one hidden layer of tanh reaches, against its width.

The lecture's 1,000 points of sin(x0) + cos(x1) with noise of deviation .1; three starts of every
width from 1 to 128 stand side by side, see `difflab.nn.Stack`, and the best counts: that a network
can fit does not say that descent finds it from every start. One unit is little more than a plane
(.92); with 16 units or more the loss reaches the noise's variance, .01, and stays there.
(Cybenko 1989; Hornik, Stinchcombe and White 1989.)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from difflab import nn
from difflab.chart import Chart, Figure, Series
from difflab.datasets import sincos
from difflab.nn import Stack
from difflab.tasks.experiment import Conditions, Experiment
from difflab.tasks.rows import Row, Rows, column, distinct, where
from difflab.tasks.settings import Settings
from difflab.tasks.side_by_side import networks, stack_of
from difflab.tasks.task import Expectation, Task
from difflab.tree import Nest

NOISE_FLOOR = 0.01
"""Variance of the noise on the training points."""


def starts(task: Task, settings: Settings, width: int) -> tuple[Stack, Nest]:
    """All starts of a width side by side."""
    form = nn.MLP((2, width, 1), settings.activation, settings.output)
    return stack_of(task, settings, form), networks(settings, form, settings.option("starts"))


def carry_out(conditions: Conditions) -> Rows:
    """Train all starts of every width; one row per network."""
    task, settings = conditions.task, conditions.settings
    data = task.dataset(settings)
    rows: list[Row] = []
    for width in settings.option("compared"):
        stack, params = starts(task, settings, width)
        trained = conditions.train(data=data, objective=stack, params=params).params
        losses, errors = (
            np.asarray(stack.losses(trained, *samples))
            for samples in ((data.x, data.y), (data.x_val, data.y_val))
        )
        rows += [
            {
                "width": width,
                "seed": settings.seed + k,
                "loss": float(losses[k]),
                "error on the grid": float(errors[k]),
            }
            for k in range(settings.option("starts"))
        ]
    return rows


def best(rows: Rows) -> list[Row]:
    """The row with the smallest loss of each width, narrow ones first."""
    return [
        min(where(rows, width=width), key=lambda row: float(row["loss"]))
        for width in sorted(distinct(rows, "width"))
    ]


def summary(rows: Rows) -> Mapping[str, float]:
    """Best losses of the narrowest and the widest networks, and where the noise is reached."""
    found = best(rows)
    reached = [row["width"] for row in found if row["loss"] < 1.5 * NOISE_FLOOR]
    return {
        "best loss, narrowest": found[0]["loss"],
        "best loss, widest": found[-1]["loss"],
        "smallest best loss": min(column(found, "loss")),
        "width that reaches the noise": float(min(reached, default=float("inf"))),
    }


def lesson(measured: Mapping[str, float]) -> str:
    """From which loss to which, and where it stops."""
    width = measured["width that reaches the noise"]
    where_ = (
        f"{width:.0f} units are enough to come near the noise's {NOISE_FLOOR:g}, and the widest "
        f"layer ends at {measured['best loss, widest']:.2g}"
        if np.isfinite(width)
        else f"no width comes near the noise's {NOISE_FLOOR:g} in so many steps"
    )
    return (
        f"The best loss is {measured['best loss, narrowest']:.2g} with the narrowest layer and "
        f"{measured['smallest best loss']:.2g} at its smallest; {where_}."
    )


def figure(rows: Rows) -> Figure:
    """Best and worst loss, and the best network's error on the grid, against width."""
    found = best(rows)
    widths = column(found, "width")
    worst = tuple(max(column(where(rows, width=w), "loss")) for w in widths)
    ends = (widths[0], widths[-1])
    series = (
        Series("best start", widths, column(found, "loss"), markers=True),
        Series("worst start", widths, worst, markers=True),
        Series("best start, on the grid", widths, column(found, "error on the grid"), markers=True),
        Series("noise", ends, (NOISE_FLOOR, NOISE_FLOOR), style="theory"),
    )
    title = "one hidden layer on sine plus cosine"
    chart = Chart(title, "hidden units", "mean squared error", series, log_x=True, log_y=True)
    caption = "The best loss falls with the width of the layer until it meets the noise."
    return Figure("universal", (chart,), caption)


def sample(task: Task, settings: Settings) -> tuple[Stack, Nest, Any, Any]:
    """A gradient that costs as much as the mean of all widths, or somewhat more."""
    widths = settings.option("compared")
    mean = max(1, round(float(np.mean(widths))))
    data = task.dataset(settings)
    stack, params = starts(task, settings, mean)
    return stack, params, data.x, data.y


TASK = Task(
    name="universal",
    shows="one hidden layer, wide enough, fits the surface down to the noise",
    slide="MLPs: universal approximation theorem",
    settings=Settings(
        widths=(2, 32, 1),
        activation="tanh",
        lr=0.03,
        steps=500,
        schedule="cosine",
        options=(("starts", 3), ("compared", (1, 2, 4, 8, 16, 32, 64, 128)), ("n", 1000)),
    ),
    data=sincos,
    options=("n",),
    experiment=Experiment(
        carry_out, lambda settings: settings.steps * len(settings.option("compared")), sample
    ),
    summary=summary,
    able=("symbolic", "autodiff"),
    figure=figure,
    lesson=lesson,
    fixed=("widths", "epochs", "loss"),
    instead="--set compared=1,16, or --set steps=200",
    columns=("width", "seed", "loss", "error on the grid"),
    expectations=(
        Expectation("best loss, narrowest", 0.7, 0.92, "a ridge, little better than the plane"),
        Expectation("smallest best loss", 0.0085, 0.013, "the noise floor .01"),
        Expectation("best loss, widest", 0.0085, 0.016, "the noise floor .01"),
        Expectation("width that reaches the noise", 8, 32, "16 in most runs"),
    ),
)
