"""Parameters that enter a loss in the same way, whose derivatives have the same size."""

from __future__ import annotations

from collections.abc import Sequence

from difflab.symbolic.sizes.calculus import Derivatives
from difflab.symbolic.sizes.nodes import FUNCTION, POWER, Node


def alike(derivatives: Derivatives, symbols: Sequence[Node]) -> list[list[Node]]:
    """Group symbols by how they enter an expression.

    One step of colour refinement (Weisfeiler, Leman 1968) from the expression down: the colour of
    a node is its own kind, number and sizes, with the colours of all nodes that use it. All weights
    of a layer get one colour, also where one flat vector holds every layer.

    Parameters
    ----------
    derivatives : Derivatives
        Of the expression.
    symbols : sequence of Node

    Returns
    -------
    list of list of Node
        In order of first appearance.

    Examples
    --------
    >>> from difflab.symbolic.sizes.algebra import Algebra
    >>> algebra = Algebra()
    >>> x, y, z = (algebra.store.atom(name) for name in "xyz")
    >>> groups = alike(Derivatives(algebra, x * y + z**2, [x, y, z]), [x, y, z])
    >>> [[node.label for node in group] for group in groups]
    [['x', 'y'], ['z']]
    """
    order, users = derivatives.order, derivatives.users
    colours: dict[object, int] = {}
    colour: dict[Node, int] = {}
    for node in reversed(order):
        if node not in users:  # a constant
            continue
        seen = sorted([_slot(node, order[place], colour) for place in users[node]])
        key = node.kind, node.number, node.tree, node.depth, len(node.args), *seen
        colour[node] = colours.setdefault(key, len(colours))
    groups: dict[int, list[Node]] = {}
    for symbol in symbols:
        groups.setdefault(colour.get(symbol, -1), []).append(symbol)
    return list(groups.values())


def _slot(node: Node, user: Node, colour: dict[Node, int]) -> tuple[int, int]:
    """Colour of a user, and which of its arguments the node is where that matters."""
    ordered = user.kind is POWER or user.kind is FUNCTION
    return colour[user], user.args.index(node) if ordered else 0
