"""SymPy functions that stay finite at +-1000: sigmoid, softplus, logsumexp, normal_cdf.

Written out, their derivatives overflow: that of 1/(1 + exp(-z)) is exp(-z)/(1 + exp(-z))^2, which
is inf/inf for z < -709. Kept as functions they differentiate into one another. `definition` says
what each stands for; the tests prove every ``fdiff`` by differentiating the definition.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import sympy as sp

from difflab import functions as own


class sigmoid(sp.Function):
    """1 / (1 + exp(-x))."""

    is_real = True

    def fdiff(self, _argindex: int = 1) -> sp.Expr:
        """a (1 - a), with a the value itself."""
        return self * (1 - self)


class softplus(sp.Function):
    """log(1 + exp(x))."""

    is_real = True

    def fdiff(self, _argindex: int = 1) -> sp.Expr:
        """The sigmoid."""
        return sigmoid(self.args[0])


class normal_cdf(sp.Function):
    """(1 + erf(x / sqrt(2))) / 2."""

    is_real = True

    def fdiff(self, _argindex: int = 1) -> sp.Expr:
        """The density."""
        return normal_density(self.args[0])


class normal_density(sp.Function):
    """exp(-x^2 / 2) / sqrt(2 pi)."""

    is_real = True

    def fdiff(self, _argindex: int = 1) -> sp.Expr:
        """-x times the density itself."""
        return -self.args[0] * self


class logsumexp(sp.Function):
    """log(exp(x1) + exp(x2) + ...) of any number of arguments."""

    is_real = True

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        """The softmax weight of one argument; its exponent is never positive."""
        return sp.exp(self.args[argindex - 1] - self)


def definition(function: sp.Function) -> sp.Expr:
    """Write a stable function out in elementary ones.

    Examples
    --------
    >>> x = sp.Symbol("x")
    >>> definition(softplus(x))
    log(exp(x) + 1)
    """
    x = function.args[0]
    if isinstance(function, sigmoid):
        return 1 / (1 + sp.exp(-x))
    if isinstance(function, softplus):
        return sp.log(1 + sp.exp(x))
    if isinstance(function, normal_cdf):
        return (1 + sp.erf(x / sp.sqrt(2))) / 2
    if isinstance(function, normal_density):
        return sp.exp(-(x**2) / 2) / sp.sqrt(2 * sp.pi)
    return sp.log(sp.Add(*(sp.exp(argument) for argument in function.args)))


NUMERIC: dict[str, Callable[..., Any]] = {
    # where exp overflows to infinity the quotient is 0, as it should be
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "softplus": lambda x: np.logaddexp(x, 0),
    "normal_cdf": own.normal_cdf,
    "normal_density": own.normal_density,
    "logsumexp": lambda *xs: (
        np.logaddexp(*xs)
        if len(xs) == 2
        else own.logsumexp(np.stack(np.broadcast_arrays(*xs)), axis=0)
    ),
}
"""How emitted code evaluates the functions of this module, by name, with warnings switched off."""
