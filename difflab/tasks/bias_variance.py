"""Bias and variance: 200 data sets of one noisy sine, and models of growing size.

Each data set has the same 15 inputs in 0..1 and its own noise of deviation .3 on sin(2 pi x); each
model is fitted to all 200. The squared bias is how far the mean of the 200 fits is from the sine,
the variance how far a fit is from that mean, both averaged over a grid; together with the noise
they are the expected error on new points. The squared bias falls with the size of the model, the
variance rises, and the sum has its smallest value in between. (Geman, Bienenstock and Doursat 1992,
Neural Computation 4, equation 3.3.)

The networks have one hidden layer of tanh and stand side by side in one array, see
`difflab.nn.Stack`. Polynomials, which need no training, are the control: averaged over the 15
inputs, the variance of a least-squares fit with k coefficients is noise^2 k/15. The mean of 200
fits still varies: its squared bias holds variance/200, which is the floor it falls to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from difflab import nn
from difflab.chart import Chart, Figure, Series
from difflab.datasets import Dataset
from difflab.errors import UsageError
from difflab.nn import Stack
from difflab.tasks.experiment import Conditions, Experiment
from difflab.tasks.rows import Row, Rows, column, where
from difflab.tasks.settings import Settings
from difflab.tasks.side_by_side import networks, stack_of
from difflab.tasks.task import Expectation, Task
from difflab.tree import Nest

PARTS = ("squared bias", "variance", "noise", "error")
"""Columns that are drawn; the last is the sum of the others."""


@dataclass(frozen=True)
class Resampled:
    """The summed loss of networks that each have targets of their own, a column of ``y``."""

    stack: Stack

    def __call__(self, params: Nest, x: Any, y: Any) -> Any:
        """Loss of all networks; y of shape (n, networks)."""
        return self.stack(params, x, y[:, :, None])


def resampled(samples: int = 15, sets: int = 200, noise: float = 0.3, grid: int = 101) -> Dataset:
    """Data sets with the same inputs, as the columns of ``y``; the sine itself for validation.

    Raises
    ------
    UsageError
        For a standard deviation of the noise that is none.

    Examples
    --------
    >>> data = resampled()
    >>> data.x.shape, data.y.shape, data.y_val.shape
    ((15, 1), (15, 200), (101, 200))
    """
    x, x_val = (np.linspace(0.0, 1.0, count)[:, None] for count in (samples, grid))
    if not noise >= 0:
        raise UsageError(
            f"noise = {noise:g} is no standard deviation",
            "it says how far targets are from the sine",
            "--set noise=0.3, or 0 for none",
        )
    rng = np.random.default_rng(0)
    y = np.sin(2 * np.pi * x) + noise * rng.standard_normal((samples, sets))
    y_val = np.repeat(np.sin(2 * np.pi * x_val), sets, axis=1)
    note = f"{sets} data sets of sin(2 pi x) + {noise:g} N(0, 1) at the same {samples} points"
    return Dataset("resampled sine", x, y, x_val, y_val, features=("x",), note=note)


def decomposition(fits: np.ndarray, truth: np.ndarray, noise: float) -> dict[str, float]:
    """Split the expected error of fits, and measure it on fresh samples beside that.

    Parameters
    ----------
    fits : ndarray, shape (grid, sets)
        What the model says at every point of the grid, for each data set it was fitted to.
    truth : ndarray, shape (grid,)
    noise : float
        Standard deviation of the noise.

    Returns
    -------
    dict
        Squared bias and variance (of the fits at hand, with 1/sets) as means over the grid, the
        noise's variance, their sum, and the mean squared error on one fresh sample per fit and
        point, with its standard error: the two agree up to the latter.

    Examples
    --------
    >>> parts = decomposition(np.array([[0.0, 2.0]]), np.array([0.0]), noise=0.0)
    >>> parts["squared bias"], parts["variance"], parts["error"], parts["fresh error"]
    (1.0, 1.0, 2.0, 2.0)
    """
    bias = float(np.mean((fits.mean(axis=1) - truth) ** 2))
    variance = float(np.mean(fits.var(axis=1)))
    fresh = truth[:, None] + noise * np.random.default_rng(1).standard_normal(fits.shape)
    squares = (fresh - fits) ** 2
    # given the fits, only the noise is random: its variance enters squares^2 and 4 squares noise^2
    distances = (fits - truth[:, None]) ** 2
    spread = np.sqrt(np.sum(4 * noise**2 * distances + 2 * noise**4)) / fits.size
    return {
        "squared bias": bias,
        "variance": variance,
        "noise": noise**2,
        "error": bias + variance + noise**2,
        "fresh error": float(np.mean(squares)),
        "standard error": float(spread),
    }


def polynomial_fits(data: Dataset, degree: int) -> np.ndarray:
    """Least-squares fits of one degree on the grid, shape (grid, sets)."""
    assert data.x_val is not None
    basis, grid = (
        np.polynomial.legendre.legvander(2 * x[:, 0] - 1, degree) for x in (data.x, data.x_val)
    )
    return np.asarray(grid @ np.linalg.lstsq(basis, data.y, rcond=None)[0])


def one_per_set(task: Task, settings: Settings, width: int) -> tuple[Resampled, Nest]:
    """The networks of a width, one for each data set, and their parameters."""
    form = nn.MLP((1, width, 1), settings.activation, settings.output)
    params = networks(settings, form, settings.option("sets"))
    return Resampled(stack_of(task, settings, form)), params


def carry_out(conditions: Conditions) -> Rows:
    """Fit every model to all data sets; one row per model."""
    task, settings = conditions.task, conditions.settings
    data, plain = task.dataset(settings), task.data(**_data_options(settings))
    assert data.y_val is not None
    truth, noise = data.y_val[:, 0], settings.option("noise")
    rows: list[Row] = []
    for degree in range(settings.option("degrees")):
        parts = decomposition(polynomial_fits(plain, degree), truth, noise)
        rows.append({"model": "polynomial", "size": degree, **parts})
    for width in settings.option("compared"):
        objective, params = one_per_set(task, settings, width)
        trained = conditions.train(data=data, objective=objective, params=params).params
        fits = np.asarray(objective.stack.form(trained, data.x_val))[:, :, 0].T
        rows.append({"model": "network", "size": width, **decomposition(fits, truth, noise)})
    return rows


def _data_options(settings: Settings) -> dict[str, Any]:
    return {name: settings.option(name) for name in ("samples", "sets", "noise")}


def summary(rows: Rows) -> Mapping[str, float]:
    """Ends and best size of either sweep, and how far fresh samples are from the sum."""
    measured: dict[str, float] = {}
    for model in ("network", "polynomial"):
        part = sorted(where(rows, model=model), key=lambda row: int(row["size"]))
        if not part:
            continue
        errors = column(part, "error")
        best = int(np.argmin(errors))
        bias, variance = column(part, "squared bias"), column(part, "variance")
        measured |= {
            f"{model}: best size": float(part[best]["size"]),
            f"{model}: squared bias, smallest over largest model": _ratio(bias[0], bias[-1]),
            f"{model}: variance, largest over smallest model": _ratio(variance[-1], variance[0]),
            f"{model}: error of the smallest over the best": _ratio(errors[0], errors[best]),
            f"{model}: error of the largest over the best": _ratio(errors[-1], errors[best]),
        }
    measured["fresh error away from the sum, in standard errors"] = max(
        abs(row["fresh error"] - row["error"]) / row["standard error"] if row["noise"] else 0.0
        for row in rows
    )
    return measured


def _ratio(above: float, below: float) -> float:
    """A quotient; infinite over 0, as the variance is without noise or with one data set."""
    return above / below if below else float("inf")


def lesson(measured: Mapping[str, float]) -> str:
    """Where the sum is smallest, and what either end costs."""
    best = measured["network: best size"]
    small = measured["network: error of the smallest over the best"]
    large = measured["network: error of the largest over the best"]
    return (
        f"The expected error is smallest with {best:.0f} hidden unit{'s' * (best > 1)}; the "
        f"smallest network has {small:.2f} times that error and the largest {large:.2f} times. "
        "What a model cannot express is bias, what it takes from the noise is variance."
    )


def figure(rows: Rows) -> Figure:
    """Squared bias, variance, noise and their sum against size, networks and polynomials."""
    charts = tuple(
        Chart(
            title,
            axis,
            "mean squared error",
            tuple(
                Series(part, column(chosen, "size"), column(chosen, part), markers=True)
                for part in PARTS
            ),
            log_x=model == "network",
        )
        for model, title, axis in (
            ("network", "networks, one hidden layer of tanh", "hidden units"),
            ("polynomial", "polynomials by least squares", "degree"),
        )
        for chosen in [where(rows, model=model)]
        if chosen
    )
    caption = (
        "Squared bias falls and variance rises with the size of the model; their sum with the "
        "noise is smallest in between, for networks and for polynomials."
    )
    return Figure("bias-variance", charts, caption)


def sample(task: Task, settings: Settings) -> tuple[Resampled, Nest, Any, Any]:
    """The gradient of a network of medium width, for the price."""
    widths = sorted(settings.option("compared"))
    objective, params = one_per_set(task, settings, widths[len(widths) // 2])
    data = task.dataset(settings)
    return objective, params, data.x, data.y


_SOURCE = "squared bias falls, variance rises, the total is U-shaped"

TASK = Task(
    name="bias-variance",
    shows="small models are wrong in the same way every time, large ones differently every time",
    slide="questions: bias and variance",
    settings=Settings(
        widths=(1, 4, 1),
        lr=0.05,
        steps=1000,
        options=(
            ("compared", (1, 2, 3, 4, 8, 16)),
            ("degrees", 10),
            ("samples", 15),
            ("sets", 200),
            ("noise", 0.3),
        ),
    ),
    data=resampled,
    options=("samples", "sets", "noise"),
    experiment=Experiment(
        carry_out, lambda settings: settings.steps * len(settings.option("compared")), sample
    ),
    summary=summary,
    able=("symbolic", "autodiff"),
    figure=figure,
    lesson=lesson,
    fixed=("widths", "epochs"),
    instead="--set compared=1,3,16, or --set steps=500",
    columns=("model", "size", "squared bias", "variance", "error", "fresh error"),
    expectations=(
        Expectation("network: best size", 2, 4, "U-shaped: neither the first nor the last"),
        Expectation("network: squared bias, smallest over largest model", 30, 1000, _SOURCE),
        Expectation("network: variance, largest over smallest model", 2.5, 6, _SOURCE),
        Expectation("network: error of the smallest over the best", 1.15, 1.6, _SOURCE),
        Expectation("network: error of the largest over the best", 1.1, 1.5, _SOURCE),
        Expectation("polynomial: best size", 3, 5, "degree of the best polynomial"),
        Expectation("fresh error away from the sum, in standard errors", 0, 4, "Monte Carlo"),
    ),
)
