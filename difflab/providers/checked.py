"""Checking one way of differentiating against another, along a random direction.

Differences answer with two losses, whatever the number of parameters. A method compared with itself
would always agree, and the check could not fail, so that is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, is_dataclass, replace
from typing import Any

from difflab.errors import UsageError, WrongGradientError
from difflab.numeric.direction_check import Agreement, agreement
from difflab.providers.protocol import GradientProvider, Loss, Preparation, PreparedGradient
from difflab.tree import Nest

DIFFERENCES = "finite-difference"

ESTIMATES = ("spsa", "forward-gradient")
"""What is right on average only: one estimate agrees with nothing."""


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
        told = check_prepared(prepared, self.provider, self.against, f, params, *contexts)
        return with_note(prepared, told)


def with_note(prepared: Any, note: str) -> Any:
    """Add a note to the preparation of a prepared gradient, where that is a dataclass.

    Examples
    --------
    >>> import numpy as np
    >>> from difflab import providers
    >>> prepared = providers.get("complex-step").prepare(np.sum, np.ones(2))
    >>> with_note(prepared, "looked at").preparation.notes[-1]
    'looked at'
    """
    if not is_dataclass(prepared) or isinstance(prepared, type):
        return prepared
    preparation: Any = getattr(prepared, "preparation", None)
    if not isinstance(preparation, Preparation):
        return prepared
    noted = replace(preparation, notes=(*preparation.notes, note))
    return replace(prepared, preparation=noted)


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
    """Refuse a check that could not fail, or could not pass.

    Raises
    ------
    UsageError
        For a method against itself, and for a random estimate on either side.
    """
    for each in (provider, other):
        if family(each) in ESTIMATES:
            raise UsageError(
                f"{each.name} cannot be part of a check",
                "it is right on average over many draws, and one draw is far off",
                f'{each.name} alone, or two exact ones: "autodiff,check=finite-difference"',
            )
    if family(provider) == family(other):
        instead = "autodiff" if family(provider) == DIFFERENCES else DIFFERENCES
        raise UsageError(
            f"{provider.name} would be checked against {other.name}",
            "both get their numbers in the same way, and agree also where they are wrong",
            f"check against {instead}",
        )


def _agree(
    f: Loss,
    params: Nest,
    contexts: tuple[Any, ...],
    prepared: PreparedGradient,
    judged: GradientProvider,
    judge: GradientProvider,
) -> Agreement:
    """Compare a gradient with differences of the loss along a direction, and refuse another one."""
    gradient = prepared.value_and_gradient(params, *contexts)[1]
    found = agreement(f, params, *contexts, gradient=gradient)
    if found.agrees:
        return found
    what = f"the gradients by {judged.name} and by {judge.name} disagree"
    if judged is judge:
        what = f"the gradient by {judged.name} does not fit the loss"
    raise WrongGradientError(
        what,
        f"along a random direction {judged.name} has the slope {found.slope:.10g}, and "
        f"differences of the loss give {found.difference:.10g}, with an error of at most "
        f"{found.error:.1g}",
        "difflab.compare(f, params, ...) shows which methods agree, and the worst entry",
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
        if "moves" in prepared.preparation.sizes:  # and these follow its layers instead
            _agree(f, params, contexts, prepared, provider, provider)
        prepared = other.prepare(f, params, *contexts)
    found = _agree(f, params, contexts, prepared, judged, judge)
    if family(judge) == DIFFERENCES:
        return _told(found, (other if judged is provider else judged).name)
    theirs = other.prepare(f, params, *contexts).value_and_gradient(params, *contexts)[1]
    check = agreement(f, params, *contexts, gradient=theirs)
    if not check.agrees or abs(check.slope - found.slope) > check.error + found.error:
        raise WrongGradientError(
            f"the gradients by {provider.name} and by {other.name} disagree",
            f"along a random direction their slopes are {found.slope:.10g} and "
            f"{check.slope:.10g}, and differences of the loss give {check.difference:.10g}",
            "difflab.compare(f, params, ...) shows which methods agree, and the worst entry",
        )
    return _told(found, other.name)


def _told(found: Agreement, name: str) -> str:
    if found.compared:
        return f"agrees with {name} along a direction"
    return (
        f"not compared with {name}: along a random direction the slope is {found.slope:.6g}, and "
        f"differences of the loss give {found.difference:.6g}"
    )
