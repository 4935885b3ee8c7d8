"""Provider ``finite-difference``: a loop over all coordinates, which knows nothing but the loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from difflab.errors import UsageError
from difflab.numeric.difference import value_and_gradient
from difflab.numeric.loss import check_repeatable, guarded, read_only
from difflab.numeric.stencils import Stencil, named_stencil
from difflab.numeric.step_check import first_overstepped
from difflab.numeric.steps import default_exponent, unit_roundoff
from difflab.providers.protocol import Loss, Preparation, Prepared, Stopwatch
from difflab.signature import Signature
from difflab.tree import Nest, flatten, size, unflatten


@dataclass(frozen=True, repr=False)
class FiniteDifference:
    """Finite differences by a stencil, coordinate after coordinate.

    Parameters
    ----------
    scheme : str
        "forward", "backward", "central", "central-4", "central-6" or "central-8".
    step : float or None
        The same absolute step for every coordinate. None takes a power of two times max(1, |x|),
        which suits the scheme and the float type; see `difflab.numeric.steps`.

    Raises
    ------
    UnknownNameError
        For another scheme.
    UsageError
        For a step that is not positive and finite.

    Examples
    --------
    >>> prepared = FiniteDifference("central-4").prepare(lambda w: np.sum(w**3), np.ones(2))
    >>> value, gradient = prepared.value_and_gradient(np.array([1.0, 2.0]))
    >>> bool(np.all(np.abs(gradient - [3.0, 12.0]) < 1e-10))
    True
    """

    scheme: str = "central"
    step: float | None = None

    def __post_init__(self) -> None:
        named_stencil(self.scheme)
        if self.step is not None and not (np.isfinite(self.step) and self.step > 0):
            raise UsageError(
                f"step {self.step!r} is no step",
                "it is the distance between neighbouring points",
                "a positive number such as 1e-5, or None for a step that fits",
            )

    def __repr__(self) -> str:
        step = "" if self.step is None else f", step={self.step!r}"
        return f"FiniteDifference(scheme={self.scheme!r}{step})"

    @property
    def name(self) -> str:
        """The spec."""
        return f"finite-difference:{self.scheme}"

    def unavailable(self) -> None:
        """Always available."""
        return None

    def prepare(self, f: Loss, params: Nest, *contexts: Any) -> Prepared:
        """Check that the loss is repeatable, and the step not too large; see `GradientProvider`.

        A step that is too large here is a note of the preparation, no error: it may fit elsewhere.

        Raises
        ------
        ParameterTypeError, NonScalarLossError
        UsageError
            When two calls with the same parameters disagree, or the loss changes its arguments in
            place.
        """
        signature = Signature.of(params, *contexts)
        stencil = named_stencil(self.scheme)
        watch = Stopwatch()
        loss, views = guarded(f, contexts), read_only(params)
        with watch.phase("call twice"):
            precision = np.asarray(check_repeatable(lambda: loss(views))).dtype
        with watch.phase("halve the step"):
            overstepped = first_overstepped(loss, params, stencil, self.step, precision)

        def evaluate(leaves: list[Any], contexts: tuple[Any, ...]) -> tuple[Any, list[Any]]:
            value, gradient = value_and_gradient(
                f,
                unflatten(signature.params, leaves),
                *contexts,
                stencil=stencil,
                step=self.step,
                precision=precision,
            )
            return value, flatten(gradient)[0]

        sizes = {"loss evaluations": 1 + stencil.evaluations * size(params)}
        notes = _notes(stencil, self.step, [kind for _, kind in signature.param_types], precision)
        if overstepped:
            notes += (
                f"the step may be too large: half of it changes the slope at {overstepped} by more "
                f"than 1 %; pass FiniteDifference({self.scheme!r}, step=...)",
            )
        return Prepared(
            signature, Preparation(self.name, watch.seconds, sizes, notes=notes), evaluate
        )


def _notes(
    stencil: Stencil, step: float | None, dtypes: list[np.dtype[Any]], precision: np.dtype[Any]
) -> tuple[str, ...]:
    """Say which steps the gradient takes."""
    if step is not None:
        return (f"step {step:g} for every coordinate, as asked",)
    notes = []
    for dtype in dict.fromkeys(dtypes):
        coarser = max(dtype, precision, key=unit_roundoff)
        exponent = default_exponent(stencil, coarser)
        notes.append(f"{dtype} parameters: step 2^-{exponent} times max(1, |x|) down to 2^n")
    return tuple(notes)
