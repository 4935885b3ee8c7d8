"""Overfitting: 1,000 against 30 points of the lecture's surface, and networks of growing width.

The points have noise of deviation .1, so a training loss below .01 means that noise is learned. The
validation set is a grid without noise, where the loss is the error of the surface itself. With 30
points a wide enough network falls below .01 on them while the validation loss, after its minimum,
rises again (to 1.6 to 2.7 times its minimum over seeds 0 to 3); with 1,000 points both go down
together. Early stopping is the remedy: training ends when the validation loss has got no better for
ten evaluations, and goes back to the best one. (Prechelt 1998, Early Stopping - But When?)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from difflab.chart import Chart, Figure, Series
from difflab.datasets import sincos, standardise
from difflab.errors import UsageError
from difflab.nn import EarlyStopping
from difflab.tasks.experiment import Conditions, Experiment
from difflab.tasks.rows import Row, Rows, column, distinct, where
from difflab.tasks.run import evaluations
from difflab.tasks.settings import Settings
from difflab.tasks.task import Expectation, Task

NOISE_FLOOR = 0.01
"""Variance of the noise: no fit is expected below it on new points with noise."""

EARLY = ", early stopping"
"""How quantities of a run that was stopped early end."""

EVALUATIONS = 100
"""Of both losses in a run."""


def carry_out(conditions: Conditions) -> Rows:
    """Train every width on few and on many points, and stop early on few.

    One row per evaluation; the last row of a run that stopped early is the point it went back to.
    """
    few, many, widths = (conditions.settings.option(name) for name in ("few", "many", "compared"))
    if few >= many:
        raise UsageError(
            f"{few} points are compared with {many}",
            "few points show what many points do not",
            "--set few=30 --set many=1000",
        )
    rows: list[Row] = []
    for samples, early in ((few, False), (many, False), (few, True)):
        for width in widths:
            rows += one_run(conditions, samples, width, early)
    return rows


def one_run(conditions: Conditions, samples: int, width: int, early: bool = False) -> Rows:
    """Train one network; rows of its evaluations."""
    settings = conditions.settings
    chosen = replace(settings, widths=(2, width, 1))
    data = sincos(samples)
    data = standardise(data) if settings.standardised else data
    every = max(1, settings.total_steps(samples) // EVALUATIONS)
    rule = EarlyStopping(patience=settings.option("patience")) if early else None
    training = conditions.train(chosen, data=data, evaluate_every=every, early_stopping=rule)
    about = {"samples": samples, "width": width, "stopping": "early" if early else "none"}
    rows: list[Row] = [
        {
            **about,
            "step": row["step"],
            "training loss": row["full loss"],
            "validation loss": row["validation loss"],
        }
        for row in evaluations(training)
    ]
    if early:
        back = {"training loss": training.final_loss, "validation loss": training.validation_loss}
        rows.append({**about, "step": training.best_step, **back})
    return rows


def last(rows: Rows, **given: object) -> list[Row]:
    """The last row of each width, narrow ones first."""
    chosen = where(rows, **given)
    return [where(chosen, width=width)[-1] for width in sorted(distinct(chosen, "width"))]


def summary(rows: Rows) -> Mapping[str, float]:
    """The widest network: final losses, and how far the validation loss rose from its minimum."""
    few, many = min(distinct(rows, "samples")), max(distinct(rows, "samples"))
    measured: dict[str, float] = {}
    for samples in (few, many):
        widest = max(distinct(rows, "width"))
        run = where(rows, samples=samples, width=widest, stopping="none")
        lowest = min(column(run, "validation loss"))
        measured |= {
            f"training loss, {samples} points": run[-1]["training loss"],
            f"validation loss, {samples} points": run[-1]["validation loss"],
            f"validation loss over its minimum, {samples} points": (
                run[-1]["validation loss"] / lowest
            ),
        }
    stopped = where(rows, width=max(distinct(rows, "width")), stopping="early")[-1]
    measured[f"validation loss, {few} points{EARLY}"] = stopped["validation loss"]
    measured["early stopping went back to step"] = float(stopped["step"])
    return measured


def lesson(measured: Mapping[str, float]) -> str:
    """Both losses, and what stopping early gives."""
    stopped = next(name for name in measured if name.endswith(EARLY))
    few = stopped.removeprefix("validation loss, ").removesuffix(EARLY)
    train, validation = measured[f"training loss, {few}"], measured[f"validation loss, {few}"]
    side = "below" if train < NOISE_FLOOR else "above"
    return (
        f"On {few} the widest network ends at a training loss of {train:.2g}, {side} the noise's "
        f"{NOISE_FLOOR:g}, with a validation loss of {validation:.2g}, "
        f"{measured[f'validation loss over its minimum, {few}']:.2g} times its minimum; stopped "
        f"early it has {measured[stopped]:.2g}."
    )


def figure(rows: Rows) -> Figure:
    """Both losses of the widest network against steps, and at the end against width."""
    few, many = min(distinct(rows, "samples")), max(distinct(rows, "samples"))
    widest = max(distinct(rows, "width"))
    kinds = (("training loss", "training"), ("validation loss", "validation"))

    def series(axis: str, runs: list[tuple[str, list[Row]]]) -> list[Series]:
        return [
            Series(f"{name}, {label}", column(run, axis), column(run, kind), markers=len(run) < 20)
            for label, run in runs
            for kind, name in kinds
        ]

    steps = series(
        "step",
        [
            (f"{samples:,} points", where(rows, samples=samples, width=widest, stopping="none"))
            for samples in (few, many)
        ],
    )
    widths = series(
        "width",
        [
            (f"{samples:,} points", last(rows, samples=samples, stopping="none"))
            for samples in (few, many)
        ],
    )
    stopped = last(rows, stopping="early")
    widths.append(
        Series(
            f"validation, {few:,} points, early stopping",
            column(stopped, "width"),
            column(stopped, "validation loss"),
            markers=True,
        )
    )
    charts = []
    for title, axis, log_x, drawn in (
        (f"{widest} hidden units", "step", False, steps),
        ("at the end", "hidden units", True, widths),
    ):
        ends = (min(drawn[0].x), max(drawn[0].x))
        floor = Series("noise", ends, (NOISE_FLOOR, NOISE_FLOOR), style="theory")
        charts.append(
            Chart(title, axis, "mean squared error", (*drawn, floor), log_x=log_x, log_y=True)
        )
    caption = (
        f"With {few} points the training loss falls below the noise while the validation loss "
        f"rises after its minimum; with {many:,} points the two stay together."
    )
    return Figure("overfitting", tuple(charts), caption)


def count(settings: Settings) -> int:
    """Gradients; those on few points are cheaper than the price says, and some are not taken."""
    return int(3 * settings.steps * len(settings.option("compared")))


TASK = Task(
    name="overfitting",
    shows="with few points a large network learns the noise; stopping early is a remedy",
    slide="larger model: overfitting? overparameterization?",
    settings=Settings(
        widths=(2, 32, 1),
        activation="tanh",
        lr=0.05,
        steps=2000,
        schedule="cosine",
        options=(("few", 30), ("many", 1000), ("compared", (2, 4, 8, 16, 32)), ("patience", 10)),
    ),
    data=sincos,
    experiment=Experiment(carry_out, count),
    summary=summary,
    figure=figure,
    lesson=lesson,
    fixed=("widths", "epochs", "loss"),
    instead="--set compared=2,32, or --set steps=500",
    expectations=(
        Expectation("training loss, 30 points", 0, NOISE_FLOOR, "below the noise floor"),
        Expectation("validation loss over its minimum, 30 points", 1.5, 10, "validation rises"),
        Expectation("validation loss, 30 points, early stopping", 0.02, 0.08, "near its minimum"),
        Expectation("training loss, 1000 points", 0.006, 0.014, "about the noise floor"),
        Expectation("validation loss, 1000 points", 0, 0.01, "below the noise, which it lacks"),
    ),
)
