"""Running a task with any provider: train, judge, compare with the expected numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from difflab import nn, providers
from difflab.nn import Gradients, Trainer, TrainingResult
from difflab.providers import GradientProvider
from difflab.tasks.price import Price, estimate, refuse_absurd
from difflab.tasks.settings import Settings
from difflab.tasks.task import Check, Task


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
    training : TrainingResult
        Parameters, history, losses.
    measured : mapping of str to float
        "loss" and, where there are validation data, "validation loss" and the task's metric, then
        the facts of the task.
    checks : sequence of Check
        Expected numbers that hold for these settings, beside what was measured.
    """

    task: Task
    settings: Settings
    provider: str
    price: Price
    training: TrainingResult
    measured: Mapping[str, float]
    checks: Sequence[Check]


def run(
    task: Task,
    gradient: str | GradientProvider = "autodiff",
    settings: Settings | None = None,
    *,
    confirmed: bool = False,
    progress: bool | None = False,
    announce: Callable[[Price], Any] | None = None,
    callbacks: Sequence[Callable[..., Any]] = (),
) -> TaskResult:
    """Train the task's network.

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

    Returns
    -------
    TaskResult

    Raises
    ------
    UsageError
        When the run would take absurdly long and is not confirmed.
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
    provider = providers.get(gradient)
    data = task.dataset(settings)
    objective = task.objective(settings)
    params = task.parameters(settings)
    gradients = Gradients(objective, provider)
    trainer = Trainer(
        objective,
        None,
        nn.optimizer(settings.optimizer, lr=settings.lr),
        provider,
        batch_size=settings.batch_size,
        steps=settings.steps,
        seed=settings.seed,
        metric=task.metric,
        progress=progress,
        callbacks=callbacks,
    )
    x, y = nn.as_samples(data.x, data.y, params)
    size = settings.batch_size or len(x)
    price = estimate(gradients, objective, params, x[:size], y[:size], settings.steps)
    if announce is not None:
        announce(price)
    if not confirmed:
        refuse_absurd(price, provider.name)
    training = trainer.fit(x, y, data.validation, params=params, gradients=gradients)
    measured = _measured(task, training)
    if task.facts is not None:
        measured.update(task.facts(settings, data))
        measured.update(_distance_to_closed_form(measured))
    return TaskResult(
        task,
        settings,
        provider.name,
        price,
        training,
        measured,
        task.check(settings, measured),
    )


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
