"""SymPy functions whose derivatives obey the conventions at kinks: relu, |x|, maximum, norm.

SymPy's own Max, Abs and sign differentiate into Heaviside and DiracDelta, which answer 1/2 or
nothing where `difflab.conventions` says 0. These classes state one derivative each, and `NUMERIC`
says how emitted code evaluates them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import sympy as sp

from difflab import functions as own

LEAK = sp.Rational(*own.LEAK.as_integer_ratio())


class relu(sp.Function):
    """max(x, 0); relu'(0) = 0."""

    is_real = True

    def fdiff(self, _argindex: int = 1) -> sp.Expr:
        """1 above zero, else 0."""
        return step(self.args[0])


class leaky_relu(sp.Function):
    """max(x, 0.01 x); leaky_relu'(0) = 0.01."""

    is_real = True

    def fdiff(self, _argindex: int = 1) -> sp.Expr:
        """1 above zero, else the leak."""
        return LEAK + (1 - LEAK) * step(self.args[0])


class step(sp.Function):
    """1 above zero, else 0; derivative 0 everywhere."""

    is_real = True

    def fdiff(self, _argindex: int = 1) -> sp.Expr:
        """Zero."""
        return sp.S.Zero


class absolute(sp.Function):
    """|x|; derivative 0 at 0."""

    is_real = True

    def fdiff(self, _argindex: int = 1) -> sp.Expr:
        """The sign."""
        return signum(self.args[0])


class signum(sp.Function):
    """-1, 0 or 1; derivative 0 everywhere."""

    is_real = True

    def fdiff(self, _argindex: int = 1) -> sp.Expr:
        """Zero."""
        return sp.S.Zero


class maximum(sp.Function):
    """Largest of any number of arguments; ties share the derivative equally."""

    is_real = True

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        """Share of one argument in the maximum."""
        return largest_share(*_mine_first(self.args, argindex))


class minimum(sp.Function):
    """Smallest of any number of arguments; ties share the derivative equally."""

    is_real = True

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        """Share of one argument in the minimum: its share in the maximum of the negatives."""
        return largest_share(*(-x for x in _mine_first(self.args, argindex)))


class fmax(sp.Function):
    """The larger of two arguments, or the one that is not NaN; ties share the derivative."""

    is_real = True

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        """Share of one argument in the maximum; none for NaN."""
        return largest_share(*(least_for_nan(x) for x in _mine_first(self.args, argindex)))


class fmin(sp.Function):
    """The smaller of two arguments, or the one that is not NaN; ties share the derivative."""

    is_real = True

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        """Share of one argument in the minimum; none for NaN."""
        return largest_share(*(least_for_nan(-x) for x in _mine_first(self.args, argindex)))


class least_for_nan(sp.Function):
    """x, and minus infinity in place of NaN; what `fmax` compares."""

    is_real = True

    def fdiff(self, _argindex: int = 1) -> sp.Expr:
        """One."""
        return sp.S.One


class largest_share(sp.Function):
    """1/k where the first argument is one of k largest, else 0; NaN among them gives NaN.

    Its derivative is 0 everywhere.
    """

    is_real = True

    def fdiff(self, _argindex: int = 1) -> sp.Expr:
        """Zero."""
        return sp.S.Zero


class norm(sp.Function):
    """Square root of the sum of squares; norm'(0) = 0."""

    is_real = True

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        """The argument over the norm."""
        return ratio_or_zero(self.args[argindex - 1], self)


class ratio_or_zero(sp.Function):
    """x / y, and 0 where y = 0."""

    is_real = True

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        """As of a plain quotient."""
        x, y = self.args
        return ratio_or_zero(1, y) if argindex == 1 else -ratio_or_zero(x, y**2)


class angle(sp.Function):
    """arctan2(y, x); derivatives 0 at the origin, where there is no angle."""

    is_real = True

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        """x / (x^2 + y^2) and -y / (x^2 + y^2), divided twice so that no square overflows."""
        y, x = self.args
        radius = norm(x, y)
        part = x if argindex == 1 else -y
        return ratio_or_zero(ratio_or_zero(part, radius), radius)


class power(sp.Function):
    """x**n for an exponent that is no number yet; SymPy's own divides by x to differentiate."""

    is_real = True

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        """n x**(n - 1), and 0 for n = 0; x**n log(x), and 0 for x = 0."""
        x, n = self.args
        if argindex == 1:
            return n * power(x, n - 1) if n.is_number else power_slope(x, n)
        return self * log_or_zero(x)


