"""The protocol: a provider prepares a gradient once; the prepared gradient is called many times.

The words are those of DifferentiationInterface.jl. Preparation (deriving a formula, choosing a
step, compiling) and evaluation are separate calls, so that they can be timed apart.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from difflab.signature import Signature
from difflab.tree import Nest, unflatten

Loss = Callable[..., Any]
"""``f(params, *contexts)`` returns one real number."""


@dataclass(frozen=True, slots=True)
class Preparation:
    """What happened while a gradient was prepared.

    Attributes
    ----------
    provider : str
        Spec of the provider, such as ``"symbolic:cse"``.
    seconds : mapping of str to float
        Wall-clock seconds by phase, in order.
    sizes : mapping of str to int
        Deterministic costs: operations, entries, evaluations of the loss per gradient.
    source : str or None
        The emitted program, where one was emitted.
    notes : tuple of str
        Choices made, in words: steps, forms, refused alternatives.
    """

    provider: str
    seconds: Mapping[str, float] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)
    source: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def total_seconds(self) -> float:
        """Seconds over all phases."""
        return sum(self.seconds.values())


@runtime_checkable
class PreparedGradient(Protocol):
    """A gradient made for one function and one signature."""

    @property
    def preparation(self) -> Preparation:
        """How it was made."""
        ...

    def value_and_gradient(self, params: Nest, *contexts: Any) -> tuple[float, Nest]:
        """Evaluate the function and its gradient; same nest, shapes and dtypes as ``params``.

        Raises
        ------
        PreparationMismatchError
            When nesting, shapes or dtypes differ from those of the preparation.
        """
        ...


@runtime_checkable
class GradientProvider(Protocol):
    """A way to differentiate; immutable, picklable, and ``repr()`` reconstructs it."""

    @property
    def name(self) -> str:
        """The spec that selects it."""
        ...

    def unavailable(self) -> str | None:
        """Return the reason why it cannot run here, or None when it can."""
        ...

    def prepare(self, f: Loss, params: Nest, *contexts: Any) -> PreparedGradient:
        """Prepare the gradient of ``f`` for calls with this signature."""
        ...


@dataclass(frozen=True, slots=True)
class Prepared:
    """A `PreparedGradient` around a function of flat leaves; what most providers return.

    Attributes
    ----------
    signature : Signature
        What it was prepared for.
    preparation : Preparation
        How it was made.
    evaluate : callable
        ``evaluate(leaves, contexts) -> (value, gradient leaves)``.
    write_latex : callable or None
        Returns the formula.
    begin_at : callable or None
        ``begin_at(calls)`` makes the next call what it would be after so many; for gradients that
        draw random numbers, so that a training run can go on where it was.
    """

    signature: Signature
    preparation: Preparation
    evaluate: Callable[[list[Any], tuple[Any, ...]], tuple[Any, list[Any]]]
    write_latex: Callable[[], str] | None = None
    begin_at: Callable[[int], None] | None = None

    @property
    def source(self) -> str | None:
        """The emitted program, where one was emitted."""
        return self.preparation.source

    @property
    def latex(self) -> str | None:
        """Loss and gradient as LaTeX equations, where there is a formula; written on demand."""
        return None if self.write_latex is None else self.write_latex()

    def value_and_gradient(self, params: Nest, *contexts: Any) -> tuple[float, Nest]:
        """Check the signature and evaluate; see `PreparedGradient`."""
        leaves = self.signature.check(params, *contexts)
        value, gradient = self.evaluate(leaves, contexts)
        return value, unflatten(self.signature.params, gradient)


class Stopwatch:
    """Times the phases of a preparation.

    Examples
    --------
    >>> watch = Stopwatch()
    >>> with watch.phase("derive"):
    ...     total = sum(range(10))
    >>> list(watch.seconds)
    ['derive']
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Add the seconds spent inside to ``name``."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start
