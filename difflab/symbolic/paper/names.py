"""Names for the inputs of a program: W1, b1, W2, ... for layers, X and y for data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from difflab.emission.graph import Graph
from difflab.emission.program import argument_names
from difflab.signature import Signature
from difflab.tree import Structure

Shapes = list[tuple[Any, ...]]


def input_names(f: Callable[..., Any], signature: Signature, graph: Graph) -> list[str]:
    """Name the inputs of a recorded program after the arguments of its function.

    A list of pairs of a matrix and a vector is a network: its parameters are W1, b1, W2, b2, and
    so on. Matrices have capital letters, as on paper.

    Parameters
    ----------
    f : callable
        The function; the names of its arguments are used.
    signature : Signature
        Of the call that was recorded.
    graph : Graph
        The recording: settings among the contexts are no inputs of it.

    Returns
    -------
    list of str
        One per input, no two the same.
    """
    structure = signature.contexts
    root, *others = argument_names(f, [None] * len(structure.children))
    parameters = _layers(signature) or _nested(signature.params, root)
    shapes = [shape for shape, _ in signature.param_types]
    names = [_cased(name, shape) for name, shape in zip(parameters, shapes)]
    leaves = [
        name
        for child, argument in zip(structure.children, others)
        for name in _nested(child, argument)
    ]
    kinds = iter(zip(leaves, signature.context_types))
    for node in graph.nodes[len(names) : graph.inputs]:
        name, (shape, _) = next(k for k in kinds if k[1] == (node.shape, node.dtype))
        names.append(_cased(name, shape))
    return _apart(names)


def _layers(signature: Signature) -> list[str]:
    """W1, b1, ... for pairs of a matrix and a vector; empty for anything else."""
    pairs = signature.params.children
    shapes = [len(shape) for shape, _ in signature.param_types]
    flat = all(len(p.children) == 2 and not any(c.children for c in p.children) for p in pairs)
    if not pairs or not flat or shapes != [2, 1] * len(pairs):
        return []
    return [f"{letter}{k}" for k in range(1, len(pairs) + 1) for letter in "Wb"]


def _nested(structure: Structure, root: str) -> list[str]:
    """Names below a name: keys alone in a dict, positions as an index."""
    if structure.kind is None:
        return [root]
    names = []
    for position, child in enumerate(structure.children):
        if structure.keys:
            names += _nested(child, str(structure.keys[position]))
        else:
            joined = "," if "_" in root else "_"
            names += _nested(child, f"{root}{joined}{position + 1}")
    return names


def _cased(name: str, shape: tuple[Any, ...]) -> str:
    stem = name.rstrip("0123456789,_")
    return name.replace(stem, stem.upper(), 1) if len(shape) == 2 and len(stem) == 1 else name


def _apart(names: list[str]) -> list[str]:
    """Names that occur twice, in two dicts perhaps, are numbered."""
    return [n if names.count(n) == 1 else f"{n}_{k + 1}" for k, n in enumerate(names)]
