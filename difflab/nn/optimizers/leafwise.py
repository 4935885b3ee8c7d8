"""What the optimizers share: settings in range, and updates applied leaf by leaf."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Real
from typing import Any

import numpy as np

from difflab.errors import UsageError
from difflab.tree import Nest, flatten, map_leaves, unflatten

ANY = (0.0, float("inf"))
SHARE = (0.0, 1.0)
"""Ranges of settings: the lower end is in, the upper one is not."""


def check_settings(optimizer: Any, **ranges: tuple[float, float]) -> None:
    """Refuse settings that are no numbers in their ranges [low, high), with a `UsageError`."""
    for name, (low, high) in ranges.items():
        value = getattr(optimizer, name)
        if not isinstance(value, Real) or not low <= float(value) < high:
            upper = "" if high == np.inf else f" and below {high:g}"
            raise UsageError(
                f"{name} = {value!r} is no setting for {type(optimizer).__name__}",
                f"it has to be a number, {low:g} or more{upper}",
                f"{type(optimizer).__name__}() uses "
                f"{name} = {type(optimizer).__dataclass_fields__[name].default}",
            )


def update_leaves(update: Callable[..., tuple[Any, ...]], *nests: Nest) -> tuple[Nest, ...]:
    """Apply a leaf-wise update that returns several leaves, and sort them into several nests.

    A nest given as None is None at every leaf.
    """
    leaves, structure = flatten(nests[0])
    nothing = [None] * len(leaves)
    columns = [nothing if nest is None else flatten(nest)[0] for nest in nests]
    rows = [update(*leaves) for leaves in zip(*columns, strict=True)]
    return tuple(
        None if column[0] is None else unflatten(structure, column) for column in zip(*rows)
    )


def zeros_like(params: Nest) -> Nest:
    """A nest of zeros; scalars stay scalars."""
    return map_leaves(lambda leaf: np.zeros_like(leaf)[()], params)


def lerp(start: Any, end: Any, weight: float) -> Any:
    """start + weight (end - start), written as torch.lerp does, exact at the nearer end."""
    if weight < 0.5:
        return start + weight * (end - start)
    return end - (end - start) * (1 - weight)


def decayed(g: Any, p: Any, weight_decay: float) -> Any:
    """The gradient g with the decay of the parameters p in it."""
    return g + weight_decay * p if weight_decay else g
