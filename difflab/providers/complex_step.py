"""Provider ``complex-step``: exact to rounding wherever the loss takes complex numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from difflab.errors import UsageError
from difflab.numeric.choose import is_size
from difflab.numeric.complex_check import check
from difflab.numeric.complex_step import STEP, value_and_gradient
from difflab.numeric.loss import check_repeatable, guarded, read_only
from difflab.providers.protocol import Loss, Preparation, Prepared, Stopwatch
from difflab.signature import Signature
from difflab.tree import Nest, flatten, size, unflatten


@dataclass(frozen=True)
class ComplexStep:
    """The complex step, coordinate after coordinate: Im f(x + ih) / h.

    The loss is checked once, when prepared. Limits, where the answer differs from the conventions
    of `difflab.conventions` or is not checked:

    * at an exact tie np.maximum and np.fmax give slope 1 to both arguments, np.minimum and np.fmin
      slope 0, instead of 1/2;
    * where a slope is infinite, as that of sqrt at 0, the entry is NaN;
    * a Python branch that was not taken at preparation has not been looked at.

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
    >>> import numpy as np
    >>> prepared = ComplexStep().prepare(lambda w: np.sum(w**3), np.ones(2))
    >>> prepared.value_and_gradient(np.array([1.0, 2.0]))[1]
    array([ 3., 12.])
    """

    step: float = STEP

    def __post_init__(self) -> None:
        if not is_size(self.step) or self.step >= 1e-8:
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
            When two calls with the same parameters disagree, or the loss changes its arguments in
            place.
        MissingRuleError
            When the loss drops imaginary parts, found by comparison with a central difference, or
            applies functions that are not analytic to the parameters.
        """
        signature = Signature.of(params, *contexts)
        watch = Stopwatch()
        loss, views = guarded(f, contexts), read_only(params)
        with watch.phase("call twice"):
            check_repeatable(lambda: loss(views))
        with watch.phase("compare with central difference"):
            notes = check(f, params, *contexts, step=self.step)

        def evaluate(leaves: list[Any], contexts: tuple[Any, ...]) -> tuple[Any, list[Any]]:
            nest = unflatten(signature.params, leaves)
            value, gradient = value_and_gradient(f, nest, *contexts, step=self.step)
            return value, flatten(gradient)[0]

        sizes = {"loss evaluations": 1 + size(params)}
        notes = (f"step {self.step:g}", *notes)
        return Prepared(
            signature, Preparation(self.name, watch.seconds, sizes, notes=notes), evaluate
        )
