"""The price of a run, told before it starts; an absurd one is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from difflab.clock import duration, once
from difflab.errors import UsageError
from difflab.nn import Gradients
from difflab.providers import Loss
from difflab.tree import Nest

ABSURD = 900.0
"""Seconds above which a run has to be confirmed."""

AFFORDABLE = 2.0
"""Seconds up to which one gradient is timed rather than estimated."""


@dataclass(frozen=True, slots=True)
class Price:
    """What a run will cost, by estimate.

    Attributes
    ----------
    preparation, gradient : float
        Seconds of one preparation, and of one gradient.
    steps : int
    evaluations : int
        Losses per gradient that the provider evaluates.
    """

    preparation: float
    gradient: float
    steps: int
    evaluations: int

    @property
    def seconds(self) -> float:
        """Of the gradients of all steps."""
        return self.steps * self.gradient

    def __str__(self) -> str:
        count = f"{self.evaluations:,} losses" if self.evaluations > 1 else "one pass"
        return (
            f"{self.steps:,} steps of about {duration(self.gradient)} ({count} per gradient): "
            f"about {duration(self.seconds)}"
        )


def estimate(
    gradients: Gradients, objective: Loss, params: Nest, x: Any, y: Any, steps: int
) -> Price:
    """Prepare the gradient and price ``steps`` of it.

    One gradient is timed where it is affordable; else it is the number of losses that the provider
    says it needs, times the time of one.
    """
    prepared = gradients.prepared(params, x, y)
    objective(params, x, y)
    loss = once(lambda: objective(params, x, y))
    evaluations = prepared.preparation.sizes.get("loss evaluations", 1)
    gradient = loss * evaluations
    if gradient < AFFORDABLE:
        gradient = once(lambda: prepared.value_and_gradient(params, x, y))
    return Price(gradients.seconds, gradient, steps, evaluations)


def refuse_absurd(price: Price, provider: str) -> None:
    """Raise `UsageError` for a run that takes longer than anyone would wait unasked."""
    if price.seconds > ABSURD:
        raise UsageError(
            f"this run would take about {duration(price.seconds)} with {provider}",
            str(price),
            "--gradient autodiff, or --set steps=10, or --yes if you mean it",
        )
