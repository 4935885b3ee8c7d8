"""From SymPy expressions to Python source, and from source to a function.

The source is straight-line NumPy: one assignment per shared subexpression, then the results. It
depends on nothing but the expressions, so two runs emit the same text. Subexpressions without
symbols are evaluated here, once, to the nearest float.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import sympy as sp
from sympy.codegen.cfunctions import exp2, expm1, log1p, log2, log10

from difflab.errors import MissingRuleError
from difflab.symbolic import kinks, stable
from difflab.symbolic.counting import nodes_in_order
from difflab.symbolic.gradient import Assignments

NUMPY: dict[type, str] = {
    sp.exp: "exp",
    exp2: "exp2",
    expm1: "expm1",
    sp.log: "log",
    log2: "log2",
    log10: "log10",
    log1p: "log1p",
    sp.sin: "sin",
    sp.cos: "cos",
    sp.tan: "tan",
    sp.asin: "arcsin",
    sp.acos: "arccos",
    sp.atan: "arctan",
    sp.atan2: "arctan2",
    sp.sinh: "sinh",
    sp.cosh: "cosh",
    sp.tanh: "tanh",
    sp.asinh: "arcsinh",
    sp.acosh: "arccosh",
    sp.atanh: "arctanh",
    sp.Abs: "abs",
    sp.sign: "sign",
}
"""SymPy function -> name in NumPy."""

OWN: dict[str, Callable[..., Any]] = {**kinks.NUMERIC, **stable.NUMERIC}
"""Functions of our own that emitted code calls by name."""

_SUM, _PRODUCT, _POWER, _ATOM = range(4)
_EXACT = 2**53


class _Text(NamedTuple):
    """Source of an expression, how tightly its outermost operator binds, whether it is a number."""

    source: str
    binding: int
    is_number: bool = False


def write_source(
    shared: Assignments, parameters: Sequence[sp.Symbol], contexts: Sequence[sp.Symbol]
) -> str:
    """Write the source of a function of numbers (or arrays of one shape).

    Parameters
    ----------
    shared : Assignments
        The loss first among the results, then its derivatives.
    parameters, contexts : sequence of Symbol
        What the function takes, as two sequences.

    Returns
    -------
    str
        ``def value_and_gradient(parameters, contexts)`` that returns a list.

    Examples
    --------
    >>> w, x = sp.symbols("w x", real=True)
    >>> print(write_source(Assignments((), (sp.sqrt(w * x) / 3, x)), [w], [x]))
    def value_and_gradient(parameters, contexts):
        [w] = parameters
        [x] = contexts
        return [
            np.sqrt(w*x)/3,
            x,
        ]
    """
    lines = ["def value_and_gradient(parameters, contexts):"]
    for symbols, source in ((parameters, "parameters"), (contexts, "contexts")):
        if symbols:
            lines.append(f"    [{', '.join(symbol.name for symbol in symbols)}] = {source}")
    texts: dict[sp.Basic, _Text] = {}
    for name, expression in shared.replacements:
        lines.append(f"    {name.name} = {spell(expression, texts)}")
    lines.append("    return [")
    lines += [f"        {spell(result, texts)}," for result in shared.results]
    lines.append("    ]")
    return "\n".join(lines)


def compile_source(source: str) -> Callable[[Sequence[Any], Sequence[Any]], list[Any]]:
    """Turn emitted source into a function.

    Examples
    --------
    >>> f = compile_source("def value_and_gradient(parameters, contexts): return [np.exp(0.0)]")
    >>> f([], [])
    [np.float64(1.0)]
    """
    namespace: dict[str, Any] = {"np": np, **OWN}
    exec(compile(source, "<symbolic gradient>", "exec"), namespace)
    return namespace["value_and_gradient"]


def spell(expression: sp.Expr, texts: dict[sp.Basic, _Text] | None = None) -> str:
    """Spell an expression in Python; ``texts`` remembers nodes between calls.

    Raises
    ------
    MissingRuleError
        For a SymPy function that has no counterpart in NumPy.

    Examples
    --------
    >>> x, y = sp.symbols("x y")
    >>> spell(-(x**2) * sp.Rational(1, 3) / y + sp.pi * sp.tanh(x - 1))
    '3.141592653589793*np.tanh(x - 1) - x**2/(3*y)'
    """
    texts = {} if texts is None else texts
    for node in nodes_in_order([expression]):
        if node not in texts:
            texts[node] = _spell_node(node, texts)
    return texts[expression].source


def _spell_node(node: sp.Basic, texts: dict[sp.Basic, _Text]) -> _Text:
    if node.is_Symbol:
        return _Text(node.name, _ATOM)
    arguments = [texts[argument] for argument in node.args]
    name = type(node).__name__
    if name not in OWN and all(argument.is_number for argument in arguments):
        return _number(node)
    if node.is_Add:
        return _Text(_sum(arguments), _SUM)
    if node.is_Mul:
        return _Text(_product(node, texts), _PRODUCT)
    if node.is_Pow:
        return _power(node.base, node.exp, texts)
    listed = ", ".join(argument.source for argument in arguments)
    if type(node) in NUMPY:
        return _Text(f"np.{NUMPY[type(node)]}({listed})", _ATOM)
    if name in OWN:
        return _Text(f"{name}({listed})", _ATOM)
    raise MissingRuleError(
        f"SymPy's {name} cannot be emitted as NumPy",
        "the derivative contains a function that NumPy lacks",
        'method="autodiff"',
    )


def _number(node: sp.Basic) -> _Text:
    """Nearest float; small integers stay integers. NaN where SymPy leaves the real numbers."""
    if node.is_Integer and abs(int(node)) <= _EXACT:
        source = str(int(node))
    else:
        value = sp.nan if node is sp.zoo else sp.N(node, 25)
        number = float(value) if value.is_extended_real or value is sp.nan else float("nan")
        source = repr(number) if np.isfinite(number) else repr(number).replace("nan", "np.nan")
        source = source.replace("inf", "np.inf")
    return _Text(source, _PRODUCT if source.startswith("-") else _ATOM, is_number=True)


def _wrapped(text: _Text, at_least: int) -> str:
    return text.source if text.binding >= at_least else f"({text.source})"


def _sum(terms: Sequence[_Text]) -> str:
    """Terms in SymPy's order, but not a negative one first where a positive one can be."""
    spelled = [_wrapped(term, _PRODUCT) for term in terms]
    lead = next((i for i, term in enumerate(spelled) if not term.startswith("-")), 0)
    first, *rest = [spelled[lead], *spelled[:lead], *spelled[lead + 1 :]]
    return first + "".join(f" - {t[1:]}" if t.startswith("-") else f" + {t}" for t in rest)


