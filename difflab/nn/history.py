"""What a training run remembers: one frozen row per step, and the run's result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from difflab.providers import Preparation
from difflab.tree import Nest


@dataclass(frozen=True, slots=True)
class Step:
    """One update of the parameters.

    Attributes
    ----------
    step, epoch : int
        From 1.
    seconds : float
        Wall-clock seconds of training so far: batches, gradients and updates. Preparation of
        gradients, evaluation of full losses and callbacks are not in it.
    batch_loss : float
        Loss of this step's batch, before the update.
    running_loss : float
        Mean of the batch losses since the epoch began, each weighted by its number of samples.
    full_loss : float or None
        Loss of all training samples after the update, at the steps chosen for it.
    validation_loss, metric : float or None
        On the validation set after the update, at the same steps.
    gradient_norms : tuple of float
        L2 norm of the gradient per layer, first layer first.
    samples : int
        Size of the batch.
    loss_evaluations, gradient_calls : int
        So far; the former counted in evaluations of the loss that the provider says it makes.
    provider_seconds : float
        Seconds spent in the provider so far.
    """

    step: int
    epoch: int
    seconds: float
    batch_loss: float
    running_loss: float
    full_loss: float | None
    validation_loss: float | None
    metric: float | None
    gradient_norms: tuple[float, ...]
    samples: int
    loss_evaluations: int
    gradient_calls: int
    provider_seconds: float


_COLUMNS = tuple(field.name for field in fields(Step))


@dataclass(frozen=True)
class History(Sequence[Step]):
    """The steps of a run, in order.

    Examples
    --------
    >>> row = Step(1, 1, 0.1, 2.0, 2.0, None, None, None, (0.5,), 8, 1, 1, 0.1)
    >>> history = History((row,))
    >>> history.column("batch_loss")
    array([2.])
    """

    steps: tuple[Step, ...]

    def __len__(self) -> int:
        return len(self.steps)

    def __getitem__(self, index: Any) -> Any:
        return self.steps[index]

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    def column(self, name: str) -> np.ndarray:
        """One attribute of all steps, shape (steps,); NaN where a step has none.

        ``gradient_norms`` has shape (steps, layers).
        """
        values = [getattr(step, name) for step in self.steps]
        return np.array([np.nan if value is None else value for value in values])

    def to_frame(self) -> Any:
        """Return a pandas DataFrame, one row per step, gradient norms in a column per layer."""
        import pandas as pd

        table = {name: self.column(name) for name in _COLUMNS if name != "gradient_norms"}
        norms = self.column("gradient_norms")
        for layer in range(norms.shape[1] if norms.ndim == 2 else 0):
            table[f"gradient_norm_layer_{layer + 1}"] = norms[:, layer]
        return pd.DataFrame(table)


@dataclass(frozen=True)
class TrainingResult:
    """What `difflab.nn.Trainer.fit` returns.

    Attributes
    ----------
    params : nest
        The last parameters, or the best ones with early stopping.
    history : History
        One row per step.
    initial_loss, final_loss : float
        Loss of all training samples before the first and after the last step.
    validation_loss, metric : float or None
        On the validation set after the last step.
    preparations : tuple of Preparation
        One per signature that was met: two when the last batch of an epoch is short.
    preparation_seconds : float
        Wall-clock seconds spent on them.
    optimizer_state : object
        The optimizer's state after the last step.
    interrupted : bool
        Whether Ctrl-C ended the run; everything else describes the steps done until then.
    stopped_early : bool
        Whether a callback or early stopping ended it, or the optimizer had converged.
    best_step : int or None
        The step whose parameters early stopping went back to.
    """

    params: Nest
    history: History
    initial_loss: float
    final_loss: float
    validation_loss: float | None = None
    metric: float | None = None
    preparations: tuple[Preparation, ...] = ()
    preparation_seconds: float = 0.0
    optimizer_state: Any = None
    interrupted: bool = False
    stopped_early: bool = False
    best_step: int | None = None

    @property
    def seconds(self) -> float:
        """Training seconds, as in `Step.seconds`."""
        return self.history[-1].seconds if len(self.history) else 0.0
