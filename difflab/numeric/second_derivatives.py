"""Second derivatives of a function of one variable with complex arithmetic.

* `bicomplex_second_derivative`: two imaginary units, no subtraction, exact to rounding; for
  functions made of arithmetic and NumPy's elementwise functions.
* `complex_difference`: the first derivative by the complex step, Im f(x + ih) / h, and the ladder
  of differences over it. Only one order is lost to subtraction, not two, and every function that
  takes complex numbers will do.

float32 is widened to complex128, in which h^2 does not underflow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from difflab.errors import MissingRuleError, NonScalarLossError, ShapeError
from difflab.numeric.apply import real_point
from difflab.numeric.bicomplex import Bicomplex
from difflab.numeric.complex_check import check
from difflab.numeric.complex_step import LARGEST_SLOPE, MOVED, STEP, in_its_precision
from difflab.numeric.ladder.methods import derivative
from difflab.numeric.resolution import power_of_two_below
from difflab.numeric.steps import unit_roundoff
from difflab.numeric.traps import refusing_real_only_calls

TINY_STEP = 2.0**-100
"""h: its square is far below rounding, and h^2 f'' far from underflow for f'' above 1e-230."""

LARGE_STEP = 2.0**-34
"""h where f'' is smaller; its square is just below rounding."""

SAME = 64
"""Complex and real values of f may differ by this many roundings."""

NEIGHBOURS = (-7, -4, -2, -1, 1, 2, 4, 7)
"""Where f is called to see how much its last digits mean, in units of the last place of x."""

SAME_CURVATURE = 1e-8
"""Share by which two bicomplex steps may differ; powers of two scale exactly, and none does."""

INSTEAD = "difflab.derivative(f, x, n=2), which needs real values of f only"


class SecondDerivative(NamedTuple):
    """A second derivative with its error bar.

    Attributes
    ----------
    value, error : float or array
        NaN where f or its slope is not finite at x.
    evaluations : int
        Complex values of f per entry of x.
    flags : Flag, or array of integers
        What the ladder says of the slopes of f: a kink of theirs is a jump of f'' and so on.
    """

    value: Any
    error: Any
    evaluations: int
    flags: Any


def bicomplex_second_derivative(f: Callable[[Any], Any], x: Any) -> Any:
    """Return f''(x) by bicomplex numbers, exact to rounding; two evaluations beside f(x), or a few.

    Parameters
    ----------
    f : callable
        Analytic, elementwise if x is an array, of operators, elementwise NumPy functions and
        ``np.where``; comparisons look at real parts.
    x : float or array
        Real floats.

    Returns
    -------
    float or array, of the shape and dtype of x
        NaN where f(x) is not finite or the second derivative does not exist, as for sqrt at 0; 0
        where it is smaller than 1e-280.

    Raises
    ------
    ParameterTypeError
        For an x that is no float.
    MissingRuleError
        When f calls what is not analytic or not elementwise (abs, norms, sign, casts), or takes
        another branch for these numbers than for real ones.
    NonScalarLossError, ShapeError
        When the result is no float, or has not the shape of x.

    Examples
    --------
    >>> bicomplex_second_derivative(lambda x: x**3 + np.exp(2 * x), 0.0)
    np.float64(4.0)
    """
    point = np.asarray(real_point(x))
    wide = point.astype(np.result_type(point.dtype, np.float64))
    value = np.asarray(f(wide[()]))
    _check_shape(value, point)
    found, same_value = np.full(point.shape, np.nan), ~np.isfinite(value)
    for step in _bicomplex_steps(wide):
        (curvature, first), (other, _) = (_curvature(f, wide, h) for h in (step, 64 * step))
        same = _same(f, wide, value, first, step)
        with np.errstate(invalid="ignore", over="ignore"):
            # at an essential singularity, as of exp(-1/x^2) at 0, complex values are infinite
            same_value = same_value | ~np.isfinite(first) | same
            # it depends on the step where it does not exist, as for sqrt at 0, where the step is
            # as large as x, and where it underflows
            exists = np.abs(curvature - other) <= SAME_CURVATURE * np.abs(curvature)
            usable = np.isfinite(value) & same & exists
        found = np.where(usable & (np.isnan(found) | (found == 0)), curvature, found)
        if np.all(np.isfinite(found) & (found != 0)):
            break
    if not np.all(same_value):
        raise _refusal("its value is another one than for real numbers")
    with np.errstate(over="ignore", under="ignore"):
        return found.astype(point.dtype)[()]


def _bicomplex_steps(x: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the steps that are tried, until there is one that suits every entry of x."""
    yield np.full(x.shape, TINY_STEP)
    # beside a singularity at 0, as that of the logarithm
    yield TINY_STEP * np.where(x == 0, 1.0, power_of_two_below(np.minimum(1.0, np.abs(x))))
    yield np.full(x.shape, LARGE_STEP)


