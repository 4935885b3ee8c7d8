"""Provider ``autodiff``: reverse mode on the tape, recorded afresh at every call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from difflab import autodiff
from difflab.providers.protocol import Loss, Preparation, Prepared, Stopwatch
from difflab.signature import Signature
from difflab.trace import trace
from difflab.tree import Nest, flatten, unflatten


@dataclass(frozen=True)
class Autodiff:
    """Reverse-mode automatic differentiation, define-by-run.

    Preparation records the function once, to find out early what cannot be traced and to count
    entries; evaluation records again, so Python branches that depend on values are followed.
    Contexts are passed on as they are: an axis, a label or a callable is as good as an array.

    Parameters
    ----------
    safe : bool
        Whether an array that changes in place between its use and the reverse sweep is an error;
        without the check its gradient is silently wrong.

    Examples
    --------
    >>> import numpy as np
    >>> prepared = Autodiff().prepare(lambda w: np.sum(w * w), np.ones(2))
    >>> prepared.value_and_gradient(np.array([1.0, 2.0]))[1]
    array([2., 4.])
    """

    safe: bool = True

    @property
    def name(self) -> str:
        """The spec."""
        return "autodiff"

    def unavailable(self) -> None:
        """Always available."""
        return None

    def prepare(self, f: Loss, params: Nest, *contexts: Any) -> Prepared:
        """Record once and return the gradient; see `GradientProvider`."""
        signature = Signature.of(params, *contexts)
        both = autodiff.value_and_grad(f, safe=self.safe)
        watch = Stopwatch()
        with watch.phase("record"):
            program = trace(lambda nest: f(nest, *contexts), params)

        def evaluate(leaves: list[Any], contexts: tuple[Any, ...]) -> tuple[Any, list[Any]]:
            value, gradient = both(unflatten(signature.params, leaves), *contexts)
            return value, flatten(gradient)[0]

        sizes = {"tape entries": program.operations, "loss evaluations": 1}
        return Prepared(signature, Preparation(self.name, watch.seconds, sizes), evaluate)
