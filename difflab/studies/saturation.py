"""What every symbolic form gives where exponentials overflow: exact calculus in float64.

SymPy's derivative of 1/(1 + exp(-z)) is exact, and inf/inf for z < -709. The forms that keep it as
it is show that; the others have rewritten it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from difflab.errors import unknown_name
from difflab.providers import get
from difflab.studies.measurement import Measurement
from difflab.studies.truth import true_gradient

FUNCTIONS: Mapping[str, Callable[[Any], Any]] = {
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "softplus": lambda z: np.log(1 + np.exp(z)),
    "tanh": lambda z: (np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z)),
    "swish": lambda z: z / (1 + np.exp(-z)),
}
"""Activations as people write them out."""

POINTS = (-1e4, -800.0, -40.0, 40.0, 800.0, 1e4)
"""Arguments; float64's exp overflows beyond 709.8."""

PROVIDERS = (
    "symbolic:expanded",
    "symbolic:cse",
    "symbolic:staged",
    "symbolic:matrix",
    "autodiff",
)


def measure(function: str) -> list[Measurement]:
    """Differentiate a function at every point by every provider.

    Parameters
    ----------
    function : str
        A name of `FUNCTIONS`.

    Returns
    -------
    list of Measurement
        The slope by provider, ``"truth"`` from arithmetic of many digits, all with ``at=z``.

    Examples
    --------
    >>> found = {(m.quantity, m.at): m.value for m in measure("sigmoid")}
    >>> found["symbolic:matrix", -1e4], found["symbolic:expanded", -1e4], found["truth", -1e4]
    (0.0, nan, 0.0)
    """
    if function not in FUNCTIONS:
        raise unknown_name("function", function, FUNCTIONS, "difflab.studies.saturation.FUNCTIONS")
    f = FUNCTIONS[function]
    inside = np.asarray(0.5)  # prepared where nothing overflows
    rows = []
    with np.errstate(all="ignore"):
        for z in POINTS:
            truth = true_gradient(f, np.asarray(z), digits=50)[1]
            rows.append(Measurement("truth", float(truth), "1", z))
        for provider in PROVIDERS:
            prepared = get(provider).prepare(f, inside)
            for z in POINTS:
                slope = prepared.value_and_gradient(np.asarray(z))[1]
                rows.append(Measurement(provider, float(np.asarray(slope)), "1", z))
    return rows
