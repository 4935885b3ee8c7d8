"""Newton's method by conjugate gradients: curvature through Hessian-vector products alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from difflab.errors import UsageError
from difflab.nn.optimizers.leafwise import ANY, SHARE, check_settings
from difflab.nn.optimizers.whole_batch import Flat, OnStep, Problem
from difflab.tree import Nest, size

Vector = np.ndarray

_HALVINGS = 30
_DAMPINGS = 15
_FLAT = 1e-12
"""A curvature below this share of the largest one met is rounding."""


@dataclass(frozen=True)
class Newton:
    """Newton's method with damping and a line search, for small networks.

    Every iteration solves ``(H + damping I) s = -g`` by conjugate gradients, where H enters as
    products with vectors, and takes s times the first of lr, lr / 2, lr / 4, ... that lowers the
    loss enough. Where a direction of negative curvature shows up, the damping grows until
    H + damping I has none in sight; where whole steps succeed it shrinks, down to none. Levenberg
    (1944); Nocedal and Wright (2006), algorithms 3.1 and 7.1; Martens (2010).

    Parameters
    ----------
    lr : float
        The share of a step that is tried first.
    damping : float
        The damping to start with.
    cg_tolerance : float
        Conjugate gradients end at this share of the first residual.
    cg_steps : int
        And after so many products.
    gradient_tolerance : float
        It ends where the largest entry of the gradient is smaller.
    limit : int or None
        More parameters than this are refused; None refuses none.

    Examples
    --------
    >>> bowl = Problem(lambda w: (np.sum((w - 3) ** 2), 2 * (w - 3)), lambda w, v: 2 * v)
    >>> Newton().minimise(bowl, np.zeros(2), 1, lambda w, value, gradient: False)
    array([3., 3.])
    """

    lr: float = 1.0
    damping: float = 0.0
    cg_tolerance: float = 1e-8
    cg_steps: int = 200
    gradient_tolerance: float = 1e-10
    limit: int | None = 5000

    def __post_init__(self) -> None:
        check_settings(self, lr=ANY, damping=ANY, cg_tolerance=SHARE, gradient_tolerance=ANY)
        if self.lr == 0:
            raise UsageError(
                "Newton's method with lr = 0 goes nowhere", "it is a share of a step", "lr=1.0"
            )
        for name in ("cg_steps", "limit"):
            value = getattr(self, name)
            if not (name == "limit" and value is None) and (type(value) is not int or value < 1):
                raise UsageError(
                    f"{name} = {value!r} is no setting for Newton",
                    "it is a whole number, 1 or more",
                    f"Newton() uses {name} = {type(self).__dataclass_fields__[name].default}",
                )

    def check_size(self, params: Nest) -> None:
        """Refuse more parameters than the limit.

        Raises
        ------
        UsageError
        """
        count = size(params)
        if self.limit is not None and count > self.limit:
            raise UsageError(
                f"Newton's method was asked to train {count:,} parameters",
                f"an iteration takes up to {self.cg_steps} Hessian-vector products, each the price "
                f"of a few gradients, so more than {self.limit:,} are refused",
                'optimizer("lbfgs"), or optimizer("newton", limit=None) all the same',
            )

    def minimise(self, problem: Problem, params: Nest, steps: int, on_step: OnStep) -> Nest:
        """Minimise; see `WholeBatch`.

        Raises
        ------
        UsageError
            For too many parameters, or a problem without Hessian-vector products.
        """
        self.check_size(params)
        product = problem.hessian_vector_product
        if product is None:
            raise UsageError(
                "Newton's method got a problem without Hessian-vector products",
                "curvature is what it works with",
                "Problem(value_and_gradient, hessian_vector_product)",
            )
        flat = Flat(problem, params)
        point, damping = flat.vector(params), self.damping
        value, gradient = flat.first(point)
        reached = params
        for _ in range(steps):
            if np.max(np.abs(gradient), initial=0.0) <= self.gradient_tolerance:
                break
            hessian = _hessian_at(point, flat, product)
            found = self._iterate(flat, hessian, _At(point, value, gradient), damping)
            if found is None:
                break  # no number nearby is lower
            (point, value, gradient), damping = found
            reached = flat.nest(point)
            if on_step(reached, value, flat.nest(gradient)):
                break
        return reached

    def _iterate(
        self, flat: Flat, hessian: Callable[[Vector], Vector], at: _At, damping: float
    ) -> tuple[_At, float] | None:
        """One accepted step and the damping of the next, or None where nothing is lower."""
        for _ in range(_DAMPINGS):
            solved = conjugate_gradients(
                _damped(hessian, damping), -at.gradient, self.cg_tolerance, self.cg_steps
            )
            scale = max(solved.steepest, _FLAT * float(np.linalg.norm(at.gradient)))
            if solved.negative is None:
                promised = -float(at.gradient @ solved.solution) / 2
                if promised <= flat.eps * abs(at.value):
                    return None  # rounding of the value is larger
                share, there = self._search(flat, at, solved.solution)
                if there is not None:
                    whole = share == self.lr
                    damping = damping / 4 if whole else 4 * damping
                    return there, (damping if damping > _FLAT * scale else 0.0)
                damping = max(10 * damping, 1e-3 * scale)
            else:
                damping = max(2 * (damping - solved.negative), 1e-3 * scale)
        return None

    def _search(self, flat: Flat, at: _At, direction: Vector) -> tuple[float, _At | None]:
        """Halve a step until it lowers the value enough (Armijo 1966)."""
        slope, share = float(at.gradient @ direction), self.lr
        for _ in range(_HALVINGS):
            there = at.point + share * direction
            value, gradient = flat.value_and_gradient(there)
            finite = np.isfinite(value) and bool(np.all(np.isfinite(gradient)))
            if finite and value < at.value and value <= at.value + 1e-4 * share * slope:
                return share, _At(there, value, gradient)
            share /= 2
        return share, None


class _At(NamedTuple):
    """A point, its value and its gradient."""

    point: Vector
    value: float
    gradient: Vector


class Solved(NamedTuple):
    """What conjugate gradients found.

    Attributes
    ----------
    solution : array, shape (P,)
    negative : float or None
        A curvature that is not positive, where one was met.
    steepest : float
        The largest size of a curvature met.
    """

    solution: Vector
    negative: float | None
    steepest: float


def conjugate_gradients(
    product: Callable[[Vector], Vector], b: Vector, tolerance: float, steps: int
) -> Solved:
    """Solve A s = b for a symmetric A that is given as products, while its curvature is positive.

    Hestenes and Stiefel (1952).

    Examples
    --------
    >>> matrix = np.array([[4.0, 1.0], [1.0, 3.0]])
    >>> conjugate_gradients(lambda v: matrix @ v, np.array([1.0, 2.0]), 1e-12, 10).solution.round(6)
    array([0.090909, 0.636364])
    >>> conjugate_gradients(lambda v: -v, np.ones(2), 1e-12, 10).negative
    -1.0
    """
    solution, residual, direction = np.zeros_like(b), b.copy(), b.copy()
    square = float(residual @ residual)
    goal, steepest = tolerance**2 * square, 0.0
    for _ in range(steps):
        if square <= goal:
            break
        moved = product(direction)
        bend = float(direction @ moved)
        curvature = bend / float(direction @ direction)
        steepest = max(steepest, abs(curvature))
        if not curvature > _FLAT * steepest:  # also where it is NaN
            return Solved(solution, curvature if np.isfinite(curvature) else -steepest, steepest)
        share = square / bend
        solution += share * direction
        residual -= share * moved
        square, before = float(residual @ residual), square
        direction = residual + square / before * direction
    return Solved(solution, None, steepest)


def _hessian_at(
    point: Vector, flat: Flat, product: Callable[[Nest, Nest], Nest]
) -> Callable[[Vector], Vector]:
    """Products with the Hessian at one point, as vectors."""
    here = flat.nest(point)

    def along(v: Vector) -> Vector:
        length = float(np.linalg.norm(v))  # asked for along unit vectors, as differences want them
        return length * flat.vector(product(here, flat.nest(v / length)))

    return along


def _damped(hessian: Callable[[Vector], Vector], damping: float) -> Callable[[Vector], Vector]:
    return lambda v: hessian(v) + damping * v
