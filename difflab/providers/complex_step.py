"""Provider ``complex-step``: exact to rounding wherever the loss takes complex numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from difflab.errors import UsageError
from difflab.numeric.complex_check import check
from difflab.numeric.complex_step import STEP, value_and_gradient
from difflab.numeric.loss import check_repeatable
from difflab.providers.protocol import Loss, Preparation, Prepared, Stopwatch
from difflab.signature import Signature
from difflab.tree import Nest, flatten, map_leaves, size, unflatten


@dataclass(frozen=True)
class ComplexStep:
    """The complex step, coordinate after coordinate: Im f(x + ih) / h.

    Parameters
    ----------
    step : float
        h, absolute.

    Raises
    ------
    UsageError
        For a step that is not positive and tiny; from 1e-9 on, h^2 would show in the result.

    Examples
    --------
    >>> prepared = ComplexStep().prepare(lambda w: np.sum(w**3), np.ones(2))
    >>> prepared.value_and_gradient(np.array([1.0, 2.0]))[1]
    array([ 3., 12.])
    """

    step: float = STEP

    def __post_init__(self) -> None:
        if not 0 < self.step < 1e-8:
            raise UsageError(
                f"step {self.step!r} is no complex step",
                "it must be tiny: nothing is subtracted, and the error is of the order of h^2",
                f"a number such as {STEP:g}",
            )

    @property
    def name(self) -> str:
        """The spec."""
        return "complex-step"

    def unavailable(self) -> None:
        """Always available."""
        return None

    def prepare(self, f: Loss, params: Nest, *contexts: Any) -> Prepared:
        """Check that the loss is repeatable and analytic; see `GradientProvider`.

        Raises
        ------
        ParameterTypeError, NonScalarLossError
        UsageError
            When two calls with the same parameters disagree.
        MissingRuleError
            When the loss drops imaginary parts, found by comparison with a central difference.
        """
        signature = Signature.of(params, *contexts)
        watch = Stopwatch()
        copies = map_leaves(lambda leaf: np.array(leaf)[()], params)
        with watch.phase("call twice"):
            check_repeatable(lambda: f(copies, *contexts))
        with watch.phase("compare with central difference"):
            notes = check(f, params, *contexts)

        def evaluate(leaves: list[Any], contexts: tuple[Any, ...]) -> tuple[Any, list[Any]]:
            nest = unflatten(signature.params, leaves)
            value, gradient = value_and_gradient(f, nest, *contexts, step=self.step)
            return value, flatten(gradient)[0]

        sizes = {"loss evaluations": 1 + size(params)}
        notes = (f"step {self.step:g}", *notes)
        return Prepared(
            signature, Preparation(self.name, watch.seconds, sizes, notes=notes), evaluate
        )
