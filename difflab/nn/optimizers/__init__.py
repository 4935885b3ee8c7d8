"""Optimizers: SGD, RMSProp, Adam and AdamW, in the order of operations that PyTorch uses.

Each is a frozen dataclass with two pure functions: ``init(params) -> state`` and
``step(params, gradient, state) -> (params, state)``. Nothing is changed in place, dtypes are kept,
and parameters may be any nest.

The same names stand for different algorithms elsewhere, so the order is spelled out. Some libraries
put (1 - momentum) in front of the gradient, some put eps inside RMSProp's root, some add eps to
sqrt(v) before the bias correction. Here g includes ``weight_decay * p`` first, except in AdamW.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from functools import partial
from typing import Any

from difflab.errors import UsageError, unknown_name
from difflab.nn.optimizers.adam import Adam, AdamState, AdamW
from difflab.nn.optimizers.protocol import Optimizer, State
from difflab.nn.optimizers.rmsprop import RMSProp, RMSPropState
from difflab.nn.optimizers.sgd import SGD, SGDState

__all__ = [
    "OPTIMIZERS",
    "SGD",
    "Adam",
    "AdamState",
    "AdamW",
    "Optimizer",
    "RMSProp",
    "RMSPropState",
    "SGDState",
    "State",
    "optimizer",
]

OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {
    "sgd": SGD,
    "momentum": partial(SGD, momentum=0.9),
    "nesterov": partial(SGD, momentum=0.9, nesterov=True),
    "rmsprop": RMSProp,
    "rmsprop-centered": partial(RMSProp, centered=True),
    "adam": Adam,
    "amsgrad": partial(Adam, amsgrad=True),
    "adamw": AdamW,
}
"""Optimizers by name."""


def optimizer(name: str, **overrides: Any) -> Optimizer:
    """Return the optimizer of a name, with settings of your own.

    Parameters
    ----------
    name : str
        A name of `OPTIMIZERS`.
    **overrides
        Fields of the optimizer, such as ``lr=0.01``.

    Raises
    ------
    UnknownNameError
        For a name that does not exist, with the nearest ones.
    UsageError
        For a setting that the optimizer does not have, or a value out of range.

    Examples
    --------
    >>> optimizer("momentum", lr=0.05)
    SGD(lr=0.05, momentum=0.9, dampening=0.0, nesterov=False, weight_decay=0.0)
    """
    if not isinstance(name, str) or name not in OPTIMIZERS:
        raise unknown_name("optimizer", name, OPTIMIZERS, "difflab train --help")
    made: Any = OPTIMIZERS[name]
    settings = [field.name for field in fields(getattr(made, "func", made))]
    for key in overrides:
        if key not in settings:
            raise UsageError(
                f"optimizer {name!r} has no setting {key!r}",
                f"its settings are {', '.join(settings)}",
                f"difflab.nn.optimizer({name!r}, lr=0.01)",
            )
    return made(**overrides)