class power_slope(sp.Function):
    """n x**(n - 1), and 0 for n = 0, whatever x is."""

    is_real = True

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        """As of the product."""
        x, n = self.args
        if argindex == 1:
            return n * power_slope(x, n - 1)
        return power(x, n - 1) * (1 + n * log_or_zero(x))


class log_or_zero(sp.Function):
    """log(x), and 0 for x = 0."""

    is_real = True

    def fdiff(self, _argindex: int = 1) -> sp.Expr:
        """As of the logarithm."""
        return 1 / self.args[0]


class clip(sp.Function):
    """x between two bounds; derivative 1 also on the bounds."""

    is_real = True

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        """1 inside for x; 1 outside for the bound that holds."""
        x, low, high = self.args
        return (within(x, low, high), step(low - x), step(x - high))[argindex - 1]


class within(sp.Function):
    """1 where low <= x <= high, else 0; derivative 0 everywhere."""

    is_real = True

    def fdiff(self, _argindex: int = 1) -> sp.Expr:
        """Zero."""
        return sp.S.Zero


class real_cbrt(sp.Function):
    """The real cube root; SymPy's is complex for negative numbers."""

    is_real = True

    def fdiff(self, _argindex: int = 1) -> sp.Expr:
        """1 / (3 cbrt(x)^2), infinite at 0."""
        return 1 / (3 * self**2)


class rounded(sp.Function):
    """x rounded by the rule whose number is the second argument (see `ROUNDING`); derivative 0."""

    is_real = True

    def fdiff(self, _argindex: int = 1) -> sp.Expr:
        """Zero."""
        return sp.S.Zero


def _mine_first(arguments: tuple[sp.Expr, ...], argindex: int) -> tuple[sp.Expr, ...]:
    mine = arguments[argindex - 1]
    return (mine, *arguments[: argindex - 1], *arguments[argindex:])


ROUNDING = (np.floor, np.ceil, np.rint, np.trunc)
"""Rounding functions by the number that `rounded` takes."""


def _share(share: Any, *arguments: Any) -> Any:
    """A share in the dtype of the first argument, so that float32 stays float32; NaN at NaN."""
    unknown = np.any([np.isnan(x) for x in np.broadcast_arrays(*arguments)], axis=0)
    return np.where(unknown, np.nan, share).astype(np.asarray(arguments[0]).dtype)[()]


def _largest_share(mine: Any, *others: Any) -> Any:
    mine, *rest = np.broadcast_arrays(mine, *others)
    largest = np.all([mine >= other for other in rest], axis=0)
    equals = 1 + np.sum([mine == other for other in rest], axis=0)
    return _share(largest / equals, mine, *rest)


def _power_slope(x: Any, n: Any) -> Any:
    return np.where(n == 0, 0, n * np.power(x, np.where(n == 0, 1, n - 1)))[()]


def _norm(*xs: Any) -> Any:
    return np.hypot(*xs) if len(xs) == 2 else np.sqrt(sum(x * x for x in xs))


def _ratio_or_zero(x: Any, y: Any) -> Any:
    return x / np.where(y == 0, 1, y)


def _extreme(pairwise: Callable[..., Any]) -> Callable[..., Any]:
    def reduce(first: Any, *others: Any) -> Any:
        for other in others:
            first = pairwise(first, other)
        return first

    return reduce


NUMERIC: dict[str, Callable[..., Any]] = {
    "relu": own.relu,
    "leaky_relu": own.leaky_relu,
    "step": lambda x: np.heaviside(x, 0),
    "absolute": np.absolute,
    "signum": np.sign,
    "maximum": _extreme(np.maximum),
    "minimum": _extreme(np.minimum),
    "fmax": np.fmax,
    "fmin": np.fmin,
    "least_for_nan": lambda x: np.where(np.isnan(x), -np.inf, x),
    "largest_share": _largest_share,
    "angle": np.arctan2,
    "power": np.power,
    "power_slope": _power_slope,
    "log_or_zero": lambda x: np.log(np.where(x == 0, 1, x)),
    "norm": _norm,
    "ratio_or_zero": _ratio_or_zero,
    "clip": np.clip,
    "within": lambda x, low, high: _share((x >= low) & (x <= high), x, low, high),
    "real_cbrt": np.cbrt,
    "rounded": lambda x, rule: ROUNDING[rule](x),
}
"""How emitted code evaluates the functions of this module, by name."""
