"""A network's loss along one parameter, and the short names of parameters: W1[3,5], b2[0]."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from difflab import tasks
from difflab.errors import UnknownNameError
from difflab.nn import Objective
from difflab.studies.problem import Problem, problem
from difflab.tree import Nest, flatten, map_leaves, unflatten

SAMPLES = 16
"""Batch of the loss: the error of a derivative does not depend on how large it is."""

STACK_BYTES = 2**23
"""Networks are evaluated in stacks of about this size."""


class Coordinate(NamedTuple):
    """One number among the parameters: which leaf, and which entry of it."""

    leaf: int
    entry: tuple[int, ...]

    @property
    def name(self) -> str:
        """Return its short name, such as W1[3,5]: row 3, column 5 of the first layer's weights."""
        part = "b" if self.leaf % 2 else "W"
        return f"{part}{self.leaf // 2 + 1}[{','.join(map(str, self.entry))}]"


def coordinate(params: Nest, name: str) -> Coordinate:
    """Find a parameter by its short name; the index may be left off where there is one entry.

    Parameters
    ----------
    params : list of (W, b)
    name : str
        Such as "W1[3,5]" or "b2[0]"; small letters and blanks do not matter.

    Raises
    ------
    UnknownNameError
        Listing the names that exist.

    Examples
    --------
    >>> params = [(np.zeros((2, 4)), np.zeros(4)), (np.zeros((4, 1)), np.zeros(1))]
    >>> coordinate(params, "w1[1,3]"), coordinate(params, "b2").name
    (Coordinate(leaf=0, entry=(1, 3)), 'b2[0]')
    """
    leaves = [np.asarray(leaf) for leaf in flatten(params)[0]]
    typed = re.fullmatch(r"([wb])(\d+)(?:\[(\d+(?:,\d+)*)\])?", re.sub(r"\s", "", name.lower()))
    if typed:
        part, layer, entry = typed.groups()
        leaf = 2 * (int(layer) - 1) + (part == "b")
        if 0 <= leaf < len(leaves):
            shape = leaves[leaf].shape
            index = tuple(map(int, entry.split(","))) if entry else (0,) * len(shape)
            known = entry is not None or leaves[leaf].size == 1
            if known and len(index) == len(shape) and all(i < n for i, n in zip(index, shape)):
                return Coordinate(leaf, index)
    raise UnknownNameError(
        f"there is no parameter {name!r}",
        f"the parameters are {', '.join(_ranges(leaves))}",
        f'--parameter "{Coordinate(0, (0,) * leaves[0].ndim).name}", with quotes',
    )


def _ranges(leaves: list[np.ndarray]) -> list[str]:
    """Names of all entries, leaf by leaf: "W1[0..1,0..3]"."""
    spans = [tuple("0" if n == 1 else f"0..{n - 1}" for n in leaf.shape) for leaf in leaves]
    return [Coordinate(leaf, span).name for leaf, span in enumerate(spans)]  # type: ignore[arg-type]


def along(here: Problem, moved: Coordinate) -> Callable[[Any], Any]:
    """Return the loss as a function of one parameter, elementwise.

    Networks that differ in one number are evaluated in stacks, which is the plain loss with a
    leading axis: nothing is known about the network, and nothing is differentiated.

    Parameters
    ----------
    here : Problem
        Of an `difflab.nn.Objective`.
    moved : Coordinate

    Returns
    -------
    callable
        Of arrays of any shape, real or complex.

    Examples
    --------
    >>> here = problem("simplest")
    >>> loss = along(here, coordinate(here.params, "w2"))
    >>> loss(np.array([-1.1])).round(10)
    array([0.33133809])
    """
    objective = here.objective
    assert isinstance(objective, Objective)
    x, y = here.contexts
    widest = max(objective.model.widths)
    home = np.size(flatten(here.params)[0][moved.leaf])
    chunk = max(1, STACK_BYTES // (16 * (home + 4 * x.shape[0] * widest)))

    def stack(values: np.ndarray) -> np.ndarray:
        params, inputs = stacked(here.params, moved, values), x
        if values.dtype.kind == "c":  # products of one type are ten times as fast as mixed ones
            params = map_leaves(lambda leaf: leaf.astype(values.dtype), params)
            inputs = x.astype(values.dtype)
        losses = objective.loss.of(objective.model(params, inputs), y)
        return np.asarray(np.mean(losses.reshape(values.size, -1), axis=1))

    def loss(t: Any) -> Any:
        values = np.asarray(t)
        flat = values.reshape(-1)
        parts = [stack(flat[start : start + chunk]) for start in range(0, flat.size, chunk)]
        return np.concatenate(parts).reshape(values.shape)[()]

    return loss


def stacked(params: Nest, moved: Coordinate, values: np.ndarray) -> Nest:
    """Return parameters with a leading axis on one leaf, in which one number takes all values.

    Parameters
    ----------
    params : list of (W, b)
    moved : Coordinate
    values : ndarray, shape (m,)

    Examples
    --------
    >>> params = [(np.zeros((2, 1)), np.zeros(1))]
    >>> [np.shape(leaf) for leaf in stacked(params, Coordinate(1, (0,)), np.ones(5))[0]]
    [(2, 1), (5, 1, 1)]
    """
    leaves, structure = flatten(params)
    home = np.asarray(leaves[moved.leaf])
    # an axis of length 1 before a bias, so that it is added to every sample
    lead = (0,) * (2 - home.ndim)
    shape = (values.size, *(1 for _ in lead), *home.shape)
    many = np.empty(shape, np.result_type(home.dtype, values.dtype))
    many[...] = home
    at: tuple[Any, ...] = (slice(None), *lead, *moved.entry)
    many[at] = values
    return unflatten(structure, [*leaves[: moved.leaf], many, *leaves[moved.leaf + 1 :]])


STAND_IN = "sincos"
STAND_IN_WIDTHS = (2, 16, 16, 1)
"""The network that is shown where the subject is none, or has no two hidden layers."""

ENOUGH = 3
"""Layers of a network whose own coordinates are shown."""


def network_of(
    task: str,
    activation: str | None = None,
    dtype: str = "float64",
    samples: int = SAMPLES,
) -> tuple[str, Problem]:
    """Return the network whose coordinates are shown for a task, and its name.

    Parameters
    ----------
    task : str
        Its own network if that has two layers or more and many parameters; otherwise, as for
        ``simplest`` or an expression, `STAND_IN_WIDTHS` with tanh on the data of `STAND_IN`.
    activation : str or None
        In place of its own.
    dtype : str
    samples : int

    Examples
    --------
    >>> network_of("simplest")[0]
    '2-16-16-1 tanh on sincos'
    """
    own = task in tasks.names() and tasks.get(task).settings
    if not own or len(own.widths) < ENOUGH or max(own.widths) == 1:
        task, own = STAND_IN, replace(
            tasks.get(STAND_IN).settings, widths=STAND_IN_WIDTHS, activation="tanh"
        )  # fmt: skip
    settings = replace(own, activation=activation or own.activation, dtype=dtype)
    here = problem(task, dtype=dtype, samples=samples)
    chosen = tasks.get(task)
    objective = chosen.objective(settings)
    params = chosen.parameters(settings)
    return f"{objective.model} on {task}", Problem(objective, params, here.contexts, here.samples)
