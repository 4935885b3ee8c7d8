"""Early stopping: training ends when the validation set says so, and goes back to its best point.

Prechelt (1998), Early Stopping - But When?, section 2: the criterion "no improvement in the last s
evaluations".
"""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import NamedTuple

from difflab.errors import UsageError
from difflab.nn.mlp import is_positive_integer
from difflab.tree import Nest

MONITORS = ("validation_loss", "metric", "full_loss")
"""Columns of the history that can be watched; a metric is better when it is larger."""


@dataclass(frozen=True)
class EarlyStopping:
    """When to stop.

    Parameters
    ----------
    patience : int
        Evaluations without improvement after which training ends.
    monitor : str
        A name of `MONITORS`.
    minimum : float
        By how much a value has to be better to count as an improvement.

    Raises
    ------
    UsageError
        For settings that make no sense.

    Examples
    --------
    >>> rule = EarlyStopping(patience=2)
    >>> best = None
    >>> for step, loss in enumerate([3.0, 2.0, 2.5, 2.1], start=1):
    ...     best = rule.look(best, step, loss, params=loss)
    >>> best.step, best.value, rule.is_over(best)
    (2, 2.0, True)
    """

    patience: int = 5
    monitor: str = "validation_loss"
    minimum: float = 0.0

    def __post_init__(self) -> None:
        counts = is_positive_integer(self.patience)
        if not counts or not isinstance(self.minimum, Real) or not self.minimum >= 0:
            raise UsageError(
                f"patience = {self.patience!r} and minimum = {self.minimum!r} do not fit",
                "patience counts evaluations, and minimum is an improvement",
                "EarlyStopping(patience=5, minimum=0.0)",
            )
        if self.monitor not in MONITORS:
            raise UsageError(
                f"early stopping cannot watch {self.monitor!r}",
                f"the history has {', '.join(MONITORS)}",
                'EarlyStopping(monitor="validation_loss")',
            )

    def look(self, best: Best | None, step: int, value: float, params: Nest) -> Best:
        """Take note of an evaluation, and return the best one so far."""
        gain = 0.0
        if best is not None:
            gain = value - best.value if self.monitor == "metric" else best.value - value
        if best is None or gain > self.minimum or best.value != best.value:
            return Best(step, value, params, 0)
        return best._replace(waited=best.waited + 1)

    def is_over(self, best: Best | None) -> bool:
        """Whether patience has run out."""
        return best is not None and best.waited >= self.patience


class Best(NamedTuple):
    """The best evaluation so far: its step, value and parameters, and how many came after it."""

    step: int
    value: float
    params: Nest
    waited: int
