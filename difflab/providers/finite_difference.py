"""Provider ``finite-difference``: difference quotients, of a black box or of a network's layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from difflab.errors import UsageError
from difflab.numeric.loss import check_repeatable, guarded, read_only
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
    check : str or None
        Another provider, whose gradient is compared with differences of the loss along a random
        direction when the gradient is prepared.

    Raises
    ------
    UnknownNameError
        For another scheme, evaluator or provider.
    UsageError
        For a step that is not positive and finite, or a check against differences themselves.

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

    def __post_init__(self) -> None:
        named_stencil(self.scheme)
        check_name(self.evaluator)
        if self.step is not None and not (np.isfinite(self.step) and self.step > 0):
            raise UsageError(
                f"step {self.step!r} is no step",
                "it is the distance between neighbouring points",
                "a positive number such as 1e-5, or None for a step that fits",
            )
        if self.check is not None:
            from difflab.providers.registry import find  # which names this module

            refuse_itself(self, find(self.check))

    def __repr__(self) -> str:
        parts = [f"scheme={self.scheme!r}"]
        for field, usual in (("step", None), ("evaluator", "auto"), ("check", None)):
            if getattr(self, field) != usual:
                parts.append(f"{field}={getattr(self, field)!r}")
        return f"FiniteDifference({', '.join(parts)})"

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
        loss, views = guarded(f, contexts), read_only(params)
        with watch.phase("call twice"):
            value = check_repeatable(lambda: loss(views))
        with watch.phase("look for layers"):
            evaluator, notes = choose_evaluator(self.evaluator, f, params, contexts)
        how = (self.name, f, params, contexts, stencil, self.step, value)
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
