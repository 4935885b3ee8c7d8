"""Kinks: how many finite-difference stencils reach across a kink of relu, against the step.

Where a unit is on at x - h and off at x + h for some sample, the difference quotient is a mean of
two slopes and the derivative of neither side. Each sample brings kinks of its own, so the share of
parameters whose stencil crosses one grows with h and with the number of samples: as long as it is
small, in proportion to both. Between kinks the squared error of a relu network is a quadratic
function of any one parameter, where a central quotient is exact but for rounding: all of its error
comes from kinks.

The counts are those of `difflab.numeric.network.kinks`; the provider gives the gradient with which
the quotients are compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from difflab.chart import Chart, Figure, Series
from difflab.datasets import sincos, standardise
from difflab.errors import UsageError
from difflab.nn import Gradients
from difflab.numeric.network.gradient import Recipe
from difflab.numeric.stencils import named_stencil
from difflab.tasks.experiment import Conditions, Experiment
from difflab.tasks.rows import Row, Rows, column, distinct, where
from difflab.tasks.settings import Settings
from difflab.tasks.task import Expectation, Task
from difflab.tree import Nest

TRAINING = ("optimizer", "lr", "steps", "epochs", "batch_size", "schedule")
"""Settings of training, of which there is none."""


def power(h: float) -> float:
    """The power of two nearest to a step, which adds to a parameter without rounding.

    Raises
    ------
    UsageError
        For a step that is not positive.

    Examples
    --------
    >>> power(0.001) == 2.0**-10
    True
    """
    if not 0 < h < np.inf:
        raise UsageError(
            f"h = {h:g} is no step",
            "it is the distance between neighbouring points",
            "--set h=0.0001,0.01",
        )
    return float(2.0 ** np.round(np.log2(h)))


def carry_out(conditions: Conditions) -> Rows:
    """Count crossings and compare quotients with the provider's gradient, for every n and h."""
    task, settings = conditions.task, conditions.settings
    objective, stencil = task.objective(settings), named_stencil(settings.option("scheme"))
    if min(settings.option("compared")) < 1:
        raise UsageError(
            f"{min(settings.option('compared'))} samples have no gradient",
            "kinks are counted for each number of samples",
            "--set compared=10,100",
        )
    data = sincos(max(settings.option("compared")))
    data = standardise(data) if settings.standardised else data
    gradients = Gradients(objective, conditions.provider)
    networks = [
        task.parameters(replace(settings, seed=settings.seed + k))
        for k in range(settings.option("starts"))
    ]
    rows: list[Row] = []
    for samples in settings.option("compared"):
        x, y = data.x[:samples], data.y[:samples]  # fewer samples are some of the more
        exact = [gradient_of(gradients, params, x, y) for params in networks]
        for h in map(power, settings.option("h")):
            recipe = Recipe(objective, stencil, "layered", (), h)
            found = [measured_at(recipe, params, x, y) for params in networks]
            crossed = np.array([counts for counts, _ in found])
            errors = np.abs(np.array([quotients for _, quotients in found]) - exact)
            rows.append({
                "samples": samples,
                "h": h,
                "share": float(np.mean(crossed > 0)),
                "crossings": float(np.mean(crossed)),
                "error across kinks": _root_mean_square(errors[crossed > 0]),
                "error elsewhere": _root_mean_square(errors[crossed == 0]),
            })  # fmt: skip
    return rows


def gradient_of(gradients: Gradients, params: Nest, x: Any, y: Any) -> np.ndarray:
    """The provider's gradient, layer by layer with the biases below the weights."""
    _, gradient = gradients.prepared(params, x, y).value_and_gradient(params, x, y)
    return np.concatenate([np.vstack([w, b[None, :]]).ravel() for w, b in gradient])


