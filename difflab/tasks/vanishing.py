"""Vanishing gradients: the norm of the gradient of each layer at the start, against depth.

One gradient per network, before any training. On the way back a layer multiplies the gradient by
its weights and by the slopes of its activation. A sigmoid is nowhere steeper than 1/4, so with
weights of variance v and width n each layer takes a factor sqrt(n v)/4 or less: log10(4 sqrt 3) =
.84 decades per layer with the usual U(-1/sqrt n, 1/sqrt n), where n v = 1/3. tanh is as steep as 1
at zero and loses less. The starts of Glorot (n v = 1) and He (n v = 2) are made to keep the norm of
tanh and of relu. With weights of N(0, 1) and 32 units relu multiplies outputs by sqrt(32/2) on the
way up and gradients by as much on the way back: 1.2 decades for every further layer.
(Hochreiter 1991; Glorot and Bengio 2010, equations 6 to 10; He et al. 2015, equation 14.)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from difflab import nn
from difflab.chart import Chart, Figure, Series
from difflab.datasets import sincos
from difflab.nn import Gradients
from difflab.tasks.experiment import Conditions, Experiment
from difflab.tasks.rows import Row, Rows, distinct, where
from difflab.tasks.settings import Settings
from difflab.tasks.task import Expectation, Task
from difflab.tree import Nest

UNUSED = ("activation", "optimizer", "lr", "steps", "epochs", "batch_size", "schedule")
"""Settings of training, of which there is none, and the activation, of which there are several."""


def network(task: Task, settings: Settings, activation: str, depth: int) -> nn.Objective:
    """The loss of a network with so many hidden layers, all as wide as the settings' first."""
    first, width, last = settings.widths[0], settings.widths[1], settings.widths[-1]
    form = nn.MLP((first, *(width,) * depth, last), activation, settings.output)
    return nn.Objective(form, task.objective(settings).loss, settings.l2)


def starts(settings: Settings) -> dict[str, tuple[str, float]]:
    """The two starts that are compared: scheme and scale by name."""
    scale = settings.option("large")
    usual = {settings.initial: (settings.initial, 0.1)}
    return {**usual, f"normal, deviation {scale:g}": ("normal", scale)}


def layer_norms(gradients: Gradients, params: Nest, data: Any) -> list[float]:
    """Frobenius norm of the gradient of every layer's weights, first layer first."""
    prepared = gradients.prepared(params, data.x, data.y)
    _, gradient = prepared.value_and_gradient(params, data.x, data.y)
    return [float(np.linalg.norm(weights)) for weights, _ in gradient]


def carry_out(conditions: Conditions) -> Rows:
    """One gradient for every start, activation, depth and seed; one row per layer."""
    task, settings = conditions.task, conditions.settings
    data = task.dataset(settings)
    rows: list[Row] = []
    for activation in settings.option("compared"):
        for depth in settings.option("depths"):
            objective = network(task, settings, activation, depth)
            gradients = Gradients(objective, conditions.provider)
            for start, (scheme, scale) in starts(settings).items():
                for seed in range(settings.seed, settings.seed + settings.option("starts")):
                    params = nn.initialise(objective.model, seed, scheme, settings.dtype, scale)
                    rows += [
                        {
                            "start": start, "activation": activation, "depth": depth,
                            "seed": seed, "layer": layer, "norm": norm,
                        }
                        for layer, norm in enumerate(layer_norms(gradients, params, data), start=1)
                    ]  # fmt: skip
    return rows


def decades_per_layer(norms: np.ndarray) -> float:
    """Slope of log10(norm) over the hidden layers that lie between hidden layers.

    Positive where the gradient gets smaller on its way back. The first layer (other inputs) and the
    last one (other outputs) are left out. NaN where a gradient is 0, or fewer than two are left.

    Examples
    --------
    >>> round(decades_per_layer(np.array([7.0, 0.001, 0.01, 0.1, 7.0])), 12)
    1.0
    """
    inner = norms[1:-1]
    if len(inner) < 2 or not np.all(inner > 0):
        return float("nan")
    return float(np.polyfit(np.arange(len(inner)), np.log10(inner), 1)[0])


def slopes(rows: Rows, start: str, activation: str) -> np.ndarray:
    """Decades per layer of the deepest networks, one number per seed."""
    depth = max(distinct(rows, "depth"))
    chosen = where(rows, start=start, activation=activation, depth=depth)
    return np.array([
        decades_per_layer(np.array([row["norm"] for row in where(chosen, seed=seed)]))
        for seed in distinct(chosen, "seed")
    ])  # fmt: skip


def typical(rows: Rows, **given: Any) -> float:
    """Geometric mean of the norms in some rows; 0 where one of them is."""
    norms = np.array([row["norm"] for row in where(rows, **given)])
    return float(np.exp(np.mean(np.log(norms)))) if np.all(norms > 0) else 0.0


