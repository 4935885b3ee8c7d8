"""Activations of the user's own, given as an expression: value, slope, stable code, LaTeX.

An activation is a plain NumPy function made from a SymPy expression. Whoever traces it sees NumPy
calls and difflab's stable primitives, so every engine differentiates it in its own way; `slope` is
SymPy's derivative.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import sympy as sp

from difflab.errors import UsageError
from difflab.symbolic.matrix.arithmetic import ARRAYS
from difflab.symbolic.rewriting import derivative, stabilised
from difflab.symbolic.source import spell
from difflab.symbolic.whitelist import parse

NAMESPACE: dict[str, Any] = {
    "np": np,
    **{kind.__name__: function for kind, function in ARRAYS.items()},
}
"""What emitted code of an activation may call."""


@dataclass(frozen=True)
class Activation:
    """An elementwise function of one variable.

    Attributes
    ----------
    name : str
        For tables and network names.
    expression : str
        As the user wrote it, in the one variable of it.

    Raises
    ------
    UsageError
        For an expression outside the whitelist, or of other than one variable.

    Examples
    --------
    >>> swish = Activation("swish", "z / (1 + exp(-z))")
    >>> swish(np.array([-1e4, 0.0, 1e4]))
    array([   -0.,     0., 10000.])
    >>> swish.source
    'z*sigmoid(z)'
    >>> swish.slope(np.array([-1e4, 0.0, 1e4]))
    array([0. , 0.5, 1. ])
    """

    name: str
    expression: str
    _value: Callable[[Any], Any] = field(init=False, repr=False, compare=False)
    _slope: Callable[[Any], Any] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.isidentifier():
            raise UsageError(
                f"{self.name!r} cannot name an activation",
                "it stands in tables, and in the names of networks",
                'one word: activation("swish", "z / (1 + exp(-z))")',
            )
        object.__setattr__(self, "_value", self._compiled(self.stable))
        object.__setattr__(self, "_slope", self._compiled(self.derivative))

    def __reduce__(self) -> tuple[Any, ...]:
        return Activation, (self.name, self.expression)

    @property
    def raw(self) -> sp.Expr:
        """The expression in SymPy, as written."""
        return parse(self.expression)

    @property
    def variable(self) -> sp.Symbol:
        """Its one variable."""
        symbols = sorted(self.raw.free_symbols, key=str)
        if len(symbols) != 1:
            found = ", ".join(map(str, symbols)) or "none"
            raise UsageError(
                f"{self.expression!r} has {len(symbols)} variables: {found}",
                "an activation is a function of one number",
                'one variable: activation("swish", "z / (1 + exp(-z))")',
            )
        return symbols[0]

    @property
    def stable(self) -> sp.Expr:
        """The expression in functions that do not overflow, where a rewriting is known."""
        return stabilised(self.raw)

    @property
    def derivative(self) -> sp.Expr:
        """SymPy's derivative, rewritten in the same way."""
        return derivative(self.raw, self.variable)

    @property
    def source(self) -> str:
        """NumPy code of the value."""
        return spell(self.stable)

    @property
    def slope_source(self) -> str:
        """NumPy code of the derivative."""
        return spell(self.derivative)

    @property
    def latex(self) -> str:
        """The derivative, from what was written to what is computed."""
        z = self.variable
        raw, left = sp.diff(self.raw, z), sp.Derivative(self.raw, z)
        steps = [sp.latex(part) for part in dict.fromkeys((left, raw, self.derivative))]
        return " = ".join(steps)

    def __call__(self, z: Any) -> Any:
        """Evaluate on an array of any shape: float, complex or traced."""
        return self._value(z)

    def slope(self, z: Any) -> Any:
        """Evaluate the derivative."""
        return self._slope(z)

    def _compiled(self, expression: sp.Expr) -> Callable[[Any], Any]:
        z = self.variable
        text = f"lambda {z}: {spell(expression)}"
        if not expression.has(z):
            text = f"lambda {z}: {spell(expression)} + 0.0*{z}"
        return eval(compile(text, f"<activation {self.name}>", "eval"), dict(NAMESPACE))


def activation(name: str, expression: str) -> Activation:
    """Make an activation function from an expression; see `Activation`.

    Parameters
    ----------
    name : str
        For tables and network names.
    expression : str
        In one variable: ``"z / (1 + exp(-z))"``. The whitelist of `difflab.symbolic.whitelist`
        says what may stand in it.

    Returns
    -------
    Activation
        A plain NumPy function for any loss, any provider, and ``difflab.nn.MLP``.

    Examples
    --------
    >>> from difflab import nn
    >>> print(nn.MLP((2, 8, 1), activation("swish", "z / (1 + exp(-z))")))
    2-8-1 swish
    """
    return Activation(name, expression)
