"""The trainer: gradient descent on a network, with any provider and any optimizer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from difflab.errors import UsageError
from difflab.nn.batches import steps_per_epoch
from difflab.nn.descent import Descent
from difflab.nn.early_stopping import EarlyStopping
from difflab.nn.gradients import Gradients
from difflab.nn.history import Step, TrainingResult
from difflab.nn.init import initialise
from difflab.nn.losses import Loss as NetworkLoss
from difflab.nn.losses import loss
from difflab.nn.mlp import MLP
from difflab.nn.objective import Objective
from difflab.nn.optimizers import Optimizer, WholeBatch
from difflab.nn.refusals import check_settings_of_trainer
from difflab.nn.samples import as_samples, set_apart
from difflab.providers import GradientProvider, Loss
from difflab.tree import Nest

Callback = Callable[[Step, Nest], Any]
"""``callback(step, params)`` after every step; returning True ends the training."""

Metric = Callable[[Any, Any], float]
"""``metric(outputs, targets)``, such as `difflab.nn.accuracy`."""


@dataclass(frozen=True)
class Trainer:
    """Settings of a training run; `fit` carries it out.

    Parameters
    ----------
    model : MLP or callable
        A network; or, with ``loss=None``, any function ``objective(params, x, y)`` that returns
        the mean loss of a batch, such as a `difflab.nn.Objective`.
    loss : str, Loss or None
        What compares the network's outputs with targets; a name of `difflab.nn.LOSSES`.
    optimizer : str, Optimizer or WholeBatch
        A name such as ``"adam"``, or an optimizer with settings of your own. With ``"lbfgs"`` and
        ``"newton"``, which hold the loop themselves, a step is one of their iterations.
    gradient : str or GradientProvider
        How to differentiate: ``"autodiff"``, ``"symbolic:cse"``, ...
    batch_size : int or None
        Samples per step; None takes all of them at every step.
    steps, epochs : int or None
        How long; give one of the two. An epoch sees every sample once: its last batch is kept when
        it is short, steps along its own mean, and counts by its size in the running loss.
    seed : int
        Decides the first parameters, and the batches together with the epoch; the provider has no
        part in either.
    shuffle : bool
        Whether epochs visit the samples in random order.
    initial : str
        How a network's parameters start; a name of `difflab.nn.SCHEMES`.
    dtype : str
        float64 or float32, of parameters that the trainer draws.
    l2 : float
        Weight of a penalty on a network's weights; see `difflab.nn.Objective`.
    evaluate_every : int or None
        Steps between evaluations of the full loss and of the validation set; None makes about 50
        in a run, at the ends of epochs where these were counted. The last step planned is always
        evaluated.
    metric : callable or None
        ``metric(outputs, targets)`` on the validation set; needs a network.
    callbacks : sequence of callable
        Each is called as ``callback(step, params)`` after every step; True ends the run.
    early_stopping : EarlyStopping or None
        Ends the run when the validation loss gets no better, and goes back to its best parameters.
    checkpoint : path or None
        File that is written at every evaluation, at the end, and after Ctrl-C; ``fit(resume=path)``
        goes on from there, bit for bit.
    progress : bool or None
        Whether to draw a progress bar and a table; None does on a terminal.
    blow_up : float
        The run ends with `DivergenceError` when a batch's loss exceeds the initial loss (or the
        mean square of the targets, whichever is larger) by this factor.
    threads : int or None
        Threads of matrix products while training. With one the bits do not depend on the machine's
        number of cores, and small matrices are quicker; None leaves them as they are.

    Examples
    --------
    >>> from difflab.nn import MLP, optimizer
    >>> x = np.array([[-1.0], [0.0], [1.0]])
    >>> trainer = Trainer(MLP((1, 1)), "squared-error", optimizer("sgd", lr=0.5), steps=60)
    >>> (weights, biases), = trainer.fit(x, 3 * x + 1).params
    >>> weights.round(6), biases.round(6)
    (array([[3.]]), array([1.]))
    """

    model: MLP | Loss
    loss: str | NetworkLoss | None = None
    optimizer: str | Optimizer | WholeBatch = "adam"
    gradient: str | GradientProvider = "autodiff"
    batch_size: int | None = None
    steps: int | None = None
    epochs: int | None = None
    seed: int = 0
    shuffle: bool = True
    initial: str = "torch"
    dtype: str = "float64"
    l2: float = 0.0
    evaluate_every: int | None = None
    metric: Metric | None = None
    callbacks: Sequence[Callback] = ()
    early_stopping: EarlyStopping | None = None
    checkpoint: str | Path | None = None
    progress: bool | None = None
    blow_up: float = 1e6
    threads: int | None = 1

    def __post_init__(self) -> None:
        check_settings_of_trainer(self)

    @property
    def objective(self) -> Loss:
        """What is minimised, ``objective(params, x, y)``."""
        if isinstance(self.model, MLP):
            chosen = loss(self.loss) if isinstance(self.loss, str) else self.loss
            assert chosen is not None  # refused before
            return Objective(self.model, chosen, self.l2)
        return self.model

    def total_steps(self, samples: int) -> int:
        """How many steps a run on so many samples takes."""
        if self.steps is not None:
            return self.steps
        return (self.epochs or 0) * steps_per_epoch(samples, self.batch_size)

    def fit(
        self,
        x: Any,
        y: Any,
        validation: tuple[Any, Any] | float | None = None,
        *,
        params: Nest | None = None,
        resume: str | Path | None = None,
        gradients: Gradients | None = None,
        optimizer_state: Any = None,
    ) -> TrainingResult:
        """Train.

        Parameters
        ----------
        x, y : array, shape (n, d) and (n, k)
            Training samples; converted to the dtype of the parameters.
        validation : (x, y), float or None
            Samples to judge by; a number is the share of the samples that is set apart, drawn by
            the seed.
        params : nest of float arrays, or None
            Where to start, which stays as it is; None draws a network's parameters from the seed.
        resume : path or None
            A checkpoint to go on from; its run has to be this one, but for its length, its early
            stopping and its provider. It may be longer than the checkpoint, and not shorter.
        gradients : Gradients or None
            Gradients prepared before, for instance to estimate the price of the run.
        optimizer_state : object or None
            What the optimizer starts with, such as the `TrainingResult.optimizer_state` of a run
            that this one goes on from; None is a fresh start.

        Returns
        -------
        TrainingResult
            Also after Ctrl-C, with ``interrupted=True`` and the last parameters.

        Raises
        ------
        DataError, ShapeError
            Before the first step, for samples or a checkpoint that cannot be used.
        UnknownNameError
            Before the first step, for an optimizer or a provider that does not exist.
        UsageError
            Before the first step, for settings that contradict the samples, the checkpoint or one
            another.
        OutputError
            When the checkpoint cannot be written.
        DivergenceError
            At the first step whose loss or gradient is not finite, or whose loss has blown up.
        """
        objective = self.objective if gradients is None else gradients.objective
        params = self._start(objective) if params is None else params
        x, y = self._samples(objective, params, x, y, "training")
        if isinstance(validation, (tuple, list)) and len(validation) == 2:
            validation = self._samples(objective, params, *validation, "validation")
        elif validation is not None:
            x, y, validation = set_apart(x, y, validation, self.seed)
        self._check_monitor(validation is not None)
        if self.batch_size is not None and self.batch_size > len(x):
            raise UsageError(
                f"batches of {self.batch_size} samples were asked for, and there are {len(x)}",
                "a batch is a part of the data",
                f"batch_size={len(x)}, or None for all samples at every step",
            )
        if gradients is None:
            gradients = Gradients(objective, self.gradient)
        # a run that diverges overflows; the trainer explains that better than NumPy's warnings do
        with (
            np.errstate(over="ignore", invalid="ignore", divide="ignore", under="ignore"),
            threadpool_limits(self.threads, user_api="blas"),
        ):
            run = Descent(self, params, x, y, validation, gradients, resume, optimizer_state)
            return run.carry_out()

    def _check_monitor(self, validated: bool) -> None:
        rule = self.early_stopping
        if rule is None or rule.monitor == "full_loss":
            return
        if not validated or (rule.monitor == "metric" and self.metric is None):
            raise UsageError(
                f"early stopping watches the {rule.monitor}, and there is none",
                "no metric was given" if validated else "no validation set was given",
                "fit(x, y, validation=0.2), or EarlyStopping(monitor='full_loss')",
            )

    def _start(self, objective: Any) -> Nest:
        model = getattr(objective, "model", None)
        if not isinstance(model, MLP):
            raise UsageError(
                "there are no parameters to start from",
                "they can be drawn for a network only, and the objective is a function",
                "fit(x, y, params=...)",
            )
        return initialise(model, self.seed, self.initial, self.dtype)

    def _samples(
        self, objective: Any, params: Nest, x: Any, y: Any, kind: str
    ) -> tuple[np.ndarray, np.ndarray]:
        x, y = as_samples(x, y, params, kind)
        loss = getattr(objective, "loss", None)
        if isinstance(loss, NetworkLoss) and y.ndim == 2:
            loss.check_targets(y)
        return x, y
