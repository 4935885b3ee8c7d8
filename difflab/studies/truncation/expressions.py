"""An expression that somebody typed, along one of its names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from difflab.errors import UsageError, unknown_name
from difflab.studies.truncation.subject import HIGHEST, POINTS, SPREAD, Subject, points_around

HALVINGS = 60
"""How often the interval of points is halved until the function is finite in all of it."""

KINK_STEP = 1e-25
KINK_DIGITS = 100
"""Left and right slope are compared at this distance, in this arithmetic."""


def of_expression(
    text: str,
    parameter: str | None = None,
    at: Mapping[str, float] | None = None,
    dtype: str = "float64",
    points: int = POINTS,
    order: int = HIGHEST,
) -> Subject:
    """Return an expression as a function of one of its names.

    Parameters
    ----------
    text : str
        As `difflab.symbolic.whitelist.read` takes it.
    parameter : str or None
        The name that moves; the first one where None.
    at : mapping or None
        A value per name; where None, some point at which the expression is finite.
    dtype : str
    points : int
        Spread around the value by half of max(1, its power of two), or less near an edge of the
        domain.
    order : int
        Highest derivative that will be asked for.

    Raises
    ------
    UnknownNameError
        For a parameter that the expression does not have.
    UsageError
        For an expression that is refused, that is not finite at the point, has a kink there, or
        does not depend on the parameter.

    Examples
    --------
    >>> subject = of_expression("x*exp(y)", "y", {"x": 2.0, "y": 0.0}, points=3)
    >>> subject.title, subject.derivative(0.0, 5)
    ('df/dy of x*exp(y)', 2.0)
    """
    from difflab.studies.expressions import of_expression as family_of
    from difflab.studies.truncation.oracle import TRUTH_OF_FORMULAS, by_digits, digits
    from difflab.symbolic.whitelist import read

    formula = read(text)
    place = family_of(text, at).member().params
    name = formula.names[0] if parameter is None else parameter
    if name not in formula.names:
        raise unknown_name("parameter", name, formula.names, f"difflab derive --expr {text!r}")
    precision = np.dtype(dtype).type
    others = {other: precision(value) for other, value in place.items() if other != name}

    def function(t: Any) -> Any:
        t = np.asarray(t)
        values = _elementwise(lambda number: formula.numpy({**others, name: number}), t)
        return values.astype(t.dtype) if values.dtype.kind == t.dtype.kind else values

    middle = float(precision(place[name]))
    exact = _exact(formula, others, name, middle)
    _refuse_kinks(exact, text, name, middle)
    arithmetic = digits()
    chosen, spread = _inside(function, middle, points)
    subject = Subject(
        title=f"df/d{name} of {text}",
        variable=name,
        function=function,
        taylor=lambda x: by_digits(lambda t: exact(t, arithmetic), x, order, arithmetic),
        points=chosen.astype(dtype),
        dtype=dtype,
        truth=TRUTH_OF_FORMULAS,
        scale=2 * spread,
    )
    if not np.any(subject.exact(1)):
        raise UsageError(
            f"the expression {text!r} does not depend on {name}",
            "its derivative is 0 at every point, and so is every difference",
            "another --parameter, or an expression that varies",
        )
    return subject


def _elementwise(f: Callable[[Any], Any], t: np.ndarray) -> np.ndarray:
    """Call a formula on an array; number by number where it holds max, min or logsumexp."""
    with np.errstate(all="ignore"):
        try:
            values = np.asarray(f(t))
            if values.shape == t.shape:
                return values
        except ValueError:  # operands of different shapes cannot be stacked
            pass
        return np.array([f(number) for number in t.ravel()]).reshape(t.shape)


def _exact(
    formula: Any, others: Mapping[str, Any], name: str, at: float
) -> Callable[[Any, Any], Any]:
    """Return the expression in mpmath numbers: ``exact(t, arithmetic)``."""
    from difflab.scalars import run_on_scalars
    from difflab.studies.truth import mpmath_field
    from difflab.trace import trace

    with np.errstate(all="ignore"):
        program = trace(
            lambda t: formula.numpy({**{k: float(v) for k, v in others.items()}, name: t}), at
        )
    fields: dict[int, Any] = {}

    def exact(t: Any, arithmetic: Any) -> Any:
        field = fields.setdefault(id(arithmetic), mpmath_field(arithmetic))
        number = np.empty((), object)
        number[()] = t
        return run_on_scalars(program, [number], field)

    return exact


def _refuse_kinks(exact: Callable[[Any, Any], Any], text: str, name: str, at: float) -> None:
    from difflab.studies.truncation.oracle import digits

    arithmetic = digits(KINK_DIGITS)
    middle, step = arithmetic.mpf(at), arithmetic.mpf(KINK_STEP)
    value = exact(middle, arithmetic)
    left = (value - exact(middle - step, arithmetic)) / step
    right = (exact(middle + step, arithmetic) - value) / step
    if abs(right - left) <= 1e-10 * max(1, abs(left), abs(right)):
        return
    slopes = f"{float(left):.6g} on the left and {float(right):.6g} on the right"
    raise UsageError(
        f"the expression {text!r} has no derivative at {name} = {at:g}",
        f"its slope is {slopes}",
        f"--at {name}=... beside the kink or the edge",
    )


def _inside(function: Callable[[Any], Any], middle: float, count: int) -> tuple[np.ndarray, float]:
    """Points around the middle at which the function is finite, and how far they reach."""
    spread = SPREAD * 2.0 ** max(0.0, np.floor(np.log2(abs(middle) or 1.0)))
    for _ in range(HALVINGS):
        points = points_around(middle, count, spread)
        ends = np.array([middle - spread, middle + spread])
        if np.all(np.isfinite(function(np.concatenate([points, ends])))):
            return points, spread
        spread /= 2
    raise UsageError(
        f"the function is finite at {middle:g} and nowhere around it",
        "a derivative compares neighbouring values",
        "a point inside the domain",
    )
