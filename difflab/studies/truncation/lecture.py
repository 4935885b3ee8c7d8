"""The slide's chain of two sigmoids with squared error, as a function of one of its parameters."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from difflab.errors import unknown_name
from difflab.studies.truncation.intervals import points_around
from difflab.studies.truncation.subject import HIGHEST, POINTS, Subject, forward_mode

X, Y = 0.5, 1.0
PARAMETERS = {"w1": 0.8, "b1": -0.2, "w2": -1.1, "b2": 0.3}
"""The fixture of the task ``simplest``."""


def simplest_loss(exp: Callable[[Any], Any], w1: Any, b1: Any, w2: Any, b2: Any) -> Any:
    """(y - sigmoid(w2 sigmoid(w1 x + b1) + b2))^2, in whatever arithmetic ``exp`` belongs to.

    Examples
    --------
    >>> round(float(simplest_loss(np.exp, **PARAMETERS)), 10)
    0.331338091
    """
    hidden = 1 / (1 + exp(-(w1 * X + b1)))
    output = 1 / (1 + exp(-(w2 * hidden + b2)))
    return (Y - output) ** 2


@cache
def true_derivatives(
    parameter: str, value: float, dtype: str = "float64", order: int = HIGHEST
) -> tuple[float, ...]:
    """Return `simplest_loss` and its derivatives with respect to one parameter, right to float64.

    Parameters
    ----------
    parameter : str
        "w1", "b1", "w2" or "b2"; the others keep the fixture's values, rounded to ``dtype``.
    value : float
        Where.
    dtype : str
    order : int
        Of the last derivative.

    Examples
    --------
    >>> round(true_derivatives("w2", -1.1, order=1)[1], 12)
    -0.15462799346
    """
    from difflab.studies.truncation.oracle import by_digits, digits

    arithmetic = digits()
    exact = {name: arithmetic.mpf(float(v)) for name, v in _others(parameter, dtype).items()}

    def loss(t: Any) -> Any:
        return simplest_loss(arithmetic.exp, **exact, **{parameter: t})

    return by_digits(loss, value, order, arithmetic)


def _others(parameter: str, dtype: str) -> dict[str, Any]:
    precision = np.dtype(dtype).type
    return {name: precision(v) for name, v in PARAMETERS.items() if name != parameter}


def simplest(
    parameter: str = "w2", dtype: str = "float64", points: int = POINTS, order: int = HIGHEST
) -> Subject:
    """Return the loss of the task ``simplest`` along one of its parameters.

    Parameters
    ----------
    parameter : str
        "w1", "b1", "w2" or "b2".
    dtype : str
        "float64" or "float32".
    points : int
    order : int
        Highest derivative that will be asked for.

    Raises
    ------
    UnknownNameError
        For another parameter.
    UsageError
        For fewer points than two.

    Examples
    --------
    >>> simplest("b2").title
    'dL/db2 of simplest'
    """
    from difflab.studies.truncation.oracle import TRUTH_OF_FORMULAS

    if parameter not in PARAMETERS:
        raise unknown_name("parameter", parameter, PARAMETERS, "difflab truncation --help")
    others = _others(parameter, dtype)

    def loss(t: Any) -> Any:
        return simplest_loss(np.exp, **others, **{parameter: t})

    return Subject(
        title=f"dL/d{parameter} of simplest",
        variable=parameter,
        function=loss,
        taylor=lambda x: true_derivatives(parameter, x, dtype, order),
        points=points_around(PARAMETERS[parameter], points).astype(dtype),
        dtype=dtype,
        truth=TRUTH_OF_FORMULAS,
        parameters=len(PARAMETERS),
        engines=(forward_mode(loss),),
    )
