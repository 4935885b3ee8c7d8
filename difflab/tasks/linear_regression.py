"""A plane through sin(x0) + cos(x1): the task with a closed form, which descent must reach.

The best plane has w = (-.00379652, -.06883877), b = .45994084 and the mean squared error
.9171158675, by each of four closed forms. The Hessian's eigenvalues on raw inputs are (.294, 16.98,
120.98), so descent converges below the learning rate 2 / 120.98 = .016532: .0157 arrives, .0166
diverges. On standardised inputs the limit is .9766.

Beside the run, descent from zeros is repeated with other learning rates; where it stops converging
is found by bisection, without the eigenvalues, and is the predicted rate.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from difflab.chart import Chart, Figure, Series
from difflab.datasets import Dataset, sincos, standardise
from difflab.errors import DivergenceError
from difflab.nn import Step, TrainingResult
from difflab.nn.closed_form import (
    METHODS,
    LinearFit,
    critical_learning_rate,
    hessian_eigenvalues,
    least_squares,
)
from difflab.tasks.experiment import Conditions
from difflab.tasks.rows import Row, Rows, column, distinct, where
from difflab.tasks.settings import Settings
from difflab.tasks.task import Expectation, Task
from difflab.tree import Nest

_SOURCE = "normal equations, QR and pseudo-inverse agree"
FIRST_RATE = 0.001
"""Where the search for the critical rate begins to double."""
MOST_DOUBLINGS = 20
POINTS = 100
"""Rows that are kept of a descent."""
OUTGROWN = 1.05
"""A line ends where the loss has grown by this factor, so that the others can be told apart."""


def facts(settings: Settings, data: Dataset) -> Mapping[str, float]:
    """Return the closed forms' plane, and the learning rates at which descent stops converging."""
    del settings
    eigenvalues = hessian_eigenvalues(data.x)
    fits = [least_squares(data.x, data.y, method) for method in METHODS]
    plane = _flat(fits[0])
    apart = max(float(np.max(np.abs(_flat(fit) - plane))) for fit in fits)
    return {
        "closed-form loss": fits[0].loss,
        **{f"closed-form w{number}": float(w) for number, w in enumerate(plane[:-1])},
        "closed-form b": float(plane[-1]),
        "largest difference of four closed forms": apart,
        **{f"eigenvalue {k}": float(value) for k, value in enumerate(eigenvalues, start=1)},
        "condition number": float(eigenvalues[-1] / eigenvalues[0]),
        "critical learning rate": critical_learning_rate(data.x),
        "critical learning rate, inputs standardised": critical_learning_rate(standardise(data).x),
    }


def _flat(fit: LinearFit) -> np.ndarray:
    return np.concatenate([fit.weights.ravel(), fit.biases])


def exhibit(conditions: Conditions, training: TrainingResult, data: Dataset) -> Rows:
    """Descend from zeros with many learning rates: a grid for the picture, and a bisection."""
    del training
    settings = conditions.settings
    plane = least_squares(data.x, data.y).loss
    near = critical_learning_rate(data.x)
    rows: list[Row] = []
    for share in settings.option("shares"):
        rows += _descend(conditions, data, share * near, "shown", plane)
    low, high, doubled = 0.0, FIRST_RATE, 0
    while doubled < MOST_DOUBLINGS:
        found = _descend(conditions, data, high, "searched", plane)
        rows += found
        if diverged(found):
            break
        low, high, doubled = high, 2 * high, doubled + 1
    for _ in range(settings.option("bisections")):
        middle = (low + high) / 2
        found = _descend(conditions, data, middle, "searched", plane)
        rows += found
        low, high = (low, middle) if diverged(found) else (middle, high)
    return rows


