"""The trainer: gradient descent on any objective, with any provider and any optimizer."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from difflab.errors import DivergenceError, NonScalarLossError, UsageError
from difflab.nn.batches import Batch, batches, steps_per_epoch
from difflab.nn.divergence import divergence_error, is_finite
from difflab.nn.gradients import Gradients
from difflab.nn.history import History, Step, TrainingResult
from difflab.nn.losses import Loss as NetworkLoss
from difflab.nn.mlp import layer_members
from difflab.nn.optimizers import Optimizer, State, optimizer
from difflab.nn.progress import progress_bar
from difflab.nn.refusals import check_settings_of_trainer
from difflab.nn.samples import as_samples
from difflab.providers import GradientProvider, Loss
from difflab.tree import Nest, flatten

Callback = Callable[[Step, Nest], Any]
"""``callback(step, params)`` after every step; returning True ends the training."""

Metric = Callable[[Any, Any], float]
"""``metric(outputs, targets)``, such as `difflab.nn.accuracy`."""

_EVALUATIONS_BY_DEFAULT = 50


@dataclass(frozen=True)
class Trainer:
    """Settings of a training run; `fit` carries it out.

    Parameters
    ----------
    objective : callable
        ``objective(params, x, y)`` returns the mean loss of a batch; a `difflab.nn.Objective`, or
        any function of that form.
    optimizer : str or Optimizer
        A name such as ``"adam"``, or an optimizer with settings of your own.
    gradient : str or GradientProvider
        How to differentiate: ``"autodiff"``, ``"symbolic:cse"``, ...
    batch_size : int or None
        Samples per step; None takes all of them at every step.
    steps, epochs : int or None
        How long; give one of the two. An epoch sees every sample once: its last batch is kept when
        it is short, steps along its own mean, and counts by its size in the running loss.
    seed : int
        Decides the batches, together with the epoch; the provider has no part in it.
    shuffle : bool
        Whether epochs visit the samples in random order.
    evaluate_every : int or None
        Steps between evaluations of the full loss and of the validation set; None makes about 50
        in a run. The last step planned is always evaluated.
    metric : callable or None
        ``metric(outputs, targets)`` on the validation set; needs an objective with a ``model``.
    callbacks : sequence of callable
        Each is called as ``callback(step, params)`` after every step; True ends the run.
    progress : bool or None
        Whether to draw a progress bar; None does on a terminal.
    blow_up : float
        The run ends with `DivergenceError` when a batch's loss exceeds the initial loss (or the
        mean square of the targets, whichever is larger) by this factor.

    Examples
    --------
    >>> from difflab.nn import MLP, Objective, initialise, squared_error
    >>> net = MLP((1, 1))
    >>> x = np.array([[-1.0], [0.0], [1.0]])
    >>> trainer = Trainer(Objective(net, squared_error), optimizer("sgd", lr=0.5), steps=60)
    >>> result = trainer.fit(initialise(net, seed=0), x, 3 * x + 1)
    >>> (weights, biases), = result.params
    >>> weights.round(6), biases.round(6)
    (array([[3.]]), array([1.]))
    """

    objective: Loss
    optimizer: str | Optimizer
    gradient: str | GradientProvider = "autodiff"
    batch_size: int | None = None
    steps: int | None = None
    epochs: int | None = None
    seed: int = 0
    shuffle: bool = True
    evaluate_every: int | None = None
    metric: Metric | None = None
    callbacks: Sequence[Callback] = ()
    progress: bool | None = None
    blow_up: float = 1e6

    def __post_init__(self) -> None:
        check_settings_of_trainer(self)

    def _samples(self, params: Nest, x: Any, y: Any, kind: str) -> tuple[np.ndarray, np.ndarray]:
        x, y = as_samples(x, y, params, kind)
        loss = getattr(self.objective, "loss", None)
        if isinstance(loss, NetworkLoss) and y.ndim == 2:
            loss.check_targets(y)
        return x, y

    def total_steps(self, samples: int) -> int:
        """How many steps a run on so many samples takes."""
        if self.steps is not None:
            return self.steps
        return (self.epochs or 0) * steps_per_epoch(samples, self.batch_size)

    def fit(
        self,
        params: Nest,
        x: Any,
        y: Any,
        validation: tuple[Any, Any] | None = None,
        gradients: Gradients | None = None,
    ) -> TrainingResult:
        """Train.

        Parameters
        ----------
        params : nest of float arrays
            Where to start; stays as it is.
        x, y : array, shape (n, d) and (n, k)
            Training samples; converted to the dtype of the parameters.
        validation : (x, y) or None
            Samples to judge by.
        gradients : Gradients or None
            Gradients prepared before, for instance to estimate the price of the run.

        Returns
        -------
        TrainingResult
            Also after Ctrl-C, with ``interrupted=True`` and the last parameters.

        Raises
        ------
        DataError, ShapeError
            Before the first step, for samples that cannot be used.
        UnknownNameError
            Before the first step, for an optimizer or a provider that does not exist.
        DivergenceError
            At the first step whose loss or gradient is not finite, or whose loss has blown up.
        """
        x, y = self._samples(params, x, y, "training")
        if validation is not None:
            if not isinstance(validation, (tuple, list)) or len(validation) != 2:
                raise UsageError(
                    "the validation set is not a pair (x, y)",
                    f"it is {type(validation).__name__}",
                    "fit(params, x, y, validation=(x_val, y_val))",
                )
            validation = self._samples(params, *validation, "validation")
        if self.batch_size is not None and self.batch_size > len(x):
            raise UsageError(
                f"batches of {self.batch_size} samples were asked for, and there are {len(x)}",
                "a batch is a part of the data",
                f"batch_size={len(x)}, or None for all samples at every step",
            )
        if gradients is None:
            gradients = Gradients(self.objective, self.gradient)
        # a run that diverges overflows; the trainer explains that better than NumPy's warnings do
        with np.errstate(over="ignore", invalid="ignore", divide="ignore", under="ignore"):
            return _Run(self, params, x, y, validation, gradients).carry_out()


class _Reached(NamedTuple):
    """The last step that was completed: one object, so that Ctrl-C never finds half a step."""

    steps: int
    params: Nest
    state: State


class _Run:
    """One run in progress: what changes from step to step."""

    def __init__(
        self,
        trainer: Trainer,
        params: Nest,
        x: np.ndarray,
        y: np.ndarray,
        validation: tuple[np.ndarray, np.ndarray] | None,
        gradients: Gradients,
    ) -> None:
        self.trainer, self.x, self.y, self.validation = trainer, x, y, validation
        chosen = trainer.optimizer
        self.optimizer = optimizer(chosen) if isinstance(chosen, str) else chosen
        self.gradients = gradients
        self.total = trainer.total_steps(len(x))
        self.every = trainer.evaluate_every or max(1, self.total // _EVALUATIONS_BY_DEFAULT)
        self.reached = _Reached(0, params, self.optimizer.init(params))
        self.rows: list[Step] = []
        self.seconds = self.provider_seconds = 0.0
        self.loss_evaluations = 0
        self.epoch_sum, self.epoch_samples, self.epoch = 0.0, 0, 0
        # evaluated before the first step also to find out early whether shapes fit
        self.initial_loss = self._full_loss(params)
        self._validate(params)
        self.reference = max(self.initial_loss, float(np.mean(y * y)))

    def carry_out(self) -> TrainingResult:
        trainer = self.trainer
        stream = batches(len(self.x), trainer.batch_size, trainer.seed, trainer.shuffle)
        interrupted = stopped = False
        try:
            with progress_bar(self.total, trainer.progress) as show:
                for number, batch in enumerate(islice(stream, self.total), start=1):
                    row = self._step(number, batch)
                    show(number, row.running_loss)
                    answers = [callback(row, self.reached.params) for callback in trainer.callbacks]
                    if any(answers):  # asked after all of them were called
                        stopped = number < self.total
                        break
        except KeyboardInterrupt:
            interrupted = True
        steps, params, state = self.reached
        final_loss = self._full_loss(params)
        if self._blown_up(final_loss) and not interrupted:  # by the last update of all
            raise self._divergence(steps, final_loss, None, self.x)
        validation_loss, metric = self._validate(params)
        return TrainingResult(
            params=params,
            history=History(tuple(self.rows[:steps])),
            initial_loss=self.initial_loss,
            final_loss=final_loss,
            validation_loss=validation_loss,
            metric=metric,
            preparations=tuple(self.gradients.preparations),
            preparation_seconds=self.gradients.seconds,
            optimizer_state=state,
            interrupted=interrupted,
            stopped_early=stopped,
        )

    def _step(self, number: int, batch: Batch) -> Step:
        _, params, state = self.reached
        start = time.perf_counter()
        x, y = self.x[batch.rows], self.y[batch.rows]
        self.seconds += time.perf_counter() - start
        prepared = self.gradients.prepared(params, x, y)

        start = time.perf_counter()
        value, gradient = prepared.value_and_gradient(params, x, y)
        spent = time.perf_counter() - start
        self.provider_seconds += spent
        self.seconds += spent
        self.loss_evaluations += prepared.preparation.sizes.get("loss evaluations", 1)
        loss, norms = float(value), _norms(gradient)
        # a norm may overflow where the gradient itself does not, so the entries decide
        if self._blown_up(loss) or not (all(np.isfinite(norms)) or is_finite(gradient)):
            raise self._divergence(number, loss, gradient, x)

        start = time.perf_counter()
        params, state = self.optimizer.step(params, gradient, state)
        self.seconds += time.perf_counter() - start

        if batch.epoch != self.epoch:
            self.epoch_sum, self.epoch_samples, self.epoch = 0.0, 0, batch.epoch
        self.epoch_sum += loss * batch.size
        self.epoch_samples += batch.size
        due = number % self.every == 0 or number == self.total
        validation_loss, metric = self._validate(params) if due else (None, None)
        row = Step(
            step=number,
            epoch=batch.epoch,
            seconds=self.seconds,
            batch_loss=loss,
            running_loss=self.epoch_sum / self.epoch_samples,
            full_loss=self._full_loss(params) if due else None,
            validation_loss=validation_loss,
            metric=metric,
            gradient_norms=norms,
            samples=batch.size,
            loss_evaluations=self.loss_evaluations,
            gradient_calls=number,
            provider_seconds=self.provider_seconds,
        )
        self.rows.append(row)
        self.reached = _Reached(number, params, state)
        return row

    def _blown_up(self, loss: float) -> bool:
        if not np.isfinite(loss):
            return True
        return self.reference > 0 and loss > self.trainer.blow_up * self.reference

    def _divergence(
        self, number: int, loss: float, gradient: Nest | None, x: np.ndarray
    ) -> DivergenceError:
        params, f, lr = self.reached.params, self.trainer.objective, self.optimizer.lr
        return divergence_error(number, loss, gradient, params, x, f, lr, self.reference)

    def _full_loss(self, params: Nest) -> float:
        loss = self.trainer.objective(params, self.x, self.y)
        if np.ndim(loss) != 0:
            raise NonScalarLossError(
                f"the objective returned an array of shape {np.shape(loss)}",
                "training makes one number smaller",
                "reduce it: np.mean(...) or np.sum(...)",
            )
        return float(loss)

    def _validate(self, params: Nest) -> tuple[float | None, float | None]:
        if self.validation is None:
            return None, None
        x, y = self.validation
        loss = float(self.trainer.objective(params, x, y))
        if self.trainer.metric is None:
            return loss, None
        objective: Any = self.trainer.objective
        return loss, float(self.trainer.metric(objective.model(params, x), y))


def _norms(gradient: Nest) -> tuple[float, ...]:
    """L2 norm of the gradient of each layer."""
    return tuple(
        float(np.sqrt(sum(np.vdot(leaf, leaf) for leaf in flatten(member)[0])))
        for member in layer_members(gradient)
    )
