"""Settings of a training run that make no sense, refused where they are given."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np

from difflab.errors import UsageError
from difflab.nn.early_stopping import EarlyStopping
from difflab.nn.losses import Loss, loss
from difflab.nn.mlp import MLP, is_positive_integer
from difflab.nn.optimizers import Optimizer, WholeBatch

COUNTS = ("batch_size", "steps", "epochs", "evaluate_every", "threads")
"""Settings that count something, or are None."""

FITTING = {
    "model": "a network, MLP((2, 16, 1)), or a function of params, x and y",
    "loss": 'a name such as "squared-error" beside a network, and None beside a function',
    "seed": "a whole number from 0 on",
    "initial": 'a name of difflab.nn.SCHEMES, such as "torch"',
    "dtype": '"float64" or "float32"',
    "l2": "0, or a positive number beside a network",
    "optimizer": '"adam", or nn.optimizer("adam", lr=0.01)',
    "metric": "a function of outputs and targets, such as nn.accuracy",
    "shuffle": "True or False",
    "progress": "True or False, or None for a bar on terminals only",
    "callbacks": "a list of functions of step and parameters",
    "early_stopping": "EarlyStopping(patience=5), or None",
    "checkpoint": "the path of a file, or None",
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
                "it counts samples, steps, epochs or threads",
                f"{name}=100",
            )
    if isinstance(trainer.loss, str):
        loss(trainer.loss)
    for name, fits in _fits(trainer).items():
        if not fits:
            raise UsageError(
                f"{name} = {getattr(trainer, name)!r} does not fit",
                f"the trainer needs {FITTING[name]}",
                f"Trainer(..., {name}=...)",
            )
    has_model = isinstance(trainer.model, MLP) or hasattr(trainer.model, "model")
    if trainer.metric is not None and not has_model:
        raise UsageError(
            "a metric was given for an objective without a model",
            "a metric compares the model's outputs with targets",
            "a network and a loss, Trainer(model, loss, ...), or metric=None",
        )


def check_state(state: Any, fresh: Any) -> None:
    """Refuse a state that another optimizer has left.

    Parameters
    ----------
    state : object or None
        What a run is to start with; None is a fresh start.
    fresh : object
        The state that its optimizer makes.

    Raises
    ------
    UsageError
    """
    if state is not None and type(state) is not type(fresh):
        raise UsageError(
            f"optimizer_state is a {type(state).__name__}",
            f"this optimizer goes on from a {type(fresh).__name__}",
            "the TrainingResult.optimizer_state of a run with the same optimizer, or None",
        )


def check_whole_batch(trainer: Any, resume: Any, state: Any = None) -> None:
    """Refuse what a whole-batch optimizer such as L-BFGS cannot do.

    Raises
    ------
    UsageError
        For mini-batches, for checkpoints, and for a state to start with.
    """
    if trainer.batch_size is not None:
        raise UsageError(
            f"batches of {trainer.batch_size} samples were asked for with a whole-batch optimizer",
            "it compares losses along its way, which have to be those of the same samples",
            "batch_size=None (--set batch_size=all), or an optimizer such as adam",
        )
    if trainer.checkpoint is not None or resume is not None:
        raise UsageError(
            "a whole-batch optimizer has no checkpoints",
            "what it remembers of its way is not in them, so the run could not go on as it was",
            "difflab.nn.save_weights after the run, or an optimizer such as adam",
        )
    if state is not None:
        raise UsageError(
            "a whole-batch optimizer takes no optimizer_state",
            "it begins anew in every run",
            "fit(x, y, params=...), without it",
        )


def _fits(trainer: Any) -> dict[str, bool]:
    rule, callbacks, network = trainer.optimizer, trainer.callbacks, isinstance(trainer.model, MLP)
    return {
        "model": callable(trainer.model) and not isinstance(trainer.model, type),
        "loss": isinstance(trainer.loss, (str, Loss)) if network else trainer.loss is None,
        "initial": isinstance(trainer.initial, str),
        "dtype": trainer.dtype in ("float64", "float32"),
        "l2": _is_real(trainer.l2) and (trainer.l2 >= 0 if network else not trainer.l2),
        "early_stopping": trainer.early_stopping is None
        or isinstance(trainer.early_stopping, EarlyStopping),
        "checkpoint": trainer.checkpoint is None or isinstance(trainer.checkpoint, (str, Path)),
        "seed": isinstance(trainer.seed, (int, np.integer)) and bool(trainer.seed >= 0),
        "optimizer": isinstance(rule, str)
        or (isinstance(rule, (Optimizer, WholeBatch)) and not isinstance(rule, type)),
        "shuffle": isinstance(trainer.shuffle, (bool, np.bool_)),
        "progress": trainer.progress is None or isinstance(trainer.progress, (bool, np.bool_)),
        "metric": trainer.metric is None or callable(trainer.metric),
        "callbacks": isinstance(callbacks, Sequence) and all(map(callable, callbacks)),
        "blow_up": _is_real(trainer.blow_up) and bool(trainer.blow_up > 1),
    }


def _is_real(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)
