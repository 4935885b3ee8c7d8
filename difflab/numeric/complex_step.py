"""The complex step: a derivative without a subtraction, exact to rounding.

f(x + ih) = f(x) + ih f'(x) - h^2/2 f''(x) - ..., so Im f(x + ih) / h = f'(x) - h^2/6 f'''(x) + ...
Nothing is subtracted, hence nothing cancels, and h may be so small that h^2 underflows (Squire and
Trapp 1998, "Using complex variables to estimate derivatives of real functions", SIAM Review 40).
The step is absolute: one relative to |x| = 1e10 would leave the range where the series holds.

The price: every operation in f must be analytic; `difflab.numeric.traps` lists those that are not,
and `difflab.numeric.complex_check` compares with central differences.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from difflab.numeric.difference import in_the_form_of
from difflab.numeric.line import random_line
from difflab.numeric.loss import Loss, guarded, kind_of, read_only, real_number
from difflab.numeric.traps import refusal, refusing_real_only_calls
from difflab.tree import Nest, check_parameters, flatten, unflatten

STEP = 1e-200
"""h: its square underflows, while h times any gradient above 1e-100 is far from underflow."""

SINGLE_STEP = 2.0**-36
"""h where a loss computes in complex64, in which `STEP` is 0; its square is far below rounding.

Gradients down to 1e-27 stay clear of underflow.
"""

LARGEST_SLOPE = 1e90
"""Beside max(1, |f|); beyond, the imaginary part is that of a root or logarithm left of 0."""

MOVED = 2.0**-7
"""Distance to a point close by, in units of a random direction."""


def value_and_gradient(
    f: Loss, params: Nest, *contexts: Any, step: float = STEP
) -> tuple[Any, Nest]:
    """Evaluate f, and its gradient by the complex step; P + 1 losses.

    Parameters
    ----------
    f : callable
        ``f(params, *contexts)`` returns one real number, by analytic operations.
    params : nest of float arrays
        Left as they are: f is called on read-only views of copies. float32 is widened to
        complex128, where the step does not underflow. If f casts to complex64 by itself and returns
        it, `SINGLE_STEP` takes the place of a smaller step.
    contexts
        Passed on, arrays as read-only views.
    step : float
        h, absolute.

    Returns
    -------
    value : scalar
        f(params), from a call with real numbers.
    gradient : nest
        The nest, shapes and dtypes of ``params``; 0 where f is constant. All NaN where f(params) is
        not finite; NaN in single entries whose slope is infinite, such as sqrt at 0.

    Raises
    ------
    ParameterTypeError, NonScalarLossError
    UsageError
        When f changes its arguments in place.
    MissingRuleError
        When f refuses complex numbers, or returns real ones and is not constant. Calls that spoil
        the imaginary part without a trace are found by `difflab.numeric.complex_check.check`.

    Examples
    --------
    >>> value, slope = value_and_gradient(np.sin, 1e10)
    >>> bool(abs(slope - np.cos(1e10)) < 1e-15)
    True
    """
    leaves, structure = flatten(params)
    check_parameters(leaves, structure)
    loss = guarded(f, contexts)
    copies = [np.array(leaf) if isinstance(leaf, np.ndarray) else leaf for leaf in leaves]
    value = loss(read_only(unflatten(structure, copies)))
    slopes = [np.full(np.shape(leaf), np.nan, np.asarray(leaf).dtype) for leaf in leaves]
    if np.isfinite(real_number(value)):
        points = [np.array(x, np.result_type(np.asarray(x), np.complex128)) for x in leaves]
        views = read_only(points)
        with refusing_real_only_calls(f, params, *contexts):
            for point, slope in zip(points, slopes):
                for index in np.ndindex(point.shape):
                    home = point[index]

                    def moved(h: float, at: Any = (point, index, home)) -> Any:
                        point, index, home = at
                        point[index] = home + 1j * h
                        return loss(unflatten(structure, [v if v.shape else v[()] for v in views]))

                    result, step = in_its_precision(moved, step)
                    imaginary = imaginary_part(result)
                    if imaginary is None:
                        if random_line(loss, params)(MOVED) != value:
                            raise refusal("its result is real", f, params, *contexts)
                        imaginary = 0.0  # a constant
                    largest = max(1.0, float(abs(value))) * min(LARGEST_SLOPE * step, 1.0)
                    slope[index] = imaginary / step if abs(imaginary) < largest else np.nan
                    point[index] = home
    return value, unflatten(structure, [in_the_form_of(x, s) for x, s in zip(leaves, slopes)])


def in_its_precision(moved: Callable[[Any], Any], step: Any) -> tuple[Any, Any]:
    """Call ``moved(step)``; once more with `SINGLE_STEP` where that returns complex64.

    Returns
    -------
    result : complex number
    step : float
        The one it was made with.

    Examples
    --------
    >>> in_its_precision(lambda h: np.complex64(2 + 1j * h), 1e-200)[1] == SINGLE_STEP
    True
    """
    result = moved(step)
    if np.all(np.asarray(step) < SINGLE_STEP) and getattr(result, "dtype", None) == np.complex64:
        return moved(SINGLE_STEP), SINGLE_STEP
    return result, step


def imaginary_part(result: Any) -> Any:
    """Return the imaginary part of one complex number; None for one that is real.

    Raises
    ------
    NonScalarLossError
        When it is not one number.

    Examples
    --------
    >>> imaginary_part(np.complex128(1 + 2j)), imaginary_part(1.0)
    (np.float64(2.0), None)
    """
    return result.imag if kind_of(result) == "c" else None