def _curvature(f: Callable[[Any], Any], x: np.ndarray, step: np.ndarray) -> tuple[Any, Any]:
    """Return the ij part of f over h^2, and the complex value of f."""
    h = step.astype(x.dtype)
    with np.errstate(all="ignore"):  # the real call has given the warnings that matter
        try:
            result = f(Bicomplex(x + 1j * h, h + 0j))
        except MissingRuleError:
            raise
        except TypeError as error:
            raise _refusal(f"{type(error).__name__}, {error}") from error
        if not isinstance(result, Bicomplex):
            result = Bicomplex(np.asarray(result, h.dtype), np.zeros(x.shape, h.dtype))
        first, second = np.broadcast_arrays(result.first, result.second.imag, x)[:2]
        return second / h / h, first


def complex_difference(f: Callable[[Any], Any], x: Any, step: Any = None) -> SecondDerivative:
    """Return f''(x) by differences of slopes, which the complex step gives to rounding.

    Parameters
    ----------
    f : callable
        Analytic, elementwise if x is an array.
    x : float or array
        Real floats.
    step : float or array, optional
        Of one central difference of order 6; a whole ladder of steps when None, see
        `difflab.derivative`.

    Returns
    -------
    SecondDerivative

    Raises
    ------
    ParameterTypeError
        For an x that is no float.
    MissingRuleError
        When f loses its imaginary part, found by a comparison with central differences, or
        refuses complex numbers; see `difflab.numeric.traps`.
    NonScalarLossError, ShapeError
        When the result is no float, or has not the shape of x.
    UsageError
        For a step that is not positive, or below the spacing of floats around x.

    Examples
    --------
    >>> found = complex_difference(np.exp, 0.0)
    >>> bool(abs(found.value - 1.0) <= found.error < 1e-12)
    True
    """
    point = np.asarray(real_point(x))
    wide = point.astype(np.result_type(point.dtype, np.float64))
    with np.errstate(all="ignore"):
        _check_shape(np.asarray(f(wide[()])), point)
    try:
        check(lambda w: np.sum(f(w)), wide[()])
        with refusing_real_only_calls(f, wide[()]):
            none = np.asarray(~np.isfinite(_slope(f, wide)))
            found = derivative(
                lambda at, none: np.where(none, 0.0, _slope(f, at)),
                wide[()],
                "auto" if step is None else "central-6",
                step=step,
                args=(none[()],),
            )
    except MissingRuleError as error:
        what = error.what.replace("this loss", "this function")
        raise MissingRuleError(what, error.why, INSTEAD) from error
    value, error_bar = (np.where(none, np.nan, field)[()] for field in (found.value, found.error))
    return SecondDerivative(value, error_bar, found.evaluations + 1, found.flags)


def _slope(f: Callable[[Any], Any], x: Any) -> np.ndarray:
    """Return Im f(x + ih) / h; NaN where f(x) is no finite real number."""
    x = np.asarray(x)

    def moved(h: float) -> np.ndarray:
        return np.asarray(f((x + 1j * h)[()]))

    result, h = in_its_precision(moved, STEP)
    if result.dtype.kind != "c":
        if np.all(f(x[()]) == f((x + MOVED)[()])):
            return np.zeros(x.shape)  # a constant
        raise _refusal("its result is real although its argument is complex")
    slope = np.broadcast_to(result.imag.astype(x.dtype) / h, x.shape)
    # left of a root or logarithm the imaginary part is no slope
    usable = (np.abs(slope) < (LARGEST_SLOPE if h == STEP else 1 / h)) & np.isfinite(f(x[()]))
    return np.where(usable, slope, np.nan)


def _same(
    f: Callable[[Any], Any], x: np.ndarray, value: np.ndarray, first: Any, step: np.ndarray
) -> np.ndarray:
    """Whether the complex value of f is the real one, but for rounding inside f."""
    with np.errstate(all="ignore"):
        apart = np.abs(value - first.real)
        close = apart <= SAME * unit_roundoff(value.dtype) * np.maximum(np.abs(value), 1.0)
        if np.all(close):
            return np.asarray(close)
        # where terms of f cancel, its last digits mean little: close by they are others
        points = [x + ulps * np.spacing(x) for ulps in NEIGHBOURS]
        real = [np.abs(f(point[()]) - value) for point in points]
        lifted = [np.abs(_curvature(f, point, step)[1] - first) for point in points]
        return np.asarray(close | (apart <= SAME * np.max([*real, *lifted], axis=0)))


def _check_shape(value: np.ndarray, x: np.ndarray) -> None:
    if value.dtype.kind not in "fc":
        raise NonScalarLossError(
            f"the function returned {value.dtype}, not floating-point numbers",
            "a second derivative is that of a function which varies smoothly",
            "return floats: 1.0 for 1",
        )
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
