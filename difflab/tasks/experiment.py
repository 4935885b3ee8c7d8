"""An experiment: a task of several runs, whose rows are compared with one another.

It is given the task's settings and one provider, trains as often as it has to, and returns rows;
what is measured, drawn and learned are pure functions of these.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from difflab.nn import Gradients, Trainer, TrainingResult
from difflab.providers import GradientProvider, Loss
from difflab.tasks.rows import Rows
from difflab.tasks.settings import Settings
from difflab.tree import Nest

if TYPE_CHECKING:
    from difflab.datasets import Dataset
    from difflab.tasks.task import Task


@dataclass(frozen=True)
class Conditions:
    """What an experiment is given.

    Attributes
    ----------
    task : Task
    settings : Settings
    provider : GradientProvider
        Takes all gradients.
    progress : bool or None
        Whether runs draw a bar; None does on a terminal.
    callbacks : sequence of callable
        For every `difflab.nn.Trainer`.
    """

    task: Task
    settings: Settings
    provider: GradientProvider
    progress: bool | None = False
    callbacks: Sequence[Callable[..., Any]] = ()

    def train(
        self,
        settings: Settings | None = None,
        *,
        data: Dataset | None = None,
        params: Nest | None = None,
        objective: Loss | None = None,
        **trainer: Any,
    ) -> TrainingResult:
        """Train once.

        Parameters
        ----------
        settings : Settings or None
            The experiment's own where None; usually ``replace(conditions.settings, ...)``.
        data, params, objective
            Those of the task under the settings where None.
        **trainer
            Further settings of `difflab.nn.Trainer`, such as ``early_stopping``.
        """
        settings = settings or self.settings
        data = self.task.dataset(settings) if data is None else data
        objective = self.task.objective(settings) if objective is None else objective
        params = self.task.parameters(settings) if params is None else params
        usual: dict[str, Any] = {
            "batch_size": settings.batch_size,
            "steps": settings.total_steps(data.samples),
            "seed": settings.seed,
            "metric": self.task.metric,
            "progress": self.progress,
            "callbacks": self.callbacks,
            "evaluate_every": settings.total_steps(data.samples),
        }
        chosen = Trainer(
            objective,
            None,
            settings.make_optimizer(data.samples),
            self.provider,
            **{**usual, **trainer},
        )
        return chosen.fit(
            data.x, data.y, data.validation, params=params,
            gradients=Gradients(objective, self.provider),
        )  # fmt: skip

    def changed(self, **settings: Any) -> Conditions:
        """The same conditions with other settings."""
        return replace(self, settings=replace(self.settings, **settings))


@dataclass(frozen=True)
class Experiment:
    """Several runs, and how many gradients they take.

    Attributes
    ----------
    carry_out : callable
        ``carry_out(conditions) -> rows``.
    gradients : callable
        ``gradients(settings) -> int``, for the price.
    sample : callable or None
        ``sample(task, settings) -> (objective, params, x, y)``: a typical gradient of the
        experiment, for the price; the task's own where None.
    """

    carry_out: Callable[[Conditions], Rows]
    gradients: Callable[[Settings], int]
    sample: Callable[[Task, Settings], tuple[Loss, Nest, Any, Any]] | None = None
