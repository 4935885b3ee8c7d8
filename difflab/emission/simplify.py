"""Simplifications that keep every bit: what is computed twice, for nothing, or by a neutral factor.

Each pass takes a graph to a graph. None reassociates a sum or a product.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from difflab.emission.expand import expand
from difflab.emission.graph import (
    Argument,
    Constant,
    Graph,
    Node,
    moved,
    shape_depends_on_values,
)
from difflab.trace import Hole


def simplify(graph: Graph) -> Graph:
    """Apply all passes.

    Examples
    --------
    >>> f8 = np.dtype(float)
    >>> x = Node(None, (), {}, (3,), f8)
    >>> twice = [Node(np.sin, (0,), {}, (3,), f8), Node(np.sin, (0,), {}, (3,), f8)]
    >>> total = Node(np.add, (1, 2), {}, (3,), f8)
    >>> small = simplify(Graph((x, *twice, total), 1, (3,), ()))
    >>> [node.function.__name__ for node in small.nodes[1:]], small.nodes[2].arguments
    (['sin', 'add'], (1, 1))
    """
    return without_dead_code(without_repetition(with_scalar_constants(expand(graph))))


_STRETCHES = frozenset({np.add, np.subtract, np.multiply, np.true_divide})


def with_scalar_constants(graph: Graph) -> Graph:
    """Replace arrays of equal entries by one number.

    The cotangent of a mean is such an array: 1/n, as often as there are entries.
    """
    nodes: list[Node] = []
    for node in graph.nodes:
        if node.function in _STRETCHES and len(node.arguments) == 2:
            node = _with_numbers(node, nodes)
        nodes.append(node)
    return replace(graph, nodes=tuple(nodes))


def _with_numbers(node: Node, nodes: list[Node]) -> Node:
    left, right = node.arguments
    return replace(
        node, arguments=(_number(left, right, node, nodes), _number(right, left, node, nodes))
    )


def _number(argument: Argument, other: Argument, node: Node, nodes: list[Node]) -> Argument:
    """The number that fills an array, where the other argument has the result's shape."""
    if not isinstance(argument, Constant) or not isinstance(other, int):
        return argument
    array = argument.value
    if not isinstance(array, np.ndarray) or nodes[other].shape != node.shape or not array.size:
        return argument
    if array.dtype.kind != "f" or not array.dtype == node.dtype == nodes[other].dtype:
        return argument
    first = array[(0,) * array.ndim]
    same = (array == first).all() and (np.signbit(array) == np.signbit(first)).all()
    return Constant(first) if same else argument


def _scaling(node: Node) -> tuple[Any, int] | None:
    """Factor and node, if this is a number times a node."""
    if node.function is not np.multiply:
        return None
    left, right = node.arguments
    if isinstance(left, Constant) and isinstance(right, int) and np.ndim(left.value) == 0:
        return left.value, right
    if isinstance(right, Constant) and isinstance(left, int) and np.ndim(right.value) == 0:
        return right.value, left
    return None


def without_repetition(graph: Graph) -> Graph:
    """Compute equal calls once (common subexpressions), and leave out factors of 1."""
    nodes: list[Node] = []
    place: list[int] = []  # new index of each old node
    known: dict[Any, int] = {}
    for node in graph.nodes:
        arguments = tuple(place[a] if isinstance(a, int) else a for a in node.arguments)
        node = replace(node, arguments=arguments)
        same = _neutral(node, nodes)
        if same is None and node.function is not None:
            key = _key(node)
            same = known.setdefault(key, len(nodes)) if key is not None else None
            same = None if same == len(nodes) else same
        if same is None:
            same = len(nodes)
            nodes.append(node)
        place.append(same)
    return moved(graph, nodes, place)


def _neutral(node: Node, nodes: list[Node]) -> int | None:
    """The node that a product with 1 equals."""
    scaling = _scaling(node)
    if scaling is None or scaling[0] != 1:
        return None
    same = nodes[scaling[1]]
    return scaling[1] if (same.shape, same.dtype) == (node.shape, node.dtype) else None


def _key(node: Node) -> Any:
    """Equal for calls with equal results; None where that is not known."""
    arguments = tuple(a if isinstance(a, int) else _identity(a.value) for a in node.arguments)
    try:
        options = tuple((k, _identity(v)) for k, v in sorted(node.options.items()))
        key = (node.function, arguments, options)
        hash(key)
    except TypeError:
        return None
    return key


def _identity(value: Any) -> Any:
    """Numbers by type and spelling (0.0 is not -0.0), everything else by object."""
    if isinstance(value, (int, float, str, np.generic, type(None))):
        return type(value).__name__, repr(value)
    if isinstance(value, tuple):
        return tuple(_identity(member) for member in value)
    if isinstance(value, (slice, Hole)):
        return repr(value)
    return "object", id(value)


def without_dead_code(graph: Graph) -> Graph:
    """Keep the calls that results and decisions need; inputs stay."""
    needed = bytearray(len(graph.nodes))
    for argument in (*graph.outputs, *(decision.node for decision in graph.decisions)):
        if isinstance(argument, int):
            needed[argument] = 1
    for index in range(len(graph.nodes) - 1, -1, -1):
        if shape_depends_on_values(graph.nodes[index], graph.nodes):
            needed[index] = 1  # its shape may have become a number of the program
        if needed[index]:
            for argument in graph.nodes[index].arguments:
                if isinstance(argument, int):
                    needed[argument] = 1
    nodes: list[Node] = []
    place: list[int] = []
    for index, node in enumerate(graph.nodes):
        place.append(len(nodes))
        if needed[index] or index < graph.inputs:
            arguments = tuple(place[a] if isinstance(a, int) else a for a in node.arguments)
            nodes.append(replace(node, arguments=arguments))
    return moved(graph, nodes, place)