def _product(node: sp.Mul, texts: dict[sp.Basic, _Text]) -> str:
    """Factors over divisors; a rational coefficient that is no float multiplies and divides."""
    coefficient, factors = node.as_coeff_mul()
    above = [_wrapped(texts[f], _POWER) for f in factors if not _is_divisor(f, texts)]
    below = [_power(f.base, -f.exp, texts) for f in factors if _is_divisor(f, texts)]
    size = abs(coefficient)
    is_float = not size.q & (size.q - 1)
    if not is_float and max(size.p, size.q) <= _EXACT:
        above = ([str(size.p)] if size.p != 1 else []) + above
        below = [_Text(str(size.q), _ATOM), *below]
    elif size != 1:
        above = [_number(size).source, *above]
    source = ("-" if coefficient.is_negative else "") + ("*".join(above) or "1")
    if len(below) == 1:
        return f"{source}/{_wrapped(below[0], _POWER)}"
    return f"{source}/({'*'.join(_wrapped(b, _POWER) for b in below)})" if below else source


def _is_divisor(factor: sp.Basic, texts: dict[sp.Basic, _Text]) -> bool:
    is_inverse = factor.is_Pow and factor.exp.is_Rational and factor.exp.is_negative
    return bool(is_inverse and not texts[factor].is_number)


def _power(base: sp.Expr, exponent: sp.Expr, texts: dict[sp.Basic, _Text]) -> _Text:
    if exponent == 1:
        return texts[base]
    if exponent == sp.Rational(1, 2):
        return _Text(f"np.sqrt({texts[base].source})", _ATOM)
    if exponent.is_Rational and exponent.is_negative:
        inverse = _power(base, -exponent, texts)
        return _Text(f"1/{_wrapped(inverse, _POWER)}", _PRODUCT)
    power = texts[exponent] if exponent in texts else _number(exponent)
    return _Text(f"{_wrapped(texts[base], _ATOM)}**{_wrapped(power, _ATOM)}", _POWER)
