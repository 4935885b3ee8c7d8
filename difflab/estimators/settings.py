"""From the parameters of an estimator to a trainer, and refusals of those that make no sense."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from difflab.errors import UsageError
from difflab.nn import (
    MLP,
    WHOLE_BATCH,
    EarlyStopping,
    Loss,
    Objective,
    Scheduled,
    Trainer,
    WholeBatch,
    optimizer,
    schedule_of,
)
from difflab.nn.mlp import is_positive_integer


def trainer_of(
    estimator: Any,
    widths: tuple[int, int],
    loss: Loss,
    samples: int,
    seed: int,
    *,
    metric: Callable[[Any, Any], float] | None = None,
    rule: EarlyStopping | None = None,
) -> Trainer:
    """Return the trainer that an estimator's parameters describe.

    Parameters
    ----------
    estimator : MLPRegressor or MLPClassifier
        Only its parameters are read.
    widths : (int, int)
        Inputs and outputs of the network.
    loss : Loss
    samples : int
        How many are trained on.
    seed : int
    metric : callable or None
        Of the validation set; given where there is one.
    rule : EarlyStopping or None

    Raises
    ------
    UsageError, UnknownNameError
        Naming the first parameter that does not fit.

    Examples
    --------
    >>> from difflab.estimators import MLPRegressor
    >>> from difflab.nn import squared_error
    >>> chosen = MLPRegressor(hidden_widths=(8,), gradient="symbolic", learning_rate=0.1)
    >>> trainer = trainer_of(chosen, (3, 1), squared_error, samples=20, seed=0)
    >>> print(trainer.model.model, trainer.gradient, trainer.batch_size, trainer.optimizer.lr)
    3-8-1 relu symbolic 20 0.1
    """
    network = MLP((widths[0], *hidden_widths_of(estimator), widths[1]), estimator.activation)
    rate = optimizer_of(estimator.optimizer, estimator.learning_rate)
    whole = whole_batch(rate)
    trainer = Trainer(
        Objective(network, loss, estimator.l2),
        optimizer=rate,
        gradient=estimator.gradient,
        batch_size=None if whole else batch_size_of(estimator.batch_size, samples),
        epochs=estimator.epochs,
        seed=seed,
        initial=estimator.initial,
        dtype=estimator.dtype,
        metric=metric,
        early_stopping=rule,
        progress=bool(estimator.verbose),
    )
    steps = trainer.total_steps(samples)
    if metric is not None or rule is not None:
        trainer = replace(trainer, evaluate_every=steps // estimator.epochs)
    if estimator.schedule is not None:
        if whole or isinstance(rate, Scheduled):
            raise UsageError(
                f"schedule = {estimator.schedule!r} was given beside {rate!r}",
                "it has a schedule already"
                if not whole
                else "its steps have a length of their own",
                "schedule=None, or an optimizer such as adam with one learning rate",
            )
        schedule = schedule_of(estimator.schedule, rate.lr, steps)
        trainer = replace(trainer, optimizer=Scheduled(rate, schedule))
    return trainer


def hidden_widths_of(estimator: Any) -> tuple[Any, ...]:
    """Return the hidden widths as a tuple; their entries are the network's to check."""
    widths = estimator.hidden_widths
    if not isinstance(widths, (tuple, list)):
        raise UsageError(
            f"hidden_widths = {widths!r} is no tuple",
            "it holds the units of every hidden layer; an empty one makes a linear model",
            "hidden_widths=(64,) for one hidden layer, (64, 64) for two",
        )
    return tuple(widths)


def batch_size_of(batch_size: Any, samples: int) -> Any:
    """Return the samples per step: all of them where there are fewer, as in a small fold.

    Examples
    --------
    >>> batch_size_of(64, 1000), batch_size_of(64, 10), batch_size_of(None, 10)
    (64, 10, None)
    """
    return min(batch_size, samples) if is_positive_integer(batch_size) else batch_size


def optimizer_of(chosen: Any, learning_rate: Any) -> Any:
    """Return the optimizer, with a learning rate where one was given.

    Examples
    --------
    >>> optimizer_of("sgd", 0.5).lr, optimizer_of("adam", None).lr
    (0.5, 0.001)
    """
    if learning_rate is None:
        return optimizer(chosen) if isinstance(chosen, str) else chosen
    if not isinstance(chosen, str):
        raise UsageError(
            f"learning_rate = {learning_rate!r} was given beside the optimizer {chosen!r}",
            "an optimizer that is an object has a learning rate already",
            'optimizer="adam" with learning_rate=0.01, or nn.optimizer("adam", lr=0.01) alone',
        )
    return optimizer(chosen, lr=learning_rate)


def whole_batch(chosen: Any) -> bool:
    """Whether an optimizer, or its name, is one that sees all samples at every step.

    Examples
    --------
    >>> whole_batch("lbfgs"), whole_batch("adam")
    (True, False)
    """
    if isinstance(chosen, str):
        return chosen in WHOLE_BATCH
    return isinstance(chosen, WholeBatch) and not isinstance(chosen, type)


def early_stopping_of(early_stopping: Any, patience: Any) -> EarlyStopping | None:
    """Return the rule that ends training, or None.

    Examples
    --------
    >>> early_stopping_of(True, 3)
    EarlyStopping(patience=3, monitor='validation_loss', minimum=0.0)
    """
    if isinstance(early_stopping, EarlyStopping):
        return early_stopping
    if not isinstance(early_stopping, (bool, np.bool_)):
        raise UsageError(
            f"early_stopping = {early_stopping!r} does not fit",
            "it is True, False or a rule",
            "early_stopping=True, or nn.EarlyStopping(patience=5, monitor='full_loss')",
        )
    if not early_stopping:
        return None
    return EarlyStopping(int(patience) if isinstance(patience, np.integer) else patience)


def seed_of(random_state: Any) -> int:
    """Return the trainer's seed: an integer is the seed itself, anything else draws one.

    Examples
    --------
    >>> seed_of(7), seed_of(np.random.RandomState(0)) == seed_of(np.random.RandomState(0))
    (7, True)
    """
    generator = check_random_state(random_state)  # refuses what is no random state
    if isinstance(random_state, Integral):
        return int(random_state)
    return int(generator.randint(2**31 - 1))
