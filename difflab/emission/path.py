"""A program with what has to hold for it: it answers calls that fit, and no others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from difflab.emission.graph import Graph
from difflab.emission.program import Changed, Program


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """A program, with what has to hold for it.

    Attributes
    ----------
    program : Program
    graph : Graph
        The recording, not simplified.
    fits : callable
        Whether arguments are those it was compiled for.
    free : list
        Sets of buffers that no running call uses; calls in several threads each take one.
    """

    program: Program
    graph: Graph
    fits: Callable[..., bool]
    free: list[tuple[np.ndarray, ...]] = field(default_factory=list)

    def attempt(self, *arguments: Any) -> Any:
        """Value and gradient; None where the arguments do not fit, or a decision differs."""
        if not self.fits(*arguments):
            return None
        try:
            workspace = self.free.pop()
        except IndexError:  # another thread is using it
            workspace = self.program.workspace.allocate()
        try:
            return self.program.function(workspace, *arguments)
        except Changed:
            return None
        finally:
            self.free.append(workspace)
