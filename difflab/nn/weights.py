"""Weights as files: parameters saved to npz and read again.

A file is an npz whose members carry names a reader knows, ``layer1.weight``, ``layer1.bias``, ...,
so ``numpy.load(path)["layer1.weight"]`` opens it anywhere. One more member, a small JSON, holds the
nesting. Nothing is pickled, and reading a file never runs code.
"""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy

from difflab.errors import DataError, UsageError
from difflab.files import write_bytes_atomically
from difflab.nn.archive import UNREADABLE
from difflab.nn.mlp import MLP, is_list_of_pairs, leaf_labels
from difflab.tree import Nest, Structure, check_parameters, flatten, unflatten

FORMAT = "difflab weights 1"
_FORM = "structure.json"
_ANOTHER_FILE = "a file that save_weights wrote; one that was cut off has to be copied again"


def save_weights(path: Path | str, params: Nest) -> None:
    """Write parameters to an npz file in one step.

    Parameters
    ----------
    path : path
        Conventionally with the ending ``.npz``; nothing is appended.
    params : nest of float arrays
        Dicts need keys of text.

    Raises
    ------
    ParameterTypeError
        For leaves that are no floats.
    UsageError
        For keys that are not text, or that give two leaves one name.
    OutputError
        When the file cannot be written; an old one stays.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "line.npz"
    >>> save_weights(path, [(np.array([[3.0]]), np.array([1.0]))])
    >>> load_weights(path)
    [(array([[3.]]), array([1.]))]
    >>> np.load(path)["layer1.weight"]
    array([[3.]])
    """
    leaves, structure = flatten(params)
    check_parameters(leaves, structure)
    names = member_names(params)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        form = {"format": FORMAT, "nesting": _nesting(structure, iter(names))}
        # ZipInfo has a fixed date: the same weights are the same bytes
        archive.writestr(zipfile.ZipInfo(_FORM), json.dumps(form))
        for name, leaf in zip(names, leaves):
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
                npy.write_array(member, np.asarray(leaf), allow_pickle=False)
    write_bytes_atomically(Path(path), stream.getvalue())


def load_weights(path: Path | str, like: Nest | MLP | None = None) -> Nest:
    """Read parameters from a file that `save_weights` wrote.

    Parameters
    ----------
    path : path
    like : nest or MLP, optional
        Parameters, or a network, that they have to fit. They take the dtypes of a nest.

    Returns
    -------
    nest
        Nested as they were saved; named tuples come as tuples, arrays without axes as scalars.

    Raises
    ------
    DataError
        When there is no such file, it is damaged or something else, holds pickled objects, or holds
        the weights of another model, with what differs layer by layer.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise DataError(
            f"cannot read {path}", error.strerror or str(error), "the path of a file that exists"
        ) from error
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            form = json.loads(archive.read(_FORM))
            if not isinstance(form, dict) or form.get("format") != FORMAT:
                raise ValueError(f"its {_FORM} does not say {FORMAT!r}")
            params = _nest(form["nesting"], archive)
    except UNREADABLE as error:
        detail = str(error).splitlines()[0] if str(error) else "no detail"
        raise DataError(
            f"{path} does not hold weights that can be read",
            f"{type(error).__name__}: {detail}",
            _ANOTHER_FILE,
        ) from error
    if like is None:
        return params
    wanted = blank(like) if isinstance(like, MLP) else like
    differing = differences(params, wanted)
    if differing:
        raise DataError(
            f"{path} holds the weights of another model",
            "; ".join(differing),
            "the file of this model, or load_weights(path) without like to look at them",
        )
    if isinstance(like, MLP):
        return params
    leaves, structure = flatten(like)
    kept = flatten(params)[0]
    return unflatten(
        structure, [leaf.astype(np.asarray(old).dtype) for leaf, old in zip(kept, leaves)]
    )


def differences(params: Nest, wanted: Nest) -> list[str]:
    """Say where the shapes of two nests differ, leaf by leaf; an empty list where nowhere.

    Examples
    --------
    >>> differences([(np.eye(2), np.zeros(2))], [(np.ones((2, 3)), np.zeros(3))])
    ['layer 1 weights: (2, 2) instead of (2, 3)', 'layer 1 biases: (2,) instead of (3,)']
    >>> differences([(np.eye(2), np.zeros(2))], [])
    ['layer 1 weights: (2, 2), which is not wanted', 'layer 1 biases: (2,), which is not wanted']
    """
    found = dict(zip(leaf_labels(params), map(np.shape, flatten(params)[0])))
    expected = dict(zip(leaf_labels(wanted), map(np.shape, flatten(wanted)[0])))
    said = []
    for label in dict.fromkeys([*expected, *found]):
        mine, theirs = found.get(label), expected.get(label)
        if theirs is None:
            said.append(f"{label}: {mine}, which is not wanted")
        elif mine is None:
            said.append(f"{label}: missing, {theirs} is wanted")
        elif mine != theirs:
            said.append(f"{label}: {mine} instead of {theirs}")
    return said


def blank(model: MLP) -> list[tuple[np.ndarray, np.ndarray]]:
    """Zeros in the shapes of a network's parameters."""
    return [(np.zeros((fan_in, out)), np.zeros(out)) for fan_in, out in model.layers]


def member_names(params: Nest) -> list[str]:
    """Names of the leaves in a file.

    Raises
    ------
    UsageError
        For keys that are not text, or that give two leaves one name.

    Examples
    --------
    >>> member_names([(np.eye(2), np.zeros(2))]), member_names({"a": [1.0, 2.0]})
    (['layer1.weight', 'layer1.bias'], ['a.0', 'a.1'])
    """
    if is_list_of_pairs(params):
        parts = ("weight", "bias")
        return [f"layer{n}.{part}" for n in range(1, len(params) + 1) for part in parts]
    names = list(_paths(flatten(params)[1], ()))
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(
            f"two arrays would be named {twice[0]!r} in the file",
            "names join the keys on the way with dots",
            "keys without dots",
        )
    return names


def _paths(structure: Structure, way: tuple[str, ...]) -> Any:
    if structure.kind is None:
        yield ".".join(way) or "params"
        return
    keys = structure.keys if structure.kind is dict else range(len(structure.children))
    for key, child in zip(keys, structure.children):
        if structure.kind is dict and not isinstance(key, str):
            raise UsageError(
                f"the key {key!r} cannot be saved", "a file keeps keys as text", repr(str(key))
            )
        yield from _paths(child, (*way, str(key)))


def _nesting(structure: Structure, names: Any) -> Any:
    """The nesting as JSON: a name for a leaf, {"list": [...]} and so on around it."""
    if structure.kind is None:
        return next(names)
    members = [_nesting(child, names) for child in structure.children]
    if structure.kind is dict:
        return {"dict": dict(zip(structure.keys, members))}
    return {"list" if structure.kind is list else "tuple": members}


def _nest(nesting: Any, archive: zipfile.ZipFile) -> Nest:
    if isinstance(nesting, str):
        with archive.open(f"{nesting}.npy") as member:
            leaf = npy.read_array(member, allow_pickle=False)
        if leaf.dtype.kind != "f":
            raise ValueError(f"{nesting} holds {leaf.dtype}, and weights are floats")
        return leaf[()]
    ((kind, members),) = nesting.items()
    if kind == "dict":
        return {key: _nest(member, archive) for key, member in members.items()}
    made = [_nest(member, archive) for member in members]
    return {"list": list, "tuple": tuple}[kind](made)
