"""Where large results live: buffers made once, and used again as soon as nothing needs them.

A large array that NumPy allocates anew at every call costs page faults, and finds nothing in the
cache. Small ones are cheaper to allocate than to place. So results of at least `LARGE` bytes get a
place in a workspace: that of an operand which is needed no more, or a free one, or a new one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from difflab import functions as own
from difflab.emission.graph import Graph, Node
from difflab.transposes import column_sums

LARGE = 16384
"""Bytes from which a result is written into the workspace. Below, allocation is quicker."""

Buffer = tuple[tuple[int, ...], np.dtype[Any]]
"""Shape and dtype of an array of the workspace."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """The memory plan of a graph.

    Attributes
    ----------
    buffers : tuple of (shape, dtype)
        The arrays to make.
    place : dict of int to int
        Node to buffer, for the nodes that are written into one.
    """

    buffers: tuple[Buffer, ...]
    place: dict[int, int]

    @property
    def nbytes(self) -> int:
        """Size of all buffers."""
        return sum(int(np.prod(shape)) * dtype.itemsize for shape, dtype in self.buffers)

    def allocate(self) -> tuple[np.ndarray, ...]:
        """Make the buffers."""
        return tuple(np.empty(shape, dtype) for shape, dtype in self.buffers)


def makes_new_array(node: Node) -> bool:
    """Whether the result shares no memory with the arguments, whatever they are."""
    return isinstance(node.function, np.ufunc) or node.function in _FRESH


def takes_out(node: Node) -> bool:
    """Whether the call can write into a buffer in C order and give the bits that it gave."""
    if node.options or not node.in_rows:
        return False
    return type(node.function) is np.ufunc or is_matrix_product(node)


def is_matrix_product(node: Node) -> bool:
    """Whether a call of ``np.dot`` gives a matrix."""
    return node.function is np.dot and node.shape is not None and len(node.shape) == 2


_FRESH: frozenset[Callable[..., Any]] = frozenset(
    {
        *(np.where, np.dot, np.sum, np.mean, np.max, np.min, np.concatenate, np.stack),
        *(column_sums, own.sigmoid, own.relu, own.softplus, own.softmax, own.log_softmax),
        *(own.leaky_relu, own.gelu, own.normal_cdf),
        *(own.logsumexp, own.softmax_cross_entropy, own.binary_cross_entropy),
        *(own.exponential, own.expected_surprise),
    }
)


def uses_of(graph: Graph) -> list[int]:
    """How often each node is read, by calls and as a result."""
    uses = [0] * len(graph.nodes)
    for node in graph.nodes:
        for argument in node.arguments:
            if isinstance(argument, int):
                uses[argument] += 1
    for output in graph.outputs:
        if isinstance(output, int):
            uses[output] += 1
    return uses


def plan(graph: Graph, large: int = LARGE) -> Workspace:
    """Place the large results of a graph.

    Parameters
    ----------
    graph : Graph
    large : int
        Bytes from which a result is placed.

    Examples
    --------
    >>> f8 = np.dtype(float)
    >>> x = Node(None, (), {}, (5000,), f8)
    >>> chain = [Node(np.sin, (k,), {}, (5000,), f8) for k in range(3)]
    >>> total = Node(np.sum, (3,), {}, (), f8)
    >>> memory = plan(Graph((x, *chain, total), 1, (4,), ()))
    >>> memory.place, len(memory.buffers)
    ({1: 0, 2: 0, 3: 0}, 1)
    """
    owners = _owners(graph)
    results = {n for output in graph.outputs if isinstance(output, int) for n in owners[output]}
    placed = [
        index >= graph.inputs and index not in results and node.nbytes >= large and takes_out(node)
        for index, node in enumerate(graph.nodes)
    ]
    last_use = _last_uses(graph, owners, placed)
    expiring: dict[int, list[int]] = {}
    for index in range(len(graph.nodes)):
        if placed[index]:
            expiring.setdefault(last_use[index], []).append(index)
    place: dict[int, int] = {}
    buffers: list[Buffer] = []
    free: dict[Buffer, list[int]] = {}
    for index, node in enumerate(graph.nodes):
        dying = expiring.get(index, [])
        if placed[index]:
            wanted = (node.shape or (), node.dtype or np.dtype(float))
            overwritten = _overwritten(node, dying, owners, graph)
            if overwritten is not None:
                place[index] = place[overwritten]
                dying.remove(overwritten)
            elif free.get(wanted):
                place[index] = free[wanted].pop()
            else:
                place[index] = len(buffers)
                buffers.append(wanted)
        for node_done in dying:
            free.setdefault(buffers[place[node_done]], []).append(place[node_done])
    return Workspace(tuple(buffers), place)


def _overwritten(
    node: Node, dying: list[int], owners: list[frozenset[int]], graph: Graph
) -> int | None:
    """Find an argument whose memory an elementwise call may overwrite with its own result."""
    if not isinstance(node.function, np.ufunc) or node.function.signature:
        return None
    arguments = [a for a in node.arguments if isinstance(a, int)]
    for argument in arguments:
        same = graph.nodes[argument]
        if argument not in dying or (same.shape, same.dtype) != (node.shape, node.dtype):
            continue
        # a view of the same memory in another order would be read too late
        if not any(other != argument and argument in owners[other] for other in arguments):
            return argument
    return None


def _owners(graph: Graph) -> list[frozenset[int]]:
    """For each node the nodes whose memory its result may lie in."""
    owners: list[frozenset[int]] = []
    for index, node in enumerate(graph.nodes):
        if index < graph.inputs or makes_new_array(node):
            owners.append(frozenset({index}))
        else:
            mine = {index}.union(*(owners[a] for a in node.arguments if isinstance(a, int)))
            owners.append(frozenset(mine))
    return owners


def _last_uses(graph: Graph, owners: list[frozenset[int]], placed: list[bool]) -> list[int]:
    """For each node the last call that may read its memory; results are read after all.

    A value that is used once may be written inside the call that uses it: then its own arguments
    are read there.
    """
    uses = uses_of(graph)
    reader = list(range(len(graph.nodes)))
    for index in range(len(graph.nodes) - 1, -1, -1):
        for argument in graph.nodes[index].arguments:
            if isinstance(argument, int) and uses[argument] == 1 and not placed[argument]:
                reader[argument] = reader[index]
    last = list(range(len(graph.nodes)))
    for index, node in enumerate(graph.nodes):
        for argument in node.arguments:
            if isinstance(argument, int):
                for owner in owners[argument]:
                    last[owner] = max(last[owner], reader[index])
    for output in graph.outputs:
        if isinstance(output, int):
            for owner in owners[output]:
                last[owner] = len(graph.nodes)
    return last
