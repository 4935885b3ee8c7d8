"""A deep network without nonlinearity is a plane: 2-64-64-1 and 2-128-128-1, identity throughout.

Whatever the optimizer, descent ends at the mean squared error of least squares, .91712, and the
product W = W1 W2 W3 with its chain of biases, b = (b1 W2 + b2) W3 + b3, gives the network's outputs
to 1e-12.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from difflab import nn
from difflab.chart import Chart, Figure, Series
from difflab.datasets import Dataset, sincos
from difflab.nn.closed_form import least_squares
from difflab.providers import Loss
from difflab.tasks.experiment import Conditions, Experiment
from difflab.tasks.rows import Row, Rows, column, distinct, where
from difflab.tasks.settings import Settings
from difflab.tasks.task import Expectation, Task
from difflab.tree import Nest

_SOURCE = "least squares, to seven digits"
ROUNDING = 1e-4
"""Outputs of one function differ by less, in float32 too."""


def collapse(params: Nest) -> tuple[np.ndarray, np.ndarray]:
    """Return the one W and b that give what the layers [(W1, b1), ...] give without nonlinearity.

    Examples
    --------
    >>> two = [(np.array([[2.0]]), np.array([1.0])), (np.array([[3.0]]), np.array([5.0]))]
    >>> collapse(two)
    (array([[6.]]), array([8.]))
    """
    (weights, biases), *rest = params
    for w, b in rest:
        weights, biases = weights @ w, biases @ w + b
    return weights, biases


def difference(model: nn.MLP, params: Nest, x: np.ndarray) -> float:
    """Largest difference between a network's outputs and those of its collapsed layers."""
    weights, biases = collapse(params)
    return float(np.max(np.abs(model(params, x) - (x @ weights + biases))))


def runs(settings: Settings) -> list[Settings]:
    """Settings of every run: each width with each optimizer, at a learning rate that suits it."""
    return [
        replace(
            settings,
            widths=(settings.widths[0], *[width] * (len(settings.widths) - 2), settings.widths[-1]),
            optimizer=name,
            lr=TASK.with_optimizer(name).lr,
        )
        for width in settings.option("compared")
        for name in settings.option("optimizers")
    ]


def carry_out(conditions: Conditions) -> Rows:
    """Train every width with every optimizer; one row per run and evaluation."""
    task = conditions.task
    data = task.dataset(conditions.settings)
    plane = least_squares(data.x, data.y).loss
    rows: list[Row] = []
    for settings in runs(conditions.settings):
        every = max(1, settings.steps // settings.option("evaluations"))
        result = conditions.train(settings, data=data, evaluate_every=every)
        model = task.objective(settings).model
        rows += [
            {
                "network": "-".join(map(str, settings.widths)),
                "optimizer": settings.optimizer,
                "step": row.step,
                "loss": row.full_loss,
                "above closed form": row.full_loss - plane,
                "net - collapsed": difference(model, result.params, data.x),
            }
            for row in result.history
            if row.full_loss is not None
        ]
    return rows


def last_rows(rows: Rows) -> list[Row]:
    """The end of every run."""
    ends = {(row["network"], row["optimizer"]): row for row in rows}
    return list(ends.values())


def summary(rows: Rows) -> Mapping[str, float]:
    """Where the runs end, and how exactly one plane replaces each network."""
    losses, differences = (column(last_rows(rows), name) for name in ("loss", "net - collapsed"))
    return {
        "smallest loss": min(losses),
        "largest loss": max(losses),
        "largest |net - collapsed|": max(differences),
    }


def facts(settings: Settings, data: Dataset) -> Mapping[str, float]:
    """Return the loss of least squares."""
    del settings
    return {"closed-form loss": least_squares(data.x, data.y).loss}


def lesson(measured: Mapping[str, float]) -> str:
    """What depth without nonlinearity buys."""
    apart = measured["largest |net - collapsed|"]
    ends = (
        f"Least squares has the loss {measured['closed-form loss']:.9f}; the networks end between "
        f"{measured['smallest loss']:.9f} and {measured['largest loss']:.9f}, and one matrix with "
        "one bias"
    )
    if apart < ROUNDING:
        return f"{ends} gives their outputs to {apart:.0e}: they are a linear regression."
    return f"{ends} misses their outputs by up to {apart:.2g}: they are no linear regression."


def figure(rows: Rows) -> Figure:
    """Distance to the closed form's loss against step, a panel per network."""
    charts = []
    for network in distinct(rows, "network"):
        series = []
        for name in distinct(rows, "optimizer")[:6]:
            part = where(rows, network=network, optimizer=name)
            part = [row for row in part if row["above closed form"] > 0]
            steps, above = column(part, "step"), column(part, "above closed form")
            series.append(Series(name, steps, above))
        charts.append(
            Chart(
                f"{network}, identity", "step", "loss above least squares", tuple(series),
                log_y=True,
            )
        )  # fmt: skip
    caption = (
        "Loss above that of least squares against step, for networks without nonlinearity under "
        "several optimizers: none gets below it."
    )
    return Figure("linear-collapse", tuple(charts), caption)


def sample(task: Task, settings: Settings) -> tuple[Loss, Nest, Any, Any]:
    """A gradient of the widest network, for the price."""
    widest = max(runs(settings), key=lambda run: max(run.widths))
    data = task.dataset(widest)
    return task.objective(widest), task.parameters(widest), data.x, data.y


TASK = Task(
    name="linear-collapse",
    shows="layers without nonlinearity collapse into one: depth buys nothing",
    slide="MLP without nonlinearity boils down to linear regression",
    settings=Settings(
        widths=(2, 64, 64, 1),
        activation="identity",
        lr=0.003,
        steps=200,
        schedule="cosine",
        options=(
            ("compared", (64, 128)),
            ("optimizers", ("sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw")),
            ("evaluations", 60),
        ),
    ),
    data=sincos,
    rates={
        "sgd": 0.05, "momentum": 0.01, "nesterov": 0.01, "rmsprop": 0.001, "adamw": 0.003,
        "rmsprop-centered": 0.001, "amsgrad": 0.003,
    },
    facts=facts,
    experiment=Experiment(
        carry_out,
        lambda settings: settings.steps
        * len(settings.option("compared"))
        * len(settings.option("optimizers")),
        sample,
    ),
    summary=summary,
    able=("symbolic", "autodiff"),
    figure=figure,
    lesson=lesson,
    fixed=("optimizer", "lr", "epochs", "loss", "l2"),
    instead="--set optimizers=sgd,adam, or --set compared=16",
    columns=("network", "optimizer", "step", "loss", "net - collapsed"),
    expectations=(
        Expectation("closed-form loss", 0.9171158670, 0.9171158680, "normal equations"),
        Expectation("smallest loss", 0.9171158, 0.9171160, _SOURCE),
        Expectation("largest loss", 0.9171158, 0.9171160, _SOURCE),
        Expectation("largest |net - collapsed|", 0.0, 1e-12, "associativity, but for rounding"),
    ),
)  # fmt: skip
