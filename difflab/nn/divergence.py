"""Why a training run went wrong: which numbers grew beyond bounds, and where they did first."""

from __future__ import annotations

from typing import Any

import numpy as np

from difflab.errors import DivergenceError
from difflab.nn.closed_form import hessian_eigenvalues
from difflab.nn.mlp import identity, leaf_labels
from difflab.nn.optimizers import SGD
from difflab.tree import Nest, flatten


def is_finite(nest: Nest) -> bool:
    """Whether every number in a nest is finite."""
    return all(bool(np.all(np.isfinite(leaf))) for leaf in flatten(nest)[0])


def divergence_error(
    step: int,
    loss: float,
    gradient: Nest | None,
    params: Nest,
    x: Any,
    f: Any,
    lr: float,
    reference: float,
    critical: float | None = None,
) -> DivergenceError:
    """Explain a loss or a gradient that is not finite, or a loss that has grown out of all bounds.

    Parameters
    ----------
    step : int
        The step whose gradient was being taken.
    loss : float
        Loss of its batch.
    gradient : nest or None
        The gradient there; None where only the loss was evaluated.
    params : nest
        The parameters it was taken at.
    x : array, shape (n, d)
        Inputs of the batch.
    f : callable
        The objective; one with a ``model`` is asked what its layers give.
    lr : float
        Learning rate.
    reference : float
        The loss that ``loss`` is compared with.
    critical : float or None
        The learning rate above which this run had to diverge, where it is known.

    Examples
    --------
    >>> wild = [(np.array([[1e200]]), np.zeros(1))]
    >>> print(divergence_error(7, np.inf, wild, wild, np.ones((1, 1)), None, 0.1, 1.0))
    training stopped at step 7: the loss is inf
      why: the loss overflows; largest parameters: layer 1 weights, up to 1e+200
      try: a lower learning rate, 0.01 instead of 0.1
    """
    smaller = f"a lower learning rate, {lr / 10:.2g} instead of {lr:.2g}"
    if critical is not None and lr >= critical:
        smaller = f"a learning rate below {critical:.5g}, above which descent diverges on these "
        smaller += f"inputs (2 / largest eigenvalue of the Hessian), instead of {lr:.5g}"
    reach = float(np.max(np.abs(x), initial=0.0))
    if reach > 4:  # standardised inputs rarely lie further out
        smaller += f"; or standardise the inputs, which reach {reach:.3g}"
    largest = _largest(params)
    if not np.isfinite(loss):
        what = f"training stopped at step {step}: the loss is {loss}"
        return DivergenceError(what, f"{_first_cause(params, x, f)}; {largest}", smaller)
    if gradient is not None and not is_finite(gradient):
        what = f"training stopped at step {step}: {_last_not_finite(gradient)} is not finite"
        return DivergenceError(what, f"the loss is still {loss:.3g}; {largest}", smaller)
    return DivergenceError(
        f"training diverges: at step {step} the loss is {loss:.3g}",
        f"it was compared with {reference:.3g}; {largest}",
        smaller,
    )


_CURVATURES = {"squared-error": 1.0, "half-squared-error": 0.5, "sum-squared-error": 1.0}
"""Second derivative of each squared error, over that of the mean of (y - m)^2."""


def critical_rate(f: Any, rule: Any, x: np.ndarray) -> float | None:
    """Return the learning rate at which descent on all samples stops converging, if it is known.

    It is for a linear network of one layer and a squared error: 2 (1 + mu) / lambda_max(H) with
    momentum mu, and 2 (1 + mu) / ((1 + 2 mu) lambda_max(H)) in Nesterov's form (O'Donoghue and
    Candes 2015, section 3).

    Parameters
    ----------
    f : callable
        The objective.
    rule : Optimizer
    x : ndarray, shape (n, d)

    Examples
    --------
    >>> from difflab.nn import MLP, Objective, squared_error
    >>> critical_rate(Objective(MLP((1, 1)), squared_error), SGD(), np.array([[-1.0], [1.0]]))
    1.0
    """
    model, loss = getattr(f, "model", None), getattr(f, "loss", None)
    name = getattr(loss, "name", "")
    curvature = _CURVATURES.get(name)
    if curvature is None or not isinstance(rule, SGD) or rule.dampening:
        return None
    if model is None or len(model.layers) != 1 or model.activations[0] is not identity:
        return None
    outputs = model.widths[-1]
    samples = len(x) * outputs if name.startswith("sum") else 1
    largest = float(hessian_eigenvalues(x)[-1]) * curvature * samples / outputs
    largest += rule.weight_decay + getattr(f, "l2", 0.0)
    speed = (1 + rule.momentum) / (1 + 2 * rule.momentum * rule.nesterov)
    return 2 * speed / largest


def _first_cause(params: Nest, x: Any, f: Any) -> str:
    """The first place, in the order of evaluation, where a number is no longer finite."""
    for label, leaf in zip(leaf_labels(params), flatten(params)[0]):
        if not np.all(np.isfinite(leaf)):
            return f"there are numbers that are not finite in {label}"
    outputs = f.model.layer_outputs(params, x) if hasattr(f, "model") else []
    for number, (z, value) in enumerate(outputs, start=1):
        if not (np.all(np.isfinite(z)) and np.all(np.isfinite(value))):
            return f"layer {number} is the first to give numbers that are not finite"
    return "the loss overflows"


def _largest(params: Nest) -> str:
    labels, leaves = leaf_labels(params), flatten(params)[0]
    sizes = [float(np.max(np.abs(leaf), initial=0.0)) for leaf in leaves]
    worst = int(np.argmax([size if np.isfinite(size) else np.inf for size in sizes]))
    return f"largest parameters: {labels[worst]}, up to {sizes[worst]:.3g}"


def _last_not_finite(gradient: Nest) -> str:
    """Name the last layer's leaf: backpropagation reaches it first."""
    pairs = zip(leaf_labels(gradient), flatten(gradient)[0])
    return "the gradient of " + [label for label, leaf in pairs if not is_finite(leaf)][-1]
