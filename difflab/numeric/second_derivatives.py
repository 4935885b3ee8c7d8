"""Second derivatives of a function of one variable with complex arithmetic.

* `bicomplex_second_derivative`: two imaginary units, no subtraction, exact to rounding; for
  functions made of arithmetic and NumPy's elementwise functions.
* `complex_difference`: the first derivative by the complex step, Im f(x + ih) / h, and a central
  difference of it. Only one order is lost to subtraction, not two, and every function that takes
  complex numbers will do.

Both stay in the precision of x: float32 becomes complex64, whose steps are larger because 1e-200 is
0 there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from difflab.errors import MissingRuleError, ShapeError
from difflab.numeric.apply import real_point
from difflab.numeric.bicomplex import Bicomplex
from difflab.numeric.complex_check import check
from difflab.numeric.complex_step import LARGEST_SLOPE, MOVED, SINGLE_STEP, STEP
from difflab.numeric.difference import difference
from difflab.numeric.stencils import SCHEMES
from difflab.numeric.steps import default_exponent, default_step, unit_roundoff
from difflab.numeric.traps import INSTEAD, refusing_real_only_calls

BICOMPLEX_STEP = {False: 2.0**-100, True: 2.0**-36}
"""h, by whether numbers are complex64: h^2 is far below rounding, h^2 f'' far from underflow.

