"""What the optimizers share: settings in range, and updates applied leaf by leaf.

An update makes as few arrays as it can, since new memory may cost more than the arithmetic in it.
``x = a * b`` makes an array of its own, ``x += c`` then works inside of it, and what is needed for
a moment goes into ``scratch``. Arguments are never written to. Scalars pass through the same lines:
there ``+=`` makes a new number, and the scratch is None, which is NumPy's word for a new result.
"""

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
    """Refuse settings that are no numbers in their ranges [low, high), with a `UsageError`.

    What passes becomes a Python float, whose type leaves float32 parameters as they are.
    """
    for name, (low, high) in ranges.items():
        value = getattr(optimizer, name)
        is_number = isinstance(value, Real) and not isinstance(value, bool)
        if not is_number or not low <= float(value) < high:
            upper = "" if high == np.inf else f" and below {high:g}"
            raise UsageError(
                f"{name} = {value!r} is no setting for {type(optimizer).__name__}",
                f"it has to be a number, {low:g} or more{upper}",
                f"{type(optimizer).__name__}() uses "
                f"{name} = {type(optimizer).__dataclass_fields__[name].default}",
            )
        object.__setattr__(optimizer, name, float(value))


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


def scratch_like(leaf: Any) -> np.ndarray | None:
    """Room for one intermediate result in the shape of a leaf; None for scalars."""
    return np.empty_like(leaf) if isinstance(leaf, np.ndarray) and leaf.ndim else None


def lerp(start: Any, end: Any, weight: float) -> Any:
    """start + weight (end - start), written as torch.lerp does, exact at the nearer end."""
    way = end - start
    if weight < 0.5:
        way *= weight
        way += start
        return way
    way *= 1 - weight
    return end - way


def mean_square(v: Any, g: Any, share: float, scratch: np.ndarray | None) -> Any:
    """The running mean v of squares, with g in it: share v + (1 - share) g g."""
    mean = v * share
    square = np.multiply(g, 1 - share, out=scratch)
    square *= g
    mean += square
    return mean


def decayed(g: Any, p: Any, weight_decay: float) -> Any:
    """The gradient g with the decay of the parameters p in it."""
    if not weight_decay:
        return g
    both = p * weight_decay
    both += g
    return both
