"""A task of the course: data, network, settings, and the numbers it has to give."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from difflab import nn
from difflab.chart import Figure
from difflab.datasets import Dataset, standardise
from difflab.errors import UsageError
from difflab.nn import TrainingResult
from difflab.tasks.experiment import Conditions, Experiment
from difflab.tasks.rows import Rows
from difflab.tasks.settings import Settings, differences
from difflab.tree import Nest, map_leaves

Facts = Callable[[Settings, Dataset], Mapping[str, float]]
"""Numbers that are known without training, such as a closed form's loss."""

Exhibit = Callable[[Conditions, TrainingResult, Dataset], Rows]
"""Rows that a single run shows; its evaluations where a task has no exhibit of its own."""

Lesson = Callable[[Mapping[str, float]], str]
"""The sentence that was learned, with the numbers that were measured."""

PLACE = "data_dir"
"""The option that says where the data lie; numbers do not depend on it."""


DIGITS, MOST_DIGITS = 8, 17
"""Of an interval's ends, as a rule and at the most."""


@dataclass(frozen=True)
class Expectation:
    """A number that a run has to give.

    Attributes
    ----------
    quantity : str
        "loss", "validation loss", "accuracy", or a fact of the task.
    low, high : float
        The interval; a point value is spelled with its last digits on either side.
    source : str
        Where the number comes from.
    given : mapping
        Settings that differ from the task's own; the expectation holds for exactly these.
    """

    quantity: str
    low: float
    high: float
    source: str
    given: Mapping[str, Any] = field(default_factory=dict)

    @property
    def interval(self) -> str:
        """The interval as text, with as many digits as it takes to tell its ends apart.

        Examples
        --------
        >>> Expectation("loss", 0.005, 0.012, "").interval
        '0.005 to 0.012'
        >>> Expectation("dL/dw2", -0.1546279944, -0.1546279924, "").interval
        '-0.154627994 to -0.154627992'
        """
        digits = DIGITS
        while digits < MOST_DIGITS and self.low != self.high:
            if f"{self.low:.{digits}g}" != f"{self.high:.{digits}g}":
                break
            digits += 1
        return f"{self.low:.{digits}g} to {self.high:.{digits}g}"

    def applies(self, settings: Settings, default: Settings) -> bool:
        """Whether it holds for a run with these settings, wherever its data lie."""
        expected = replace(default, **self.given)
        if PLACE in dict(settings.options):
            expected = expected.with_options(**{PLACE: settings.option(PLACE)})
        return not differences(settings, expected)


@dataclass(frozen=True)
class Check:
    """An expectation beside the number measured."""

    expectation: Expectation
    measured: float

    @property
    def within(self) -> bool:
        """Whether the number lies in the interval; NaN does not."""
        return self.expectation.low <= self.measured <= self.expectation.high


