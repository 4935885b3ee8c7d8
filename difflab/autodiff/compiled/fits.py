"""A quick test whether a call is one that a program was compiled for.

`Signature.check` flattens nests and compares; for small networks that takes as long as the
gradient. So the test is emitted too: one comparison per leaf, written out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from difflab.autodiff.compiled.program import Form
from difflab.tree import Structure


def compile_fits(
    form: Form, types: list[tuple[tuple[int, ...], np.dtype[Any]]], statics: list[Any]
) -> Callable[..., bool]:
    """Return a function of the arguments that says whether they fit, and never raises.

    Parameters
    ----------
    form : Form
    types : list of (shape, dtype)
        One per dynamic leaf.
    statics : list
        The values of the other leaves.
    """
    namespace: dict[str, Any] = {"ndarray": np.ndarray}
    known, fixed = iter(types), iter(statics)
    dynamic = iter(form.dynamic)
    tests: list[str] = []

    def walk(structure: Structure, path: str) -> None:
        if structure.kind is None:
            if next(dynamic):
                tests.append(_leaf_test(path, *next(known), namespace))
            else:
                name = f"s{len(namespace)}"
                namespace[name] = next(fixed)
                tests.append(
                    f"(({path}) is {name} or (type({path}) is type({name}) and {path} == {name}))"
                )
            return
        name = f"t{len(namespace)}"
        namespace[name] = structure.kind
        tests.append(f"type({path}) is {name} and len({path}) == {len(structure.children)}")
        keys = structure.keys or range(len(structure.children))
        for key, child in zip(keys, structure.children):
            if structure.kind is dict and not isinstance(key, (str, int)):
                namespace[f"k{len(namespace)}"] = key
                walk(child, f"{path}[k{len(namespace) - 1}]")
            else:
                walk(child, f"{path}[{key!r}]")

    for argument, structure in zip(form.arguments, form.structures):
        walk(structure, argument)
    lines = "\n            and ".join(tests) or "True"
    source = (
        f"def fits({', '.join(form.arguments)}):\n"
        "    try:\n"
        f"        return bool(\n            {lines}\n        )\n"
        "    except Exception:\n"
        "        return False\n"
    )
    exec(compile(source, "<difflab signature test>", "exec"), namespace)
    return namespace["fits"]


def _leaf_test(path: str, shape: tuple[int, ...], dtype: Any, namespace: dict[str, Any]) -> str:
    name = f"d{len(namespace)}"
    namespace[name] = dtype
    if shape:
        return f"type({path}) is ndarray and {path}.dtype is {name} and {path}.shape == {shape}"
    namespace[name] = dtype.type
    plain = f" or type({path}) is float" if dtype == np.float64 else ""
    return f"(type({path}) is {name}{plain})"