def _descend(conditions: Conditions, data: Dataset, lr: float, purpose: str, plane: float) -> Rows:
    """Loss against step of plain descent from zeros; it may end early, by diverging."""
    kept: list[Row] = []
    steps = conditions.settings.option("descent_steps")
    every = max(1, steps // POINTS)

    def note(row: Step, params: Nest) -> None:
        del params
        if (row.step - 1) % every == 0:
            kept.append(
                {
                    "purpose": purpose,
                    "learning rate": lr,
                    "step": row.step - 1,
                    "loss": row.batch_loss,
                    "closed-form loss": plane,
                }
            )

    settings = replace(
        conditions.settings, optimizer="sgd", lr=lr, batch_size=None, initial="zeros",
        schedule="constant", epochs=None, steps=steps + 1, l2=0.0,
    )  # fmt: skip
    try:
        conditions.train(settings, data=data, callbacks=[note], progress=False)
    except DivergenceError:
        kept.append({**kept[-1], "step": kept[-1]["step"] + every, "loss": math.inf})
    return kept


def diverged(rows: Rows) -> bool:
    """Whether a descent ended higher than it began.

    Examples
    --------
    >>> diverged([{"loss": 1.0}, {"loss": 0.9}]), diverged([{"loss": 1.0}, {"loss": 1.1}])
    (False, True)
    """
    return bool(rows[-1]["loss"] > rows[0]["loss"])


def summary(rows: Rows) -> Mapping[str, float]:
    """Return the middle between the highest rate that converges and the lowest that does not."""
    searched = where(rows, purpose="searched")
    converges, diverges = 0.0, math.inf
    for lr in distinct(searched, "learning rate"):
        if diverged(where(searched, **{"learning rate": lr})):
            diverges = min(diverges, lr)
        else:
            converges = max(converges, lr)
    return {"measured critical learning rate": (converges + diverges) / 2}


def lesson(measured: Mapping[str, float]) -> str:
    """What was predicted, and what was found."""
    predicted = measured["critical learning rate"]
    found = measured.get("measured critical learning rate", math.nan)
    told = f"bisection finds {found:.5g}" if math.isfinite(found) else "no rate diverged here"
    return (
        "Without nonlinearity there is a closed form, and four ways to compute it agree to "
        f"{measured['largest difference of four closed forms']:.0e}; descent ends "
        f"within {abs(measured['loss above closed form']):.1e} of its loss. Its Hessian predicts "
        f"that descent diverges above the learning rate {predicted:.5g}; {told}."
    )


def figure(rows: Rows) -> Figure:
    """Loss against step below and above the critical rate, and the closed form's loss."""
    shown = where(rows, purpose="shown")
    series = []
    for lr in distinct(shown, "learning rate")[:5]:
        part = [row for row in where(shown, **{"learning rate": lr}) if math.isfinite(row["loss"])]
        part = [row for row in part if row["loss"] < OUTGROWN * part[0]["loss"]]
        series.append(Series(f"rate {lr:.4g}", column(part, "step"), column(part, "loss")))
    last = max(row["step"] for row in shown)
    plane = shown[0]["closed-form loss"]
    series.append(Series("closed form", (0.0, float(last)), (plane, plane), style="theory"))
    chart = Chart("Descent to the best plane", "step", "mean squared error", tuple(series))
    caption = (
        "Mean squared error against step for learning rates below and above the critical one: "
        "below it the loss falls towards the closed form's, above it the loss grows."
    )
    return Figure("linear-regression", (chart,), caption)


TASK = Task(
    name="linear-regression",
    shows="descent reaches the closed form below the critical learning rate, and diverges above it",
    slide="linear regression; closed form?",
    settings=Settings(
        widths=(2, 1),
        optimizer="sgd",
        lr=0.0157,
        steps=5000,
        standardised=False,
        initial="zeros",
        options=(
            ("shares", (0.1, 0.5, 0.95, 1.004)),
            ("descent_steps", 400),
            ("bisections", 9),
        ),
    ),
    data=sincos,
    rates={"momentum": 0.003, "nesterov": 0.003, "rmsprop": 0.001, "adam": 0.01, "adamw": 0.01},
    facts=facts,
    exhibit=exhibit,
    summary=summary,
    figure=figure,
    lesson=lesson,
    fixed=("widths", "activation", "output", "loss", "l2"),
    instead="difflab train sincos, which takes any network and loss",
    expectations=(
        Expectation("loss", 0.9171158670, 0.9171158680, _SOURCE),
        Expectation("closed-form loss", 0.9171158670, 0.9171158680, _SOURCE),
        Expectation("closed-form w0", -0.003796525, -0.003796515, _SOURCE),
        Expectation("closed-form w1", -0.068838775, -0.068838765, _SOURCE),
        Expectation("closed-form b", 0.459940835, 0.459940845, _SOURCE),
        Expectation("largest difference of four closed forms", 0.0, 1e-13, "rounding"),
        Expectation("eigenvalue 1", 0.2935, 0.2945, "of 2 X'X / n, with a column of ones"),
        Expectation("eigenvalue 2", 16.975, 16.985, "of 2 X'X / n, with a column of ones"),
        Expectation("eigenvalue 3", 120.975, 120.985, "of 2 X'X / n, with a column of ones"),
        Expectation("critical learning rate", 0.016531, 0.016533, "2 / largest eigenvalue"),
        Expectation(
            "critical learning rate, inputs standardised", 0.9765, 0.9767, "2 / largest eigenvalue"
        ),
        Expectation(
            "measured critical learning rate", 0.99 * 0.016532, 1.01 * 0.016532, "the Hessian, 1 %"
        ),
        Expectation(
            "critical learning rate",
            0.9765,
            0.9767,
            "2 / largest eigenvalue",
            given={"standardised": True},
        ),
    ),
)
