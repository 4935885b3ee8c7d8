"""What a whole-batch optimizer is: it sees all samples at every step, and chooses its own way.

A rule such as Adam is handed one gradient at a time. L-BFGS and Newton's method ask for values,
gradients and Hessian-vector products where they want them, so they hold the loop themselves and
report every iteration.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from difflab.errors import DivergenceError
from difflab.tree import Nest, flatten, ravel, unflatten, unravel_like

OnStep = Callable[[Nest, float, Nest], bool]
"""``on_step(params, value, gradient)`` after every iteration; returning True ends the run."""


@dataclass(frozen=True)
class Problem:
    """A function to minimise, with its derivatives.

    Attributes
    ----------
    value_and_gradient : callable
        ``value_and_gradient(params) -> (value, gradient)``.
    hessian_vector_product : callable or None
        ``hessian_vector_product(params, tangent)`` is the Hessian at ``params`` times the tangent;
        None where nobody asks, as L-BFGS does not.

    Examples
    --------
    >>> problem = Problem(lambda w: (w**2, 2 * w), lambda w, v: 2 * v)
    >>> problem.value_and_gradient(3.0), problem.hessian_vector_product(3.0, 1.0)
    ((9.0, 6.0), 2.0)
    """

    value_and_gradient: Callable[[Nest], tuple[Any, Nest]]
    hessian_vector_product: Callable[[Nest, Nest], Nest] | None = None


@runtime_checkable
class WholeBatch(Protocol):
    """A method that minimises a function of all samples; immutable and picklable."""

    @property
    def lr(self) -> float:
        """The length of step that is tried first, in units of the method's own step."""
        ...

    def minimise(self, problem: Problem, params: Nest, steps: int, on_step: OnStep) -> Nest:
        """Return the parameters after at most so many iterations.

        ``on_step`` is called after each with the point reached, its value and its gradient. What it
        raises passes through.

        Raises
        ------
        DivergenceError
            When value or gradient at the start are not finite.
        """
        ...


class Flat:
    """A problem on flat float64 vectors, for methods that do linear algebra.

    Parameters
    ----------
    problem : Problem
    params : nest
        Gives nesting, shapes and dtypes; every point handed out is a copy in these.
    """

    def __init__(self, problem: Problem, params: Nest) -> None:
        self.problem = problem
        self.leaves, self.structure = flatten(params)
        self.eps = max(float(np.finfo(np.asarray(leaf).dtype).eps) for leaf in self.leaves)

    def nest(self, vector: np.ndarray) -> Nest:
        """Put a vector into the nest of the parameters."""
        parts = unravel_like(vector, self.leaves)
        made = [
            part.astype(np.asarray(leaf).dtype)[() if np.ndim(leaf) == 0 else ...]
            for part, leaf in zip(parts, self.leaves)
        ]
        return unflatten(self.structure, made)

    def vector(self, nest: Nest) -> np.ndarray:
        """Join a nest into a vector, float64."""
        return ravel(flatten(nest)[0]).astype(np.float64, copy=False)

    def value_and_gradient(self, vector: np.ndarray) -> tuple[float, np.ndarray]:
        """Evaluate."""
        value, gradient = self.problem.value_and_gradient(self.nest(vector))
        return float(value), self.vector(gradient)

    def first(self, vector: np.ndarray) -> tuple[float, np.ndarray]:
        """Evaluate at the start, and refuse one that leads nowhere.

        Raises
        ------
        DivergenceError
        """
        value, gradient = self.value_and_gradient(vector)
        if np.isfinite(value) and np.all(np.isfinite(gradient)):
            return value, gradient
        raise DivergenceError(
            "training cannot start: "
            + (f"the loss is {value}" if not np.isfinite(value) else "its gradient is not finite"),
            "a method with a line search compares losses, and these are no numbers",
            "other initial parameters, or standardised inputs",
        )
