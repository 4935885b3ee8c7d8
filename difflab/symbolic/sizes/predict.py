"""Predicting by really differentiating: on the mirror, which is a hundred times lighter than SymPy.

Where forming all derivatives would take long, one or two of each group of parameters that enter
the loss alike are formed, and stand for the group.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from math import ceil

import numpy as np

from difflab.scalars import require_calls
from difflab.symbolic.prediction import Prediction
from difflab.symbolic.scalars import SYMPY
from difflab.symbolic.sizes.algebra import Algebra
from difflab.symbolic.sizes.alike import alike
from difflab.symbolic.sizes.calculus import Derivatives
from difflab.symbolic.sizes.field import mirrored_loss
from difflab.symbolic.sizes.nodes import Node
from difflab.symbolic.sizes.shapes import from_shapes
from difflab.symbolic.sizes.store import distinct_operations
from difflab.trace import Program

WORK = 50_000
"""Arguments looked at to form every derivative, before representatives are taken: some tenths of a
second. Representatives may take four times as much."""

LONG = 100
"""Depth of a loss at which the chain rule's products, which grow with it, cost twice as much."""

REPRESENTATIVES = 2
"""Derivatives formed of each group of alike parameters; two, so that they can disagree."""

LARGEST = 3_000_000
"""Distinct operations of a loss that is mirrored: about ten seconds, and a gigabyte."""


def predict(program: Program, work: int = WORK) -> Prediction:
    """Predict the expanded gradient of a traced loss, without SymPy building or deriving it.

    Parameters
    ----------
    program : Program
        What `difflab.trace.trace` returned.
    work : int
        How many arguments of nodes may be looked at to form every derivative.

    Returns
    -------
    Prediction
        Exact counts where ``exact`` says so; else counts of representatives, weighted. A loss
        beyond `LARGEST` is predicted from its shapes only.

    Raises
    ------
    TracingError
        When the function decides by values.
    MissingRuleError
        When a call cannot be expressed in SymPy.
    NonScalarLossError
        When the program returns an array with axes.

    Examples
    --------
    >>> import numpy as np
    >>> from difflab.trace import trace
    >>> program = trace(lambda w, x: np.sum(np.exp(x @ w)), np.ones(3), np.ones((2, 3)))
    >>> found = predict(program)
    >>> found.loss_tree, found.gradient_tree, found.gradient_calls, found.exact
    (13, 45, 6, True)
    """
    require_calls(program, SYMPY)
    rough = from_shapes(program)
    if rough.loss_dag > LARGEST:
        return rough
    algebra = Algebra()
    with _without_collector():
        loss, leaves = mirrored_loss(program, algebra)
        found = measure(algebra, loss, [symbol for leaf in leaves for symbol in leaf], work)
        algebra.forget()
    return found


def measure(algebra: Algebra, loss: Node, symbols: Sequence[Node], work: int = WORK) -> Prediction:
    """Count the derivatives of a mirrored loss.

    Examples
    --------
    >>> algebra = Algebra()
    >>> x, y = algebra.store.atom("x"), algebra.store.atom("y")
    >>> found = measure(algebra, x * y**3, [x, y])
    >>> found.gradient_tree, found.gradient_dag, found.exact
    (4, 4, True)
    """
    derivatives = Derivatives(algebra, loss, symbols)
    groups = alike(derivatives, symbols)
    exact = _work(derivatives, groups, [len(group) for group in groups]) <= work
    if not exact:
        needed = _work(derivatives, groups, [REPRESENTATIVES] * len(groups))
        groups = _merged(groups, ceil(needed / (4 * work)))
    chosen = groups if exact else [_representatives(group) for group in groups]
    tree = calls = walked = visited = 0
    formed: list[Node] = []
    for group, some in zip(groups, chosen):
        found = [derivatives.by(symbol) for symbol in some]
        formed += [slope.node for slope in found]
        tree += len(group) * sum(slope.node.tree for slope in found) // len(some)
        calls += len(group) * sum(slope.node.calls for slope in found) // len(some)
        walked += len(group) * sum(slope.walked for slope in found) // len(some)
        visited += len(group) * sum(slope.visited for slope in found) // len(some)
    return Prediction(
        parameters=len(symbols),
        loss_dag=sum(node.operations for node in derivatives.order),
        loss_tree=loss.tree,
        gradient_tree=tree,
        loss_depth=loss.depth,
        loss_calls=loss.calls,
        gradient_depth=max((node.depth for node in formed), default=0),
        gradient_calls=calls,
        gradient_dag=distinct_operations(formed) if exact else None,
        walked=walked,
        visited=visited,
        exact=exact,
    )


def _work(derivatives: Derivatives, groups: list[list[Node]], formed: list[int]) -> int:
    """Arguments looked at to form some derivatives of each group; of many groups, about."""
    step = max(1, len(groups) // 256)
    total = 0.0
    for group, count in zip(groups[::step], formed[::step]):
        above = [derivatives.order[place] for place in derivatives.above(group[0])]
        total += count * sum(len(node.args) * (1 + node.depth / LONG) for node in above)
    return round(step * total)


def _merged(groups: list[list[Node]], together: int) -> list[list[Node]]:
    """Neighbouring groups in one, where there are too many to look at each."""
    starts = range(0, len(groups), together)
    return [list(chain.from_iterable(groups[i : i + together])) for i in starts]


def _representatives(group: list[Node]) -> list[Node]:
    places = np.linspace(0, len(group) - 1, min(REPRESENTATIVES, len(group)))
    return [group[int(place)] for place in places]


@contextmanager
def _without_collector() -> Iterator[None]:
    """Nodes are many and live: looking through them for garbage would take half of the time."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()
