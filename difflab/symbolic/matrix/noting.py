"""Value and gradient, with notes on what is the adjoint of what: for whoever writes them down."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from difflab.emission.graph import Argument, Constant
from difflab.symbolic.matrix.gradient import value_and_gradient
from difflab.trace import TracedArray
from difflab.tree import Nest

Adjoints = dict[int, Argument]
"""The adjoint of each value, by their places in a recording."""


def noting(f: Callable[..., Any], adjoints: Adjoints) -> Callable[..., tuple[Any, Nest]]:
    """Value and gradient by matrix calculus, which notes what is the adjoint of what.

    Parameters
    ----------
    f : callable
        ``f(params, *contexts)`` returns one real number.
    adjoints : dict
        Filled while the returned function is recorded.
    """

    def note(value: Any, cotangent: Any) -> None:
        if type(value) is TracedArray:
            traced = type(cotangent) is TracedArray
            adjoints[value.index] = cotangent.index if traced else Constant(cotangent)

    return value_and_gradient(f, note)
