"""The derivative of cross-entropy by all three engines: dL/dz = p - y, binary and softmax alike.

With p = sigmoid(z) and L = -y log p - (1 - y) log(1 - p), or p = softmax(z) and L = -sum y log p,
the factors of the chain rule cancel and p - y is left (Bishop 2006, equations 4.91 and 4.109). All
engines give it to 1e-12, and finite numbers at z = (1000, 0, -1000), where p rounds to 0 and 1 and
a logarithm of it would not be finite. Nothing is trained.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from difflab.api import value_and_grad
from difflab.chart import Chart, Figure, Series
from difflab.datasets import Dataset
from difflab.functions import (
    binary_cross_entropy,
    sigmoid,
    softmax,
    softmax_cross_entropy,
)
from difflab.tasks.experiment import Conditions, Experiment
from difflab.tasks.rows import Row, Rows, column, distinct, where
from difflab.tasks.settings import Settings
from difflab.tasks.task import Expectation, Task
from difflab.tree import Nest

BINARY, SOFTMAX = "binary", "softmax"
FAR = (1000.0, 0.0, -1000.0)
REACH = 6.0
"""Logits of the binary picture run from minus to plus this."""
UNUSED = (
    "widths", "activation", "output", "loss", "optimizer", "lr", "steps", "epochs", "batch_size",
    "initial", "standardised", "dtype", "seed", "schedule", "l2",
)  # fmt: skip
"""Settings of a network and its training: there is neither."""
NOTICED = 1e-9
"""A difference that is more than rounding, even that of difference quotients."""
ROUNDING = 1e-17
"""Stands for an error of zero where errors are drawn on a logarithmic axis."""


def logits() -> Dataset:
    """Return some rows of three logits, the last one far out, and a class for each."""
    near = np.random.default_rng(0).normal(0.0, 2.0, (4, len(FAR)))
    x = np.concatenate([near, [FAR]])
    return Dataset("logits", x, np.eye(len(FAR))[np.arange(len(x)) % len(FAR)])


def binary_loss(z: Any, y: Any) -> Any:
    """Binary cross-entropy of one logit."""
    return binary_cross_entropy(z, y)


def softmax_loss(z: Any, y: Any) -> Any:
    """Softmax cross-entropy of one row of logits."""
    return softmax_cross_entropy(z, y)


def carry_out(conditions: Conditions) -> Rows:
    """Differentiate both losses by every engine; one row per logit."""
    settings = conditions.settings
    provider = conditions.provider
    chosen = {provider.name: provider, **{spec: spec for spec in settings.option("engines")}}
    data = conditions.task.dataset(settings)
    axis = sorted({*np.linspace(-REACH, REACH, settings.option("points")).tolist(), *FAR})
    rows: list[Row] = []
    for name, engine in chosen.items():
        for target in (0.0, 1.0):
            slope = value_and_grad(binary_loss, engine)
            for z in axis:
                value, found = slope(z, target)
                rows += _rows(BINARY, name, [z], [target], value, [found], [sigmoid(z)])
        for z_row, y_row in zip(data.x, data.y):
            value, found = value_and_grad(softmax_loss, engine)(z_row, y_row)
            rows += _rows(SOFTMAX, name, z_row, y_row, value, found, softmax(z_row))
    return rows


def _rows(
    loss: str,
    engine: str,
    z: Iterable[Any],
    y: Iterable[Any],
    value: Any,
    found: Iterable[Any],
    p: Iterable[Any],
) -> list[Row]:
    return [
        {
            "loss": loss,
            "engine": engine,
            "z": float(logit),
            "y": float(target),
            "L": float(value),
            "dL/dz": float(slope),
            "p - y": float(share - target),
            "error": float(abs(slope - (share - target))),
        }
        for logit, target, slope, share in zip(z, y, found, p)
    ]


def summary(rows: Rows) -> Mapping[str, float]:
    """Largest error of each loss, and whether everything far out is finite."""
    errors = {
        f"largest |dL/dz - (p - y)|, {loss}": max(column(where(rows, loss=loss), "error"))
        for loss in (BINARY, SOFTMAX)
    }
    far = [row for row in rows if abs(row["z"]) in FAR and row["z"] != 0]
    finite = [np.isfinite(row["L"]) and np.isfinite(row["dL/dz"]) for row in far]
    return {
        **errors,
        "engines": float(len(distinct(rows, "engine"))),
        "share that is finite at logits of 1000": float(np.mean(finite)),
    }


def lesson(measured: Mapping[str, float]) -> str:
    """How exactly the derivative is p - y."""
    worst = max(measured[f"largest |dL/dz - (p - y)|, {loss}"] for loss in (BINARY, SOFTMAX))
    count = f"{measured['engines']:.0f} engine{'s' * (measured['engines'] > 1)}"
    if not worst < NOTICED:
        return (
            f"Of {count} at least one is wrong, by {worst:.1g}: the derivative of cross-entropy "
            "with respect to the logits is p - y."
        )
    return (
        "The derivative of cross-entropy with respect to the logits is p - y, for the sigmoid and "
        f"for the softmax, also at logits of 1000, if the loss is written in terms of logits; the "
        f"largest difference from it by {count} is {worst:.0e}."
    )


def figure(rows: Rows) -> Figure:
    """Slope of the binary loss against the logit by every engine, and how far from p - y it is."""
    part = [row for row in where(rows, loss=BINARY, y=1.0) if abs(row["z"]) <= REACH]
    slopes, errors = [], []
    for engine in distinct(part, "engine")[:5]:
        ours = where(part, engine=engine)
        z = column(ours, "z")
        slopes.append(Series(engine, z, column(ours, "dL/dz"), markers=True))
        drawn = tuple(max(error, ROUNDING) for error in column(ours, "error"))
        errors.append(Series(engine, z, drawn, markers=True))
    one = where(part, engine=part[0]["engine"])
    slopes.append(Series("p - y", column(one, "z"), column(one, "p - y"), style="theory"))
    caption = (
        "Slope of binary cross-entropy with target 1 against the logit: all engines lie on p - y; "
        "their distance from it is rounding."
    )
    charts = (
        Chart("Slope of cross-entropy, y = 1", "logit z", "dL/dz", tuple(slopes)),
        Chart(
            "Distance from p - y (0 drawn as 1e-17)", "logit z", "|dL/dz - (p - y)|",
            tuple(errors), log_y=True,
        ),
    )  # fmt: skip
    return Figure("cross-entropy", charts, caption)


def count(settings: Settings) -> int:
    """Gradients: both targets of the binary loss and the rows of logits, by every engine."""
    # the middle one of the far logits is among the near ones already
    per_engine = 2 * (settings.option("points") + 2) + logits().samples
    return int(per_engine * (1 + len(settings.option("engines"))))


def shifted(z: Any, x: Any, y: Any) -> Any:
    """Mean softmax cross-entropy of rows of logits that are shifted by z."""
    return np.mean(softmax_cross_entropy(z + x, y))


def sample(task: Task, settings: Settings) -> tuple[Any, Nest, Any, Any]:
    """A gradient with respect to three logits, for the price."""
    data = task.dataset(settings)
    return shifted, np.zeros(len(FAR)), data.x, data.y


TASK = Task(
    name="cross-entropy",
    shows="the derivative of cross-entropy is p - y, whoever takes it",
    slide="questions: derivative of cross-entropy",
    settings=Settings(
        widths=(3, 3),
        loss="softmax-cross-entropy",
        standardised=False,
        options=(
            ("engines", ("symbolic:matrix", "finite-difference:central-6", "autodiff")),
            ("points", 25),
        ),
    ),
    data=logits,
    experiment=Experiment(carry_out, count, sample),
    summary=summary,
    figure=figure,
    lesson=lesson,
    fixed=UNUSED,
    instead="--set engines=autodiff,torch, or --set points=9",
    columns=("loss", "engine", "z", "y", "dL/dz", "p - y", "error"),
    expectations=(
        Expectation("largest |dL/dz - (p - y)|, binary", 0.0, 1e-12, "Bishop (2006), 4.91"),
        Expectation("largest |dL/dz - (p - y)|, softmax", 0.0, 1e-12, "Bishop (2006), 4.109"),
        Expectation("share that is finite at logits of 1000", 1.0, 1.0, "losses take logits"),
    ),
)
