"""Who takes part: the forward pass, evaluators of difflab, other libraries, and reverse mode."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from difflab import nn, providers
from difflab.bench.cases import Problem
from difflab.bench.contenders import Call, Contender, TorchEager
from difflab.bench.contenders.protocol import missing
from difflab.tree import flatten, ravel, unflatten, unravel_like

LOSSES = {
    "squared error": nn.squared_error,
    "softmax cross-entropy": nn.softmax_cross_entropy,
}
"""Losses of `difflab.nn` by the head of a case."""

FORWARD = "forward pass"

COARSE, FINE, EXACT = 1e-2, 1e-6, 1e-12
"""Largest relative error with which a rival counts as right: in float32, of differences in float64,
and of reverse mode in float64."""


def objective(problem: Problem) -> nn.Objective:
    """Return the loss of a case as `difflab.nn` writes it, with its layers in sight.

    Examples
    --------
    >>> from difflab.bench.cases import CASES
    >>> problem = CASES["sincos"].problem()
    >>> at = problem.params, problem.x, problem.y
    >>> bool(abs(objective(problem)(*at) - problem.loss(*at)) < 1e-15)
    True
    """
    case = problem.case
    return nn.Objective(nn.MLP(case.sizes, case.activation), LOSSES[case.head])


@dataclass(frozen=True)
class ForwardPass:
    """The loss alone, in plain NumPy: what every time is divided by."""

    name: str = FORWARD

    def unavailable(self) -> None:
        """Always available."""
        return None

    def make(self, problem: Problem) -> Call:
        """Return the loss; there is no gradient to compare."""
        loss, at = problem.loss, (problem.params, problem.x, problem.y)
        return lambda: (loss(*at), [])


@dataclass(frozen=True)
class OfNetwork:
    """A provider of difflab, given the loss of `difflab.nn`, prepared once.

    Examples
    --------
    >>> OfNetwork("finite-difference:central:node").name
    'finite-difference:central:node'
    """

    name: str

    def unavailable(self) -> str | None:
        """Ask the provider."""
        return providers.find(self.name).unavailable()

    def make(self, problem: Problem) -> Call:
        """Prepare: steps are chosen here."""
        params, x, y = problem.params, problem.x, problem.y
        prepared = providers.get(self.name).prepare(objective(problem), params, x, y)
        return lambda: prepared.value_and_gradient(params, x, y)


def _flat(problem: Problem) -> tuple[Callable[[np.ndarray], Any], np.ndarray, Callable[..., Any]]:
    """The loss of a flat vector, the vector, and what makes layers of a flat gradient."""
    leaves, structure = flatten(problem.params)
    loss, x, y = problem.loss, problem.x, problem.y

    def of(flat: np.ndarray) -> Any:
        return loss(unflatten(structure, unravel_like(flat, leaves)), x, y)

    def layers(gradient: Any) -> Any:
        parts = unravel_like(np.asarray(gradient).ravel(), leaves)
        return unflatten(structure, [part.astype(problem.case.dtype) for part in parts])

    return of, ravel(leaves).astype(problem.case.dtype), layers


@dataclass(frozen=True)
class ScipyDerivative:
    """``scipy.optimize``'s own differences, as its minimisers use them: central ("3-point")."""

    name: str = "scipy 3-point"

    def unavailable(self) -> None:
        """Always: scikit-learn brings it."""
        return None

    def make(self, problem: Problem) -> Call:
        """Flatten the parameters."""
        from scipy.optimize._numdiff import approx_derivative

        loss, at, layers = _flat(problem)
        return lambda: (loss(at), layers(approx_derivative(loss, at, method="3-point")))


@dataclass(frozen=True)
class Numdifftools:
    """``numdifftools.Gradient`` with its defaults: many steps per coordinate, extrapolated."""

    name: str = "numdifftools"

    def unavailable(self) -> str | None:
        """Whether it is installed."""
        return missing("numdifftools", "bench")

    def make(self, problem: Problem) -> Call:
        """Flatten the parameters."""
        import numdifftools

        loss, at, layers = _flat(problem)
        gradient = numdifftools.Gradient(loss)
        return lambda: (loss(at), layers(gradient(at)))


@dataclass(frozen=True)
class Rival:
    """A contender, how right it has to be, and whether one call of it is all there is time for."""

    contender: Contender
    gate: float = FINE
    slow: bool = False

    def gate_for(self, dtype: str) -> float:
        """Largest relative error in a float type."""
        return self.gate if dtype == "float64" else COARSE


def _differences(scheme: str, evaluator: str = "", slow: bool = False) -> Rival:
    suffix = f":{evaluator}" if evaluator else ""
    return Rival(OfNetwork(f"finite-difference:{scheme}{suffix}"), slow=slow)


RIVALS = (
    Rival(ForwardPass()),
    *(_differences(scheme) for scheme in ("forward", "central", "central-4", "central-6")),
    *(_differences(scheme, "node") for scheme in ("central", "central-6")),
    Rival(TorchEager(), EXACT),
    Rival(OfNetwork("autodiff:compiled"), EXACT),
    _differences("central", "batched", slow=True),
    _differences("central", "loop", slow=True),
    Rival(ScipyDerivative(), slow=True),
    Rival(Numdifftools(), slow=True),
)
"""In the order of the table. A scheme alone is the layered evaluator, the default for networks."""
