"""Optimizers: six rules on the lecture's surface and in Rosenbrock's valley, rates tuned alike.

`sincos` with a 2-16-1 network of tanh and 300 points: small, so that six rules times seven rates
take seconds; the order of the rules is that of the 2-64-64-1 network. Rosenbrock's function
f = (1 - x)^2 + 100 (y - x^2)^2 has two parameters, starts at (-1.2, 1), and its minimum 0 at (1, 1)
lies at the end of a bent valley whose floor is 2,500 times flatter than its walls, so that the path
can be seen. (Rosenbrock 1960, The Computer Journal 3.)

Every rule gets the same budget: one run of the same length for each rate of one grid, and the rate
with the smallest final loss counts. AdamW also pulls weights to 0, towards a point that is not the
minimum. L-BFGS and Newton's method choose lengths of steps themselves, and take part by
``--set compared=adam,lbfgs,newton``; a step of theirs asks for more than one gradient.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from difflab.chart import MOST_SERIES, Chart, Field, Figure, Mark, Series
from difflab.datasets import Dataset, sincos
from difflab.errors import DivergenceError
from difflab.nn import Step, optimizer
from difflab.nn.optimizers import WHOLE_BATCH
from difflab.tasks.experiment import Conditions, Experiment
from difflab.tasks.rows import Row, Rows, column, distinct, where
from difflab.tasks.settings import Settings
from difflab.tasks.task import Expectation, Task
from difflab.tree import Nest, map_leaves

PROBLEMS = ("sincos", "rosenbrock")

THRESHOLDS = {"sincos": 0.05, "rosenbrock": 0.001}
"""Losses that count as reached."""

START = (-1.2, 1.0)
"""Rosenbrock's own."""

RECORDED = 200
"""Rows of a run, at most."""


def rosenbrock(w: Any, x: Any, y: Any) -> Any:  # noqa: ARG001 - it has no samples
    """Rosenbrock's valley, as a loss of two parameters.

    Examples
    --------
    >>> float(rosenbrock(np.array([1.0, 1.0]), None, None))
    0.0
    """
    return (1 - w[0]) ** 2 + 100 * (w[1] - w[0] ** 2) ** 2


def problem(task: Task, settings: Settings, name: str) -> tuple[Any, Nest, Dataset]:
    """Objective, parameters to start from, and data of a problem."""
    if name == "sincos":
        return task.objective(settings), task.parameters(settings), task.dataset(settings)
    nothing = np.zeros((1, 1))
    return rosenbrock, np.array(START, settings.dtype), Dataset(name, nothing, nothing)


def rates_of(settings: Settings, name: str) -> tuple[float, ...]:
    """The rates that are tried: one grid for all, and one length for what searches along lines."""
    if name in WHOLE_BATCH:
        return (optimizer(name).lr,)
    return tuple(settings.option("rates"))


