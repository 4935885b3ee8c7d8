"""An expression that somebody typed, along one of its names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from difflab.errors import UsageError, unknown_name
from difflab.studies.truncation.intervals import points_around, reach_of
from difflab.studies.truncation.subject import HIGHEST, POINTS, Subject, forward_mode

SIGNED, RANKED = ("abs", "sign", "relu", "leaky_relu"), ("max", "min")
"""Functions with kinks: where an argument changes sign, or another one is the largest."""

TOGETHER = ("max", "min", "logsumexp")
"""Functions of any number of numbers, which cannot tell an array from many of them."""

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
        Spread around the value by half of max(1, its power of two), or less near a pole, a kink or
        an edge of the domain.
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
    from difflab.studies.truncation.oracle import TRUTH_OF_FORMULAS, by_digits, digits
    from difflab.symbolic.whitelist import read

    formula = read(text)
    function, name, others, middle = _along(text, formula, parameter, at, dtype)
    exact = _exact(formula, others, name, middle)
    _refuse_kinks(exact, text, name, middle)
    arithmetic = digits()

    def taylor(x: float, highest: int = order) -> tuple[Any, ...]:
        return by_digits(lambda t: exact(t, arithmetic), x, highest, arithmetic)

    def smooth(points: np.ndarray) -> bool:
        return _same_pieces(formula, name, others, points)

    reach = reach_of(function, taylor(middle, HIGHEST), middle, smooth)
    subject = Subject(
        title=f"df/d{name} of {text}",
        variable=name,
        function=function,
        taylor=taylor,
        points=points_around(middle, points, reach).astype(dtype),
        dtype=dtype,
        truth=TRUTH_OF_FORMULAS,
        scale=2 * reach,
        engines=(forward_mode(lambda t: formula.numpy({**others, name: t})),),
    )
    if not np.any(subject.exact(1)):
        raise UsageError(
            f"the expression {text!r} does not depend on {name}",
            "its derivative is 0 at every point, and so is every difference",
            "another --parameter, or an expression that varies",
        )
    return subject


def plain(
    text: str,
    parameter: str | None = None,
    at: Mapping[str, float] | None = None,
    dtype: str = "float64",
) -> tuple[str, Callable[[Any], Any], Any]:
    """Return an expression along one of its names, kinks and all, for a diagnosis without truth.

    Returns
    -------
    title : str
    function : callable
        Elementwise.
    x : float of ``dtype``

    Raises
    ------
    UnknownNameError, UsageError
        As `of_expression`, but kinks are welcome.

    Examples
    --------
    >>> title, function, x = plain("abs(x)", at={"x": 0.0})
    >>> title, function(x - 1.0), x
    ('df/dx of abs(x) at x = 0', np.float64(1.0), np.float64(0.0))
    """
    from difflab.symbolic.whitelist import read

    function, name, others, middle = _along(text, read(text), parameter, at, dtype)
    place = ", ".join(f"{each} = {value:g}" for each, value in {name: middle, **others}.items())
    title = f"df/d{name} of {text} at {place}"
    return title, lambda t: function(t)[()], np.dtype(dtype).type(middle)


def _along(
    text: str, formula: Any, parameter: str | None, at: Mapping[str, float] | None, dtype: str
) -> tuple[Callable[[Any], Any], str, dict[str, Any], float]:
    """The formula as an elementwise function of one name, that name, the others, and its value."""
    from difflab.studies.expressions import of_expression as family_of

    place = family_of(text, at).member().params
    name = formula.names[0] if parameter is None else parameter
    if name not in formula.names:
        raise unknown_name("parameter", name, formula.names, f"difflab derive --expr {text!r}")
    precision = np.dtype(dtype).type
    others = {other: precision(value) for other, value in place.items() if other != name}

    def function(t: Any) -> Any:
        t = np.asarray(t)
        values = _elementwise(formula, name, others, t)
        return values.astype(t.dtype) if values.dtype.kind == t.dtype.kind else values

    return function, name, others, float(precision(place[name]))


def _elementwise(formula: Any, name: str, others: Mapping[str, Any], t: np.ndarray) -> np.ndarray:
    """Evaluate a formula for every number of an array.

    One by one where it holds max, min or logsumexp, which take all numbers together.
    """
    with np.errstate(all="ignore"):
        if not any(step.what in TOGETHER for step in formula.steps if step.kind == "call"):
            return np.broadcast_to(formula.numpy({**others, name: t}), t.shape)
        alone = [formula.numpy({**others, name: number}) for number in t.ravel()]
        return np.array(alone).reshape(t.shape)


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
    try:
        below, value, above = (exact(middle + side * step, arithmetic) for side in (-1, 0, 1))
        left, right = (value - below) / step, (above - value) / step
        real = arithmetic.isfinite(left + right) and not arithmetic.im(left + right)
    except (ArithmeticError, ValueError, TypeError):
        real = False
    if not real:
        raise UsageError(
            f"the expression {text!r} is not finite on both sides of {name} = {at:g}",
            f"its domain ends within {KINK_STEP:g} of it, and a difference looks at both sides",
            f"--at {name}=... further inside the domain",
        )
    if abs(right - left) <= 1e-10 * max(1, abs(left), abs(right)):
        return
    slopes = f"{float(left):.6g} on the left and {float(right):.6g} on the right"
    raise UsageError(
        f"the expression {text!r} has no derivative at {name} = {at:g}",
        f"its slope is {slopes}",
        f"--at {name}=... beside the kink or the edge",
    )


def _same_pieces(formula: Any, name: str, others: Mapping[str, Any], points: np.ndarray) -> bool:
    """Whether every abs, sign, relu, max and min stays on one of its pieces at all points."""
    for step in formula.steps:
        if step.kind != "call" or step.what not in (*SIGNED, *RANKED):
            continue
        parts = [replace(formula, steps=formula.steps[: at + 1]) for at in step.operands]
        stacked = np.stack([_elementwise(part, name, others, points) for part in parts])
        pieces = np.sign(stacked[0]) if step.what in SIGNED else np.argsort(stacked, axis=0)
        if np.any(pieces != pieces[..., :1]):
            return False
    return True
