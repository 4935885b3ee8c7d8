"""Contenders made for the tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from difflab.bench.cases import Case, Problem
from difflab.bench.contenders import YARDSTICK, Call

TINY = Case("tiny", (2, 3, 1), "tanh", "squared error", 4)


@dataclass
class Spoiled:
    """The hand-written gradient, changed by a function; counts its calls."""

    spoil: Callable[[Any, Any], tuple[Any, Any]] = lambda value, gradient: (value, gradient)
    name: str = "spoiled"
    calls: int = 0
    reason: str | None = None
    made: list[Problem] = field(default_factory=list)

    def unavailable(self) -> str | None:
        return self.reason

    def make(self, problem: Problem) -> Call:
        self.made.append(problem)
        honest = YARDSTICK.make(problem)

        def call() -> tuple[Any, Any]:
            self.calls += 1
            return self.spoil(*honest())

        return call