def one_run(conditions: Conditions, rule: str, rate: float, name: str) -> list[Row]:
    """Train once; rows of the losses, which end where a run diverges."""
    settings = conditions.settings
    objective, params, data = problem(conditions.task, settings, name)
    every = max(1, settings.steps // RECORDED)

    def row(step: int, at: Nest) -> Row:
        x, y = map(float, np.ravel(at)) if name == "rosenbrock" else (np.nan, np.nan)
        with np.errstate(over="ignore", invalid="ignore"):
            loss = float(objective(at, data.x, data.y))
        return {
            "problem": name, "optimizer": rule, "rate": rate, "step": step, "loss": loss,
            "x": x, "y": y,
        }  # fmt: skip

    rows = [row(0, params)]

    def note(step: Step, at: Nest) -> None:
        if step.step % every == 0 or step.step == settings.steps:
            rows.append(row(step.step, map_leaves(np.copy, at)))

    chosen = replace(settings, optimizer=rule, lr=rate)
    try:
        conditions.train(chosen, data=data, objective=objective, params=params, callbacks=[note])
    except DivergenceError:
        rows.append({**rows[-1], "step": rows[-1]["step"] + 1, "loss": float("inf")})
    return rows


def carry_out(conditions: Conditions) -> Rows:
    """Run every rule with every rate on both problems; rows of the run with the best rate."""
    rows: list[Row] = []
    for name in PROBLEMS:
        for rule in conditions.settings.option("compared"):
            rates = rates_of(conditions.settings, rule)
            runs = [one_run(conditions, rule, rate, name) for rate in rates]
            rows += min(runs, key=final_loss)
    return rows


def final_loss(run: Iterable[Row]) -> float:
    """The last loss of a run; infinite where it diverged."""
    loss = float([row["loss"] for row in run][-1])
    return loss if np.isfinite(loss) else float("inf")


def reached(rows: Rows, threshold: float) -> float:
    """The first recorded step whose loss is below a threshold; infinity where there is none.

    Examples
    --------
    >>> reached([{"step": 0, "loss": 1.0}, {"step": 5, "loss": 0.1}], 0.5)
    5.0
    """
    return float(next((row["step"] for row in rows if row["loss"] < threshold), np.inf))


def summary(rows: Rows) -> Mapping[str, float]:
    """Final loss, tuned rate and steps to the threshold of every rule on both problems."""
    measured: dict[str, float] = {}
    for name in distinct(rows, "problem"):
        for rule in distinct(rows, "optimizer"):
            run = where(rows, problem=name, optimizer=rule)
            measured[f"{name}, {rule}: loss"] = run[-1]["loss"]
            measured[f"{name}, {rule}: tuned rate"] = run[-1]["rate"]
            measured[f"{name}, {rule}: steps to {THRESHOLDS[name]:g}"] = reached(
                run, THRESHOLDS[name]
            )
    return measured


def lesson(measured: Mapping[str, float]) -> str:
    """The best and the worst rule of either problem."""
    said = []
    for name in PROBLEMS:
        losses = {
            key.removeprefix(f"{name}, ").removesuffix(": loss"): value
            for key, value in measured.items()
            if key.startswith(f"{name}, ") and key.endswith(": loss")
        }
        if len(losses) == 1:
            ((rule, loss),) = losses.items()
            said.append(f"on {name} {rule} ends at {loss:.2g}")
            continue
        best, worst = min(losses, key=losses.__getitem__), max(losses, key=losses.__getitem__)
        said.append(
            f"on {name} {best} ends lowest ({losses[best]:.2g}, rate "
            f"{measured[f'{name}, {best}: tuned rate']:g}) and {worst} highest "
            f"({losses[worst]:.2g})"
        )
    return f"Each with its best rate of the grid, {'; '.join(said)}."


def figure(rows: Rows) -> Figure:
    """Loss against steps on both problems, and the paths through Rosenbrock's valley."""
    rules = distinct(rows, "optimizer")[:MOST_SERIES]
    charts = []
    for name, title in zip(PROBLEMS, ("sine plus cosine", "Rosenbrock's valley")):
        series = tuple(
            Series(rule, column(run, "step"), column(run, "loss"))
            for rule in rules
            for run in [_finite(where(rows, problem=name, optimizer=rule))]
        )
        charts.append(Chart(title, "step", "loss", series, log_y=True))
    paths = tuple(
        Series(rule, column(run, "x"), column(run, "y"))
        for rule in rules
        for run in [_finite(where(rows, problem="rosenbrock", optimizer=rule))]
    )
    marks = (Mark("start", *START), Mark("minimum", 1.0, 1.0))
    charts.append(
        Chart("paths through the valley", "x", "y", paths, marks=marks, field=valley(paths))
    )
    caption = (
        "Loss of each optimizer with its tuned rate on two problems, and the paths that they take "
        "along the bent valley of Rosenbrock's function."
    )
    return Figure("optimizers", tuple(charts), caption)


def _finite(run: Rows) -> list[Row]:
    """A run without what a logarithmic axis cannot show."""
    return [row for row in run if 0 < row["loss"] < np.inf]


def valley(paths: tuple[Series, ...], points: int = 61) -> Field:
    """The logarithm of Rosenbrock's function over a box that holds all paths."""
    low = [min([-1.5, *(min(getattr(path, axis), default=0.0) for path in paths)]) for axis in "xy"]
    high = [max([1.5, *(max(getattr(path, axis), default=0.0) for path in paths)]) for axis in "xy"]
    low[1] = max(low[1], -1.0) if all(min(p.y, default=0.0) > -1 for p in paths) else low[1]
    x, y = (np.linspace(low[axis], high[axis], points) for axis in range(2))
    values = np.log10(rosenbrock(np.array(np.meshgrid(x, y, indexing="ij")), None, None) + 1e-4)
    shades = tuple(tuple(map(float, line)) for line in values)
    return Field(
        tuple(map(float, x)), tuple(map(float, y)), shades, -4.0, 3.5, (-1.0, 0.0, 1.0), "log10 f"
    )


def count(settings: Settings) -> int:
    """Gradients of all runs; those of Rosenbrock's function cost less than the price says."""
    runs = sum(len(rates_of(settings, rule)) for rule in settings.option("compared"))
    return int(len(PROBLEMS) * runs * settings.steps)


_SOURCE = "order of the rules with tuned rates, measured with float64"

TASK = Task(
    name="optimizers",
    shows="what momentum and scaled steps buy, each optimizer with its own best learning rate",
    slide="questions: different optimization methods",
    settings=Settings(
        widths=(2, 16, 1),
        activation="tanh",
        lr=0.01,
        steps=500,
        options=(
            ("compared", ("sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw")),
            ("rates", (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3)),
            ("n", 300),
        ),
    ),
    data=sincos,
    options=("n",),
    experiment=Experiment(carry_out, count),
    summary=summary,
    figure=figure,
    lesson=lesson,
    fixed=("optimizer", "lr", "epochs", "batch_size"),
    instead="--set compared=sgd,adam --set rates=0.01,0.1",
    expectations=(
        Expectation("sincos, adam: loss", 0.007, 0.013, _SOURCE),
        Expectation("sincos, adamw: loss", 0.007, 0.013, _SOURCE),
        Expectation("sincos, momentum: loss", 0.007, 0.04, _SOURCE),
        Expectation("sincos, sgd: loss", 0.05, 0.25, _SOURCE),
        Expectation("sincos, adam: steps to 0.05", 30, 130, _SOURCE),
        Expectation("rosenbrock, momentum: loss", 0, 1e-4, _SOURCE),
        Expectation("rosenbrock, adam: loss", 0, 2e-3, _SOURCE),
        Expectation("rosenbrock, sgd: loss", 0.02, 0.5, _SOURCE),
        Expectation("rosenbrock, adamw: loss", 0.005, 0.05, "the decay holds it off the minimum"),
    ),
)
