"""The graph that is emitted: value and gradient of one recording, as a list of NumPy calls.

The rules of every engine are plain NumPy. So when a gradient is computed on traced arrays, the
calls of the reverse sweep land on the same tape as those of the function: that tape is a
straight-line program for both.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from difflab.trace import TracedArray, component, recording, traced_input
from difflab.tree import Structure, unflatten


@dataclass(frozen=True, slots=True, eq=False)
class Constant:
    """An argument that does not depend on any input: a number or array, as it was recorded."""

    value: Any


Argument = int | Constant
"""A node's index, or a constant."""


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One call of the program, or an input of it.

    Attributes
    ----------
    function : callable or None
        What is called; None for an input.
    arguments : tuple of Argument
    options : dict
        The other arguments, by name.
    shape, dtype
        Of the result; None where a call has several results.
    in_rows, in_one_piece : bool
        Whether the result lay in memory row after row (C order), and whether in either order
        without gaps; sums follow the memory.
    """

    function: Callable[..., Any] | None
    arguments: tuple[Argument, ...]
    options: dict[str, Any]
    shape: tuple[int, ...] | None
    dtype: np.dtype[Any] | None
    in_rows: bool = True
    in_one_piece: bool = True

    @property
    def nbytes(self) -> int:
        """Size of the result in bytes; 0 where it is not one array."""
        if self.shape is None or self.dtype is None:
            return 0
        return int(np.prod(self.shape)) * self.dtype.itemsize


@dataclass(frozen=True, slots=True)
class Decision:
    """A Python branch that looked at a value: the program holds only while it comes out the same.

    Attributes
    ----------
    node : int
        Whose value was looked at.
    outcome : bool
    line : str
        File and line of the decision.
    """

    node: int
    outcome: bool
    line: str


@dataclass(frozen=True, slots=True)
class Graph:
    """A program: value and gradient as functions of parameters and contexts.

    Attributes
    ----------
    nodes : tuple of Node
        Inputs first, then calls in the order they were made.
    inputs : int
        How many inputs.
    outputs : tuple of Argument
        The value, then the gradient's leaves.
    decisions : tuple of Decision
    """

    nodes: tuple[Node, ...]
    inputs: int
    outputs: tuple[Argument, ...]
    decisions: tuple[Decision, ...]

    @property
    def calls(self) -> int:
        """How many NumPy calls the program makes."""
        return len(self.nodes) - self.inputs


def moved(graph: Graph, nodes: list[Node], place: list[int]) -> Graph:
    """The graph with these nodes, and everything else pointing to their new places."""
    return Graph(
        tuple(nodes),
        graph.inputs,
        tuple(place[o] if isinstance(o, int) else o for o in graph.outputs),
        tuple(Decision(place[d.node], d.outcome, d.line) for d in graph.decisions),
    )


def record_both(
    both: Callable[..., Any],
    leaves: Sequence[Any],
    structure: Structure,
    contexts: Sequence[Any],
    context_structure: Structure,
    dynamic: Sequence[bool],
) -> Graph:
    """Record value and gradient of a function once.

    Parameters
    ----------
    both : callable
        ``both(params, *contexts) -> (value, gradient nest)``, in calls that a tape records.
    leaves, structure
        The parameters, flat.
    contexts, context_structure
        The contexts, flat.
    dynamic : sequence of bool
        Which contexts are inputs of the program; the others are part of it.

    Returns
    -------
    Graph
        Not yet simplified.
    """
    with recording() as tape:
        inputs = [traced_input(tape, leaf) for leaf in leaves]
        given = [traced_input(tape, c) if d else c for c, d in zip(contexts, dynamic)]
        value, gradient = both(unflatten(structure, inputs), *unflatten(context_structure, given))
    results = [value, *_flat(gradient, structure)]
    kept: dict[int, Constant] = {}  # one constant per array, as it is now: it may change later
    nodes = tuple(
        Node(
            function,
            tuple(
                parent if parent >= 0 else _constant(operand, kept)
                for parent, operand in zip(parents, operands)
            ),
            options,
            None if isinstance(result, tuple) else np.shape(result),
            None if isinstance(result, tuple) else result.dtype,
            type(result) is not np.ndarray or result.flags.c_contiguous,
            type(result) is not np.ndarray or result.flags.forc,
        )
        for function, operands, parents, options, result in tape.calls
    )
    outputs = tuple(r.index if type(r) is TracedArray else Constant(r) for r in results)
    decisions = tuple(Decision(b.index, b.outcome, b.line) for b in tape.branches)
    return Graph(nodes, len(inputs) + sum(dynamic), outputs, decisions)


def _constant(operand: Any, kept: dict[int, Constant]) -> Constant:
    if type(operand) is not np.ndarray:
        return Constant(operand)
    if id(operand) not in kept:
        same = operand.strides and not any(operand.strides)  # one number, stretched
        kept[id(operand)] = Constant(operand if same else operand.copy(order="K"))
    return kept[id(operand)]


def _flat(gradient: Any, structure: Structure) -> list[Any]:
    """Leaves of a gradient whose leaves are traced arrays."""
    if structure.kind is None:
        return [gradient]
    members = [gradient[key] for key in structure.keys] if structure.keys else list(gradient)
    return [
        leaf for member, child in zip(members, structure.children) for leaf in _flat(member, child)
    ]


def shape_depends_on_values(node: Node, nodes: Sequence[Node]) -> bool:
    """Whether another run may give a node's result another shape: masks that are computed.

    Examples
    --------
    >>> from difflab.trace import Hole
    >>> mask = Node(np.greater, (0,), {}, (3,), np.dtype(bool))
    >>> picked = Node(operator.getitem, (0, 1), {"index": Hole(1)}, (2,), np.dtype(float))
    >>> shape_depends_on_values(picked, [mask, mask])
    True
    """
    if node.function is component and isinstance(node.arguments[0], int):
        node = nodes[node.arguments[0]]
    if hasattr(node.function, "rule"):  # the user's own, which may do anything
        return True
    if node.function is np.repeat:
        return any(isinstance(argument, int) for argument in node.arguments[1:])
    if node.function is not operator.getitem:
        return False
    masks = [nodes[a].dtype for a in node.arguments[1:] if isinstance(a, int)]
    return any(dtype is not None and dtype.kind == "b" for dtype in masks)


def takes_another_path(one: Graph, other: Graph) -> bool:
    """Whether two recordings part at a decision by value."""
    for a, b in zip(one.decisions, other.decisions):
        if a != b:
            return (a.node, a.line) == (b.node, b.line)
    return False


def difference(one: Graph, other: Graph) -> str:
    """Say where two recordings of one function differ; "" where they agree.

    Examples
    --------
    >>> empty = Graph((), 0, (), ())
    >>> difference(empty, empty)
    ''
    """
    from difflab.trace import name_of

    for index, (a, b) in enumerate(zip(one.nodes, other.nodes)):
        if a.function is not b.function:
            return f"call {index} was {name_of(a.function)} and is now {name_of(b.function)}"
        if (a.shape, a.dtype) != (b.shape, b.dtype) or len(a.arguments) != len(b.arguments):
            return f"{name_of(a.function)} (call {index}) has other shapes"
        for left, right in zip(a.arguments, b.arguments):
            if not _same_argument(left, right):
                return f"{name_of(a.function)} (call {index}) was given other numbers"
        if not _same(a.options, b.options):
            return f"{name_of(a.function)} (call {index}) was given other options"
    if len(one.nodes) != len(other.nodes):
        return f"it made {one.calls} calls and now makes {other.calls}"
    if not all(_same_argument(a, b) for a, b in zip(one.outputs, other.outputs)):
        return "another result is returned"
    return ""


def _same_argument(left: Argument, right: Argument) -> bool:
    if isinstance(left, Constant) and isinstance(right, Constant):
        return _same(left.value, right.value)
    return left == right


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, np.ndarray) or isinstance(right, np.ndarray):
        left, right = np.asarray(left), np.asarray(right)
        same_kind = left.shape == right.shape and left.dtype == right.dtype
        return same_kind and left.tobytes() == right.tobytes()
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_same(left[k], right[k]) for k in left)
    if isinstance(left, (tuple, list)) and isinstance(right, (tuple, list)):
        return len(left) == len(right) and all(map(_same, left, right))
    return left is right or bool(left == right) or (left != left and right != right)
