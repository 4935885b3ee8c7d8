"""Settings of a training run, and how a user overrides them by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from difflab.errors import UsageError, unknown_name
from difflab.nn.batches import steps_per_epoch
from difflab.nn.optimizers import Optimizer, WholeBatch, optimizer
from difflab.nn.optimizers.schedules import Scheduled, schedule_of


@dataclass(frozen=True)
class Settings:
    """Everything that determines a run, except how gradients are taken.

    Attributes
    ----------
    widths : tuple of int
        Inputs, hidden layers, outputs.
    activation, output : str
        Of the hidden layers and of the last one; names of `difflab.nn.ACTIVATIONS`, or
        expressions of your own such as ``"z/(1 + exp(-z))"``.
    loss : str
        A name of `difflab.nn.LOSSES`.
    optimizer : str
        A name of `difflab.nn.OPTIMIZERS`.
    lr : float
        Learning rate.
    steps : int
        Updates of the parameters.
    epochs : int or None
        Passes over the data; decides in place of ``steps`` where it is given.
    batch_size : int or None
        Samples per step; None takes all of them.
    initial : str
        How parameters start; a name of `difflab.nn.SCHEMES`.
    standardised : bool
        Whether input columns are shifted and scaled to mean 0 and deviation 1.
    dtype : str
        float64 or float32.
    seed : int
        Of parameters and batches; the data have their own, fixed one.
    schedule : str
        How the learning rate changes, such as ``"cosine,warmup=100"``; see
        `difflab.nn.schedule_of`.
    l2 : float
        Weight of the penalty l2/2 times the sum of squared weights.
    options : tuple of (name, value)
        Further settings that the task alone has; a value given by name has the type of the task's
        own.
    """

    widths: tuple[int, ...]
    activation: str = "tanh"
    output: str = "identity"
    loss: str = "squared-error"
    optimizer: str = "adam"
    lr: float = 1e-3
    steps: int = 1000
    batch_size: int | None = None
    initial: str = "torch"
    standardised: bool = True
    dtype: str = "float64"
    seed: int = 0
    schedule: str = "constant"
    l2: float = 0.0
    epochs: int | None = None
    options: tuple[tuple[str, Any], ...] = ()

    def option(self, name: str) -> Any:
        """Value of a setting that the task alone has.

        Examples
        --------
        >>> Settings((1, 1), options=(("restarts", 50),)).option("restarts")
        50
        """
        return dict(self.options)[name]

    def with_options(self, **values: Any) -> Settings:
        """The same settings with other values of some options.

        Examples
        --------
        >>> Settings((1, 1), options=(("restarts", 50),)).with_options(restarts=3).options
        (('restarts', 3),)
        """
        changed = {**dict(self.options), **values}
        return replace(self, options=tuple(changed.items()))

    def total_steps(self, samples: int) -> int:
        """Updates on so many samples: ``steps``, or ``epochs`` times the batches of one.

        Examples
        --------
        >>> Settings((1, 1), batch_size=64, epochs=2).total_steps(100)
        4
        """
        if self.epochs is None:
            return self.steps
        return self.epochs * steps_per_epoch(samples, self.batch_size)

    def make_optimizer(self, samples: int) -> Optimizer | WholeBatch:
        """The optimizer that a run on so many samples uses, with its schedule.

        Raises
        ------
        UsageError
            For a schedule that cannot be read, or an optimizer that has none.

        Examples
        --------
        >>> Settings((1, 1), optimizer="sgd", lr=0.1).make_optimizer(100).lr
        0.1
        """
        made = optimizer(self.optimizer, lr=self.lr)
        if self.schedule == "constant":
            return made
        if not isinstance(made, Optimizer):
            raise UsageError(
                f"{self.optimizer} follows no schedule",
                "it finds the length of every step by itself",
                "--set schedule=constant, or another optimizer",
            )
        return Scheduled(made, schedule_of(self.schedule, self.lr, self.total_steps(samples)))


def _widths(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.replace(",", "-").split("-"))


def _count(text: str) -> int:
    if int(text) < 1:
        raise ValueError(text)
    return int(text)


def _seed(text: str) -> int:
    if int(text) < 0:
        raise ValueError(text)
    return int(text)


def _batch_size(text: str) -> int | None:
    return None if text.lower() in ("all", "none", "full") else _count(text)


def _truth(text: str) -> bool:
    if text.lower() not in ("yes", "no", "true", "false"):
        raise ValueError(text)
    return text.lower() in ("yes", "true")


def _share(text: str) -> float:
    if not 0 <= float(text) < float("inf"):
        raise ValueError(text)
    return float(text)


def _dtype(text: str) -> str:
    if text not in ("float64", "float32"):
        raise ValueError(text)
    return text


_PARSERS: dict[str, tuple[Callable[[str], Any], str]] = {
    "widths": (_widths, "widths=2-16-16-1"),
    "width": (_count, "width=16, for every hidden layer"),
    "activation": (str, "activation=relu"),
    "output": (str, "output=identity"),
    "loss": (str, "loss=squared-error"),
    "optimizer": (str, "optimizer=adam"),
    "lr": (float, "lr=0.01"),
    "steps": (_count, "steps=500"),
    "batch_size": (_batch_size, "batch_size=64, or batch_size=all"),
    "initial": (str, "initial=glorot"),
    "standardised": (_truth, "standardised=no"),
    "dtype": (_dtype, "dtype=float32 or dtype=float64"),
    "seed": (_seed, "seed=1, from 0 on"),
    "schedule": (str, "schedule=cosine,warmup=100"),
    "l2": (_share, "l2=0.001"),
    "epochs": (_count, "epochs=5"),
}


def _like(own: Any) -> tuple[Callable[[str], Any], str]:
    """How a task's own setting is read: as what it is, with the task's value as the example."""
    if isinstance(own, bool):
        return _truth, "yes or no"
    if isinstance(own, tuple):
        kind = type(own[0])
        return (lambda text: tuple(kind(part) for part in text.split(","))), ",".join(map(str, own))
    if isinstance(own, int):
        return _count, str(own)
    return type(own), str(own)


def override(settings: Settings, assignments: Sequence[str]) -> Settings:
    """Apply overrides written as ``name=value``.

    Parameters
    ----------
    settings : Settings
    assignments : sequence of str
        Names are the fields of `Settings`, the task's own options, and ``width`` for all hidden
        layers at once.

    Raises
    ------
    UnknownNameError
        For a setting that does not exist, with the nearest names.
    UsageError
        For a value that cannot be read or is out of range, and for a setting given twice.

    Examples
    --------
    >>> changed = override(Settings((2, 64, 64, 1)), ["width=16", "lr=0.1"])
    >>> changed.widths, changed.lr
    ((2, 16, 16, 1), 0.1)
    """
    seen: set[str] = set()
    for assignment in assignments:
        name, equals, value = (part.strip() for part in assignment.partition("="))
        name = name.replace("-", "_")
        if not equals:
            raise UsageError(
                f"{assignment!r} sets nothing", "a setting is written name=value", "--set lr=0.01"
            )
        own = dict(settings.options)
        if name not in _PARSERS and name not in own:
            raise unknown_name("setting", name, [*_PARSERS, *own], "difflab train --help")
        parse, example = _PARSERS[name] if name in _PARSERS else _like(own[name])
        example = example if name in _PARSERS else f"{name}={example}"
        try:
            parsed = parse(value)
        except ValueError:
            raise UsageError(
                f"{value!r} is no value for {name}",
                "it cannot be read, or is out of range",
                f"--set {example}",
            ) from None
        if name in seen:
            raise UsageError(
                f"{name} is set twice", "one of the two would be ignored", f"--set {name}={value}"
            )
        if {name, *seen} >= {"steps", "epochs"}:
            raise UsageError(
                "both steps and epochs are set",
                "each says how long the run is, and one of the two would be ignored",
                f"--set {assignment}, without the other",
            )
        seen.add(name)
        if name == "steps":
            settings = replace(settings, epochs=None)
        if name == "width":
            inner = (parsed,) * (len(settings.widths) - 2)
            if not inner:
                raise UsageError(
                    "there is no hidden layer whose width could be set",
                    f"the widths are {'-'.join(map(str, settings.widths))}",
                    "--set widths=2-16-1",
                )
            settings = replace(settings, widths=(settings.widths[0], *inner, settings.widths[-1]))
        elif name in own:
            settings = settings.with_options(**{name: parsed})
        else:
            settings = replace(settings, **{name: parsed})
    return settings


def differences(settings: Settings, other: Settings) -> tuple[str, ...]:
    """Name the fields in which two settings differ.

    Examples
    --------
    >>> differences(Settings((1, 1)), Settings((1, 1), lr=0.5))
    ('lr',)
    """
    names = (field.name for field in fields(Settings))
    return tuple(name for name in names if getattr(settings, name) != getattr(other, name))
