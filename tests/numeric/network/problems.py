"""Networks with every loss and activation, and the truth about their gradients."""

from __future__ import annotations

from typing import Any

import numpy as np

from difflab import nn, providers
from difflab.numeric.network.forward import Forward, forward
from difflab.tree import flatten, ravel

LOSSES = {each.name: each for each in nn.LOSSES.values()}
SCHEMES = ("forward", "backward", "central", "central-4", "central-6", "central-8")


def softsign(z: Any) -> Any:
    """An activation of a user."""
    return z / (1.0 + np.abs(z))


def problem(
    widths: tuple[int, ...] = (2, 5, 1),
    activation: Any = "tanh",
    loss: nn.Loss = nn.squared_error,
    samples: int = 20,
    seed: int = 0,
    dtype: Any = np.float64,
    output: Any = "identity",
    scale: float = 1.0,
    l2: float = 0.0,
) -> tuple[nn.Objective, tuple[Any, np.ndarray, np.ndarray]]:
    """An objective, and parameters, inputs and targets that it fits.

    Weights ``scale`` times as large make outputs of a few, and margins that cross 1.
    """
    rng = np.random.default_rng(seed)
    model = nn.MLP(widths, activation, output)
    drawn = nn.initialise(model, seed)
    params = [((scale * w).astype(dtype), b.astype(dtype)) for w, b in drawn]
    x, shape = rng.normal(size=(samples, widths[0])), (samples, widths[-1])
    targets = {
        "binary-cross-entropy": lambda: rng.uniform(size=shape),
        "softmax-cross-entropy": lambda: nn.one_hot(rng.integers(0, shape[1], samples), shape[1]),
        "hinge": lambda: rng.choice([-1.0, 1.0], shape),
    }.get(loss.name, lambda: rng.normal(size=shape))()
    return nn.Objective(model, loss, l2), (params, x.astype(dtype), targets.astype(dtype))


def state_of(objective: nn.Objective, args: tuple[Any, ...]) -> Forward:
    """The network, evaluated."""
    return forward(objective, *args)


def wide(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """The same arguments in float64."""
    params, x, y = args
    return [tuple(leaf.astype(float) for leaf in layer) for layer in params], x.astype(float), y


def flat(gradient: Any) -> np.ndarray:
    """All entries of a gradient, or of what an evaluator returns: per layer weights and biases."""
    if isinstance(gradient[0], np.ndarray):
        gradient = [(layer[:-1], layer[-1]) for layer in gradient]
    return ravel(flatten(gradient)[0]).astype(float)


def truth(objective: nn.Objective, args: tuple[Any, ...]) -> np.ndarray:
    """The gradient by reverse mode in float64, which shares no code with differences."""
    args = wide(args)
    return flat(providers.get("autodiff").prepare(objective, *args).value_and_gradient(*args)[1])


def distance(found: np.ndarray, expected: np.ndarray) -> float:
    """Relative L2 error; absolute where the gradient is 0."""
    return float(np.linalg.norm(found - expected) / (np.linalg.norm(expected) or 1.0))
