"""difflab: one plain NumPy function, differentiated symbolically, numerically or automatically.

>>> import numpy as np, difflab as dl
>>> def loss(w, x):
...     return np.mean(dl.sigmoid(x @ w) ** 2)
>>> value, gradient = dl.value_and_grad(loss, method="autodiff")(np.zeros(2), np.eye(2))
>>> gradient
array([0.125, 0.125])
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_EXPORTS = {
    "activation": "difflab.symbolic.activation",
    "compare": "difflab.api",
    "grad": "difflab.api",
    "value_and_grad": "difflab.api",
    "vjp": "difflab.autodiff",
    "jvp": "difflab.autodiff",
    "hvp": "difflab.autodiff",
    "derivative": "difflab.numeric.ladder",
    "Flag": "difflab.numeric.ladder",
    "jacobian": "difflab.derivatives",
    "hessian": "difflab.derivatives",
    "checkpoint": "difflab.autodiff",
    "custom_derivative": "difflab.autodiff",
    "stop_gradient": "difflab.functions",
    "debug_nans": "difflab.trace",
    "sigmoid": "difflab.functions",
    "relu": "difflab.functions",
    "softplus": "difflab.functions",
    "logsumexp": "difflab.functions",
    "log_softmax": "difflab.functions",
    "softmax": "difflab.functions",
    "binary_cross_entropy": "difflab.functions",
    "softmax_cross_entropy": "difflab.functions",
    "MLPClassifier": "difflab.estimators",
    "MLPRegressor": "difflab.estimators",
}
_MODULES = ("autodiff", "nn", "numeric", "providers", "tasks", "trace", "tree")

__all__ = ["__version__", *_EXPORTS, *_MODULES]

if TYPE_CHECKING:
    from difflab import autodiff, nn, numeric, providers, tasks, trace, tree
    from difflab.api import compare, grad, value_and_grad
    from difflab.autodiff import checkpoint, custom_derivative, hvp, jvp, vjp
    from difflab.derivatives import hessian, jacobian
    from difflab.estimators import MLPClassifier, MLPRegressor
    from difflab.functions import (
        binary_cross_entropy,
        log_softmax,
        logsumexp,
        relu,
        sigmoid,
        softmax,
        softmax_cross_entropy,
        softplus,
        stop_gradient,
    )
    from difflab.numeric.ladder import Flag, derivative
    from difflab.symbolic.activation import activation
    from difflab.trace import debug_nans


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that ``import difflab`` stays quick."""
    from importlib import import_module

    if name in _EXPORTS:
        found = getattr(import_module(_EXPORTS[name]), name)
    elif name in _MODULES:
        found = import_module(f"difflab.{name}")
    else:
        raise AttributeError(f"module 'difflab' has no attribute {name!r}")
    globals()[name] = found  # the next look-up does not come here
    return found


def __dir__() -> list[str]:
    return list(__all__)
