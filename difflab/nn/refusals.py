"""Settings of a training run that make no sense, refused where they are given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from difflab.errors import UsageError
from difflab.nn.mlp import is_positive_integer
from difflab.nn.optimizers import Optimizer

COUNTS = ("batch_size", "steps", "epochs", "evaluate_every")
"""Settings that count something, or are None."""

FITTING = {
    "seed": "a whole number from 0 on",
    "optimizer": '"adam", or nn.optimizer("adam", lr=0.01)',
    "metric": "a function of outputs and targets, such as nn.accuracy",
    "callbacks": "a list of functions of step and parameters",
    "blow_up": "a factor above 1, such as 1e6",
}
"""What the other settings have to be."""


def check_settings_of_trainer(trainer: Any) -> None:
    """Refuse settings of a `difflab.nn.Trainer` that do not fit.

    Raises
    ------
    UsageError
        Naming the first.
    """
    if (trainer.steps is None) == (trainer.epochs is None):
        raise UsageError(
            "a training run needs a length",
            f"steps is {trainer.steps} and epochs is {trainer.epochs}; exactly one of them decides",
            "Trainer(..., steps=1000) or Trainer(..., epochs=10)",
        )
    for name in COUNTS:
        value = getattr(trainer, name)
        if value is not None and not is_positive_integer(value):
            raise UsageError(
                f"{name} = {value!r} is not a positive whole number",
                "it counts samples, steps or epochs",
                f"{name}=100",
            )
    for name, fits in _fits(trainer).items():
        if not fits:
            raise UsageError(
                f"{name} = {getattr(trainer, name)!r} does not fit",
                f"the trainer needs {FITTING[name]}",
                f"Trainer(..., {name}=...)",
            )
    if trainer.metric is not None and not hasattr(trainer.objective, "model"):
        raise UsageError(
            "a metric was given for an objective without a model",
            "a metric compares the model's outputs with targets",
            "difflab.nn.Objective(model, loss) as the objective, or metric=None",
        )


def _fits(trainer: Any) -> dict[str, bool]:
    rule, callbacks = trainer.optimizer, trainer.callbacks
    return {
        "seed": isinstance(trainer.seed, (int, np.integer)) and trainer.seed >= 0,
        "optimizer": isinstance(rule, str)
        or (isinstance(rule, Optimizer) and not isinstance(rule, type)),
        "metric": trainer.metric is None or callable(trainer.metric),
        "callbacks": isinstance(callbacks, Sequence) and all(map(callable, callbacks)),
        "blow_up": trainer.blow_up > 1,
    }
