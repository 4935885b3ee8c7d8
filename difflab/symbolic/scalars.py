"""The SymPy field: a traced program becomes one SymPy expression per scalar.

Numbers in user code become exact rationals (every float is one), so nothing is rounded while
deriving, and x**0.5 is a square root. Inputs become real symbols.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any

import numpy as np
import sympy as sp
from sympy.codegen.cfunctions import exp2, expm1, log1p, log2, log10

from difflab import functions as own
from difflab.errors import MissingRuleError, NonScalarLossError
from difflab.scalars import Field, run_on_scalars
from difflab.symbolic import kinks, stable
from difflab.trace import Program


def constant(number: Any) -> sp.Expr:
    """Convert a Python number into an exact SymPy number.

    Raises
    ------
    MissingRuleError
        For NaN, infinities and complex numbers.

    Examples
    --------
    >>> constant(0.375), constant(2.0)
    (3/8, 2)
    """
    if isinstance(number, complex) or not isfinite(number):
        raise MissingRuleError(
            f"the constant {number} inside the function cannot be used in SymPy",
            "SymPy's arithmetic with it differs from NumPy's, and only finite real numbers agree",
            'pass it as a context, or use method="autodiff"',
        )
    return sp.Rational(*number.as_integer_ratio())


LONGEST_ROOT = 1000
"""Denominators up to this stay with SymPy; x**0.7 has one of 2^52, and SymPy would take a gcd of
numbers with 2^52 digits to find out whether tanh of it is real."""


def _power(x: sp.Expr, n: sp.Expr) -> sp.Expr:
    """SymPy's power where its derivative is finite: a number as exponent, or a positive base."""
    if n.is_number and not (n.is_Rational and n.q > LONGEST_ROOT):
        return x**n
    return x**n if x.is_number and x.is_positive else kinks.power(x, n)


def _clip(x: sp.Expr, low: sp.Expr | None, high: sp.Expr | None) -> sp.Expr:
    return kinks.clip(x, -sp.oo if low is None else low, sp.oo if high is None else high)


SYMPY = Field(
    name="SymPy",
    functions={
        np.exp: sp.exp,
        np.exp2: exp2,
        np.expm1: expm1,
        np.log: sp.log,
        np.log2: log2,
        np.log10: log10,
        np.log1p: log1p,
        np.logaddexp: stable.logsumexp,
        np.power: _power,
        np.float_power: _power,
        np.sqrt: sp.sqrt,
        np.cbrt: kinks.real_cbrt,
        np.sin: sp.sin,
        np.cos: sp.cos,
        np.tan: sp.tan,
        np.arcsin: sp.asin,
        np.arccos: sp.acos,
        np.arctan: sp.atan,
        np.arctan2: kinks.angle,
        np.sinh: sp.sinh,
        np.cosh: sp.cosh,
        np.tanh: sp.tanh,
        np.arcsinh: sp.asinh,
        np.arccosh: sp.acosh,
        np.arctanh: sp.atanh,
        np.absolute: kinks.absolute,
        np.fabs: kinks.absolute,
        np.sign: kinks.signum,
        np.deg2rad: lambda x: x * sp.pi / 180,
        np.rad2deg: lambda x: x * 180 / sp.pi,
        own.relu: kinks.relu,
        own.sigmoid: stable.sigmoid,
        own.softplus: stable.softplus,
        own.leaky_relu: kinks.leaky_relu,
        own.normal_cdf: stable.normal_cdf,
        own.gelu: lambda x: x * stable.normal_cdf(x),
        **{
            function: (lambda x, rule=rule: kinks.rounded(x, rule))
            for rule, function in enumerate(kinks.ROUNDING)
        },
    },
    several={
        np.max: kinks.maximum,
        np.min: kinks.minimum,
        np.fmax: kinks.fmax,
        np.fmin: kinks.fmin,
        np.linalg.norm: kinks.norm,
        own.logsumexp: stable.logsumexp,
        np.clip: _clip,
    },
    constant=constant,
    total=lambda terms: sp.Add(*terms),
    instead='method="autodiff", which follows values',
)
"""SymPy as a field of scalars."""


def symbols_for(prefix: str, shape: tuple[int, ...], start: int = 0) -> np.ndarray:
    """Make an object array of real symbols, numbered in C order.

    Examples
    --------
    >>> symbols_for("x", (2, 2), start=3)
    array([[x3, x4],
           [x5, x6]], dtype=object)
    """
    out = np.empty(shape, dtype=object)
    out.reshape(-1)[:] = [sp.Symbol(f"{prefix}{start + i}", real=True) for i in range(out.size)]
    return out


def input_symbols(program: Program) -> tuple[list[np.ndarray], list[sp.Symbol], list[sp.Symbol]]:
    """Make a symbol for every entry of every input of a program.

    Returns
    -------
    arrays : list of object arrays
        One per input, for `scalar_loss`.
    parameters, contexts : lists of Symbol
        ``p0, p1, ...`` and ``x0, x1, ...``, in the order of the flattened inputs.
    """
    arrays: list[np.ndarray] = []
    names: dict[str, list[sp.Symbol]] = {"p": [], "x": []}
    for position, entry in enumerate(program.entries[: program.parameters + program.contexts]):
        prefix = "p" if position < program.parameters else "x"
        array = symbols_for(prefix, np.shape(entry.value), len(names[prefix]))
        names[prefix].extend(array.ravel().tolist())
        arrays.append(array)
    return arrays, names["p"], names["x"]


def require_one_number(loss: Any) -> None:
    """Refuse what a program gives on scalars, unless it is one of them.

    Raises
    ------
    NonScalarLossError
        For an array with axes.

    Examples
    --------
    >>> require_one_number(sp.Symbol("x"))
    """
    if isinstance(loss, np.ndarray):
        raise NonScalarLossError(
            f"the loss has shape {loss.shape}, and a gradient needs one number",
            "a loss is a scalar function of the parameters",
            "reduce it: np.mean(...) or np.sum(...)",
        )


def scalar_loss(program: Program, arrays: Sequence[np.ndarray]) -> sp.Expr:
    """Evaluate a program on symbols.

    Returns
    -------
    Expr
        The loss as one expression.

    Raises
    ------
    NonScalarLossError
        When the program returns an array with axes.

    Examples
    --------
    >>> from difflab.trace import trace
    >>> program = trace(lambda w, x: np.sum(w * x) ** 2, np.ones(2), np.ones(2))
    >>> scalar_loss(program, input_symbols(program)[0])
    (p0*x0 + p1*x1)**2
    """
    loss = run_on_scalars(program, arrays, SYMPY)
    require_one_number(loss)
    return sp.sympify(loss)
