"""Checking one way of differentiating against another, along a random direction.

Differences answer with two losses, whatever the number of parameters. A method compared with itself
would always agree, and the check could not fail, so that is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from difflab.errors import UsageError, WrongGradientError
from difflab.numeric.direction_check import agreement
from difflab.providers.protocol import GradientProvider, Loss, PreparedGradient
from difflab.tree import Nest

DIFFERENCES = "finite-difference"


@dataclass(frozen=True)
class Checked:
    """A provider whose gradient is compared with another's, once, when it is prepared.

    Parameters
    ----------
    provider : GradientProvider
        Which one answers.
    against : GradientProvider
        Which one is asked for comparison.

    Raises
    ------
    UsageError
        When both get their numbers in the same way.

    Examples
    --------
    >>> import numpy as np
    >>> from difflab import providers
    >>> checked = Checked(providers.get("autodiff"), providers.get("finite-difference"))
    >>> checked.prepare(lambda w: np.sum(w**3), np.ones(2)).value_and_gradient(np.ones(2))[1]
    array([3., 3.])
    """

    provider: GradientProvider
    against: GradientProvider

    def __post_init__(self) -> None:
        refuse_itself(self.provider, self.against)

    @property
    def name(self) -> str:
        """The spec of the provider that answers."""
        return self.provider.name

    def unavailable(self) -> str | None:
        """Why one of the two cannot run here."""
        return self.provider.unavailable() or self.against.unavailable()

    def prepare(self, f: Loss, params: Nest, *contexts: Any) -> PreparedGradient:
        """Prepare, evaluate once and compare.

        Raises
        ------
        WrongGradientError
            When the two disagree.
        """
        prepared = self.provider.prepare(f, params, *contexts)
        check_prepared(prepared, self.provider, self.against, f, params, *contexts)
        return prepared


def family(provider: GradientProvider) -> str:
    """What a provider's answers come from: the first word of its name.

    Examples
    --------
    >>> from difflab import providers
    >>> family(providers.find("symbolic:matrix"))
    'symbolic'
    """
    return provider.name.split(":")[0]


def refuse_itself(provider: GradientProvider, other: GradientProvider) -> None:
    """Refuse to check a method against itself.

    Raises
    ------
    UsageError
    """
    if family(provider) == family(other):
        instead = "autodiff" if family(provider) == DIFFERENCES else DIFFERENCES
        raise UsageError(
            f"{provider.name} would be checked against {other.name}",
            "both get their numbers in the same way, and agree also where they are wrong",
            f"check against {instead}",
        )


def check_prepared(
    prepared: PreparedGradient,
    provider: GradientProvider,
    other: GradientProvider,
    f: Loss,
    params: Nest,
    *contexts: Any,
) -> str:
    """Compare a prepared gradient with another provider's along a random direction.

    Returns
    -------
    str
        What was found, in words.

    Raises
    ------
    WrongGradientError
        Naming both slopes, and that of the loss itself.
    """
    judged, judge = provider, other
    if family(provider) == DIFFERENCES:  # it is the loss itself that speaks for differences
        judged, judge = other, provider
        prepared = other.prepare(f, params, *contexts)
    gradient = prepared.value_and_gradient(params, *contexts)[1]
    found = agreement(f, params, *contexts, gradient=gradient)
    if not found.agrees:
        raise WrongGradientError(
            f"the gradients by {judged.name} and by {judge.name} disagree",
            f"along a random direction {judged.name} has the slope {found.slope:.10g}, and "
            f"differences of the loss give {found.difference:.10g}, with an error of at most "
            f"{found.error:.1g}",
            "difflab.compare(f, params, ...) shows which methods agree, and the worst entry",
        )
    if family(judge) == DIFFERENCES:
        return f"agrees with {(other if judged is provider else judged).name} along a direction"
    theirs = other.prepare(f, params, *contexts).value_and_gradient(params, *contexts)[1]
    check = agreement(f, params, *contexts, gradient=theirs)
    if not check.agrees or abs(check.slope - found.slope) > check.error + found.error:
        raise WrongGradientError(
            f"the gradients by {provider.name} and by {other.name} disagree",
            f"along a random direction their slopes are {found.slope:.10g} and "
            f"{check.slope:.10g}, and differences of the loss give {check.difference:.10g}",
            "difflab.compare(f, params, ...) shows which methods agree, and the worst entry",
        )
    return f"agrees with {other.name} along a direction"
