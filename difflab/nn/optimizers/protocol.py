"""What an optimizer is: a rule that turns a gradient into the next parameters."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from difflab.tree import Nest

State = Any
"""What an optimizer remembers from step to step; a named tuple of nests and numbers."""


@runtime_checkable
class Optimizer(Protocol):
    """A rule that turns a gradient into the next parameters; immutable and picklable."""

    @property
    def lr(self) -> float:
        """Learning rate."""
        ...

    def init(self, params: Nest) -> State:
        """Return the state before the first step."""
        ...

    def step(self, params: Nest, gradient: Nest, state: State) -> tuple[Nest, State]:
        """Return the next parameters and the next state; the arguments stay as they are."""
        ...
