"""Running a task with any provider: train, judge, compare with the expected numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from threadpoolctl import threadpool_limits

from difflab import nn, providers
from difflab.datasets import Dataset
from difflab.errors import UsageError
from difflab.nn import Gradients, Trainer, TrainingResult
from difflab.providers import GradientProvider, Loss
from difflab.tasks.experiment import Conditions
from difflab.tasks.price import Price, estimate, refuse_absurd
from difflab.tasks.rows import Rows
from difflab.tasks.settings import Settings
from difflab.tasks.task import Check, Task
from difflab.tree import Nest


@dataclass(frozen=True)
class TaskResult:
    """What came of a run.

    Attributes
    ----------
    task : Task
    settings : Settings
    provider : str
        Spec of the provider.
    price : Price
        What the run was expected to cost.
    training : TrainingResult or None
        Parameters, history, losses; None for an experiment of several runs.
    measured : mapping of str to float
        "loss" and, where there are validation data, "validation loss" and the task's metric, then
        the facts of the task, then what its rows add up to.
    checks : sequence of Check
        Expected numbers that hold for these settings, beside what was measured.
    rows : sequence of mapping
        What the task shows: runs of an experiment, or what a single run exhibits.
    """

    task: Task
    settings: Settings
    provider: str
    price: Price
    training: TrainingResult | None
    measured: Mapping[str, float]
    checks: Sequence[Check]
    rows: Rows = ()

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C ended the run."""
        return self.training is not None and self.training.interrupted

    @property
    def lesson(self) -> str:
        """What was learned, in a sentence; empty for a run that was interrupted."""
        return "" if self.interrupted else self.task.learned(self.measured)


def run(
    task: Task,
    gradient: str | GradientProvider = "autodiff",
    settings: Settings | None = None,
    *,
    confirmed: bool = False,
    progress: bool | None = False,
    announce: Callable[[Price], Any] | None = None,
    callbacks: Sequence[Callable[..., Any]] = (),
    **trainer: Any,
) -> TaskResult:
    """Carry out a task: train its network, or its experiment.

    Parameters
    ----------
    task : Task
    gradient : str or GradientProvider
        How to differentiate.
    settings : Settings or None
        The task's own where None.
    confirmed : bool
        Run also what would take very long.
    progress : bool or None
        Whether to draw a progress bar; None does on a terminal.
    announce : callable or None
        Called with the price before the run starts.
    callbacks : sequence of callable
        For `difflab.nn.Trainer`.
    **trainer
        Further settings of the trainer of a single run, such as ``checkpoint``, and ``resume``.

    Returns
    -------
    TaskResult

    Raises
    ------
    UsageError
        When the run would take absurdly long and is not confirmed, an experiment is given what
        only a single run has, or a setting is changed that the task fixes.
    DivergenceError
        When it diverges.

    Examples
    --------
    >>> from difflab import tasks
    >>> result = run(tasks.get("simplest"))
    >>> round(result.measured["loss"], 8), result.checks[-1].within
    (0.00250238, True)
    """
    settings = settings or task.settings
    task.refuse_others(settings)
    conditions = Conditions(task, settings, providers.get(gradient), progress, callbacks)
    with threadpool_limits(1, user_api="blas"):  # prices are those of the run, see `Trainer`
        if task.experiment is not None:
            return _experiment(conditions, task.experiment, confirmed, announce, trainer)
        return _single(conditions, confirmed, announce, trainer)


def price_of(conditions: Conditions, data: Dataset | None = None) -> tuple[Price, Gradients]:
    """Prepare one typical gradient of a task and price all that it takes.

    Parameters
    ----------
    conditions : Conditions
    data : Dataset or None
        The task's, where it was made before.
    """
    objective, params, x, y, steps = typical_gradient(conditions.task, conditions.settings, data)
    gradients = Gradients(objective, conditions.provider)
    return estimate(gradients, objective, params, x, y, steps), gradients


