"""Provider ``finite-difference``: difference quotients, of a black box or of a network's layers."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from difflab.errors import UsageError
from difflab.numeric.bounds import Bounded, check_bounds, check_inside
from difflab.numeric.choose import StepSizes, is_size
from difflab.numeric.loss import check_repeatable, guarded, read_only
from difflab.numeric.resolution import power_of_two_below
from difflab.numeric.stencils import named_stencil
from difflab.providers.checked import check_prepared, refuse_itself, with_note
from difflab.providers.differenced import PreparedDifference
from difflab.providers.evaluators import by_loop, by_network, check_name, choose_evaluator
from difflab.providers.protocol import Loss, Stopwatch
from difflab.tree import Nest


@dataclass(frozen=True, repr=False)
class FiniteDifference:
    """Finite differences by a stencil.

    Parameters
    ----------
    scheme : str
        "forward", "backward", "central", "central-4", "central-6", "central-8", or any even order.
    step : float or None
        The same absolute step for every coordinate. None chooses: for a black box a power of two
        times max(1, |x|) that suits the scheme and the float type, see `difflab.numeric.steps`; for
        a network a step per layer, found on a ladder, see `difflab.numeric.network.blocks`.
    evaluator : str
        How quotients are evaluated:

        * "loop": the loss is a black box, evaluated anew for every coordinate;
        * "layered": the same quotients for a loss of `difflab.nn`, by rank-one updates, with the
          loss in delta form: some fifty times faster, and more accurate;
        * "node": quotients of units, and the exact chain rule for the linear part of each layer;
        * "batched": copies of the network side by side, for small batches of small networks;
        * "auto": "layered" where the loss is one of `difflab.nn`, else "loop".
    relstep, absstep, scale : float or None
        For black boxes, steps that follow the parameter: h = max(relstep |x|, absstep), down to a
        power of two; ``scale`` is the typical size of a parameter, in place of max(1, |x|).
    bounds : (low, high) or None
        The loss is never called outside; where a stencil would reach out, the one-sided stencil of
        the same order takes its place. Two numbers for all parameters; None for an open end.
    check : str or None
        Another provider, whose gradient is compared with differences of the loss along a random
        direction when the gradient is prepared.

    Raises
    ------
    UnknownNameError
        For another scheme, evaluator or provider.
    UsageError
        For a step that is not positive and finite, sizes that exclude one another, bounds that are
        no interval, an evaluator that does not take them, or a check against differences.

    Examples
    --------
    >>> prepared = FiniteDifference("central-4").prepare(lambda w: np.sum(w**3), np.ones(2))
    >>> value, gradient = prepared.value_and_gradient(np.array([1.0, 2.0]))
    >>> bool(np.all(np.abs(gradient - [3.0, 12.0]) < 1e-10))
    True
    """

    scheme: str = "central"
    step: float | None = None
    evaluator: str = "auto"
    check: str | None = None
    relstep: float | None = None
    absstep: float | None = None
    scale: float | None = None
    bounds: tuple[float | None, float | None] | None = None

    def __post_init__(self) -> None:
        named_stencil(self.scheme)
        check_name(self.evaluator)
        if self.step is not None and not is_size(self.step):
            raise UsageError(
                f"step {self.step!r} is no step",
                "it is the distance between neighbouring points",
                "a positive number such as 1e-5, or None for a step that fits",
            )
        self._check_black_box()
        if self.check is not None:
            from difflab.providers.registry import find  # which names this module

            refuse_itself(self, find(self.check))

    def _check_black_box(self) -> None:
        """Check sizes and bounds, which only the loop can keep."""
        if self.bounds is not None:
            check_bounds(self.bounds)
        for name in ("relstep", "absstep", "scale"):
            size = getattr(self, name)
            if size is not None and not is_size(size):
                raise UsageError(
                    f"{name}={size!r} is no size",
                    "it is one positive finite number, for all parameters alike",
                    f"{name}=1.0" if name == "scale" else f"{name}=1e-6",
                )
        asked = StepSizes(self.relstep, self.absstep, self.scale)
        if asked != StepSizes():
            asked.at(np.zeros(()))  # what contradicts itself is refused
            if self.step is not None:
                raise UsageError(
                    f"step={self.step!r} and {asked} were both given",
                    "a step alone says how large h is for every parameter",
                    "step=, or relstep= with absstep=, of which the larger counts",
                )
        if self.black_box and self.evaluator not in ("auto", "loop"):
            raise UsageError(
                f"relstep, absstep, scale and bounds with the evaluator {self.evaluator!r}",
                "it moves the sums of units, and finds their steps on a ladder",
                'evaluator="loop", or step= for one absolute step',
            )

    @property
    def sizes(self) -> StepSizes:
        """How large steps are to be, where they follow the parameter or have to fit somewhere."""
        longest = None
        if self.bounds is not None:
            low, high = check_bounds(self.bounds)
            if np.isfinite(high - low):  # there is room for a one-sided stencil on either side
                room = (high - low) / (2 * named_stencil(self.scheme).accuracy)
                longest = float(power_of_two_below(room))
        return StepSizes(self.relstep, self.absstep, self.scale, longest)

    @property
    def black_box(self) -> bool:
        """Whether something is asked for that only the loop can do."""
        return self.bounds is not None or self.sizes != StepSizes()

    def __repr__(self) -> str:
        given = [(field.name, getattr(self, field.name)) for field in fields(self)[1:]]
        usual = {field.name: field.default for field in fields(self)}
        options = "".join(f", {name}={value!r}" for name, value in given if value != usual[name])
        return f"FiniteDifference(scheme={self.scheme!r}{options})"

    @property
    def name(self) -> str:
        """The spec."""
        evaluator = "" if self.evaluator == "auto" else f":{self.evaluator}"
        return f"finite-difference:{self.scheme}{evaluator}"

    def unavailable(self) -> None:
        """Always available."""
        return None

    def prepare(self, f: Loss, params: Nest, *contexts: Any) -> PreparedDifference:
        """Check that the loss is repeatable, and choose steps; see `GradientProvider`.

        A step that is too large here is a note of the preparation, no error: it may fit elsewhere.

        Raises
        ------
        ParameterTypeError, NonScalarLossError
        UsageError
            When two calls with the same parameters disagree, when the loss changes its arguments
            in place, or when an evaluator is asked for that the loss is not fit for.
        WrongGradientError
            When a comparison fails.
        """
        from difflab.providers.registry import get  # which names this module

        stencil, watch = named_stencil(self.scheme), Stopwatch()
        if self.bounds is not None:
            ends = check_bounds(self.bounds)
            check_inside(params, *ends)
            f = Bounded(f, *ends)
        loss, views = guarded(f, contexts), read_only(params)
        with watch.phase("call twice"):
            value = check_repeatable(lambda: loss(views))
        with watch.phase("look for layers"):
            wanted = "loop" if self.black_box else self.evaluator
            evaluator, notes = choose_evaluator(wanted, f, params, contexts)
        sizes = self.sizes
        step: Any = self.step if self.step or sizes == StepSizes() else sizes
        how = (self.name, f, params, contexts, stencil, step, value)
        if evaluator == "loop":
            prepared = by_loop(*how, watch)
        else:
            prepared = by_network(*how, evaluator, watch)  # type: ignore[arg-type]
        prepared = prepared.with_notes(notes)
        if self.check is not None:
            with watch.phase("compare"):
                told = check_prepared(prepared, self, get(self.check), f, params, *contexts)
            return with_note(prepared, told)
        return prepared