It is reached for f'' below 1e-230, or 1e-16 in complex64.
"""

SAME = 64
"""Complex and real values of f may differ by this many roundings."""

SAME_CURVATURE = 1e-3
"""Share by which two bicomplex steps may differ; powers of two scale exactly, and none does."""

LEVELS = 4

FINER = 3
"""Halvings from one step of `complex_difference` to the next."""


class SecondDerivative(NamedTuple):
    """A second derivative with its error bar.

    Attributes
    ----------
    value, error : float or array
        NaN where f or its slope is not finite at some point of the difference.
    evaluations : int
        Complex values of f per entry of x.
    """

    value: Any
    error: Any
    evaluations: int


def bicomplex_second_derivative(f: Callable[[Any], Any], x: Any) -> Any:
    """Return f''(x) by bicomplex numbers, exact to rounding; two evaluations beside f(x).

    Parameters
    ----------
    f : callable
        Analytic, elementwise if x is an array, of operators, elementwise NumPy functions and
        ``np.where``; comparisons look at real parts.
    x : float or array
        Real floats; float32 is computed in complex64.

    Returns
    -------
    float or array, of the shape and dtype of x
        NaN where f(x) is not finite or the second derivative does not exist, as for sqrt at 0.

    Raises
    ------
    ParameterTypeError
        For an x that is no float.
    MissingRuleError
        When f calls what is not analytic or not elementwise (abs, norms, sign, casts), or takes
        another branch for these numbers than for real ones.
    ShapeError
        When the result has not the shape of x.

    Examples
    --------
    >>> bicomplex_second_derivative(lambda x: x**3 + np.exp(2 * x), 0.0)
    np.float64(4.0)
    """
    point = np.asarray(real_point(x))
    value = np.asarray(f(point[()]))
    _check_shape(value, point)
    single = np.result_type(point.dtype, np.complex64) == np.complex64
    h = BICOMPLEX_STEP[single]
    curvature, other = (_curvature(f, point, value, step) for step in (h, h * 2.0**6))
    with np.errstate(invalid="ignore", over="ignore"):
        # it depends on the step where it does not exist, as for sqrt at 0, and where it underflows
        same = np.abs(curvature - other) <= SAME_CURVATURE * np.abs(curvature)
        usable = np.isfinite(value) & same
        return np.where(usable, curvature, np.nan).astype(point.dtype)[()]


def _curvature(f: Callable[[Any], Any], x: np.ndarray, value: np.ndarray, step: float) -> Any:
    """The ij part of f over h^2; ``value`` is f(x) by real numbers."""
    h = np.result_type(x.dtype, np.complex64).type(step)
    with np.errstate(all="ignore"):  # the real call has given the warnings that matter
        try:
            result = f(Bicomplex(x + 1j * h, np.broadcast_to(h, x.shape)))
        except MissingRuleError:
            raise
        except TypeError as error:
            raise _refusal(f"{type(error).__name__}, {error}") from error
    if not isinstance(result, Bicomplex):
        result = Bicomplex(np.asarray(result, h.dtype), np.zeros(x.shape, h.dtype))
    # at an essential singularity, as of exp(-1/x^2) at 0, complex values are infinite
    comparable = np.isfinite(value) & np.isfinite(result.first)
    if not np.all(_same(value, result.first.real)[comparable]):
        raise _refusal("its value is another one than for real numbers")
    wide = result.second.imag.astype(np.result_type(x.dtype, np.float64))
    return np.broadcast_to(wide, x.shape) / step / step


def complex_difference(f: Callable[[Any], Any], x: Any, step: Any = None) -> SecondDerivative:
    """Return f''(x) as a central difference, of order 6, of slopes by the complex step.

    Parameters
    ----------
    f : callable
        Analytic, elementwise if x is an array.
    x : float or array
        Real floats; float32 is computed in complex64.
    step : float or array, optional
        Of the difference; when None the best of four is taken, entry by entry.

    Returns
    -------
    SecondDerivative
        The bar is the change from order 4 to order 6 plus the round-off.

    Raises
    ------
    ParameterTypeError
        For an x that is no float.
    MissingRuleError
        When f loses its imaginary part, found by a comparison with central differences, or
        refuses complex numbers; see `difflab.numeric.traps`.
    ShapeError
        When the result has not the shape of x.

    Examples
    --------
    >>> found = complex_difference(np.exp, 0.0)
    >>> bool(abs(found.value - 1.0) <= found.error < 1e-12)
    True
    """
    point = np.asarray(real_point(x))
    with np.errstate(all="ignore"):
        base = np.asarray(f(point[()]))
    _check_shape(base, point)
    check(lambda w: np.sum(f(w)), point[()])
    six, four = SCHEMES["central-6"], SCHEMES["central-4"]
    if step is None:
        first = default_exponent(six, point.dtype)
        trials = [default_step(point, first + FINER * k) for k in range(LEVELS)]
    else:
        trials = [np.broadcast_to(np.asarray(step, np.float64), point.shape)]
    best, bar = np.full(point.shape, np.nan), np.full(point.shape, np.inf)
    for h in trials:
        slopes: dict[bytes, Any] = {}

        def slope(at: Any, slopes: dict[bytes, Any] = slopes) -> Any:
            key = np.asarray(at).tobytes()  # order 4 needs no other points than order 6
            if key not in slopes:
                slopes[key] = _slope(f, at)
            return slopes[key]

        with refusing_real_only_calls(f, x):
            value = difference(slope, point, h, six)
            coarse = difference(slope, point, h, four)
        # a slope may be the difference of terms that are as large as f over the size of x
        terms = [np.abs(base) / np.maximum(1.0, np.abs(point)), *map(np.abs, slopes.values())]
        noise = unit_roundoff(point.dtype) * np.max(terms, axis=0)
        roundoff = float(six.roundoff_constant) * noise / h
        error = np.abs(value - coarse) + 2 * roundoff
        better = error < bar
        best, bar = np.where(better, value, best), np.where(better, error, bar)
    bar = np.where(np.isfinite(best), bar, np.nan)
    return SecondDerivative(best[()], bar[()], six.evaluations * len(trials))


def _slope(f: Callable[[Any], Any], x: Any) -> Any:
    """Im f(x + ih) / h in float64; NaN where f(x) is no finite real number."""
    x = np.asarray(x)
    single = np.result_type(x.dtype, np.complex64) == np.complex64
    h = SINGLE_STEP if single else STEP
    result = np.asarray(f((x + x.dtype.type(h) * np.complex64(1j))[()]))
    if result.dtype.kind != "c":
        if np.all(f(x[()]) == f((x + x.dtype.type(MOVED))[()])):
            return np.zeros(x.shape)  # a constant
        raise _refusal("its result is real although its argument is complex")
    slope = np.broadcast_to(result.imag.astype(np.result_type(x.dtype, np.float64)) / h, x.shape)
    # left of a root or logarithm the imaginary part is no slope
    usable = (np.abs(slope) < (LARGEST_SLOPE if not single else 1 / h)) & np.isfinite(f(x[()]))
    return np.where(usable, slope, np.nan)


def _same(value: np.ndarray, other: Any) -> np.ndarray:
    slack = SAME * unit_roundoff(value.dtype) * np.maximum(np.abs(value), 1.0)
    return np.asarray(np.abs(value - other) <= slack)


def _check_shape(value: np.ndarray, x: np.ndarray) -> None:
    if value.shape not in ((), x.shape):
        raise ShapeError(
            f"the function made shape {value.shape} of shape {x.shape}",
            "a second derivative is taken entry by entry",
            "a function that is elementwise",
        )


def _refusal(what: str) -> MissingRuleError:
    return MissingRuleError(
        f"complex arithmetic cannot differentiate this function: {what}",
        "likely abs, a norm, conj, real, a cast to float, or a branch on the type of number",
        INSTEAD,
    )
