"""Provider ``autodiff``: reverse mode on the tape, recorded afresh at every call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from difflab import autodiff
from difflab.emission.fits import LeafTest, compile_fits
from difflab.providers.protocol import Loss, Preparation, Stopwatch
from difflab.signature import Signature
from difflab.trace import trace
from difflab.tree import Nest, flatten


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

    def prepare(self, f: Loss, params: Nest, *contexts: Any) -> PreparedTape:
        """Record once and return the gradient; see `GradientProvider`."""
        signature = Signature.of(params, *contexts)
        watch = Stopwatch()
        with watch.phase("record"):
            program = trace(lambda nest: f(nest, *contexts), params)
        sizes = {"tape entries": program.operations, "loss evaluations": 1}
        return PreparedTape(
            signature,
            Preparation(self.name, watch.seconds, sizes),
            _signature_test(params, *contexts),
            autodiff.value_and_grad(f, safe=self.safe),
        )


def _signature_test(*arguments: Any) -> Callable[..., bool]:
    """A test that passes most calls with the signature of these arguments, and no others."""
    leaves = flatten(arguments)[0]
    numeric = (np.ndarray, np.floating, float)
    tests = [LeafTest(leaf, is_input=isinstance(leaf, numeric)) for leaf in leaves]
    return compile_fits([flatten(argument)[1] for argument in arguments], tests)


@dataclass(frozen=True, slots=True)
class PreparedTape:
    """The eager tape as a `PreparedGradient`.

    Attributes
    ----------
    signature : Signature
        What it was prepared for.
    preparation : Preparation
        How it was made.
    fits : callable
        A quick test that finds most calls with this signature.
    both : callable
        ``(params, *contexts) -> (value, gradient)``.
    """

    signature: Signature
    preparation: Preparation
    fits: Callable[..., bool]
    both: Callable[..., tuple[Any, Nest]]

    def value_and_gradient(self, params: Nest, *contexts: Any) -> tuple[Any, Nest]:
        """Check the signature and evaluate; see `PreparedGradient`."""
        if not self.fits(params, *contexts):
            self.signature.check(params, *contexts)
        return self.both(params, *contexts)
