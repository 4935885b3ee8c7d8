"""The lecture's experiment at its full size: 100,000 points, 100,000 iterations, 2-128-128-1, ReLU.

Batches of 256 and Adam with learning rate 1e-3, float32 as PyTorch has it. After 10,000 iterations
the mean squared error on the noise-free grid is about .0018. All 100,000 points at each of 100,000
iterations would take hours, so that is refused with its price; batches see the same points in
minutes.
"""

from __future__ import annotations

from collections.abc import Mapping

from difflab.chart import Chart, Figure, Series
from difflab.datasets import Dataset, sincos
from difflab.tasks.rows import Rows, column
from difflab.tasks.settings import Settings
from difflab.tasks.task import Expectation, Task

NOISE_FLOOR = 0.01
"""Variance of the noise on the training points."""


def surface(points: int) -> Dataset:
    """Return so many points of the lecture's surface, drawn as the slide draws them."""
    return sincos(n=points)


def lesson(measured: Mapping[str, float]) -> str:
    """What many points buy."""
    told = (
        f"The grid without noise is met to {measured['validation loss']:.2g}, where the training "
        f"points with their noise keep a loss of {measured['loss']:.2g}"
    )
    if measured["validation loss"] < NOISE_FLOOR:
        return (
            f"{told}: many points average the noise away, and a step needs a batch of them, not "
            "all."
        )
    return f"{told}: the surface is not yet met better than its noise, which is {NOISE_FLOOR:g}."


def figure(rows: Rows) -> Figure:
    """Losses on the training points and on the grid against the iteration."""
    steps = column(rows, "step")
    series = (
        Series("training points", steps, column(rows, "full loss")),
        Series("grid", steps, column(rows, "validation loss")),
        Series("noise", (steps[0], steps[-1]), (NOISE_FLOOR, NOISE_FLOOR), style="theory"),
    )
    chart = Chart("Many points in batches", "iteration", "mean squared error", series, log_y=True)
    caption = (
        "Mean squared error on all training points and on the noise-free grid against the "
        "iteration: the former stays at the variance of the noise, the latter falls below it."
    )
    return Figure("sincos-100k", (chart,), caption)


TASK = Task(
    name="sincos-100k",
    shows="mini-batches: 256 points a step are as good as 100,000, and 400 times cheaper",
    slide="MLPs; multiple datapoints?",
    settings=Settings(
        widths=(2, 128, 128, 1),
        activation="relu",
        lr=1e-3,
        steps=100_000,
        batch_size=256,
        dtype="float32",
        options=(("points", 100_000),),
    ),
    data=surface,
    options=("points",),
    rates={"sgd": 0.05, "momentum": 0.01, "nesterov": 0.01, "rmsprop": 0.0003, "adamw": 1e-3},
    able=("symbolic", "autodiff"),
    figure=figure,
    lesson=lesson,
    expectations=(
        Expectation(
            "validation loss",
            0.0008,
            0.0035,
            "band over seeds 0 and 1",
            given={"steps": 10_000},
        ),
    ),
)