def typical_gradient(
    task: Task, settings: Settings, data: Dataset | None = None
) -> tuple[Loss, Nest, Any, Any, int]:
    """What a typical gradient of a task is taken of, and how many gradients there are.

    Parameters
    ----------
    task : Task
    settings : Settings
    data : Dataset or None
        The task's, where it was made before.

    Returns
    -------
    objective, params, x, y, count
    """
    experiment = task.experiment
    if experiment is not None and experiment.sample is not None:
        objective, params, x, y = experiment.sample(task, settings)
        return objective, params, *nn.as_samples(x, y, params), experiment.gradients(settings)
    data = task.dataset(settings) if data is None else data
    objective, params = task.objective(settings), task.parameters(settings)
    size = settings.batch_size or data.samples
    x, y = nn.as_samples(data.x[:size], data.y[:size], params)
    of_experiment = experiment is not None and experiment.gradients(settings)
    return objective, params, x, y, of_experiment or settings.total_steps(data.samples)


def _told(
    conditions: Conditions,
    confirmed: bool,
    announce: Callable[[Price], Any] | None,
    data: Dataset | None = None,
) -> tuple[Price, Gradients]:
    price, gradients = price_of(conditions, data)
    if announce is not None:
        announce(price)
    if not confirmed:
        refuse_absurd(price, conditions.provider.name)
    return price, gradients


def _single(
    conditions: Conditions,
    confirmed: bool,
    announce: Callable[[Price], Any] | None,
    options: dict[str, Any],
) -> TaskResult:
    task, settings = conditions.task, conditions.settings
    data, resume = task.dataset(settings), options.pop("resume", None)
    price, gradients = _told(conditions, confirmed, announce, data)
    trainer = Trainer(
        gradients.objective,
        None,
        settings.make_optimizer(data.samples),
        conditions.provider,
        batch_size=settings.batch_size,
        steps=settings.total_steps(data.samples) if settings.epochs is None else None,
        epochs=settings.epochs,
        seed=settings.seed,
        metric=task.metric,
        progress=conditions.progress,
        callbacks=conditions.callbacks,
        **options,
    )
    training = trainer.fit(
        data.x, data.y, data.validation,
        params=task.parameters(settings), gradients=gradients, resume=resume,
    )  # fmt: skip
    rows = evaluations(training)
    if task.exhibit is not None and not training.interrupted:
        rows = task.exhibit(conditions, training, data)
    measured = _measured(task, training)
    if task.facts is not None:
        measured.update(task.facts(settings, data))
        measured.update(_distance_to_closed_form(measured))
    return _result(conditions, price, training, measured, rows)


def _experiment(
    conditions: Conditions,
    experiment: Any,
    confirmed: bool,
    announce: Callable[[Price], Any] | None,
    options: dict[str, Any],
) -> TaskResult:
    given = [name.replace("_", " ") for name, value in options.items() if value is not None]
    if given:
        raise UsageError(
            f"{conditions.task.name} is an experiment of many runs, and has no {given[0]}",
            "that belongs to a single run",
            "a task that trains one network, such as sincos",
        )
    price, _ = _told(conditions, confirmed, announce)
    rows = experiment.carry_out(conditions)
    measured: dict[str, float] = {}
    if conditions.task.facts is not None:
        data: Dataset = conditions.task.dataset(conditions.settings)
        measured.update(conditions.task.facts(conditions.settings, data))
    return _result(conditions, price, None, measured, rows)


def _result(
    conditions: Conditions,
    price: Price,
    training: TrainingResult | None,
    measured: dict[str, float],
    rows: Rows,
) -> TaskResult:
    task, settings = conditions.task, conditions.settings
    if task.summary is not None and rows:
        measured.update(task.summary(rows))
    checks = task.check(settings, measured)
    return TaskResult(
        task, settings, conditions.provider.name, price, training, measured, checks, rows
    )


def evaluations(training: TrainingResult) -> Rows:
    """The evaluations of a run as rows: step, losses, metric, seconds."""
    return [
        {
            "step": step.step,
            "epoch": step.epoch,
            "running loss": step.running_loss,
            "full loss": step.full_loss,
            "validation loss": step.validation_loss,
            "metric": step.metric,
        }
        for step in training.history
        if step.full_loss is not None
    ]


def _measured(task: Task, training: TrainingResult) -> dict[str, float]:
    measured = {"loss": training.final_loss}
    if training.validation_loss is not None:
        measured["validation loss"] = training.validation_loss
    if training.metric is not None:
        measured[task.metric_name] = training.metric
    return measured


def _distance_to_closed_form(measured: Mapping[str, float]) -> dict[str, float]:
    if "closed-form loss" not in measured:
        return {}
    return {"loss above closed form": measured["loss"] - measured["closed-form loss"]}
