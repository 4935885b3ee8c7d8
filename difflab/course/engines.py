"""One derivative by three engines: SymPy's, difference quotients, and the tape."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from difflab.api import value_and_grad
from difflab.course.formula import entries
from difflab.course.row import Values
from difflab.tree import Nest, flatten, ravel

SPECS: Mapping[str, str] = {
    "symbolic": "symbolic:expanded",
    "numerical": "finite-difference:central",
    "automatic": "autodiff",
}
"""Provider of each engine."""


def values(f: Callable[..., Any], params: Nest, *contexts: Any) -> dict[str, Values]:
    """The function's value as each engine computes it.

    Examples
    --------
    >>> values(lambda w: w**2, 3.0)
    {'symbolic': (9.0,), 'numerical': (9.0,), 'automatic': (9.0,)}
    """
    return {
        name: entries(value_and_grad(f, spec)(params, *contexts)[0]) for name, spec in SPECS.items()
    }


def gradients(
    f: Callable[..., Any], params: Nest, *contexts: Any, specs: Mapping[str, str] = SPECS
) -> dict[str, Values]:
    """The gradient by each engine, flattened.

    Parameters
    ----------
    f : callable
        ``f(params, *contexts)`` returns one real number.
    params : nest of float arrays
    contexts
        Passed on.
    specs : mapping
        Provider by name of engine.

    Examples
    --------
    >>> found = gradients(lambda w: w**3, 2.0)
    >>> {name: round(slope, 6) for name, (slope,) in found.items()}
    {'symbolic': 12.0, 'numerical': 12.0, 'automatic': 12.0}
    """
    found = {}
    for name, spec in specs.items():
        gradient = value_and_grad(f, spec)(params, *contexts)[1]
        found[name] = entries(ravel(flatten(gradient)[0]))
    return found


@cache
def digits(count: int = 40) -> Any:
    """An arithmetic of many digits; mpmath's own context belongs to everybody."""
    import mpmath

    arithmetic = mpmath.MPContext()
    arithmetic.dps = count
    return arithmetic
