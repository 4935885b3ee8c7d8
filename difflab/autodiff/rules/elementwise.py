"""Rules of functions that work entry by entry: arithmetic, exponentials, trigonometry, selection.

Each partial derivative reads ``partial(out, *operands)``; ``y`` is the output where it is shorter.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from difflab import functions as own
from difflab.autodiff.rules.bessel import bessel_i
from difflab.autodiff.rules.poles import power_base, power_exponent, reciprocal
from difflab.autodiff.rules.rule import Rule, both_modes, constant, elementwise, general, nan_passes

_TIES = "ties are split equally"


def _ratio(x: Any, length: Any) -> Any:
    """x / length, and 0 where the length is 0."""
    return x / np.where(length == 0, 1.0, length)


def _one_over(y: Any, out: Any) -> Any:
    """1/y in the precision of the quotient; infinite for a Python 0, as NumPy divides by it."""
    if isinstance(y, (int, float)):
        return 1 / y if y else math.copysign(math.inf, y)
    return 1 / y if isinstance(y, complex) or y.dtype is out.dtype else out.dtype.type(1) / y


def _over_square(x: Any, length: Any) -> Any:
    """x / length^2, where the square itself would overflow or vanish."""
    return _ratio(_ratio(x, length), length)


def _share(mine: Any, out: Any, other: Any) -> Any:
    """Derivative of max or min with respect to ``mine``: 1 where it won, 1/2 at a tie, else 0."""
    return nan_passes((mine == out) * (1.0 - 0.5 * (mine == other)), mine, out)


def _power_base(g: Any, y: Any, x: Any, n: Any) -> Any:
    """g n x^(n-1); a number g, such as 1/n from a mean, meets the array once."""
    return (2 * g) * x if type(n) is int and n == 2 else g * power_base(y, x, n)


def _power_exponent(g: Any, y: Any, x: Any, n: Any) -> Any:
    return g * power_exponent(y, x, n)


def _tanh(g: Any, y: Any, x: Any) -> Any:
    """g (1 - y^2)."""
    slope = y * y
    if type(slope) is not np.ndarray:
        return g * (1 - slope)
    np.subtract(1, slope, slope)
    return np.multiply(g, slope, slope) if type(g) is np.ndarray else g * slope


def _log_share(x: Any, y: Any) -> Any:
    """Derivative of log(exp x + exp y) in x: sigmoid(x - y), and 1/2 for equal infinities."""
    equal = (x == y) & np.isinf(x)
    return own.sigmoid(np.where(equal, 0.0, x) - np.where(equal, 0.0, y))


def _log2_share(x: Any, y: Any) -> Any:
    return _log_share(x * np.log(2.0), y * np.log(2.0))


def _no_slope(g: Any, out: Any, *operands: Any) -> None:
    """For an operand that the result does not depend on, but by jumps."""


def _frexp_vjp(g: Any, out: Any, x: Any) -> Any:
    mantissa, _ = g
    return None if mantissa is None else np.ldexp(mantissa, -out[1])


def _frexp_jvp(t: Any, out: Any, x: Any) -> Any:
    return np.ldexp(t, -out[1]), None


def _scaled(g: Any, out: Any, x: Any, exponent: Any) -> Any:
    return np.ldexp(g, exponent)


def _with_sign(g: Any, out: Any, x: Any, y: Any) -> Any:
    return g * np.sign(x) * np.copysign(1.0, y)


def _step_height(g: Any, out: Any, x: Any, height: Any) -> Any:
    return np.where(x == 0, g, 0)


def _sinc(y: Any, x: Any) -> Any:
    """Derivative of sin(pi x)/(pi x); by its series near 0, where the quotient cancels.

    Each term of the series is the one before times -(pi x)^2 / (2k (2k + 3)).
    """
    near = np.abs(x) < 1e-1
    safe = np.where(near, 1.0, x)
    square = np.where(near, x, 0.0) ** 2 * np.pi**2
    series: Any = 1.0
    for divisor in (180, 130, 88, 54, 28, 10):  # 2k (2k + 3)
        series = 1 - square / divisor * series
    series = -(np.pi**2) * x / 3 * series
    return np.where(near, series, (np.cos(np.pi * safe) - np.sinc(safe)) / safe)


def _where_rule() -> Rule:
    def vjp_x(g: Any, out: Any, c: Any, x: Any, y: Any) -> Any:
        return np.where(c, g, 0)

    def vjp_y(g: Any, out: Any, c: Any, x: Any, y: Any) -> Any:
        return np.where(c, 0, g)

    both = (_no_slope, vjp_x, vjp_y)
    return general(np.where, both, both)


def _clip_inside(out: Any, x: Any, low: Any, high: Any) -> Any:
    inside: Any = True
    if low is not None:
        inside = inside & (x >= low)
    if high is not None:
        inside = inside & (x <= high)
    return nan_passes(inside * 1.0, x, out)


def _clip_low(out: Any, x: Any, low: Any, high: Any) -> Any:
    below = x < low if high is None else (x < low) & (low <= high)
    return nan_passes(below * 1.0, low, out)


def _clip_high(out: Any, x: Any, low: Any, high: Any) -> Any:
    above = x > high if low is None else (x > high) | (low > high)  # the upper bound comes last
    return nan_passes(above * 1.0, high, out)


RULES = [
    # arithmetic. add, subtract and negative are written out: multiplying by 1 would cost a pass
    general(np.add, (lambda g, out, x, y: g,) * 2, (lambda t, out, x, y: t,) * 2),
    general(
        np.subtract,
        (lambda g, out, x, y: g, lambda g, out, x, y: -g),
        (lambda t, out, x, y: t, lambda t, out, x, y: -t),
    ),
    general(np.negative, (lambda g, out, x: -g,), (lambda t, out, x: -t,)),
    general(np.positive, (lambda g, out, x: g,), (lambda t, out, x: t,)),
    general(
        np.multiply,
        (lambda g, out, x, y: g * y, lambda g, out, x, y: g * x),
        (lambda t, out, x, y: t * y, lambda t, out, x, y: t * x),
    ),
    elementwise(np.true_divide, lambda out, x, y: _one_over(y, out), lambda out, x, y: -out / y),
    general(np.power, (_power_base, _power_exponent), (_power_base, _power_exponent)),
    elementwise(np.float_power, power_base, power_exponent),
    elementwise(np.remainder, lambda out, x, y: 1.0, lambda out, x, y: -np.floor_divide(x, y)),
    elementwise(np.fmod, lambda out, x, y: 1.0, lambda out, x, y: -np.rint((x - out) / y)),
    both_modes(np.square, lambda g, y, x: (2 * g) * x),
    elementwise(np.reciprocal, lambda y, x: -y * y),
    elementwise(np.sqrt, lambda y, x: 0.5 * reciprocal(y), kink="sqrt'(0) = inf"),
    elementwise(np.cbrt, lambda y, x: reciprocal(3 * y * y), kink="cbrt'(0) = inf"),
    elementwise(np.absolute, lambda y, x: np.sign(x), kink="|x|'(0) = 0"),
    elementwise(np.fabs, lambda y, x: np.sign(x), kink="|x|'(0) = 0"),
    # exponentials and logarithms
    both_modes(np.exp, lambda g, y, x: g * y),
    elementwise(np.exp2, lambda y, x: y * np.log(2.0)),
    elementwise(np.expm1, lambda y, x: np.exp(x)),
    elementwise(np.log, lambda y, x: reciprocal(x)),
    elementwise(np.log2, lambda y, x: reciprocal(x * np.log(2.0))),
    elementwise(np.log10, lambda y, x: reciprocal(x * np.log(10.0))),
    elementwise(np.log1p, lambda y, x: reciprocal(1 + x)),
    elementwise(
        np.logaddexp,
        lambda out, x, y: _log_share(x, y),
        lambda out, x, y: _log_share(y, x),
        kink="1/2 each for equal infinities",
    ),
    elementwise(
        np.logaddexp2,
        lambda out, x, y: _log2_share(x, y),
        lambda out, x, y: _log2_share(y, x),
        kink="1/2 each for equal infinities",
    ),
    elementwise(np.i0, lambda y, x: bessel_i(x, order=1)),
    # trigonometry
    elementwise(np.sin, lambda y, x: np.cos(x)),
    elementwise(np.cos, lambda y, x: -np.sin(x)),
    elementwise(np.tan, lambda y, x: 1 + y * y),
    elementwise(
        np.arcsin, lambda y, x: reciprocal(np.sqrt((1 - x) * (1 + x))), kink="arcsin'(1) = inf"
    ),
    elementwise(
        np.arccos, lambda y, x: -reciprocal(np.sqrt((1 - x) * (1 + x))), kink="arccos'(1) = -inf"
    ),
    elementwise(np.arctan, lambda y, x: 1 / (1 + x * x)),
    elementwise(
        np.arctan2,
        lambda out, y, x: _over_square(x, np.hypot(x, y)),
        lambda out, y, x: -_over_square(y, np.hypot(x, y)),
        kink="arctan2'(0, 0) = 0",
    ),
    elementwise(
        np.hypot,
        lambda out, x, y: _ratio(x, out),
        lambda out, x, y: _ratio(y, out),
        kink="hypot'(0, 0) = 0",
    ),
    elementwise(np.sinh, lambda y, x: np.cosh(x)),
    elementwise(np.cosh, lambda y, x: np.sinh(x)),
    both_modes(np.tanh, _tanh),
    elementwise(np.arcsinh, lambda y, x: 1 / np.cosh(y)),  # sqrt(x^2 + 1), which may overflow
    elementwise(
        np.arccosh,
        lambda y, x: reciprocal(np.sqrt(x - 1) * np.sqrt(x + 1)),
        kink="arccosh'(1) = inf",
    ),
    elementwise(np.arctanh, lambda y, x: 1 / ((1 - x) * (1 + x))),
    elementwise(np.sinc, _sinc),
    elementwise(np.deg2rad, lambda y, x: np.pi / 180),
    elementwise(np.radians, lambda y, x: np.pi / 180),
    elementwise(np.rad2deg, lambda y, x: 180 / np.pi),
    elementwise(np.degrees, lambda y, x: 180 / np.pi),
    # parts of floating-point numbers
    general(np.ldexp, (_scaled, _no_slope), (_scaled, _no_slope)),
    general(np.frexp, (_frexp_vjp,), (_frexp_jvp,)),
    general(
        np.copysign, (_with_sign, _no_slope), (_with_sign, _no_slope), kink="copysign'(0, y) = 0"
    ),
    general(
        np.heaviside, (_no_slope, _step_height), (_no_slope, _step_height), kink="step'(0) = 0"
    ),
    # selection
    elementwise(
        np.maximum,
        lambda out, x, y: _share(x, out, y),
        lambda out, x, y: _share(y, out, x),
        kink=_TIES,
    ),
    elementwise(
        np.minimum,
        lambda out, x, y: _share(x, out, y),
        lambda out, x, y: _share(y, out, x),
        kink=_TIES,
    ),
    elementwise(
        np.fmax,
        lambda out, x, y: _share(x, out, y),
        lambda out, x, y: _share(y, out, x),
        kink=_TIES,
    ),
    elementwise(
        np.fmin,
        lambda out, x, y: _share(x, out, y),
        lambda out, x, y: _share(y, out, x),
        kink=_TIES,
    ),
    elementwise(
        np.clip,
        _clip_inside,
        _clip_low,
        _clip_high,
        kink="1 on the bounds",
    ),
    _where_rule(),
    # piecewise constant
    Rule(np.sign, "constant", (lambda g, y, x: None,)),  # but not of complex numbers
    *(
        constant(function)
        for function in (
            np.floor,
            np.ceil,
            np.rint,
            np.trunc,
            np.floor_divide,
            np.less,
            np.less_equal,
            np.greater,
            np.greater_equal,
            np.equal,
            np.not_equal,
            np.isnan,
            np.isfinite,
            np.isinf,
            np.signbit,
            nan_passes,  # selects by comparisons, which are constant
            np.logical_and,
            np.logical_or,
            np.logical_not,
            np.logical_xor,
            np.bitwise_and,
            np.bitwise_or,
            np.bitwise_xor,
            np.invert,
            np.left_shift,
            np.right_shift,
            np.bitwise_count,
            np.gcd,
            np.lcm,
        )
    ),
]
