"""Schedules: the learning rate of every step as a pure function of its number.

Steps are counted from 1, and the first is taken with ``schedule(1)``. The formulas are those of
`torch.optim.lr_scheduler`, which counts from 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi
from numbers import Real
from typing import Any, Protocol, runtime_checkable

from difflab.errors import UsageError


@runtime_checkable
class Schedule(Protocol):
    """A learning rate for every step; immutable and picklable."""

    def __call__(self, step: int) -> float:
        """Return the learning rate of a step, counted from 1."""
        ...


@dataclass(frozen=True)
class Constant:
    """The same learning rate at every step.

    Examples
    --------
    >>> Constant(0.1)(1000)
    0.1
    """

    lr: float

    def __post_init__(self) -> None:
        _check_number(self, "lr", self.lr)

    def __call__(self, step: int) -> float:  # noqa: ARG002 - one signature for all schedules
        """Return the learning rate."""
        return self.lr


@dataclass(frozen=True)
class StepDecay:
    """A factor every so many steps: lr factor^floor((t - 1) / every); torch's `StepLR`.

    Examples
    --------
    >>> schedule = StepDecay(0.1, every=2, factor=0.5)
    >>> [schedule(step) for step in (1, 2, 3, 4, 5)]
    [0.1, 0.1, 0.05, 0.05, 0.025]
    """

    lr: float
    every: int
    factor: float = 0.1

    def __post_init__(self) -> None:
        _check_number(self, "lr", self.lr)
        _check_count(self, "every", self.every)
        _check_number(self, "factor", self.factor)

    def __call__(self, step: int) -> float:
        """Return the learning rate of a step, counted from 1."""
        return self.lr * self.factor ** ((step - 1) // self.every)


@dataclass(frozen=True)
class Cosine:
    """Half a cosine from the learning rate down to a floor; torch's `CosineAnnealingLR`.

    ::

        floor + (lr - floor) (1 + cos(pi (t - 1) / steps)) / 2

    After ``steps`` steps it stays at the floor, where PyTorch's would rise again. Loshchilov and
    Hutter (2017), equation 5, without restarts.

    Examples
    --------
    >>> schedule = Cosine(0.1, steps=4, floor=0.02)
    >>> [round(schedule(step), 6) for step in (1, 2, 3, 4, 5, 6)]
    [0.1, 0.088284, 0.06, 0.031716, 0.02, 0.02]
    """

    lr: float
    steps: int
    floor: float = 0.0

    def __post_init__(self) -> None:
        _check_number(self, "lr", self.lr)
        _check_count(self, "steps", self.steps)
        _check_number(self, "floor", self.floor)
        if self.floor > self.lr:
            raise UsageError(
                f"floor = {self.floor:g} lies above the learning rate {self.lr:g}",
                "a cosine schedule falls from the learning rate to the floor",
                f"floor={self.lr / 100:.2g}",
            )

    def __call__(self, step: int) -> float:
        """Return the learning rate of a step, counted from 1."""
        way = min(step - 1, self.steps) / self.steps
        return self.floor + (self.lr - self.floor) * (1 + cos(pi * way)) / 2


@dataclass(frozen=True)
class Warmup:
    """A straight rise to the first learning rate of another schedule, which follows.

    ::

        then(1) t / steps      for t = 1 ... steps,      then(t - steps) afterwards

    In PyTorch: `SequentialLR` of a `LinearLR` with start_factor 1 / steps and another scheduler.

    Examples
    --------
    >>> schedule = Warmup(4, Constant(0.1))
    >>> [round(schedule(step), 6) for step in (1, 2, 3, 4, 5)]
    [0.025, 0.05, 0.075, 0.1, 0.1]
    """

    steps: int
    then: Schedule

    def __post_init__(self) -> None:
        _check_count(self, "steps", self.steps)
        if not is_schedule(self.then):
            raise UsageError(
                f"then = {self.then!r} is no schedule",
                "after the rise the steps follow another one",
                "Warmup(100, Constant(0.01))",
            )

    def __call__(self, step: int) -> float:
        """Return the learning rate of a step, counted from 1."""
        if step <= self.steps:
            return self.then(1) * step / self.steps
        return self.then(step - self.steps)


def is_schedule(value: Any) -> bool:
    """Whether a value gives a learning rate for every step; a class of schedules does not.

    Examples
    --------
    >>> is_schedule(Constant(0.1)), is_schedule(0.1), is_schedule(Constant)
    (True, False, False)
    """
    return isinstance(value, Schedule) and not isinstance(value, type)


def _check_number(schedule: Any, name: str, value: Any) -> None:
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    if not is_number or not 0 <= float(value) < float("inf"):
        raise UsageError(
            f"{name} = {value!r} is no setting for {type(schedule).__name__}",
            "it has to be a number, 0 or more",
            f"{type(schedule).__name__} with {name}=0.1",
        )
    object.__setattr__(schedule, name, float(value))


def _check_count(schedule: Any, name: str, value: Any) -> None:
    if type(value) is not int or value < 1:
        raise UsageError(
            f"{name} = {value!r} is no setting for {type(schedule).__name__}",
            "it counts steps: 1, 2, ...",
            f"{type(schedule).__name__} with {name}=100",
        )
