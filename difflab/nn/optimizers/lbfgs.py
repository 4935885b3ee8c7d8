"""L-BFGS: SciPy's limited-memory quasi-Newton method on a nest of parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from difflab.errors import UsageError
from difflab.nn.optimizers.leafwise import ANY, check_settings
from difflab.nn.optimizers.whole_batch import Flat, OnStep, Problem
from difflab.tree import Nest


@dataclass(frozen=True)
class LBFGS:
    """Limited-memory BFGS, `scipy.optimize.minimize(method="L-BFGS-B")`.

    It builds a model of the curvature from the last few gradients, and searches along the step that
    the model suggests (Byrd, Lu, Nocedal and Zhu 1995). It needs the gradient of all samples, and
    ends early where it finds nothing lower.

    Parameters
    ----------
    lr : float
        Always 1: the line search chooses the length of every step.
    memory : int
        How many past steps the model remembers.
    gradient_tolerance : float
        It ends where the largest entry of the gradient is smaller.
    value_tolerance : float
        It ends where an iteration lowers the loss by a smaller share.

    Examples
    --------
    >>> bowl = Problem(lambda w: (np.sum((w - 3) ** 2), 2 * (w - 3)))
    >>> LBFGS().minimise(bowl, np.zeros(2), 10, lambda w, value, gradient: False).round(6)
    array([3., 3.])
    """

    lr: float = 1.0
    memory: int = 10
    gradient_tolerance: float = 1e-8
    value_tolerance: float = 1e-14

    def __post_init__(self) -> None:
        check_settings(self, lr=ANY, gradient_tolerance=ANY, value_tolerance=ANY)
        if self.lr != 1:
            raise UsageError(
                f"L-BFGS takes no learning rate, and lr = {self.lr:g} was given",
                "its line search chooses the length of every step",
                'optimizer("lbfgs"), without lr',
            )
        if type(self.memory) is not int or self.memory < 1:
            raise UsageError(
                f"memory = {self.memory!r} is no setting for LBFGS",
                "it counts past steps: 1, 2, ...",
                "LBFGS() uses memory = 10",
            )

    def minimise(self, problem: Problem, params: Nest, steps: int, on_step: OnStep) -> Nest:
        """Minimise; see `WholeBatch`."""
        from scipy.optimize import minimize

        flat = Flat(problem, params)
        start = flat.vector(params)
        seen: dict[bytes, tuple[float, np.ndarray]] = {start.tobytes(): flat.first(start)}
        reached = params

        def evaluate(vector: np.ndarray) -> tuple[float, np.ndarray]:
            key = vector.tobytes()
            if key not in seen:
                seen[key] = flat.value_and_gradient(vector)
            return seen[key]

        def report(intermediate_result: Any) -> None:
            nonlocal reached
            value, gradient = evaluate(intermediate_result.x)  # known from the line search
            seen.clear()
            seen[intermediate_result.x.tobytes()] = value, gradient
            reached = flat.nest(intermediate_result.x)
            if on_step(reached, value, flat.nest(gradient)):
                raise StopIteration

        minimize(
            evaluate,
            start,
            jac=True,
            method="L-BFGS-B",
            callback=report,
            options={
                "maxiter": steps,
                "maxfun": 100 * steps + 100,
                "maxcor": self.memory,
                "gtol": self.gradient_tolerance,
                "ftol": self.value_tolerance,
            },
        )
        return reached
