"""Programs in which every array has one entry: computed with NumPy numbers instead of arrays.

The lecture's simplest network is such a program. A product of two NumPy numbers takes a tenth of
the time of a product of two arrays with one entry, and gives the same bits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from difflab import functions as own
from difflab.emission.graph import Argument, Constant, Graph, Node, moved
from difflab.transposes import column_sums


@dataclass(frozen=True, slots=True)
class Unboxed:
    """A graph of numbers, and what its arguments and results are in the call.

    Attributes
    ----------
    graph : Graph
        Every node without axes.
    inputs, outputs : tuple of int
        How many axes each argument has, and each result gets.
    """

    graph: Graph
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


def unboxed(graph: Graph) -> Unboxed | None:
    """Return the graph on numbers, or None where some array has other than one entry.

    Examples
    --------
    >>> f8 = np.dtype(float)
    >>> x = Node(None, (), {}, (1, 1), f8)
    >>> y = Node(np.matmul, (0, 0), {}, (1, 1), f8)
    >>> small = unboxed(Graph((x, y), 1, (1,), ()))
    >>> [node.function.__name__ for node in small.graph.nodes[1:]], small.inputs, small.outputs
    (['multiply', 'add'], (2,), (2,))
    """
    if not any(node.shape for node in graph.nodes) or not all(map(_has_one_entry, graph.nodes)):
        return None
    nodes: list[Node] = []
    place: list[int] = []
    for index, old in enumerate(graph.nodes):
        if index < graph.inputs:
            nodes.append(replace(old, shape=()))
        else:
            arguments = tuple(_placed(argument, place) for argument in old.arguments)
            parts = _on_numbers(replace(old, arguments=arguments, shape=()), len(nodes))
            if parts is None:
                return None
            if not parts:  # the same number, in another shape
                if not isinstance(arguments[0], int):
                    return None
                place.append(arguments[0])
                continue
            nodes.extend(parts)
        place.append(len(nodes) - 1)
    inputs = tuple(len(node.shape or ()) for node in graph.nodes[: graph.inputs])
    outputs = tuple(
        len(graph.nodes[o].shape or ()) if isinstance(o, int) else np.ndim(o.value)
        for o in graph.outputs
    )
    return Unboxed(moved(graph, nodes, place), inputs, outputs)


def _has_one_entry(node: Node) -> bool:
    floats = node.dtype is not None and node.dtype in (np.float64, np.float32)
    constants = [a.value for a in node.arguments if isinstance(a, Constant)]
    return (
        floats
        and node.shape is not None
        and all(length == 1 for length in node.shape)
        and all(np.size(value) == 1 for value in constants)
    )


def _placed(argument: Argument, place: Sequence[int]) -> Argument:
    if isinstance(argument, int):
        return place[argument]
    value = argument.value
    return Constant(value.reshape(())[()]) if isinstance(value, np.ndarray) else argument


def _on_numbers(node: Node, position: int) -> list[Node] | None:
    """The calls that compute a node from numbers; none if its argument is the result already."""
    if node.function in _REARRANGE:
        return []
    from_zero = replace(node, function=np.add, options={})
    product = replace(node, function=np.multiply, options={})
    if node.function is np.dot:  # which multiplies by a matrix with one entry as by a number
        return [product]
    if node.function is np.matmul:  # which begins its sums at +0, so that -0 comes out as 0
        return [product, replace(from_zero, arguments=(position, Constant(0.0)))]
    if node.function in (np.sum, np.mean) and set(node.options) <= {"axis", "keepdims"}:
        return [replace(from_zero, arguments=(*node.arguments, Constant(0.0)))]
    if (type(node.function) is np.ufunc and not node.options) or node.function in _OWN:
        return [node]
    return None


_REARRANGE: frozenset[Callable[..., Any] | None] = frozenset(
    {np.swapaxes, np.transpose, np.reshape, np.squeeze, np.expand_dims, np.ravel, column_sums}
)
_OWN: frozenset[Callable[..., Any] | None] = frozenset(
    {own.sigmoid, own.softplus, own.relu, own.leaky_relu, own.gelu, own.normal_cdf}
)
