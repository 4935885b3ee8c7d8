"""Local optima: XOR with a 2-2-1 network, where descent gets stuck from one start in four or five.

Four samples, sigmoids in both layers, learning rate 2, 6,000 steps, weights and biases from
U(-1, 1). The loss has valleys that end at a mean squared error of .125, with two of the four
samples right and the other two at one half. Of fifty starts about twelve end there; with four
hidden units all fifty solve XOR. (Rumelhart, Hinton and Williams 1986 met the same minimum.)

The networks stand side by side in one array, see `difflab.nn.Stack`: one gradient moves them all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from difflab import nn
from difflab.chart import Chart, Figure, Series
from difflab.datasets import xor
from difflab.nn import Stack, stacked
from difflab.tasks.experiment import Conditions, Experiment
from difflab.tasks.rows import Row, Rows, column, distinct, where
from difflab.tasks.settings import Settings
from difflab.tasks.side_by_side import stack_of
from difflab.tasks.task import Expectation, Task
from difflab.tree import Nest, map_leaves

VALLEY = 0.125
"""Mean squared error with two samples right and two at one half."""
NEAR = 0.005
STUCK = 0.05
"""Mean squared error above which a network has not learned XOR."""


def starts(settings: Settings, width: int) -> Nest:
    """Parameters of all networks, U(-1, 1), each drawn from a seed of its own."""
    form = nn.MLP((2, width, 1))
    seeds = range(settings.seed, settings.seed + settings.option("starts"))
    drawn = stacked([_uniform(form, seed) for seed in seeds])
    return map_leaves(lambda leaf: leaf.astype(settings.dtype), drawn)


def _uniform(form: nn.MLP, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(seed)
    return [(rng.uniform(-1, 1, fans), rng.uniform(-1, 1, fans[1])) for fans in form.layers]


def of_width(task: Task, settings: Settings, width: int) -> Stack:
    """The summed loss of all networks of a width."""
    return stack_of(task, settings, nn.MLP((2, width, 1), settings.activation, settings.output))


def carry_out(conditions: Conditions) -> Rows:
    """Train all starts of every width; one row per network, sorted by loss within a width."""
    task, settings = conditions.task, conditions.settings
    data = task.dataset(settings)
    rows: list[Row] = []
    for width in settings.option("compared"):
        stack, params = of_width(task, settings, width), starts(settings, width)
        trained = conditions.train(data=data, objective=stack, params=params).params
        losses = np.asarray(stack.losses(trained, data.x, data.y))
        order = np.argsort(losses, kind="stable")
        rows += [
            {"width": width, "rank": rank, "seed": settings.seed + int(k), "loss": float(losses[k])}
            for rank, k in enumerate(order, start=1)
        ]
    return rows


def summary(rows: Rows) -> Mapping[str, float]:
    """How many networks of each width are stuck, and where the narrowest ones are."""
    measured = {}
    for width in distinct(rows, "width"):
        losses = np.array(column(where(rows, width=width), "loss"))
        measured[f"stuck with {width} hidden units"] = float(np.sum(losses > STUCK))
        if np.any(losses > STUCK):
            measured[f"median loss of the stuck, {width} hidden units"] = float(
                np.median(losses[losses > STUCK])
            )
    return measured


def lesson(measured: Mapping[str, float]) -> str:
    """What the counts say."""
    prefix, median = "stuck ", "median loss of the stuck, "
    counts = [
        f"{value:.0f} {name.removeprefix(prefix)}"
        for name, value in measured.items()
        if name.startswith(prefix)
    ]
    told = f"Starts that did not learn XOR: {', '.join(counts)}."
    where_ = {
        name.removeprefix(median): value
        for name, value in measured.items()
        if name.startswith(median)
    }
    if not where_:
        return f"{told} None ended in a valley that leads nowhere."
    medians = ", ".join(f"{value:.3g} with {units}" for units, value in where_.items())
    valley = all(abs(value - VALLEY) < NEAR for value in where_.values())
    why = (
        "they have come to the valley that leads nowhere"
        if valley
        else f"that is not the valley at {VALLEY:g}, and more steps may lead on"
    )
    return f"{told} Their median loss is {medians}: {why}."


def figure(rows: Rows) -> Figure:
    """Final losses, sorted: a step to .125 for those that are stuck."""
    series = tuple(
        Series(f"{width} hidden units", column(part, "rank"), column(part, "loss"), markers=True)
        for width in distinct(rows, "width")
        for part in [where(rows, width=width)]
    )
    chart = Chart("XOR from many starts", "starts, sorted", "final loss", series, log_y=True)
    caption = "Sorted final losses of many starts; some of the narrow networks end at .125."
    return Figure("local-optima", (chart,), caption)


def sample(task: Task, settings: Settings) -> tuple[Stack, Nest, Any, Any]:
    """The gradient of the first width, for the price."""
    width = settings.option("compared")[0]
    data = task.dataset(settings)
    return of_width(task, settings, width), starts(settings, width), data.x, data.y


TASK = Task(
    name="local-optima",
    shows="from some starts descent ends in a valley that leads nowhere, from others it does not",
    slide="questions: local optimum",
    settings=Settings(
        widths=(2, 2, 1),
        activation="sigmoid",
        output="sigmoid",
        optimizer="sgd",
        lr=2.0,
        steps=6000,
        standardised=False,
        options=(("starts", 50), ("compared", (2, 4))),
    ),
    data=xor,
    rates={"momentum": 0.5, "nesterov": 0.5, "rmsprop": 0.01, "adam": 0.05, "adamw": 0.05},
    experiment=Experiment(
        carry_out, lambda settings: settings.steps * len(settings.option("compared")), sample
    ),
    summary=summary,
    able=("symbolic", "autodiff"),
    figure=figure,
    lesson=lesson,
    fixed=("widths", "initial", "epochs", "loss"),
    instead="--set compared=2,3,4, or --set starts=20",
    expectations=(
        Expectation("stuck with 2 hidden units", 8, 16, "about 12 of 50 starts"),
        Expectation("stuck with 4 hidden units", 0, 0, "width 4 solves all"),
        Expectation("median loss of the stuck, 2 hidden units", 0.12, 0.13, "the valley at .125"),
    ),
)
