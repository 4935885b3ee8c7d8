"""Many networks of one form in one array, as an experiment's settings ask for them."""

from __future__ import annotations

from difflab import nn
from difflab.errors import UsageError
from difflab.nn import Stack, stacked
from difflab.nn.optimizers import WHOLE_BATCH
from difflab.tasks.settings import Settings
from difflab.tasks.task import Task
from difflab.tree import Nest


def stack_of(task: Task, settings: Settings, form: nn.MLP) -> Stack:
    """The summed loss of networks of a form.

    Raises
    ------
    UsageError
        For a method that would choose one step for all networks together.
    """
    if settings.optimizer in WHOLE_BATCH:
        raise UsageError(
            f"{settings.optimizer} cannot train networks side by side",
            "it would choose one length of step for all of them, and each is to go its own way",
            "--optimizer adam",
        )
    return Stack(form, task.objective(settings).loss, settings.l2)


def networks(settings: Settings, form: nn.MLP, count: int) -> Nest:
    """Parameters of so many networks, each drawn from a seed of its own, counted from the run's."""
    seeds = range(settings.seed, settings.seed + count)
    return stacked([nn.initialise(form, s, settings.initial, settings.dtype) for s in seeds])
