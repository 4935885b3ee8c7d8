"""Optimizers: SGD, RMSProp, Adam and AdamW, in the order of operations that PyTorch uses.

Each is a frozen dataclass with two pure functions: ``init(params) -> state`` and
``step(params, gradient, state) -> (params, state)``. Nothing is changed in place, dtypes are kept,
and parameters may be any nest.

The same names stand for different algorithms elsewhere, so the order is spelled out. Some libraries
put (1 - momentum) in front of the gradient, some put eps inside RMSProp's root, some add eps to
sqrt(v) before the bias correction; `elsewhere` measures it. Here g includes ``weight_decay * p``
first, except in AdamW.

`rates` are learning rates that change from step to step, and `schedules` lets a rule follow them.
`LBFGS` and `Newton` see all samples at once and hold the loop themselves; see `whole_batch`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from functools import partial
from typing import Any

from difflab.errors import UsageError, unknown_name
from difflab.nn.optimizers.adam import Adam, AdamState, AdamW
from difflab.nn.optimizers.elsewhere import same_name_other_algorithm
from difflab.nn.optimizers.lbfgs import LBFGS
from difflab.nn.optimizers.newton import Newton
from difflab.nn.optimizers.protocol import Optimizer, State
from difflab.nn.optimizers.rates import (
    Constant,
    Cosine,
    Schedule,
    StepDecay,
    Warmup,
    is_schedule,
)
from difflab.nn.optimizers.rmsprop import RMSProp, RMSPropState
from difflab.nn.optimizers.schedules import SCHEDULES, Scheduled, ScheduledState, schedule_of
from difflab.nn.optimizers.sgd import SGD, SGDState
from difflab.nn.optimizers.whole_batch import OnStep, Problem, WholeBatch

__all__ = [
    "LBFGS",
    "OPTIMIZERS",
    "SCHEDULES",
    "SGD",
    "WHOLE_BATCH",
    "Adam",
    "AdamState",
    "AdamW",
    "Constant",
    "Cosine",
    "Newton",
    "OnStep",
    "Optimizer",
    "Problem",
    "RMSProp",
    "RMSPropState",
    "SGDState",
    "Schedule",
    "Scheduled",
    "ScheduledState",
    "State",
    "StepDecay",
    "Warmup",
    "WholeBatch",
    "optimizer",
    "same_name_other_algorithm",
    "schedule_of",
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
"""Rules that take one gradient at a time, by name."""

WHOLE_BATCH: dict[str, Callable[..., WholeBatch]] = {"lbfgs": LBFGS, "newton": Newton}
"""Methods that see all samples at every step, by name."""


def optimizer(name: str, **overrides: Any) -> Any:
    """Return the optimizer of a name, with settings of your own.

    Parameters
    ----------
    name : str
        A name of `OPTIMIZERS` or of `WHOLE_BATCH`.
    **overrides
        Fields of the optimizer, such as ``lr=0.01``; ``lr`` may be a `Schedule`.

    Returns
    -------
    Optimizer or WholeBatch
        The latter for "lbfgs" and "newton".

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
    >>> optimizer("sgd", lr=Cosine(0.1, steps=1000)).lr
    0.1
    """
    known = OPTIMIZERS | WHOLE_BATCH
    if not isinstance(name, str) or name not in known:
        raise unknown_name("optimizer", name, known, "difflab train --help")
    made: Any = known[name]
    settings = [field.name for field in fields(getattr(made, "func", made))]
    for key in overrides:
        if key not in settings:
            raise UsageError(
                f"optimizer {name!r} has no setting {key!r}",
                f"its settings are {', '.join(settings)}",
                f"difflab.nn.optimizer({name!r}, {settings[0]}={made().lr:g})",
            )
    schedule: Any = overrides.get("lr")
    if is_schedule(schedule):
        if name in WHOLE_BATCH:
            raise UsageError(
                f"optimizer {name!r} takes no schedule",
                "a line search chooses the length of every step",
                f"optimizer({name!r}), without lr",
            )
        return Scheduled(made(**overrides | {"lr": schedule(1)}), schedule)
    return made(**overrides)
