"""Training of an estimator's network, and the fitted attributes that it leaves behind."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from difflab.errors import UsageError
from difflab.estimators.settings import early_stopping_of, seed_of, trainer_of
from difflab.estimators.validation import Pair, split
from difflab.nn import MLP, History, Loss, TrainingResult

FLOATS = (np.float64, np.float32)
"""Kinds of numbers that inputs are taken in; all others are converted to the first."""


def train(
    estimator: Any,
    x: np.ndarray,
    y: np.ndarray,
    given: Pair | None,
    loss: Loss,
    metric: Callable[[Any, Any], float],
    strata: np.ndarray | None = None,
) -> None:
    """Train from the start, or from where an estimator with ``warm_start`` is.

    Parameters
    ----------
    estimator : MLPRegressor or MLPClassifier
        Gets its fitted attributes.
    x, y : ndarray, shape (n, d) and (n, k)
        Targets as the loss takes them.
    given : (x, y) or None
        A validation set of the caller.
    loss : Loss
    metric : callable
        ``metric(outputs, targets)`` on the validation set.
    strata : ndarray, shape (n,), or None
        Classes, whose shares are kept when a validation set is set apart.
    """
    seed = seed_of(estimator.random_state)
    rule = early_stopping_of(estimator.early_stopping, estimator.patience)
    x, y, validation = split(x, y, given, estimator.validation_fraction, rule, seed, strata)
    trainer = trainer_of(
        estimator,
        (x.shape[1], y.shape[1]),
        loss,
        len(x),
        seed,
        metric=None if validation is None else metric,
        rule=rule,
    )
    params = estimator.params_ if is_warm(estimator) else None
    result = trainer.fit(x, y, validation, params=params)
    _remember(estimator, trainer.model.model, result)  # type: ignore[union-attr]
    estimator.partial_fits_ = 0


def train_on(estimator: Any, x: np.ndarray, y: np.ndarray, loss: Loss) -> None:
    """Go on for one epoch on these samples, with the optimizer as it was left.

    Parameters
    ----------
    estimator : MLPRegressor or MLPClassifier
        Fitted or not.
    x, y : ndarray, shape (n, d) and (n, k)
    loss : Loss

    Raises
    ------
    UsageError
        When a validation set or early stopping was asked for.
    """
    if estimator.early_stopping or estimator.validation_fraction is not None:
        raise UsageError(
            "partial_fit has no validation set",
            f"early_stopping = {estimator.early_stopping!r} and validation_fraction = "
            f"{estimator.validation_fraction!r} ask for one; the samples of one call are all "
            "trained on",
            "early_stopping=False, validation_fraction=None; or fit",
        )
    fitted = hasattr(estimator, "params_")
    number = estimator.partial_fits_ if fitted else 0
    seed = seed_of(estimator.random_state) + number  # another order of the samples every time
    planned = trainer_of(estimator, (x.shape[1], y.shape[1]), loss, len(x), seed)
    trainer = replace(planned, epochs=1)
    params = state = None
    if fitted:
        params, state = estimator.params_, estimator.optimizer_state_
        if not _is_alike(state, trainer.optimizer.init(params)):  # type: ignore[union-attr]
            state = None
    result = trainer.fit(x, y, params=params, optimizer_state=state)
    before = estimator.loss_curve_ if fitted else []
    _remember(estimator, trainer.model.model, result, before)  # type: ignore[union-attr]
    estimator.partial_fits_ = number + 1


def _is_alike(state: Any, fresh: Any) -> bool:
    """Whether an optimizer's state is of the kind that another one makes."""
    if isinstance(fresh, tuple) and hasattr(fresh, "_fields"):
        return type(state) is type(fresh) and all(map(_is_alike, state, fresh))
    return (state is None) == (fresh is None)


def is_warm(estimator: Any) -> bool:
    """Whether `fit` goes on from the parameters it found before."""
    return bool(estimator.warm_start) and hasattr(estimator, "params_")


def outputs(estimator: Any, x: np.ndarray) -> np.ndarray:
    """Return the network's outputs, shape (n, k), in the dtype of its parameters."""
    return estimator.model_(estimator.params_, x.astype(estimator.params_[0][0].dtype, copy=False))


def epoch_losses(history: History) -> list[float]:
    """Return the mean loss of the batches of every epoch.

    Examples
    --------
    >>> from difflab.estimators import MLPRegressor
    >>> fitted = MLPRegressor(epochs=3, batch_size=1).fit([[0.0], [1.0]], [0.0, 1.0])
    >>> len(fitted.history_), len(epoch_losses(fitted.history_))
    (6, 3)
    """
    return list({row.epoch: row.running_loss for row in history}.values())


def _remember(
    estimator: Any, model: MLP, result: TrainingResult, losses_before: list[float] | None = None
) -> None:
    history = result.history
    estimator.model_ = model
    estimator.params_ = result.params
    estimator.history_ = history
    estimator.gradient_norms_ = history.column("gradient_norms")
    estimator.loss_curve_ = [*(losses_before or []), *epoch_losses(history)]
    estimator.n_iter_ = len(estimator.loss_curve_)
    estimator.validation_curve_ = _evaluated(history, "validation_loss")
    estimator.validation_scores_ = _evaluated(history, "metric")
    estimator.best_step_ = result.best_step
    estimator.optimizer_state_ = result.optimizer_state
    if result.interrupted:
        warnings.warn(
            f"training was interrupted after {len(history)} steps; the estimator is what they made",
            stacklevel=4,
        )


def _evaluated(history: History, name: str) -> list[float] | None:
    """What was measured on the validation set, epoch by epoch; None without one."""
    return [value for row in history if (value := getattr(row, name)) is not None] or None
