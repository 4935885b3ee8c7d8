"""Calls replaced by others that give the same bits, and are cheaper or shared by neighbours.

A rule asks for ``softmax(z)`` where the loss has already computed ``log_softmax(z)`` inside
``softmax_cross_entropy``: taken apart, both share it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from difflab import functions as own
from difflab.emission.graph import Argument, Constant, Graph, Node, moved
from difflab.emission.memory import LARGE
from difflab.transposes import LARGE_MATRIX, column_sums, ones_of


def expand(graph: Graph) -> Graph:
    """Replace what can be replaced.

    Examples
    --------
    >>> f8 = np.dtype(float)
    >>> z = Node(None, (), {}, (5, 3), f8)
    >>> p = Node(own.softmax, (0,), {"axis": -1}, (5, 3), f8)
    >>> [node.function.__name__ for node in expand(Graph((z, p), 1, (1,), ())).nodes[1:]]
    ['log_softmax', 'exponential']
    """
    nodes: list[Node] = []
    place: list[int] = []
    for old in graph.nodes:
        node = replace(old, arguments=tuple(_placed(a, place) for a in old.arguments))
        expansion = EXPANSIONS.get(node.function) if node.function is not None else None
        for part in expansion(node, nodes) if expansion else [node]:
            nodes.append(part)
        place.append(len(nodes) - 1)
    return moved(graph, nodes, place)


def _placed(argument: Argument, place: list[int]) -> Argument:
    return place[argument] if isinstance(argument, int) else argument


Expansion = Callable[[Node, list[Node]], list[Node]]
"""``expansion(node, nodes before it)`` returns the nodes that take its place."""


def _softmax(node: Node, before: list[Node]) -> list[Node]:
    logarithms = replace(node, function=own.log_softmax, options={"axis": -1} | node.options)
    return [
        logarithms,
        replace(node, function=own.exponential, arguments=(len(before),), options={}),
    ]


def _cross_entropy(node: Node, before: list[Node]) -> list[Node]:
    logits, targets = node.arguments
    if not isinstance(logits, int):
        return [node]
    same = before[logits]
    options = {"axis": -1} | node.options
    logarithms = Node(own.log_softmax, (logits,), options, same.shape, same.dtype)
    rest = replace(
        node, function=own.expected_surprise, arguments=(len(before), targets), options=options
    )
    return [logarithms, rest]


def _relu(node: Node, before: list[Node]) -> list[Node]:  # noqa: ARG001
    if node.dtype is None or node.dtype.kind != "f":
        return [node]
    return [replace(node, function=np.maximum, arguments=(*node.arguments, Constant(0)))]


def _leaky_relu(node: Node, before: list[Node]) -> list[Node]:
    if node.dtype is None or node.dtype.kind != "f":
        return [node]
    (operand,) = node.arguments
    leak = replace(node, function=np.multiply, arguments=(Constant(own.LEAK), operand))
    return [leak, replace(node, function=np.maximum, arguments=(operand, len(before)))]


def _gelu(node: Node, before: list[Node]) -> list[Node]:
    """Its slope asks for the same distribution function."""
    share = replace(node, function=own.normal_cdf)
    return [share, replace(node, function=np.multiply, arguments=(*node.arguments, len(before)))]


def _matmul(node: Node, before: list[Node]) -> list[Node]:
    """Matrix times matrix: ``dot`` calls the same BLAS routine in half the time of ``matmul``.

    Only where both lie in memory without gaps; elsewhere ``matmul`` does without BLAS. A long
    column times a row is faster still as a product with broadcasting. Sums begin at +0, and so does
    this one: otherwise some zeros would come out as -0.
    """
    left, right = (_as_node(argument, before) for argument in node.arguments)
    if not left.shape or not right.shape or len(left.shape) != 2 or len(right.shape) != 2:
        return [node]
    if left.shape[1] == 1 and node.nbytes >= LARGE:
        product = replace(node, function=np.multiply)
        start = Constant(0.0)
        return [product, replace(node, function=np.add, arguments=(len(before), start))]
    floats = left.dtype == right.dtype and left.dtype in (np.float64, np.float32)
    sizes = left.shape[0] * left.shape[1], right.shape[0] * right.shape[1]
    if sizes[0] >= LARGE_MATRIX or 1 in sizes:  # of one entry, dot gives -0 where matmul gives 0
        return [node]
    if floats and left.in_one_piece and right.in_one_piece and 0 not in left.shape + right.shape:
        return [replace(node, function=np.dot)]
    return [node]


def _as_node(argument: Argument, before: list[Node]) -> Node:
    """What is known of an argument, as of a node."""
    if isinstance(argument, int):
        return before[argument]
    value = np.asarray(argument.value)
    return Node(None, (), {}, value.shape, value.dtype, in_one_piece=value.flags.forc)


def _power(node: Node, before: list[Node]) -> list[Node]:  # noqa: ARG001
    exponent = node.arguments[1]
    if (
        node.shape
        and node.dtype is not None
        and node.dtype.kind == "f"
        and isinstance(exponent, Constant)
        and type(exponent.value) is int
        and exponent.value == 2
    ):
        return [replace(node, function=np.square, arguments=node.arguments[:1])]
    return [node]


def _column_sums(node: Node, before: list[Node]) -> list[Node]:
    """What the function does, without the call."""
    (matrix,) = node.arguments
    rows = (before[matrix].shape or (1,))[0] if isinstance(matrix, int) else 1
    if rows == 1 or node.dtype is None:
        return [node]
    ones = Constant(ones_of(rows, node.dtype.char))
    return [replace(node, function=np.dot, arguments=(ones, matrix))]


EXPANSIONS: dict[Callable[..., object], Expansion] = {
    own.softmax: _softmax,
    own.softmax_cross_entropy: _cross_entropy,
    own.relu: _relu,
    own.leaky_relu: _leaky_relu,
    own.gelu: _gelu,
    np.matmul: _matmul,
    np.power: _power,
    column_sums: _column_sums,
}
"""What takes the place of a call."""
