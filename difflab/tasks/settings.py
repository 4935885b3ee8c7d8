"""Settings of a training run, and how a user overrides them by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from difflab.errors import UsageError, unknown_name


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
    return None if text in ("all", "none", "full") else _count(text)


def _truth(text: str) -> bool:
    if text.lower() not in ("yes", "no", "true", "false"):
        raise ValueError(text)
    return text.lower() in ("yes", "true")


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
}


def override(settings: Settings, assignments: Sequence[str]) -> Settings:
    """Apply overrides written as ``name=value``.

    Parameters
    ----------
    settings : Settings
    assignments : sequence of str
        Names are the fields of `Settings`, and ``width`` for all hidden layers at once.

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
        if name not in _PARSERS:
            raise unknown_name("setting", name, _PARSERS, "difflab train --help")
        parse, example = _PARSERS[name]
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
        seen.add(name)
        if name == "width":
            inner = (parsed,) * (len(settings.widths) - 2)
            if not inner:
                raise UsageError(
                    "there is no hidden layer whose width could be set",
                    f"the widths are {'-'.join(map(str, settings.widths))}",
                    "--set widths=2-16-1",
                )
            settings = replace(settings, widths=(settings.widths[0], *inner, settings.widths[-1]))
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