def summary(rows: Rows) -> Mapping[str, float]:
    """Decades lost per layer with the usual start, and decades won from depth to depth."""
    usual, large = distinct(rows, "start")
    depths = distinct(rows, "depth")
    shallow, deep = min(depths), max(depths)
    measured: dict[str, float] = {}
    for activation in distinct(rows, "activation"):
        found = slopes(rows, usual, activation)
        name = f"decades per layer, {activation}"
        measured[name] = float(found.mean())
        measured[f"{name}, least of all seeds"] = float(found.min())
        measured[f"{name}, most of all seeds"] = float(found.max())
    for activation in distinct(rows, "activation"):
        first, last = (
            typical(rows, start=large, activation=activation, depth=depth, layer=1)
            for depth in (shallow, deep)
        )
        rise = float("nan")
        if first > 0 and last > 0 and deep > shallow:
            rise = float(np.log10(last / first) / (deep - shallow))
        measured[f"decades per layer of depth, {activation}, large start"] = rise
    return measured


def lesson(measured: Mapping[str, float]) -> str:
    """The slopes in words."""
    names = [name for name in measured if name.count(", ") == 1]
    lost = ", ".join(
        f"{10 ** -measured[name]:.2g} ({name.split(', ')[1]})"
        for name in names
        if np.isfinite(measured[name])
    )
    rises = {
        name.split(", ")[1]: value
        for name, value in measured.items()
        if "large start" in name and np.isfinite(value)
    }
    told = (
        f"On its way back through a layer the gradient is multiplied by about {lost}"
        if lost
        else "What a layer does to the gradient is not to be seen in networks so shallow, or in a "
        "gradient of zero"
    )
    if not rises:
        return f"{told}; what a further layer does takes two depths."
    most = max(rises, key=rises.__getitem__)
    return (
        f"{told}; with the large start every further layer of {most} multiplies the gradient of "
        f"the first by {10 ** rises[most]:.2g}."
    )


def figure(rows: Rows) -> Figure:
    """Norms by layer in the deepest networks, and of the first layer against depth."""
    usual, large = distinct(rows, "start")
    depths = distinct(rows, "depth")
    deepest = max(depths)
    activations = distinct(rows, "activation")

    def chart(title: str, axis: str, at: list[int], given: Any) -> Chart:
        norms = [[typical(rows, activation=a, **given(v)) for v in at] for a in activations]
        seen = [[(v, norm) for v, norm in zip(at, line) if norm > 0] for line in norms]
        series = tuple(
            Series(
                activation,
                tuple(float(value) for value, _ in line),
                tuple(norm for _, norm in line),
                markers=True,
            )
            for activation, line in zip(activations, seen)
            if line
        )
        return Chart(title, axis, "norm of dL/dW", series, log_y=True)

    layers = list(range(1, deepest + 2))
    charts = (
        chart(
            f"{usual} start, {deepest} hidden layers", "layer", layers,
            lambda layer: {"start": usual, "depth": deepest, "layer": layer},
        ),
        chart(
            f"first layer, {large} start", "hidden layers", depths,
            lambda depth: {"start": large, "depth": depth, "layer": 1},
        ),
    )  # fmt: skip
    caption = (
        "Norm of the gradient by layer at the start: it falls towards the first layer, steepest "
        "for sigmoid; with large weights that of the first layer grows with depth for relu."
    )
    return Figure("vanishing", charts, caption)


def sample(task: Task, settings: Settings) -> tuple[nn.Objective, Nest, Any, Any]:
    """The gradient of a network of medium depth, for the price."""
    depths = sorted(settings.option("depths"))
    objective = network(task, settings, settings.option("compared")[0], depths[len(depths) // 2])
    params = nn.initialise(objective.model, settings.seed, settings.initial, settings.dtype)
    data = task.dataset(settings)
    return objective, params, data.x, data.y


def count(settings: Settings) -> int:
    """How many gradients there are."""
    kinds = len(settings.option("compared")) * len(starts(settings))
    return int(kinds * len(settings.option("depths")) * settings.option("starts"))


_SOURCE = "band over seeds 0 to 9"

TASK = Task(
    name="vanishing",
    shows="through many layers of sigmoid the gradient vanishes, with large weights it explodes",
    slide="the simplest MLP: 1,000 hidden layers, any kind of nonlinearity",
    settings=Settings(
        widths=(2, 32, 1),
        activation="sigmoid",
        steps=1,
        options=(
            ("compared", ("sigmoid", "tanh", "relu")),
            ("depths", (2, 4, 6, 8, 10)),
            ("starts", 10),
            ("large", 1.0),
            ("n", 200),
        ),
    ),
    data=sincos,
    options=("n",),
    experiment=Experiment(carry_out, count, sample),
    summary=summary,
    figure=figure,
    lesson=lesson,
    fixed=UNUSED,
    instead="--set compared=sigmoid,gelu, or --set depths=2,20",
    expectations=(
        Expectation("decades per layer, sigmoid", 0.80, 0.90, "log10(4 sqrt 3) = .841 and more"),
        Expectation("decades per layer, sigmoid, least of all seeds", 0.7, 0.9, _SOURCE),
        Expectation("decades per layer, tanh", 0.1, 0.25, _SOURCE),
        Expectation("decades per layer, relu", 0.25, 0.4, _SOURCE),
        Expectation(
            "decades per layer of depth, relu, large start", 1.1, 1.3, "log10(32/2) = 1.204"
        ),
    ),
)
