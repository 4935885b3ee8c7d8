"""What a training run is judged by: the full loss, the validation loss and a metric."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from difflab.errors import NonScalarLossError, UsageError
from difflab.nn.evaluation import loss_of, outputs_of
from difflab.providers import Loss
from difflab.tree import Nest


@dataclass(frozen=True, eq=False)
class Judge:
    """An objective and the samples it is evaluated on.

    Attributes
    ----------
    objective : callable
        ``objective(params, x, y)``; with a ``model`` where there is a metric.
    x, y : ndarray
        All training samples.
    validation : (x, y) or None
    metric : callable or None
        ``metric(outputs, targets)`` on the validation samples.

    Examples
    --------
    >>> x = np.ones((3, 1))
    >>> judge = Judge(lambda w, x, y: np.mean((x * w - y) ** 2), x, x, (2 * x, x))
    >>> judge.full_loss(2.0), judge.validate(2.0)
    (1.0, (9.0, None))
    """

    objective: Loss
    x: np.ndarray
    y: np.ndarray
    validation: tuple[np.ndarray, np.ndarray] | None = None
    metric: Callable[[Any, Any], float] | None = None

    def full_loss(self, params: Nest) -> float:
        """Loss of all training samples.

        Raises
        ------
        NonScalarLossError
            When the objective does not return one real number.
        """
        loss = loss_of(self.objective, params, self.x, self.y)
        if np.ndim(loss) != 0 or np.asarray(loss).dtype.kind not in "fiu":
            told = f"an array of shape {np.shape(loss)}" if np.ndim(loss) else repr(loss)
            raise NonScalarLossError(
                f"the objective returned {told}",
                "training makes one number smaller",
                "reduce it: np.mean(...) or np.sum(...)",
            )
        return float(loss)

    def validate(self, params: Nest) -> tuple[float | None, float | None]:
        """Loss and metric of the validation samples; None for what there is none of.

        Raises
        ------
        UsageError
            When the metric does not return a number.
        """
        if self.validation is None:
            return None, None
        x, y = self.validation
        loss = float(loss_of(self.objective, params, x, y))
        if self.metric is None:
            return loss, None
        objective: Any = self.objective
        metric = self.metric(outputs_of(objective.model, params, x), y)
        try:
            return loss, float(metric)
        except (TypeError, ValueError) as error:
            raise UsageError(
                f"the metric returned {metric!r}",
                "a history has one real number per evaluation",
                "a function such as nn.accuracy, which returns a float",
            ) from error
