"""SymPy expressions, and the functions that difflab adds to SymPy, as formulas.

Products and sums stand as one writes them: numbers first, the higher degree before the lower, and
no sum begins with a minus sign if it can help it. Nothing is simplified.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

import sympy as sp
from sympy.codegen.cfunctions import exp2, expm1, log1p, log2, log10

from difflab.symbolic import kinks, stable
from difflab.symbolic.counting import nodes_in_order
from difflab.symbolic.paper.combine import (
    between,
    call,
    named_call,
    negative,
    power,
    product,
    quotient,
    total,
)
from difflab.symbolic.paper.formula import Binding, Formula, number, symbol

LARGEST_DENOMINATOR = 1000
"""Denominators up to which a fraction is written as one; a float is an exact fraction of powers."""


def formula(expression: sp.Expr, first: Collection[sp.Symbol] = ()) -> Formula:
    """Spell an expression.

    Parameters
    ----------
    expression : Expr
        Of any depth; shared parts are spelled once.
    first : collection of Symbol
        Come first in products, as coefficients do: w x rather than x w where that is so.

    Examples
    --------
    >>> w, x, b = sp.symbols("w1 x b1", real=True)
    >>> formula(w * x + b).plain, formula(sp.exp(-x) / (1 + sp.exp(-x)) ** 2).plain
    ('w₁ x + b₁', 'exp(-x)/(1 + exp(-x))²')
    >>> formula(sp.sqrt(1 + x**2) / 3).latex
    '\\\\frac{\\\\sqrt{1 + {x}^{2}}}{3}'
    """
    done: dict[sp.Basic, Formula] = {}

    def spelled(node: sp.Basic) -> Formula:
        if node not in done:  # such as -x, of which nodes_in_order has only x
            for inner in nodes_in_order([node]):
                if inner not in done:
                    done[inner] = _node(inner, spelled, first)
        return done[node]

    return spelled(expression)


Spelled = Callable[[sp.Basic], Formula]


def _node(node: sp.Basic, spelled: Spelled, first: Collection[sp.Symbol]) -> Formula:
    if node.is_Symbol:
        return symbol(node.name)
    if node.is_Rational:
        return _rational(node)
    if node in _NUMBERS:
        return Formula(*_NUMBERS[node])
    if node.is_Float:
        return number(float(node))
    if node.is_Add:
        return _sum(node, spelled)
    if node.is_Mul:
        return _product(node, spelled, first)
    if node.is_Pow:
        return _power(node, spelled)
    arguments = [spelled(argument) for argument in node.args]
    if isinstance(node, sp.exp):
        inside = arguments[0]
        return Formula(f"e^{{{inside.latex}}}", f"exp({inside.plain})", Binding.POWER)
    spell = _CALLS.get(type(node))
    return spell(*arguments) if spell else named_call(type(node).__name__, *arguments)


_NUMBERS = {
    sp.pi: ("\\pi", "π"),
    sp.E: ("e", "e"),
    sp.oo: ("\\infty", "∞"),
    -sp.oo: ("-\\infty", "-∞"),
    sp.nan: ("\\text{NaN}", "NaN"),
    sp.zoo: ("\\tilde\\infty", "∞"),
}


def _rational(value: sp.Rational) -> Formula:
    if value.q == 1:
        digits = str(value.p)
        return Formula(digits, digits, Binding.PRODUCT if value.p < 0 else Binding.ATOM)
    if value.q <= LARGEST_DENOMINATOR:
        return quotient(_rational(sp.Integer(value.p)), _rational(sp.Integer(value.q)))
    return number(float(value))


def _sum(node: sp.Add, spelled: Spelled) -> Formula:
    return total(*map(spelled, sorted(node.args, key=_place_in_sum)))


def _place_in_sum(term: sp.Expr) -> tuple[bool, bool, int]:
    """What is subtracted comes last, a number first, and w x before b."""
    factors = [factor for factor in sp.Mul.make_args(term) if not factor.is_number]
    degree = sum(int(f.exp) if f.is_Pow and f.exp.is_Integer else 1 for f in factors)
    return term.could_extract_minus_sign(), bool(factors), -degree


def _product(node: sp.Mul, spelled: Spelled, first: Collection[sp.Symbol]) -> Formula:
    coefficient, factors = node.as_coeff_mul()
    above, below = [], []
    for factor in sorted(factors, key=lambda factor: factor not in first):
        if factor.is_Pow and factor.exp.is_Rational and factor.exp.is_negative:
            below.append(factor.base if factor.exp == -1 else sp.Pow(factor.base, -factor.exp))
        else:
            above.append(factor)
    size = abs(coefficient)
    over, under = [spelled(factor) for factor in above], [spelled(factor) for factor in below]
    if not size.is_Rational or (size.q > LARGEST_DENOMINATOR):
        over = [spelled(size), *over]
    else:
        over = [_rational(sp.Integer(size.p)), *over] if size.p != 1 or not over else over
        under = [_rational(sp.Integer(size.q)), *under] if size.q != 1 else under
    result = quotient(product(*over), product(*under)) if under else product(*over)
    return negative(result) if coefficient.is_negative else result


def _power(node: sp.Pow, spelled: Spelled) -> Formula:
    base, exponent = node.base, node.exp
    if exponent.is_Rational and exponent.is_negative:
        return quotient(_rational(sp.S.One), spelled(sp.Pow(base, -exponent)))
    if exponent == sp.S.Half:
        inside = spelled(base)
        return Formula(f"\\sqrt{{{inside.latex}}}", f"sqrt({inside.plain})")
    return power(spelled(base), spelled(exponent))


def _sign(latex: str, plain: str = "") -> Callable[..., Formula]:
    return lambda *arguments: call(latex, plain or latex.lstrip("\\"), *arguments)


def _condition(*parts: Formula | tuple[str, str]) -> Formula:
    """1 where it holds, else 0 (Iverson)."""
    pairs = [part if isinstance(part, tuple) else (part.latex, part.plain) for part in parts]
    inside = Formula(" ".join(pair[0] for pair in pairs), " ".join(pair[1] for pair in pairs))
    return between(("[", "["), inside, ("]", "]"))


def _above_zero(x: Formula) -> Formula:
    return _condition(x, (">", ">"), number(0))


def _within(x: Formula, low: Formula, high: Formula) -> Formula:
    less = ("\\le", "≤")
    return _condition(low, less, x, less, high)


def _cube_root(x: Formula) -> Formula:
    return Formula(f"\\sqrt[3]{{{x.latex}}}", f"cbrt({x.plain})")


_ROUNDED = ("floor", "ceil", "round", "trunc")


def _rounded(x: Formula, rule: Formula) -> Formula:
    return named_call(_ROUNDED[int(rule.plain)], x)


def _norm(*parts: Formula) -> Formula:
    inside = call("", "", *parts)
    return between(("\\lVert", "‖"), inside, ("\\rVert", "‖"))


_CALLS: dict[type, Callable[..., Formula]] = {
    sp.log: _sign("\\ln", "log"),
    exp2: lambda x: power(number(2), x),
    expm1: lambda x: named_call("expm1", x),
    log1p: lambda x: named_call("log1p", x),
    log2: _sign("\\log_{2}", "log2"),
    log10: _sign("\\log_{10}", "log10"),
    sp.sin: _sign("\\sin"),
    sp.cos: _sign("\\cos"),
    sp.tan: _sign("\\tan"),
    sp.asin: _sign("\\arcsin"),
    sp.acos: _sign("\\arccos"),
    sp.atan: _sign("\\arctan"),
    sp.sinh: _sign("\\sinh"),
    sp.cosh: _sign("\\cosh"),
    sp.tanh: _sign("\\tanh"),
    stable.sigmoid: _sign("\\sigma", "σ"),
    kinks.absolute: lambda x: between(("|", "|"), x, ("|", "|")),
    kinks.signum: lambda x: named_call("sign", x),
    kinks.step: _above_zero,
    kinks.within: _within,
    kinks.maximum: _sign("\\max"),
    kinks.minimum: _sign("\\min"),
    kinks.norm: _norm,
    kinks.power: power,
    kinks.real_cbrt: _cube_root,
    kinks.rounded: _rounded,
}
"""Functions with a sign of their own; others are written by name."""
