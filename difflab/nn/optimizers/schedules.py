"""Optimizers that follow a learning-rate schedule, and schedules written as text."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from difflab.errors import UsageError, unknown_name
from difflab.nn.optimizers.protocol import Optimizer, State
from difflab.nn.optimizers.rates import (
    Constant,
    Cosine,
    Schedule,
    StepDecay,
    Warmup,
    is_schedule,
)
from difflab.tree import Nest


class ScheduledState(NamedTuple):
    """Steps taken, and the state of the optimizer inside."""

    steps: int
    inner: State


@dataclass(frozen=True)
class Scheduled:
    """An optimizer whose learning rate follows a schedule.

    Parameters
    ----------
    optimizer : Optimizer
        Its own learning rate becomes that of the first step.
    schedule : Schedule

    Examples
    --------
    >>> from difflab.nn.optimizers import SGD
    >>> halving = Scheduled(SGD(), StepDecay(0.1, every=1, factor=0.5))
    >>> w, state = 1.0, halving.init(1.0)
    >>> for _ in range(2):
    ...     w, state = halving.step(w, 1.0, state)
    >>> round(w, 6), state.steps  # 1 - 0.1 - 0.05
    (0.85, 2)
    """

    optimizer: Optimizer
    schedule: Schedule

    def __post_init__(self) -> None:
        for name, is_one, instead in (
            ("optimizer", _follows(self.optimizer), "Adam()"),
            ("schedule", is_schedule(self.schedule), "Cosine(0.01, steps=1000)"),
        ):
            if not is_one:
                raise UsageError(
                    f"{name} = {getattr(self, name)!r} is no {name} that can be used here",
                    "a scheduled optimizer is a rule such as Adam and a learning rate per step",
                    f"{name}={instead}",
                )
        object.__setattr__(self, "optimizer", _at(self.optimizer, self.schedule(1)))

    @property
    def lr(self) -> float:
        """Learning rate of the first step."""
        return self.optimizer.lr

    def init(self, params: Nest) -> ScheduledState:
        """Return the state before the first step."""
        return ScheduledState(0, self.optimizer.init(params))

    def step(
        self, params: Nest, gradient: Nest, state: ScheduledState
    ) -> tuple[Nest, ScheduledState]:
        """Take one step with the learning rate of its number."""
        count = state.steps + 1
        now = _at(self.optimizer, self.schedule(count))
        params, inner = now.step(params, gradient, state.inner)
        return params, ScheduledState(count, inner)


def _follows(optimizer: Any) -> bool:
    """Whether an optimizer has a learning rate that can be replaced."""
    settings = getattr(optimizer, "__dataclass_fields__", {})
    is_rule = isinstance(optimizer, Optimizer) and not isinstance(optimizer, type)
    return is_rule and "lr" in settings


def _at(optimizer: Optimizer, lr: float) -> Optimizer:
    if lr == optimizer.lr:
        return optimizer
    changed: Any = optimizer
    return replace(changed, lr=lr)


SCHEDULES: dict[str, tuple[str, ...]] = {
    "constant": (),
    "step": ("every", "factor"),
    "cosine": ("floor",),
}
"""Schedules by name, with the options each takes in `schedule_of`, beside warmup."""


def schedule_of(text: str, lr: float, steps: int) -> Schedule:
    """Return the schedule that a text describes, as the command line takes it.

    Parameters
    ----------
    text : str
        ``constant``, ``step:every=500,factor=0.5`` or ``cosine:floor=1e-5``, and behind a comma
        ``warmup=100`` for a rise over the first 100 steps; ``warmup=100`` alone is constant after.
    lr : float
        The learning rate that it starts from, or rises to.
    steps : int
        Length of the run: a cosine reaches its floor there.

    Raises
    ------
    UnknownNameError
        For a schedule or an option that does not exist, with the nearest.
    UsageError
        For an option without a number, or one out of range.

    Examples
    --------
    >>> schedule_of("step:every=500,factor=0.5", 0.1, 2000)
    StepDecay(lr=0.1, every=500, factor=0.5)
    >>> schedule_of("cosine,warmup=100", 0.1, 2000)
    Warmup(steps=100, then=Cosine(lr=0.1, steps=1900, floor=0.0))
    """
    name, given = _parsed(text)
    known = (*SCHEDULES[name], "warmup")
    options: dict[str, Any] = {}
    for key, word in given:
        if key not in known:
            raise unknown_name(f"option of the schedule {name!r}", key, known, "difflab train -h")
        if key in options:
            raise UsageError(
                f"{key} is given twice in {text!r}",
                "one of the two would be ignored",
                f"{key}={word} once",
            )
        options[key] = _number(key, word, text)
    warmup = options.pop("warmup", None)
    if warmup is not None and not (type(warmup) is int and 0 < warmup < steps):
        raise UsageError(
            f"warmup={warmup} makes no warm-up in a run of {steps} steps",
            "it counts steps, and ends before the run does",
            f"warmup={max(1, steps // 20)}",
        )
    if name == "step" and "every" not in options:
        raise UsageError(
            f"the schedule {text!r} does not say after how many steps",
            "a step schedule changes the learning rate every so many steps",
            f"step:every={max(1, steps // 4)},factor=0.5",
        )
    after: Schedule
    if name == "constant":
        after = Constant(lr)
    elif name == "step":
        after = StepDecay(lr, **options)
    else:
        after = Cosine(lr, steps - (warmup or 0), **options)
    return after if warmup is None else Warmup(warmup, after)


def _parsed(text: str) -> tuple[str, list[tuple[str, str]]]:
    """Split "cosine:floor=0.1,warmup=5" into its name and pairs of words."""
    parts = [part.strip() for part in str(text).replace(":", ",", 1).split(",")]
    name = "constant" if "=" in parts[0] else parts.pop(0)
    if name not in SCHEDULES:
        raise unknown_name("learning-rate schedule", name, SCHEDULES, "difflab train --help")
    pairs = [part.partition("=") for part in parts]
    return name, [(key.strip(), word.strip()) for key, _, word in pairs]


def _number(key: str, word: str, text: str) -> int | float:
    for kind in (int, float):
        try:
            return kind(word)
        except ValueError:
            pass
    raise UsageError(
        f"{key}={word} in the schedule {text!r} holds no number",
        "an option is written as a name, = and a number",
        "cosine,warmup=100 or step:every=500,factor=0.5",
    )
