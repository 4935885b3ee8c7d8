"""How large does a derivative get? Operations of a gradient, before and after sharing.

A family is a function with a size: a chain of neurons of some depth, a network of some width. Its
loss is written out in elementary functions, as on paper, and differentiated by SymPy. Three counts
of the same gradient are set side by side: *expanded*, where a subexpression counts as often as it
is written; *shared*, where each distinct subexpression counts once (Laue 2019: swell is a property
of trees); and what SymPy's common subexpression elimination leaves. How fast they grow depends on
the family: cubically for the chain, exponentially in depth for networks, n^2 2^n for the logistic
map (Baydin, Pearlmutter, Radul, Siskind 2018, table 1).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from difflab.errors import UsageError, unknown_name
from difflab.studies.measurement import Measurement
from difflab.trace import trace
from difflab.tree import Nest

BUILD_PER_OPERATION = 5e-4
"""Seconds per distinct operation of building a loss in SymPy (1.14, measured)."""

Example = tuple[Callable[..., Any], Nest, tuple[Any, ...]]
"""A loss, parameters and contexts to trace it with; only their shapes matter."""


@dataclass(frozen=True, slots=True)
class Family:
    """Losses that grow with one whole number.

    Attributes
    ----------
    title : str
        What it is, in words.
    size : str
        What the number counts.
    smallest : int
        The least size that means something.
    build : callable
        ``build(size)`` gives an `Example`.
    """

    title: str
    size: str
    smallest: int
    build: Callable[[int], Example]


def sigmoid(z: Any) -> Any:
    """1 / (1 + exp(-z)), written out so that every operation counts."""
    return 1 / (1 + np.exp(-z))


def network(*widths: int) -> Example:
    """Sigmoid network with squared error, one sample: the loss is sum (y - m)^2.

    Examples
    --------
    >>> loss, params, contexts = network(2, 4, 1)
    >>> float(loss(params, *contexts))
    0.25
    """

    def loss(params: Nest, x: Any, y: Any) -> Any:
        for weights, biases in params:
            x = sigmoid(x @ weights + biases)
        return np.sum((y - x) ** 2)

    params = [(np.zeros((a, b)), np.zeros(b)) for a, b in pairwise(widths)]
    return loss, params, (np.zeros(widths[0]), np.zeros(widths[-1]))


def logistic_map(iterations: int) -> Example:
    """l_1 = x, l_{n+1} = 4 l_n (1 - l_n), as a function of x."""

    def last(x: Any) -> Any:
        for _ in range(iterations - 1):
            x = 4 * x * (1 - x)
        return x

    return last, 0.2, ()


FAMILIES: dict[str, Family] = {
    "chain": Family(
        "chain of sigmoid neurons 1-1-...-1", "depth", 1, lambda depth: network(*[1] * (depth + 1))
    ),
    "mlp": Family("sigmoid network 2-w-w-1", "width", 1, lambda width: network(2, width, width, 1)),
    "tower": Family(
        "sigmoid network 2-4-...-4-1", "hidden layers", 1, lambda depth: network(2, *[4] * depth, 1)
    ),
    "logistic": Family("logistic map", "iterations", 2, logistic_map),
    "product": Family(
        "product x1 x2 ... xn (Speelpenning)", "factors", 2, lambda n: (np.prod, np.ones(n), ())
    ),
}
"""Families by name."""


@dataclass(frozen=True, slots=True)
class Swell:
    """Sizes of one loss and its gradient, in binary operations.

    Attributes
    ----------
    parameters : int
        P.
    loss, loss_shared : int
        The loss as written, and with each distinct operation once.
    predicted : int
        Operations of the gradient as foreseen without differentiating.
    predicted_seconds : float
        Foreseen time of ``sympy.diff``.
    expanded, shared, cse : int or None
        The gradient as written, with each distinct operation once, and after ``sympy.cse``; None
        where the derivation was refused.
    depth : int or None
        Longest path in the gradient, in nodes.
    derive_seconds, cse_seconds : float or None
        What it took.
    refused : str
        Why nothing was derived; "" where it was.
    """

    parameters: int
    loss: int
    loss_shared: int
    predicted: int
    predicted_seconds: float
    expanded: int | None = None
    shared: int | None = None
    cse: int | None = None
    depth: int | None = None
    derive_seconds: float | None = None
    cse_seconds: float | None = None
    refused: str = ""


def swell(
    loss: Callable[..., Any], params: Nest, *contexts: Any, budget_seconds: float = 10.0
) -> Swell:
    """Differentiate a loss with SymPy and count; or only predict, where that would take too long.

    Parameters
    ----------
    loss : callable
        ``loss(params, *contexts)``; every entry of every array becomes a symbol.
    params, contexts : nest
        For their shapes.
    budget_seconds : float
        Predicted time of ``sympy.diff`` beyond which nothing is derived.

    Examples
    --------
    >>> found = swell(lambda p, x: np.exp(p[0] * x) + p[1] * x, np.zeros(2), 0.0)
    >>> found.loss, found.expanded, found.shared
    (4, 3, 3)
    """
    from difflab import symbolic as engine
    from difflab.symbolic.budget import DEEPEST

    program = trace(loss, params, *contexts)
    rough = engine.from_shapes(program)
    if BUILD_PER_OPERATION * rough.loss_dag > budget_seconds:
        return _refused(rough, "the loss alone would take longer to build than the budget")
    arrays, symbols, _ = engine.input_symbols(program)
    expression = engine.scalar_loss(program, arrays)
    count = engine.Counter()
    by_leaf = [array.ravel().tolist() for array in arrays[: program.parameters]]
    predicted = engine.from_loss(expression, by_leaf)
    if predicted.seconds > budget_seconds:
        return _refused(predicted, f"deriving would take longer than {budget_seconds:g} s")
    if count.depth(expression) > DEEPEST:
        return _refused(predicted, f"the loss nests deeper than {DEEPEST} operations")

    start = time.perf_counter()
    derivatives = engine.derive(expression, symbols)
    derived = time.perf_counter()
    shared = engine.share(derivatives)
    finished = time.perf_counter()
    return Swell(
        parameters=predicted.parameters,
        loss=predicted.loss_tree,
        loss_shared=predicted.loss_dag,
        predicted=predicted.gradient_tree,
        predicted_seconds=predicted.seconds,
        expanded=sum(count.tree(derivative) for derivative in derivatives),
        shared=count.dag(derivatives),
        cse=shared.operations,
        depth=max(count.depth(derivative) for derivative in derivatives),
        derive_seconds=derived - start,
        cse_seconds=finished - derived,
    )


def _refused(predicted: Any, reason: str) -> Swell:
    return Swell(
        parameters=predicted.parameters,
        loss=predicted.loss_tree,
        loss_shared=predicted.loss_dag,
        predicted=predicted.gradient_tree,
        predicted_seconds=predicted.seconds,
        refused=reason,
    )


def measure(family: str, size: int, budget_seconds: float = 10.0) -> list[Measurement]:
    """Measure one member of a family.

    Parameters
    ----------
    family : str
        A name of `FAMILIES`: ``"chain"``, ``"mlp"``, ``"tower"``, ``"logistic"``, ``"product"``.
    size : int
        Its depth, width, number of iterations or of factors.
    budget_seconds : float
        Predicted time beyond which nothing is derived; the predictions are reported all the same.

    Returns
    -------
    list of Measurement
        Counts in operations and times in seconds, all with ``at=size``; the status says "derived",
        or why it was refused.

    Raises
    ------
    UnknownNameError
        With the nearest names.
    UsageError
        For a size that means nothing.

    Examples
    --------
    >>> found = {m.quantity: m.value for m in measure("chain", 2)}
    >>> found["loss operations"], found["expanded operations"], found["cse operations"]
    (17, 219, 30)
    """
    if family not in FAMILIES:
        raise unknown_name("family", family, FAMILIES, "difflab.studies.swell.FAMILIES")
    kind = FAMILIES[family]
    if size != int(size) or size < kind.smallest:
        raise UsageError(
            f"a {family} of {kind.size} {size!r} does not exist",
            f"the {kind.size} is a whole number from {kind.smallest} on",
            f"measure({family!r}, {kind.smallest})",
        )
    loss, params, contexts = kind.build(int(size))
    found = swell(loss, params, *contexts, budget_seconds=budget_seconds)
    numbers: dict[str, tuple[float | None, str]] = {
        "loss operations": (found.loss, "operations"),
        "shared loss operations": (found.loss_shared, "operations"),
        "predicted operations": (found.predicted, "operations"),
        "expanded operations": (found.expanded, "operations"),
        "shared operations": (found.shared, "operations"),
        "cse operations": (found.cse, "operations"),
        "depth": (found.depth, "nodes"),
        "predicted seconds": (found.predicted_seconds, "s"),
        "derive seconds": (found.derive_seconds, "s"),
        "cse seconds": (found.cse_seconds, "s"),
    }
    rows = [
        Measurement(quantity, value, unit, at=size, parameters=found.parameters)
        for quantity, (value, unit) in numbers.items()
        if value is not None
    ]
    status = f"refused: {found.refused}" if found.refused else "derived"
    return [*rows, Measurement("status", status, "", at=size, parameters=found.parameters)]
