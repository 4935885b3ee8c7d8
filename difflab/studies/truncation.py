"""The truncation study: how the error of a difference quotient falls and rises with its step.

The task is ``simplest``, the slide's chain of two sigmoids with squared error, seen as a function
of one of its parameters. The truth and all higher derivatives come from 50-digit arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from difflab.errors import UsageError, unknown_name
from difflab.numeric.vcurve import VCurve, v_curve
from difflab.studies.measurement import Measurement

X, Y = 0.5, 1.0
PARAMETERS = {"w1": 0.8, "b1": -0.2, "w2": -1.1, "b2": 0.3}
"""The fixture of the task ``simplest``."""

DIGITS = 50
POINTS = 100
SPREAD = 0.5
"""The points lie uniformly within this distance of the fixture's value; the first one is on it."""
SEED = 0


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
def true_derivative(parameter: str, value: float, order: int, dtype: str = "float64") -> float:
    """Return a derivative of `simplest_loss` with respect to one parameter, right to float64.

    Parameters
    ----------
    parameter : str
        "w1", "b1", "w2" or "b2"; the others keep the fixture's values, rounded to ``dtype``.
    value : float
        Where.
    order : int
        0 for the loss itself.
    dtype : str

    Examples
    --------
    >>> round(true_derivative("w2", -1.1, 1), 12)
    -0.15462799346
    """
    import mpmath

    others = _others(parameter, dtype)
    with mpmath.workdps(DIGITS):

        def loss(t: Any) -> Any:
            exact = {name: mpmath.mpf(float(v)) for name, v in others.items()}
            return simplest_loss(mpmath.exp, **exact, **{parameter: t})

        return float(mpmath.diff(loss, mpmath.mpf(value), order))


def _others(parameter: str, dtype: str) -> dict[str, Any]:
    precision = np.dtype(dtype).type
    return {name: precision(v) for name, v in PARAMETERS.items() if name != parameter}


def curve(
    scheme: str, dtype: str = "float64", points: int = POINTS, parameter: str = "w2"
) -> VCurve:
    """Return the V curve of the loss in one parameter; for the arguments see `measure`.

    Examples
    --------
    >>> found = curve("central", points=20)
    >>> 0.5 < found.found.step / found.predicted.step < 2
    True
    """
    if parameter not in PARAMETERS:
        raise unknown_name(
            "parameter", parameter, PARAMETERS, "difflab.studies.truncation.PARAMETERS"
        )
    if points < 1:
        raise UsageError(
            f"{points} points give no curve", "the error is a mean over points", "points=100"
        )
    around = np.random.default_rng(SEED).uniform(-SPREAD, SPREAD, points)
    around[0] = 0.0
    others = _others(parameter, dtype)
    return v_curve(
        lambda t: simplest_loss(np.exp, **others, **{parameter: t}),
        lambda value, order: true_derivative(parameter, value, order, dtype),
        PARAMETERS[parameter] + around,
        scheme,
        dtype,
    )


def measure(
    scheme: str, dtype: str = "float64", points: int = POINTS, parameter: str = "w2"
) -> list[Measurement]:
    """Measure the error of one scheme at all steps.

    Parameters
    ----------
    scheme : str
        A name of `difflab.numeric.SCHEMES`, or "complex-step".
    dtype : str
        "float64" or "float32".
    points : int
        How many values of the parameter the error is averaged over.
    parameter : str
        "w1", "b1", "w2" or "b2".

    Returns
    -------
    list of Measurement
        Four rows per step, with ``at`` = h: the error (root mean square over the points), the error
        at the fixture alone, and the two asymptotes. Then the predicted and the best step with
        their errors, and the fitted slopes with standard errors.

    Raises
    ------
    UnknownNameError
        For another scheme or parameter.
    UsageError
        For fewer points than one.

    Examples
    --------
    >>> rows = measure("forward", points=20)
    >>> [(row.quantity, round(row.value, 1)) for row in rows if row.quantity == "truncation slope"]
    [('truncation slope', 1.0)]
    """
    found = curve(scheme, dtype, points, parameter)
    shape = {"parameters": len(PARAMETERS), "batch": 1}
    series = {
        "error": found.errors,
        "error at one point": found.single,
        "truncation, theory": found.truncation,
        "round-off, theory": found.roundoff,
    }
    summary = {
        "predicted step": found.predicted.step,
        "predicted error": found.predicted.error,
        "best step": found.found.step,
        "best error": found.found.error,
        "truncation slope": found.truncation_slope.value,
        "truncation slope, standard error": found.truncation_slope.standard_error,
        "round-off slope": found.roundoff_slope.value,
        "round-off slope, standard error": found.roundoff_slope.standard_error,
    }
    return [
        *(
            Measurement(name, float(value), "1", at=float(step), **shape)
            for name, values in series.items()
            for step, value in zip(found.steps, values)
        ),
        *(Measurement(name, float(value), "1", **shape) for name, value in summary.items()),
    ]
