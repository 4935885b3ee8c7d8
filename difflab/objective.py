"""What an objective may tell about itself, so that engines need not take it for a black box.

An engine that knows the loss of *one* sample can derive it once and evaluate it over any batch; one
that knows the layers of a network can follow the move of a single unit. That knowledge is a
protocol, so that engines need not know where an objective comes from; the losses of `difflab.nn`
follow both.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

from difflab.tree import Nest


@runtime_checkable
class SampleMean(Protocol):
    """A loss over a batch that is the mean of one function over its samples.

    For every batch of n samples, with contexts of shape (n, ...):
    ``objective(params, x, y) == mean over i of objective.sample_loss(params, x[i], y[i])``.

    If it has an attribute ``reduction`` that is ``"sum"``, it is a sum instead. What does not
    depend on a sample, such as a penalty, counts once in it, and every sample carries its share
    1/n: ``sum over i of objective.sample_loss(params, x[i], y[i], 1/n)``.
    """

    def __call__(self, params: Nest, *contexts: Any) -> Any:
        """Loss of a batch; every context has the samples along its first axis."""
        ...

    def sample_loss(self, params: Nest, *contexts: Any) -> Any:
        """Loss of one sample; every context lacks the sample axis. In a sum the last is 1/n."""
        ...


@runtime_checkable
class NetworkObjective(Protocol):
    """The mean loss of a fully connected network, layer after layer.

    With params [(W, b), ...] and activation phi of each layer, m = phi(m_below @ W + b); the
    objective is the mean of a loss of the last m and the targets. Two attributes are optional:
    ``reduction = "sum"`` makes it their sum, see `reduction_of`, and ``penalty_change`` tells of a
    penalty on the weights, see `penalty_change_of`.
    """

    def __call__(self, params: Nest, x: Any, y: Any, /) -> Any:
        """Loss of a batch, x of shape (n, features) and y of shape (n, outputs)."""
        ...

    @property
    def activations(self) -> tuple[Callable[[Any], Any], ...]:
        """One elementwise function per layer."""
        ...

    @property
    def losses_per_sample(self) -> int:
        """How many numbers per sample the mean is over: 1, or the outputs."""
        ...

    def is_linear(self, activation: Callable[[Any], Any], /) -> bool:
        """Whether an activation is the identity."""
        ...

    def loss_change(self, outputs: Any, targets: Any, moves: Any, /, *, axis: int) -> Any:
        """Change of the loss when outputs move, not reduced; outputs lie along ``axis``."""
        ...

    @property
    def loss_kink(self) -> Callable[[Any, Any], Any] | None:
        """``kink(outputs, targets)``, whose sign changes entry by entry where the loss has a kink.

        None for a loss without kinks.
        """
        ...


def reduction_of(objective: Any) -> str:
    """Return ``"sum"`` for an objective that says so, and ``"mean"`` for any other.

    Examples
    --------
    >>> reduction_of(lambda params, x, y: 0.0)
    'mean'
    """
    return str(getattr(objective, "reduction", "mean"))


def penalty_change_of(objective: Any) -> Callable[[Any, Any], Any] | None:
    """Return the change of a penalty on the weights, or None for an objective without one.

    ``penalty_change(weights, moves)`` gives, entry by entry, the change of the whole penalty when
    that weight alone moves; the penalty is a sum of functions of one weight each.
    """
    return getattr(objective, "penalty_change", None)