def measured_at(recipe: Recipe, params: Nest, x: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
    """Crossings within each parameter's stencil, and its difference quotient."""
    state = recipe.evaluate(params, x, y)
    quotients = np.concatenate([part.ravel() for part in recipe.gradient(state)])
    counts = recipe.kinks(state)
    if counts is None:  # an activation without a kink has none to cross
        return np.zeros(quotients.size, int), quotients
    return np.concatenate([part.ravel() for part in counts]), quotients


def _root_mean_square(errors: np.ndarray) -> float:
    return float(np.sqrt(np.mean(errors**2))) if errors.size else float("nan")


def falls(values: tuple[float, ...]) -> int:
    """How often a value is smaller than the one before.

    Examples
    --------
    >>> falls((0.0, 0.1, 0.1)), falls((0.2, 0.1, 0.3))
    (0, 1)
    """
    return int(np.sum(np.diff(values) < 0))


def exponent(at: Sequence[float], crossings: Sequence[float]) -> float:
    """The power with which crossings grow, where there are any; NaN for fewer than two points.

    Examples
    --------
    >>> round(exponent((1.0, 10.0, 100.0), (0.0, 0.5, 5.0)), 12)
    1.0
    """
    kept = np.log([(x, y) for x, y in zip(at, crossings) if y > 0])
    return float(np.polyfit(kept[:, 0], kept[:, 1], 1)[0]) if len(kept) > 1 else float("nan")


def summary(rows: Rows) -> Mapping[str, float]:
    """How often the share falls in a sweep, how crossings scale, two shares, and errors."""
    counts, steps = sorted(distinct(rows, "samples")), sorted(distinct(rows, "h"))
    by_h = [sorted(where(rows, samples=n), key=lambda row: float(row["h"])) for n in counts]
    by_n = [sorted(where(rows, h=h), key=lambda row: int(row["samples"])) for h in steps]
    shares = [sum(falls(column(part, "share")) for part in parts) for parts in (by_h, by_n)]
    measured = {
        "times the share falls as h grows": float(shares[0]),
        "times the share falls as samples are added": float(shares[1]),
        "crossings grow with the power of h": exponent(steps, column(by_h[-1], "crossings")),
        "crossings grow with the power of samples": exponent(counts, column(by_n[-1], "crossings")),
    }
    for h in (steps[len(steps) // 2], steps[-1]):
        row = where(rows, samples=counts[-1], h=h)[0]
        measured[f"share at h = 2^{np.log2(h):.0f}, {counts[-1]:,} samples"] = row["share"]
    for kind in ("error across kinks", "error elsewhere"):
        errors = [row[kind] for row in rows if np.isfinite(row[kind])]
        if errors:
            measured[f"largest {kind}"] = max(errors)
    return measured


def lesson(measured: Mapping[str, float]) -> str:
    """The largest share, and what a kink costs."""
    name = [key for key in measured if key.startswith("share at")][-1]
    told = f"The {name} is {measured[name]:.2g}"
    if "largest error across kinks" not in measured:
        return f"{told}: no stencil crosses a kink."
    elsewhere = measured.get("largest error elsewhere", 0.0)
    return (
        f"{told}; quotients across a kink are wrong by up to "
        f"{measured['largest error across kinks']:.2g}, all others by no more than {elsewhere:.2g}."
    )


def figure(rows: Rows) -> Figure:
    """Share of stencils across a kink, and errors on either side of the question, against h."""
    counts = distinct(rows, "samples")
    shares = tuple(
        Series(f"{samples:,} samples", column(part, "h"), column(part, "share"), markers=True)
        for samples in counts
        for part in [[row for row in where(rows, samples=samples) if row["share"] > 0]]
        if part
    )
    most = where(rows, samples=max(counts))
    errors = tuple(
        Series(label, column(part, "h"), column(part, label), markers=True)
        for label in ("error across kinks", "error elsewhere")
        for part in [[row for row in most if row[label] > 0]]
        if part
    )
    charts = (
        Chart("stencils that cross a kink", "h", "share", shares, log_x=True, log_y=True),
        Chart(
            f"quotient against gradient, {max(counts):,} samples", "h", "error (root mean square)",
            errors, log_x=True, log_y=True,
        ),
    )  # fmt: skip
    caption = (
        "The share of stencils across a kink grows with the step and with the number of samples; "
        "quotients across a kink are far less accurate than the others."
    )
    return Figure("kinks", charts, caption)


def count(settings: Settings) -> int:
    """Gradients that the provider is asked for; difference quotients are not priced."""
    return int(len(settings.option("compared")) * settings.option("starts"))


TASK = Task(
    name="kinks",
    shows="difference quotients meet kinks of relu, more often with larger steps and more samples",
    slide="finite differences: step size > 0",
    settings=Settings(
        widths=(2, 16, 16, 1),
        activation="relu",
        steps=1,
        options=(
            ("h", (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)),
            ("compared", (10, 100, 1000)),
            ("starts", 5),
            ("scheme", "central"),
        ),
    ),
    data=sincos,
    experiment=Experiment(carry_out, count),
    summary=summary,
    figure=figure,
    lesson=lesson,
    fixed=TRAINING,
    instead="--set h=0.001,0.1, or --set compared=10,100",
    columns=("samples", "h", "share", "error across kinks", "error elsewhere"),
    expectations=(
        Expectation("times the share falls as h grows", 0, 0, "grows with h"),
        Expectation("times the share falls as samples are added", 0, 0, "grows with samples"),
        Expectation("crossings grow with the power of h", 0.9, 1.1, "in proportion"),
        Expectation("crossings grow with the power of samples", 0.9, 1.1, "in proportion"),
        Expectation("largest error elsewhere", 0, 1e-8, "rounding, for a quadratic"),
        Expectation("largest error across kinks", 1e-3, 1, "of the order of h"),
    ),
)
