"""A quick test whether a call is one that a program was compiled for.

`Signature.check` flattens nests and compares; for small networks that takes as long as the
gradient. So the test is emitted too: one comparison per leaf, written out. Its names begin with an
underscore and its arguments are numbered, so nothing that a user names can be meant.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from difflab.tree import Structure


@dataclass(frozen=True, slots=True)
class LeafTest:
    """What a leaf has to be.

    Attributes
    ----------
    like : object
        The leaf at recording.
    is_input : bool
        Whether it is an input of the program; then shape, dtype and layout count (sums follow
        the memory), otherwise the value.
    """

    like: Any
    is_input: bool


def compile_fits(
    structures: Sequence[Structure], leaves: Sequence[LeafTest]
) -> Callable[..., bool]:
    """Return a function of the arguments that says whether they fit, and never raises.

    Parameters
    ----------
    structures : sequence of Structure
        The nest of each argument.
    leaves : sequence of LeafTest
        Of all arguments, in order.

    Examples
    --------
    >>> from difflab.tree import flatten
    >>> fits = compile_fits([flatten(1.0)[1]], [LeafTest(np.ones(2), is_input=True)])
    >>> fits(np.zeros(2)), fits(np.zeros(3)), fits([1.0, 2.0])
    (True, False, False)
    """
    namespace: dict[str, Any] = {"_array": np.ndarray, "_same": same_setting}
    remaining = iter(leaves)
    tests: list[str] = []

    def named(value: Any) -> str:
        name = f"_{len(namespace)}"
        namespace[name] = value
        return name

    def walk(structure: Structure, path: str) -> None:
        if structure.kind is None:
            tests.append(_leaf_test(path, next(remaining), named))
            return
        count = len(structure.children)
        tests.append(f"type({path}) is {named(structure.kind)} and len({path}) == {count}")
        for key, child in zip(structure.keys or range(count), structure.children):
            walk(child, f"{path}[{key if type(key) is int else named(key)}]")

    arguments = [f"_argument{k}" for k in range(len(structures))]
    for argument, structure in zip(arguments, structures):
        walk(structure, argument)
    lines = "\n            and ".join(tests) or "True"
    source = (
        f"def _fits({''.join(f'{name}=None, ' for name in arguments)}*_others):\n"
        "    if _others:\n"
        "        return False\n"
        "    try:\n"
        f"        return bool(\n            {lines}\n        )\n"
        "    except Exception:\n"
        "        return False\n"
    )
    exec(compile(source, "<difflab signature test>", "exec"), namespace)
    return namespace["_fits"]


def _leaf_test(path: str, leaf: LeafTest, named: Callable[[Any], str]) -> str:
    like = leaf.like
    if not leaf.is_input:
        return f"_same({path}, {named(like)})"
    if type(like) is np.ndarray:
        dtype = named(like.dtype)
        right_type = f"({path}.dtype is {dtype} or {path}.dtype == {dtype})"
        strides = f" and {path}.strides == {like.strides}" if like.ndim > 1 else ""
        return f"type({path}) is _array and {path}.shape == {like.shape} and {right_type}{strides}"
    plain = f" or type({path}) is float" if np.asarray(like).dtype == np.float64 else ""
    return f"(type({path}) is {named(np.asarray(like).dtype.type)}{plain})"


def same_setting(one: Any, other: Any) -> bool:
    """Whether two settings are the same: of one type, equal, and for floats of one sign.

    Examples
    --------
    >>> same_setting(2, 2), same_setting(2, 2.0), same_setting(0.0, -0.0)
    (True, False, False)
    """
    if type(one) is not type(other):
        return False
    if type(one) in (float, complex):
        return repr(one) == repr(other)
    return one is other or bool(one == other)
