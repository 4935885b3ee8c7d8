"""Rules of functions that work entry by entry: arithmetic, exponentials, trigonometry, selection.

Each partial derivative reads ``partial(out, *operands)``; ``y`` is the output where it is shorter.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from difflab.autodiff.rules.rule import Rule, constant, elementwise, general, nan_passes

_TIES = "ties are split equally"


def _reciprocal(x: Any) -> Any:
    """1/x, infinite at 0 without a warning."""
    with np.errstate(divide="ignore"):
        return 1 / x


def _half_over(y: Any) -> Any:
    with np.errstate(divide="ignore"):
        return 0.5 / y


def _ratio(x: Any, length: Any) -> Any:
    """x / length, and 0 where the length is 0."""
    return x / np.where(length == 0, 1.0, length)


def _share(mine: Any, out: Any, other: Any) -> Any:
    """Derivative of max or min with respect to ``mine``: 1 where it won, 1/2 at a tie, else 0."""
    return nan_passes((mine == out) * (1.0 - 0.5 * (mine == other)), mine, out)


def _power_base(y: Any, x: Any, n: Any) -> Any:
    """Derivative of x**n in x: n x**(n - 1), and 0 for n = 0 also where x = 0."""
    with np.errstate(divide="ignore"):  # sqrt spelled x**0.5 is infinitely steep at 0
        if not isinstance(n, (int, float)):
            return np.where(n == 0, 0.0, n * x ** np.where(n == 0, 1.0, n - 1))
        if n == 0:
            return 0.0
        return n if n == 1 else n * x ** (n - 1)


def _power_exponent(y: Any, x: Any, n: Any) -> Any:
    """Derivative of x**n in n: x**n log x, and 0 where x = 0 (the limit for n > 0)."""
    return y * np.log(np.where(x == 0, 1.0, x))


def _sinc(y: Any, x: Any) -> Any:
    """Derivative of sin(pi x)/(pi x); by its series near 0, where the quotient cancels."""
    near = np.abs(x) < 1e-1
    safe = np.where(near, 1.0, x)
    square = np.where(near, x, 0.0) ** 2 * np.pi**2
    series = 1 - square / 10 * (1 - square / 28 * (1 - square / 54 * (1 - square / 88)))
    series = -(np.pi**2) * x / 3 * series
    return np.where(near, series, (np.cos(np.pi * safe) - np.sinc(safe)) / safe)


def _where_rule() -> Rule:
    def vjp_x(g: Any, out: Any, c: Any, x: Any, y: Any) -> Any:
        return np.where(c, g, 0)

    def vjp_y(g: Any, out: Any, c: Any, x: Any, y: Any) -> Any:
        return np.where(c, 0, g)

    def no_condition(g: Any, out: Any, c: Any, x: Any, y: Any) -> Any:
        return 0.0 * g

    both = (no_condition, vjp_x, vjp_y)
    return general(np.where, both, both)


def _clip_inside(out: Any, x: Any, low: Any, high: Any) -> Any:
    inside: Any = True
    if low is not None:
        inside = inside & (x >= low)
    if high is not None:
        inside = inside & (x <= high)
    return nan_passes(inside * 1.0, x, out)


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
    elementwise(np.multiply, lambda out, x, y: y, lambda out, x, y: x),
    elementwise(np.true_divide, lambda out, x, y: 1 / y, lambda out, x, y: -out / y),
    elementwise(np.power, _power_base, _power_exponent),
    elementwise(np.float_power, _power_base, _power_exponent),
    elementwise(np.remainder, lambda out, x, y: 1.0, lambda out, x, y: -np.floor(x / y)),
    elementwise(np.square, lambda y, x: 2 * x),
    elementwise(np.reciprocal, lambda y, x: -y * y),
    elementwise(np.sqrt, lambda y, x: _half_over(y), kink="sqrt'(0) = inf"),
    elementwise(np.cbrt, lambda y, x: _reciprocal(3 * y * y), kink="cbrt'(0) = inf"),
    elementwise(np.absolute, lambda y, x: np.sign(x), kink="|x|'(0) = 0"),
    elementwise(np.fabs, lambda y, x: np.sign(x), kink="|x|'(0) = 0"),
    # exponentials and logarithms
    elementwise(np.exp, lambda y, x: y),
    elementwise(np.exp2, lambda y, x: y * np.log(2.0)),
    elementwise(np.expm1, lambda y, x: np.exp(x)),
    elementwise(np.log, lambda y, x: _reciprocal(x)),
    elementwise(np.log2, lambda y, x: _reciprocal(x * np.log(2.0))),
    elementwise(np.log10, lambda y, x: _reciprocal(x * np.log(10.0))),
    elementwise(np.log1p, lambda y, x: _reciprocal(1 + x)),
    elementwise(np.logaddexp, lambda out, x, y: np.exp(x - out), lambda out, x, y: np.exp(y - out)),
    # trigonometry
    elementwise(np.sin, lambda y, x: np.cos(x)),
    elementwise(np.cos, lambda y, x: -np.sin(x)),
    elementwise(np.tan, lambda y, x: 1 + y * y),
    elementwise(np.arcsin, lambda y, x: 1 / np.sqrt((1 - x) * (1 + x))),
    elementwise(np.arccos, lambda y, x: -1 / np.sqrt((1 - x) * (1 + x))),
    elementwise(np.arctan, lambda y, x: 1 / (1 + x * x)),
    elementwise(
        np.arctan2,
        lambda out, y, x: x / (x * x + y * y),
        lambda out, y, x: -y / (x * x + y * y),
    ),
    elementwise(
        np.hypot,
        lambda out, x, y: _ratio(x, out),
        lambda out, x, y: _ratio(y, out),
        kink="hypot'(0, 0) = 0",
    ),
    elementwise(np.sinh, lambda y, x: np.cosh(x)),
    elementwise(np.cosh, lambda y, x: np.sinh(x)),
    elementwise(np.tanh, lambda y, x: 1 - y * y),
    elementwise(np.arcsinh, lambda y, x: 1 / np.sqrt(x * x + 1)),
    elementwise(np.arccosh, lambda y, x: 1 / np.sqrt((x - 1) * (x + 1))),
    elementwise(np.arctanh, lambda y, x: 1 / ((1 - x) * (1 + x))),
    elementwise(np.sinc, _sinc),
    elementwise(np.deg2rad, lambda y, x: np.pi / 180),
    elementwise(np.rad2deg, lambda y, x: 180 / np.pi),
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
        lambda out, x, low, high: nan_passes((x < low) * 1.0, low, out),
        lambda out, x, low, high: nan_passes((x > high) * 1.0, high, out),
        kink="1 on the bounds",
    ),
    _where_rule(),
    # piecewise constant
    *(
        constant(function)
        for function in (
            np.sign,
            np.floor,
            np.ceil,
            np.rint,
            np.trunc,
            np.floor_divide,
            np.heaviside,
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
            np.logical_and,
            np.logical_or,
            np.logical_not,
            np.logical_xor,
            np.bitwise_and,
            np.bitwise_or,
            np.bitwise_xor,
            np.invert,
        )
    ),
]
