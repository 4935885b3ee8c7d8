"""Expressions that users type: read by a whitelist, never evaluated as Python.

SymPy's ``sympify`` calls ``eval``. Here the text is parsed without evaluating anything
(`difflab.symbolic.syntax`), the size of its numbers is bounded (`difflab.symbolic.magnitude`), and
only then is it computed, step by step, with functions from one list: in SymPy or in NumPy.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import sympy as sp

from difflab import functions as own
from difflab.errors import UsageError
from difflab.symbolic.magnitude import check_magnitude
from difflab.symbolic.scalars import SYMPY
from difflab.symbolic.syntax import Step, steps_of

MANY = 100
"""Most arguments of a function that takes any number."""

FUNCTIONS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "exp": np.exp,
        "exp2": np.exp2,
        "expm1": np.expm1,
        "log": np.log,
        "ln": np.log,
        "log2": np.log2,
        "log10": np.log10,
        "log1p": np.log1p,
        "sqrt": np.sqrt,
        "cbrt": np.cbrt,
        "sin": np.sin,
        "cos": np.cos,
        "tan": np.tan,
        "sinh": np.sinh,
        "cosh": np.cosh,
        "tanh": np.tanh,
        **{
            spelling: function
            for name, function in {
                "sin": np.arcsin,
                "cos": np.arccos,
                "tan": np.arctan,
                "sinh": np.arcsinh,
                "cosh": np.arccosh,
                "tanh": np.arctanh,
            }.items()
            for spelling in (f"a{name}", f"arc{name}")
        },
        "abs": np.abs,
        "sign": np.sign,
        "sigmoid": own.sigmoid,
        "softplus": own.softplus,
        "relu": own.relu,
        "leaky_relu": own.leaky_relu,
        "gelu": own.gelu,
        "normal_cdf": own.normal_cdf,
        "atan2": np.arctan2,
        "arctan2": np.arctan2,
        "max": np.max,
        "min": np.min,
        "logsumexp": own.logsumexp,
    }
)
"""Functions that may be called, by the names that people type, as NumPy or difflab spells them."""

CONSTANTS: Mapping[str, tuple[float, sp.Expr]] = MappingProxyType(
    {"pi": (np.pi, sp.pi), "e": (np.e, sp.E)}
)
"""Names that are numbers."""


def _arity(function: Callable[..., Any]) -> tuple[int, int]:
    if function in SYMPY.several:
        return 1, MANY
    return (2, 2) if function is np.arctan2 else (1, 1)


_ARITIES = {name: _arity(function) for name, function in FUNCTIONS.items()}

_NUMPY: Mapping[str, Callable[..., Any]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.true_divide,
    "**": np.power,
    "neg": np.negative,
}
_SYMPY: Mapping[str, Callable[..., Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": SYMPY.functions[np.power],
    "neg": operator.neg,
}


@dataclass(frozen=True, slots=True)
class Formula:
    """An expression that was read and found harmless.

    Attributes
    ----------
    text : str
        As typed.
    steps : tuple of Step
        Its operations, operands first.

    Examples
    --------
    >>> formula = read("x1*exp(-x2)")
    >>> formula.names, float(formula.numpy({"x1": 3.0, "x2": 0.0})), formula.sympy()
    (('x1', 'x2'), 3.0, x1*exp(-x2))
    """

    text: str
    steps: tuple[Step, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of its variables, in the order in which they appear."""
        found = [step.what for step in self.steps if step.kind == "name"]
        return tuple(dict.fromkeys(name for name in found if name not in CONSTANTS))

    def numpy(self, values: Mapping[str, Any]) -> Any:
        """Evaluate it with NumPy, on numbers or on traced arrays without axes."""
        return _run(self.steps, lambda step, operands: _in_numpy(step, operands, values))

    def sympy(self) -> sp.Expr:
        """Build it in SymPy: real symbols, exact numbers, functions that obey the conventions.

        Raises
        ------
        UsageError
            Where SymPy finds infinity, or no real number, for every value of the symbols.
        """
        expression = sp.sympify(_run(self.steps, _in_sympy))
        if expression.has(sp.zoo, sp.nan, sp.oo, -sp.oo, sp.I):
            raise UsageError(
                f"the expression {self.text!r} is nowhere a finite real number",
                f"SymPy finds {expression} for it",
                "an expression with a domain",
            )
        return expression


def parse(text: str) -> sp.Expr:
    """Turn the text of an expression into SymPy, safely.

    Parameters
    ----------
    text : str
        Numbers (decimals are exact), names (real symbols), ``pi``, ``e``, ``+ - * / **``,
        parentheses, and calls of `FUNCTIONS`.

    Returns
    -------
    Expr

    Raises
    ------
    UsageError
        For anything else, and for numbers too large to compute with; names the token, its position
        and what to type instead.

    Examples
    --------
    >>> parse("0.1*x + sqrt(y)/2")
    x/10 + sqrt(y)/2
    >>> parse("__import__('os')")
    Traceback (most recent call last):
    difflab.errors.UsageError: '__import__' at position 1 of the expression "__import__('os')" is \
not allowed
      why: names begin with a letter
      try: x_1
    """
    return read(text).sympy()


def read(text: str) -> Formula:
    """Read the text of an expression without building it; what `parse` and `numpy` work from.

    Raises
    ------
    UsageError
        As `parse`.

    Examples
    --------
    >>> read("max(x, y)/3").names
    ('x', 'y')
    """
    steps = steps_of(text, _ARITIES)
    with np.errstate(all="ignore"):
        check_magnitude(text, steps, _constant_in_numpy)
    return Formula(text, steps)


def _run(steps: Sequence[Step], compute: Callable[[Step, Sequence[Any]], Any]) -> Any:
    results: list[Any] = []
    for step in steps:
        results.append(compute(step, [results[i] for i in step.operands]))
    return results[-1]


def _in_numpy(step: Step, operands: Sequence[Any], values: Mapping[str, Any]) -> Any:
    if step.kind == "number":
        return float(step.what)
    if step.kind == "name":
        return CONSTANTS[step.what][0] if step.what in CONSTANTS else values[step.what]
    if step.kind != "call":
        return _NUMPY[step.kind](*operands)
    function = FUNCTIONS[step.what]
    return function(np.stack(operands)) if function in SYMPY.several else function(*operands)


def _constant_in_numpy(step: Step, operands: Sequence[Any]) -> Any:
    """The value of a step without variables; None for a variable."""
    if step.kind == "name" and step.what not in CONSTANTS:
        return None
    return _in_numpy(step, operands, {})


def _in_sympy(step: Step, operands: Sequence[Any]) -> Any:
    if step.kind == "number":
        return sp.Rational(step.what.numerator, step.what.denominator)
    if step.kind == "name":
        if step.what in CONSTANTS:
            return CONSTANTS[step.what][1]
        return sp.Symbol(step.what, real=True)
    if step.kind != "call":
        return _SYMPY[step.kind](*operands)
    function = FUNCTIONS[step.what]
    return (SYMPY.several.get(function) or SYMPY.functions[function])(*operands)
