"""Provider ``autodiff:compiled``: reverse mode, recorded once, replayed as straight-line NumPy."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from difflab.autodiff.compiled import compiled_gradient
from difflab.emission import Replay
from difflab.errors import UsageError
from difflab.providers.protocol import Loss, Preparation, Stopwatch
from difflab.signature import Signature
from difflab.tree import Nest


@dataclass(frozen=True)
class CompiledAutodiff:
    """Reverse-mode automatic differentiation, compiled.

    The function is recorded once per signature and path through its branches; the emitted program
    is ``prepared.source``. The function must depend on its arguments alone. Python numbers, strings
    and other objects among the contexts are settings: another value is recorded anew.

    Parameters
    ----------
    check_every : int
        After so many calls the function is recorded again, and an error raised when the program
        changed; 0 means never.

    Examples
    --------
    >>> import numpy as np
    >>> prepared = CompiledAutodiff().prepare(lambda w: np.sum(w * w), np.ones(2))
    >>> prepared.value_and_gradient(np.array([1.0, 2.0]))[1]
    array([2., 4.])
    """

    check_every: int = 0

    def __post_init__(self) -> None:
        if type(self.check_every) is not int or self.check_every < 0:
            raise UsageError(
                f"check_every={self.check_every!r} is no number of calls",
                "the program is checked after so many calls",
                "check_every=1000, or check_every=0 for never",
            )

    @property
    def name(self) -> str:
        """The spec."""
        return "autodiff:compiled"

    def unavailable(self) -> None:
        """Always available."""
        return None

    def prepare(self, f: Loss, params: Nest, *contexts: Any) -> PreparedProgram:
        """Record, emit and compile; see `GradientProvider`."""
        compiled = compiled_gradient(f, Signature.of(params, *contexts), self.check_every)
        watch = Stopwatch()
        path = compiled.prepare(params, *contexts, phase=watch.phase)
        sizes = {"loss evaluations": 1, "recordings": compiled.recordings}
        if path is not None:
            sizes["NumPy calls"] = path.program.calls
            sizes["workspace bytes"] = path.program.workspace.nbytes
        preparation = Preparation(self.name, watch.seconds, sizes, compiled.source)
        return PreparedProgram(compiled, preparation)


@dataclass(frozen=True, slots=True)
class PreparedProgram:
    """A compiled gradient as a `PreparedGradient`.

    Attributes
    ----------
    compiled : Replay
        Counts its recordings.
    preparation : Preparation
        How the first program was made.
    """

    compiled: Replay
    preparation: Preparation
    value_and_gradient: Any = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "value_and_gradient", self.compiled.__call__)

    @property
    def signature(self) -> Signature:
        """What it was prepared for."""
        return self.compiled.signature

    @property
    def source(self) -> str:
        """The program that ran last."""
        return self.compiled.source
