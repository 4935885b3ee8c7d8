"""Steps that a machine can take: powers of two, not below the spacing of the floats around x."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_CEILING, Context, Decimal
from typing import Any

import numpy as np

from difflab.errors import UsageError


def power_of_two_below(step: Any) -> np.ndarray:
    """Return the largest power of two that is at most the step; NaN and 0 stay.

    Examples
    --------
    >>> power_of_two_below([1.0, 0.3, 1000.0])
    array([1.00e+00, 2.50e-01, 5.12e+02])
    """
    mantissa, exponent = np.frexp(np.asarray(step, np.float64))
    return np.asarray(np.ldexp(np.sign(mantissa) / 2, exponent))


def spacing(x: Any) -> np.ndarray:
    """Return the distance from |x| to the next float above, in float64.

    Examples
    --------
    >>> spacing(np.float32(3)) == 2.0**-22
    np.True_
    """
    size = np.abs(np.asarray(x))
    with np.errstate(all="ignore"):
        above = np.spacing(size).astype(np.float64)
        # there is no float above the largest; its own relative spacing serves
        return np.asarray(np.where(np.isinf(above), size * np.finfo(size.dtype).eps, above))


def check_resolution(x: Any, step: Any, asked: Any = None, names: Sequence[str] = ()) -> None:
    """Refuse a step that is below the spacing of the floats around x.

    Parameters
    ----------
    x : array, any shape
        Its dtype is that of the arithmetic.
    step : float or array
        h, broadcast against x; NaN passes.
    asked : float or array, optional
        The step to name in the message, where h is a rounded one.
    names : sequence of str, optional
        What to call the entries of x, in order; "x", or "x[3]", when empty.

    Raises
    ------
    UsageError

    Examples
    --------
    >>> try:
    ...     check_resolution(np.float32(3), 1e-9)
    ... except UsageError as error:
    ...     print(error.what + "; " + error.instead)
    step 1e-9 is below the spacing of float32 at x = 3; use at least 2.4e-7
    """
    x = np.asarray(x)
    spacings = spacing(x)
    h = np.broadcast_to(np.asarray(step, np.float64), x.shape)
    lost = np.ravel(h < spacings)
    if not np.any(lost):
        return
    first = int(np.argmax(lost))
    named = np.ravel(np.broadcast_to(h if asked is None else asked, x.shape))[first]
    name = names[first] if names else entry("x", first, x.shape)
    raise UsageError(
        f"step {_short(named)} is below the spacing of {x.dtype} at {name} = "
        f"{np.ravel(x)[first]:.6g}",
        "x + h is rounded to x or to its neighbour, so the step is not the one asked for",
        f"use at least {_rounded_up(np.ravel(spacings)[first])}",
    )


def entry(name: str, flat: int, shape: tuple[int, ...]) -> str:
    """Name one entry of an array.

    Examples
    --------
    >>> entry("x", 5, (2, 3)), entry("x", 0, ())
    ('x[1, 2]', 'x')
    """
    if not shape:
        return name
    return f"{name}[{', '.join(str(int(i)) for i in np.unravel_index(flat, shape))}]"


def _rounded_up(number: float) -> str:
    """Two digits, never less than the number."""
    return _short(float(Context(prec=2, rounding=ROUND_CEILING).plus(Decimal(float(number)))))


def _short(number: float) -> str:
    digits, _, exponent = f"{number:.3g}".partition("e")
    return f"{digits}e{int(exponent)}" if exponent else digits
