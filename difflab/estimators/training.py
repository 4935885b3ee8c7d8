"""Training of an estimator's network, and the fitted attributes that it leaves behind."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted, validate_data

from difflab.errors import UsageError
from difflab.estimators.settings import early_stopping_of, seed_of, trainer_of, whole_batch
from difflab.estimators.validation import Pair, split
from difflab.nn import MLP, History, Loss, Trainer, TrainingResult


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
    params = _params_for(estimator, trainer) if is_warm(estimator) else None
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
        When a validation set, early stopping or a whole-batch optimizer was asked for.
    """
    if estimator.early_stopping or estimator.validation_fraction is not None:
        raise UsageError(
            "partial_fit has no validation set",
            f"early_stopping = {estimator.early_stopping!r} and validation_fraction = "
            f"{estimator.validation_fraction!r} ask for one; the samples of one call are all "
            "trained on",
            "early_stopping=False, validation_fraction=None; or fit",
        )
    if whole_batch(estimator.optimizer):
        raise UsageError(
            f"partial_fit cannot go on with the optimizer {estimator.optimizer!r}",
            "it needs the same samples at every step, and partial_fit is for ever new ones",
            "an optimizer such as adam, or fit",
        )
    fitted = hasattr(estimator, "params_")
    number = estimator.partial_fits_ if fitted else 0
    seed = seed_of(estimator.random_state) + number  # another order of the samples every time
    planned = trainer_of(estimator, (x.shape[1], y.shape[1]), loss, len(x), seed)
    trainer = replace(planned, epochs=1)
    params = state = None
    if fitted:
        params, state = _params_for(estimator, trainer), estimator.optimizer_state_
        if not _is_alike(state, trainer.optimizer.init(params)):  # type: ignore[union-attr]
            state = None
    result = trainer.fit(x, y, params=params, optimizer_state=state)
    before = estimator.loss_curve_ if fitted else []
    _remember(estimator, trainer.model.model, result, before)  # type: ignore[union-attr]
    estimator.partial_fits_ = number + 1


def _params_for(estimator: Any, trainer: Trainer) -> Any:
    """The parameters that were found before, if they are of the network to be trained."""
    before, now = estimator.model_.widths, trainer.model.model.widths  # type: ignore[union-attr]
    dtype = estimator.params_[0][0].dtype
    if before == now and dtype == trainer.dtype:
        return estimator.params_
    raise UsageError(
        f"training cannot go on: the network was {before} in {dtype}, and is to be {now} "
        f"in {trainer.dtype}",
        "warm_start and partial_fit keep the parameters found before, which do not fit",
        "the widths, features and targets of before; or warm_start=False; or a new estimator",
    )


def _is_alike(state: Any, fresh: Any) -> bool:
    """Whether an optimizer's state is of the kind that another one makes."""
    if isinstance(fresh, tuple) and hasattr(fresh, "_fields"):
        return type(state) is type(fresh) and all(map(_is_alike, state, fresh))
    return (state is None) == (fresh is None)


def is_warm(estimator: Any) -> bool:
    """Whether `fit` goes on from the parameters it found before."""
    return bool(estimator.warm_start) and hasattr(estimator, "params_")


def inputs(estimator: Any, x: Any, *, reset: bool = False, **targets: Any) -> Any:
    """Return samples as scikit-learn checks them, inputs in the dtype that is computed in.

    Parameters
    ----------
    estimator : MLPRegressor or MLPClassifier
    x : array or DataFrame
    reset : bool
        Whether the estimator learns number and names of the features, or is held to them.
    **targets
        ``y`` and how to check it, as ``sklearn.utils.validation.validate_data`` takes them; both
        come back. Without y only the inputs do.

    Examples
    --------
    >>> from difflab.estimators import MLPRegressor
    >>> inputs(MLPRegressor(dtype="float32"), [[1, 2]], reset=True)
    array([[1., 2.]], dtype=float32)
    """
    dtype = np.float32 if estimator.dtype == "float32" else np.float64
    with np.errstate(over="ignore", invalid="ignore"):  # infinity is refused, not warned of
        return validate_data(estimator, x, reset=reset, dtype=dtype, **targets)


def outputs(estimator: Any, x: Any) -> np.ndarray:
    """Return the outputs of a fitted estimator's network, shape (n, k)."""
    check_is_fitted(estimator)
    return estimator.model_(estimator.params_, inputs(estimator, x))


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