@dataclass(frozen=True)
class Task:
    """A task; one module of `difflab.tasks` holds one.

    Attributes
    ----------
    name : str
        What ``difflab train`` takes.
    shows : str
        What one learns from it, in a sentence.
    slide : str
        Where in the lecture it belongs.
    settings : Settings
        Its own settings.
    data : callable
        Makes the data set, inputs as they are; called with the ``options``.
    rates : mapping of str to float
        Learning rates that suit it, by optimizer; others use their own default.
    fixture : nest or None
        Parameters that the run with seed 0 starts from, in place of random ones.
    metric : callable or None
        Judges the validation outputs.
    metric_name : str
    facts : callable or None
        Numbers known without training.
    expectations : tuple of Expectation
    lesson : callable or str
        What was learned, in a sentence.
    options : tuple of str
        Those of the settings' options that ``data`` takes, by name.
    experiment : Experiment or None
        Several runs in place of one.
    exhibit : callable or None
        What a single run shows, as rows.
    summary : callable or None
        ``summary(rows) -> numbers``, measured beside those of the run.
    figure : callable or None
        ``figure(rows) -> Figure``.
    able : tuple of str
        Providers that carry it out in seconds to minutes: a name for each way to differentiate.
    columns : tuple of str
        Columns of the rows that are printed; none where the rows are for the figure alone.
    fixed : tuple of str
        Settings that it sets itself, or whose values are what it is about; others are refused.
    instead : str
        What to type in their place.
    """

    name: str
    shows: str
    slide: str
    settings: Settings
    data: Callable[..., Dataset]
    rates: Mapping[str, float] = field(default_factory=dict)
    fixture: Nest | None = None
    metric: Callable[[Any, Any], float] | None = None
    metric_name: str = ""
    facts: Facts | None = None
    expectations: tuple[Expectation, ...] = ()
    lesson: Lesson | str = ""
    options: tuple[str, ...] = ()
    experiment: Experiment | None = None
    exhibit: Exhibit | None = None
    summary: Callable[[Rows], Mapping[str, float]] | None = None
    figure: Callable[[Rows], Figure] | None = None
    able: tuple[str, ...] = ("symbolic", "finite-difference", "autodiff")
    columns: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    instead: str = ""

    def learned(self, measured: Mapping[str, float]) -> str:
        """The task's lesson, for the numbers of a run."""
        return self.lesson if isinstance(self.lesson, str) else self.lesson(measured)

    def with_optimizer(self, name: str) -> Settings:
        """Return the task's settings with another optimizer and the learning rate that suits it.

        Raises
        ------
        UnknownNameError
            When there is no such optimizer.
        """
        lr = self.rates.get(name)
        if lr is None:
            lr = nn.optimizer(name).lr
        if name == self.settings.optimizer:
            return self.settings
        return replace(self.settings, optimizer=name, lr=lr)

    def dataset(self, settings: Settings) -> Dataset:
        """Return the samples, standardised where the settings say so."""
        data = self.data(**{name: settings.option(name) for name in self.options})
        return standardise(data) if settings.standardised else data

    def objective(self, settings: Settings) -> nn.Objective:
        """Return the loss of the task's network, with the penalty that the settings ask for."""
        chosen = (_activation(name) for name in (settings.activation, settings.output))
        model = nn.MLP(settings.widths, *chosen)
        return nn.Objective(model, nn.loss(settings.loss), settings.l2)

    def parameters(self, settings: Settings) -> Nest:
        """Return the parameters that a run starts from: they depend on settings and seed alone."""
        dtype = np.dtype(settings.dtype)
        if self.fixture is not None and self._keeps_fixture(settings):
            return map_leaves(lambda leaf: np.array(leaf, dtype), self.fixture)
        return nn.initialise(self.objective(settings).model, settings.seed, settings.initial, dtype)

    def _keeps_fixture(self, settings: Settings) -> bool:
        """Whether the settings ask for nothing that the fixture would overrule."""
        mine = self.settings
        return (settings.widths, settings.initial, settings.seed) == (
            mine.widths,
            mine.initial,
            mine.seed,
        )

    def refuse_others(self, settings: Settings) -> None:
        """Refuse settings that would be passed over, or make the lesson untrue.

        Raises
        ------
        UsageError
            When one of those that are `fixed` differs from the task's own.
        """
        for name in differences(settings, self.settings):
            if name in self.fixed:
                raise UsageError(
                    f"{self.name} has no use for {name} = {getattr(settings, name)}",
                    "it would be ignored, or what the task shows would not hold",
                    self.instead,
                )

    def check(self, settings: Settings, measured: Mapping[str, float]) -> Sequence[Check]:
        """Compare measured numbers with the expectations that hold for the settings."""
        return tuple(
            Check(expectation, measured[expectation.quantity])
            for expectation in self.expectations
            if expectation.applies(settings, self.settings) and expectation.quantity in measured
        )


def _activation(name: str) -> Any:
    """An activation by name, or from an expression of the user's own, such as "z/(1 + exp(-z))"."""
    if not isinstance(name, str) or name.isidentifier():
        return name
    from difflab.symbolic.activation import activation

    return activation("custom", name)
