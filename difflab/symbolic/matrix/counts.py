"""How large a program of NumPy calls is: calls, matrix products, floating-point operations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from difflab.emission import Constant, Graph, Node
from difflab.symbolic.elementwise import is_elementwise

_PRODUCTS = frozenset({np.matmul, np.dot, np.inner, np.outer, np.tensordot, np.einsum})


@dataclass(frozen=True, slots=True)
class Counts:
    """Sizes of a program.

    Attributes
    ----------
    calls : int
        NumPy calls.
    matrix_products : int
        How many of them contract an axis.
    flops : int
        2 m k n for the product of (m, k) by (k, n), one per entry of anything elementwise, one per
        entry that is added up; moving entries is free.
    """

    calls: int
    matrix_products: int
    flops: int


def count(graph: Graph) -> Counts:
    """Count a graph.

    Examples
    --------
    >>> f8 = np.dtype(float)
    >>> x, w = Node(None, (), {}, (5, 3), f8), Node(None, (), {}, (3, 2), f8)
    >>> z = Node(np.matmul, (0, 1), {}, (5, 2), f8)
    >>> count(Graph((x, w, z, Node(np.tanh, (2,), {}, (5, 2), f8)), 2, (3,), ()))
    Counts(calls=2, matrix_products=1, flops=70)
    """
    calls = graph.nodes[graph.inputs :]
    return Counts(
        len(calls),
        sum(node.function in _PRODUCTS for node in calls),
        sum(_flops(node, graph.nodes) for node in calls),
    )


def _flops(node: Node, nodes: Sequence[Node]) -> int:
    shapes = [
        np.shape(a.value) if isinstance(a, Constant) else nodes[a].shape or ()
        for a in node.arguments
    ]
    size = int(np.prod(node.shape or ()))
    if node.function in _PRODUCTS and len(shapes) == 2:
        entries = int(np.prod(shapes[0])) * int(np.prod(shapes[1]))
        contracted = max(1, round((entries / max(size, 1)) ** 0.5))
        return 2 * size * contracted
    if node.function is not None and is_elementwise(node.function):
        return size
    reduces = any(int(np.prod(shape)) > size for shape in shapes[:1])
    return int(np.prod(shapes[0])) if reduces else 0
