"""Nests of parameters: any nesting of lists, tuples, named tuples and dicts around float arrays.

A nest is flattened into its *leaves*, in a fixed order (dict keys sorted), and a `Structure` that
can put leaves back. Gradients come back in the nest of the parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from difflab.errors import ParameterTypeError

Nest = Any
"""A nest of lists, tuples and dicts whose leaves are float arrays; typed loosely on purpose."""

_INTEGER_HELP = "write 1.0 for 1, or convert: np.asarray(w, dtype=float)"


class Structure(NamedTuple):
    """The shape of a nest without its leaves; hashable, comparable, picklable.

    A named tuple rather than a dataclass: every gradient makes and compares some, and tuples do so
    ten times faster.

    Attributes
    ----------
    kind : type or None
        ``list``, ``dict``, a tuple type, or None for a leaf.
    keys : tuple
        Sorted keys of a dict; empty otherwise.
    children : tuple of Structure
        Structures of the members, in leaf order.
    """

    kind: type | None
    keys: tuple[Any, ...] = ()
    children: tuple[Structure, ...] = ()

    def __str__(self) -> str:
        if self.kind is None:
            return "*"
        inner = [str(child) for child in self.children]
        if self.kind is dict:
            return "{" + ", ".join(f"{k!r}: {c}" for k, c in zip(self.keys, inner)) + "}"
        if self.kind is list:
            return "[" + ", ".join(inner) + "]"
        return "(" + ", ".join(inner) + ("," if len(inner) == 1 else "") + ")"


LEAF = Structure(None)
_structure = partial(tuple.__new__, Structure)  # half the time of calling the class


def _sorted_keys(nest: dict[Any, Any]) -> list[Any]:
    if _NAMES.issuperset(map(type, nest)):  # nearly always, and three times as fast
        return sorted(nest)
    return sorted(nest, key=lambda key: (type(key).__name__, key))


_NAMES = frozenset({str})


def flatten(nest: Nest) -> tuple[list[Any], Structure]:
    """Split a nest into its leaves and its structure.

    Examples
    --------
    >>> leaves, structure = flatten({"w": 1.0, "b": (2.0, 3.0)})
    >>> leaves, str(structure)
    ([2.0, 3.0, 1.0], "{'b': (*, *), 'w': *}")
    """
    leaves: list[Any] = []
    return leaves, _flatten_into(nest, leaves)


def _flatten_into(nest: Nest, leaves: list[Any]) -> Structure:
    kind: type
    keys: tuple[Any, ...] = ()
    members: Sequence[Any] = nest
    if isinstance(nest, (list, tuple)):
        kind = list if isinstance(nest, list) else type(nest)
    elif isinstance(nest, dict):
        kind, keys = dict, tuple(_sorted_keys(nest))
        members = [nest[key] for key in keys]
    else:
        leaves.append(nest)
        return LEAF
    children = []
    for member in members:
        if type(member) is np.ndarray:
            leaves.append(member)
            children.append(LEAF)
        else:
            children.append(_flatten_into(member, leaves))
    return _structure((kind, keys, tuple(children)))


def unflatten(structure: Structure, leaves: Sequence[Any]) -> Nest:
    """Put leaves back into a nest; the inverse of `flatten`.

    Examples
    --------
    >>> leaves, structure = flatten([1.0, {"b": 2.0}])
    >>> unflatten(structure, [10.0, 20.0])
    [10.0, {'b': 20.0}]
    """
    return _unflatten_from(structure, iter(leaves))


def _unflatten_from(structure: Structure, leaves: Any) -> Nest:
    kind, keys, children = structure
    if kind is None:
        return next(leaves)
    members = [
        next(leaves) if child is LEAF else _unflatten_from(child, leaves) for child in children
    ]
    if kind is list:
        return members
    if kind is tuple:
        return tuple(members)
    if kind is dict:
        return dict(zip(keys, members))
    return kind(*members) if hasattr(kind, "_fields") else kind(members)


def map_leaves(function: Callable[..., Any], nest: Nest, *others: Nest) -> Nest:
    """Apply ``function`` to every leaf of ``nest`` together with the same leaf of the others.

    Examples
    --------
    >>> map_leaves(lambda a, b: a + b, [1.0, (2.0,)], [10.0, (20.0,)])
    [11.0, (22.0,)]
    """
    leaves, structure = flatten(nest)
    rest = [flatten(other)[0] for other in others]
    return unflatten(structure, [function(*group) for group in zip(leaves, *rest, strict=True)])


def leaf_names(structure: Structure, root: str = "params") -> list[str]:
    """Name every leaf by the Python expression that reaches it.

    Examples
    --------
    >>> leaf_names(flatten([(1.0, 2.0), {"b": 3.0}])[1])
    ['params[0][0]', 'params[0][1]', "params[1]['b']"]
    """
    if structure.kind is None:
        return [root]
    names: list[str] = []
    labels = structure.keys if structure.kind is dict else range(len(structure.children))
    for label, child in zip(labels, structure.children):
        names.extend(leaf_names(child, f"{root}[{label!r}]"))
    return names


def check_parameters(leaves: Sequence[Any], structure: Structure) -> None:
    """Refuse leaves that cannot be differentiated.

    Raises
    ------
    ParameterTypeError
        For integers, booleans, complex numbers, strings, None, objects, masked arrays and matrices,
        naming the leaf.
    """
    for position, leaf in enumerate(leaves):
        kind = getattr(leaf, "dtype", None)
        kind = kind.kind if kind is not None else _kind_of_scalar(leaf)
        if kind == "f":
            if isinstance(leaf, (np.ma.MaskedArray, np.matrix)):
                raise ParameterTypeError(
                    f"{leaf_names(structure)[position]} is a {type(leaf).__name__}",
                    "its operators mean something else than those of an ndarray, and no derivative "
                    "knows them",
                    "np.asarray(w) as parameter; the mask as context, with np.where(mask, 0.0, w)",
                )
            continue
        name = leaf_names(structure)[position]
        if kind in "iub":
            raise ParameterTypeError(
                f"{name} is {'boolean' if kind == 'b' else 'an integer'} and has no derivative",
                "a derivative is a limit over ever smaller steps, and integers have none",
                _INTEGER_HELP,
            )
        if kind == "c":
            raise ParameterTypeError(
                f"{name} is complex, and difflab differentiates real parameters only",
                "several derivatives of a complex function exist, and no convention is chosen here",
                "pass real and imaginary parts as two parameters",
            )
        raise ParameterTypeError(
            f"{name} is of type {type(leaf).__name__}, not a float array",
            "parameters are nests of lists, tuples and dicts around float arrays",
            "pass everything that is not trained as a context, after the parameters",
        )


def _kind_of_scalar(leaf: Any) -> str:
    if isinstance(leaf, bool):
        return "b"
    if isinstance(leaf, int):
        return "i"
    if isinstance(leaf, float):
        return "f"
    return "c" if isinstance(leaf, complex) else "O"


def ravel(leaves: Sequence[Any]) -> np.ndarray:
    """Join leaves into one new flat vector, shape (P,), in leaf order.

    Examples
    --------
    >>> ravel([np.eye(2), 5.0])
    array([1., 0., 0., 1., 5.])
    """
    if not leaves:
        return np.zeros(0)
    return np.concatenate([np.ravel(np.asarray(leaf)) for leaf in leaves])


def unravel_like(vector: np.ndarray, leaves: Sequence[Any]) -> list[Any]:
    """Cut a flat vector into views shaped like ``leaves``; the inverse of `ravel`.

    Examples
    --------
    >>> unravel_like(np.arange(3.0), [np.zeros((2, 1)), 0.0])
    [array([[0.],
           [1.]]), array(2.)]
    """
    parts, start = [], 0
    for leaf in leaves:
        shape = np.shape(leaf)
        size = int(np.prod(shape))
        parts.append(vector[start : start + size].reshape(shape))
        start += size
    return parts


def size(nest: Nest) -> int:
    """Count the scalars in a nest, usually called P.

    Examples
    --------
    >>> size([(np.zeros((2, 4)), np.zeros(4))])
    12
    """
    return sum(int(np.prod(np.shape(leaf))) for leaf in flatten(nest)[0])


def entry_name(nest: Nest, position: int) -> str:
    """Name one scalar of a nest by its position in the flat vector.

    Examples
    --------
    >>> entry_name([(np.zeros((2, 4)), np.zeros(4))], 9)
    'params[0][1][1]'
    """
    leaves, structure = flatten(nest)
    for name, leaf in zip(leaf_names(structure), leaves):
        count = int(np.prod(np.shape(leaf)))
        if position < count:
            index = np.unravel_index(position, np.shape(leaf)) if np.shape(leaf) else ()
            return name + (f"[{', '.join(str(int(i)) for i in index)}]" if index else "")
        position -= count
    raise IndexError(f"position {position} lies beyond the nest")
