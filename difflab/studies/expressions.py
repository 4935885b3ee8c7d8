"""An expression that somebody typed, as a family of functions with a single member."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from difflab.errors import UsageError
from difflab.studies.family import Family
from difflab.studies.members import Example

SCALES = (0.5, 1.5, 5.0, -0.5, 0.05, 50.0)
"""Values near which a point inside the domain is looked for."""


def of_expression(text: str, at: Mapping[str, float] | None = None) -> Family:
    """Make a family with a single member from an expression that somebody typed.

    Parameters
    ----------
    text : str
        As `difflab.symbolic.whitelist.parse` reads it; its names are the parameters.
    at : mapping, optional
        A value per name; otherwise a few points are tried until the function is finite there.

    Raises
    ------
    UsageError
        For an expression that is refused, that has no names, or that is finite at no point tried.

    Examples
    --------
    >>> example = of_expression("x1*exp(-x2)", {"x1": 3.0, "x2": 0.0}).member()
    >>> float(example.loss(example.params)), sorted(example.params)
    (3.0, ['x1', 'x2'])
    """
    from difflab.symbolic.whitelist import read

    formula = read(text)
    if not formula.names:
        raise UsageError(
            f"the expression {text!r} has no names",
            "there is nothing to differentiate by",
            '--expr "sin(x)*y"',
        )
    params = _inside(text, formula, at)
    return Family("expression", text, "", lambda: Example(formula.numpy, params))


def _inside(text: str, formula: Any, at: Mapping[str, float] | None) -> dict[str, float]:
    """A point at which a formula is finite."""
    names = formula.names
    if at is not None and set(at) != set(names):
        raise UsageError(
            f"the point has values for {', '.join(sorted(at)) or 'nothing'}",
            f"the expression has the names {', '.join(sorted(names))}",
            "one value per name",
        )
    spread = 1 + 0.1 * np.cos(np.arange(len(names)))  # names must differ: 1/(x - y)
    points = [dict(zip(names, (scale * spread).tolist())) for scale in SCALES]
    with np.errstate(all="ignore"):
        for point in [dict(at)] if at is not None else points:
            if np.isfinite(formula.numpy(point)):
                return point
    raise UsageError(
        f"the expression {text!r} is not finite where it was tried",
        f"every name was given values near {', '.join(map(str, SCALES))}"
        if at is None
        else "its logarithms, roots or quotients leave their domain there",
        "a point inside its domain: " + ", ".join(f"{name}=..." for name in names),
    )
