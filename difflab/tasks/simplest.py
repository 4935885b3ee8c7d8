"""The simplest network that has a chain rule worth the name: x, one hidden unit, one output.

``n = sigmoid(w1 x + b1)``, ``m = sigmoid(w2 n + b2)``, ``L = (y - m)^2``; one sample, four
parameters. At the fixture of the lecture's errata L is .33133809, with the derivatives .03828455
(w1), .07656909 (b1), -.15462799 (w2) and -.28122669 (b2); 200 updates of gradient descent with
step size 0.5 bring it to .00250238.

Beside the run, the provider's gradient at the start is shown.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from difflab.datasets import Dataset, simplest
from difflab.nn import Gradients, TrainingResult
from difflab.tasks.experiment import Conditions
from difflab.tasks.rows import Row, Rows
from difflab.tasks.settings import Settings
from difflab.tasks.task import Expectation, Task
from difflab.tree import flatten

NAMES = ("w1", "b1", "w2", "b2")
_SOURCE = "errata, fixture of the lecture"
DIGITS = 1e-9
"""Derivatives by central differences are right to this, and wrong formulas are not."""


def exhibit(conditions: Conditions, training: TrainingResult, data: Dataset) -> Rows:
    """The gradient at the start, as the provider takes it; one row per parameter."""
    del training
    task, settings = conditions.task, conditions.settings
    objective, params = task.objective(settings), task.parameters(settings)
    prepared = Gradients(objective, conditions.provider).prepared(params, data.x, data.y)
    _, gradient = prepared.value_and_gradient(params, data.x, data.y)
    found = zip(NAMES, flatten(params)[0], flatten(gradient)[0])
    return [_row(name, start, slope) for name, start, slope in found]


def _row(name: str, start: np.ndarray, slope: np.ndarray) -> Row:
    return {"parameter": name, "start": float(start.item()), "derivative": float(slope.item())}


def summary(rows: Rows) -> Mapping[str, float]:
    """The four derivatives by name."""
    return {f"dL/d{row['parameter']} at the start": row["derivative"] for row in rows}


def lesson(measured: Mapping[str, float]) -> str:
    """Where descent ends, and along which derivatives it began."""
    slopes = ", ".join(f"{measured[f'dL/d{name} at the start']:.6f}" for name in NAMES)
    return (
        f"Descent began along the derivatives {slopes} of {', '.join(NAMES)} and ended at the loss "
        f"{measured['loss']:.8f}; a small loss does not show that they are right, the same digits "
        "by another way to differentiate do."
    )


def _derivative(name: str, value: float) -> Expectation:
    return Expectation(f"dL/d{name} at the start", value - DIGITS, value + DIGITS, _SOURCE)


TASK = Task(
    name="simplest",
    shows="the chain rule by hand, by SymPy, by differences and by the tape: four equal numbers",
    slide="simplest MLP",
    settings=Settings(
        widths=(1, 1, 1),
        activation="sigmoid",
        output="sigmoid",
        optimizer="sgd",
        lr=0.5,
        steps=200,
        standardised=False,
    ),
    data=simplest,
    rates={"momentum": 0.1, "nesterov": 0.1, "rmsprop": 0.01, "adam": 0.05, "adamw": 0.05},
    fixture=[
        (np.array([[0.8]]), np.array([-0.2])),
        (np.array([[-1.1]]), np.array([0.3])),
    ],
    exhibit=exhibit,
    summary=summary,
    lesson=lesson,
    fixed=("widths",),
    instead="difflab train sincos-small, which takes any widths",
    columns=("parameter", "start", "derivative"),
    expectations=(
        Expectation("loss", 0.002502375, 0.002502385, _SOURCE),
        _derivative("w1", 0.03828454614565866),
        _derivative("b1", 0.07656909229131735),
        _derivative("w2", -0.1546279934597754),
        _derivative("b2", -0.2812266869920346),
    ),
)
