"""The price of a run, told before it starts; an absurd one is refused."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from difflab.clock import duration, once
from difflab.errors import UsageError
from difflab.nn import Gradients
from difflab.objective import NetworkObjective
from difflab.providers import Loss
from difflab.providers.finite_difference import FiniteDifference
from difflab.tree import Nest

ABSURD = 900.0
"""Seconds above which a run has to be confirmed."""

AFFORDABLE = 5.0
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
    moves : int
        Moves of a parameter or unit that are followed through the layers instead; 0 without.
    notes : tuple of str
        What the preparation has to say, such as steps that were chosen.
    quicker : str
        A spec that gives the same quotients for less, where there is one.
    quicker_gradient : float
        Seconds of one of its gradients.
    """

    preparation: float
    gradient: float
    steps: int
    evaluations: int
    moves: int = 0
    notes: tuple[str, ...] = ()
    quicker: str = ""
    quicker_gradient: float = float("nan")

    @property
    def seconds(self) -> float:
        """Of the gradients of all steps."""
        return self.steps * self.gradient

    def __str__(self) -> str:
        count = f"{self.evaluations:,} losses" if self.evaluations > 1 else "one pass"
        count = f"{self.moves:,} moves through the layers" if self.moves else count
        told = (
            f"{self.steps:,} steps of about {duration(self.gradient)} ({count} per gradient): "
            f"about {duration(self.seconds)}"
        )
        if self.quicker:
            told += f"; {self.quicker} needs {duration(self.quicker_gradient)}"
        return told


WARMING = 3
"""Losses, and gradients, that are timed; the first ones are slow."""


def estimate(
    gradients: Gradients, objective: Loss, params: Nest, x: Any, y: Any, steps: int
) -> Price:
    """Prepare the gradient and price ``steps`` of it.

    Gradients are timed where that is affordable, and the quickest of some counts, because noise
    only ever adds; else it is the number of losses that the provider says it needs, times the time
    of one.
    """
    prepared = gradients.prepared(params, x, y)
    loss = min(once(lambda: objective(params, x, y)) for _ in range(WARMING))
    sizes = prepared.preparation.sizes
    evaluations = sizes.get("loss evaluations", 1)
    gradient = loss * sizes.get("equivalent losses", evaluations)
    if gradient < AFFORDABLE:
        times = WARMING if gradient * WARMING < AFFORDABLE else 1
        gradient = min(
            once(partial(prepared.value_and_gradient, params, x, y)) for _ in range(times)
        )
    moves, notes = sizes.get("moves", 0), prepared.preparation.notes
    price = Price(gradients.seconds, gradient, steps, evaluations, moves, notes)
    found = _quicker(gradients.provider, objective, params, x, y)
    return price if found is None else replace(price, quicker=found[0], quicker_gradient=found[1])


def _quicker(
    provider: Any, objective: Loss, params: Nest, x: Any, y: Any
) -> tuple[str, float] | None:
    """Spec and seconds of the evaluator that follows moves, where the loop was asked for."""
    if not isinstance(provider, FiniteDifference) or provider.evaluator != "loop":
        return None
    if not isinstance(objective, NetworkObjective):
        return None
    layered = replace(provider, evaluator="layered")
    try:
        prepared = layered.prepare(objective, params, x, y)
    except UsageError:  # its activations do not act entry by entry
        return None
    return layered.name, once(lambda: prepared.value_and_gradient(params, x, y))


def refuse_absurd(price: Price, provider: str) -> None:
    """Raise `UsageError` for a run that takes longer than anyone would wait unasked."""
    if price.seconds > ABSURD:
        quicker = price.quicker or ("" if provider.startswith("autodiff") else "autodiff")
        raise UsageError(
            f"this run would take about {duration(price.seconds)} with {provider}",
            str(price),
            f"--gradient {quicker}, or " * bool(quicker)
            + "--set steps=10, or --yes if you mean it",
        )
