"""Derivatives as a careful person writes them: through the value itself, and without overflow.

SymPy derives 1/(1 + exp(-x)) as exp(-x)/(1 + exp(-x))^2, which is exact calculus and inf/inf for
x < -709. Two rewritings mend that. A rational function of exp(u) that is a polynomial in
a = sigmoid(u), or in tanh(u), is written as that polynomial: a (1 - a). And a derivative in which
the function occurs is written through the function's value, where that is shorter.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from math import gcd, lcm

import numpy as np
import sympy as sp
from sympy.codegen.cfunctions import log1p

from difflab.symbolic.counting import nodes_in_order, own_operations
from difflab.symbolic.kinks import relu, signum, step
from difflab.symbolic.source import OWN
from difflab.symbolic.stable import sigmoid, softplus

CALL = 10
"""What a transcendental function costs, in additions."""

_ARITHMETIC = (sp.Add, sp.Mul, sp.Pow)
_POWERS = {sp.S(2): 1, sp.S(-1): 1, sp.S(-2): 2, sp.S.Half: 2, -sp.S.Half: 3}
_HYPERBOLIC = (sp.sinh, sp.cosh, sp.tanh)


def slope(expression: sp.Expr, x: sp.Symbol, output: sp.Symbol) -> sp.Expr:
    """Differentiate an elementwise expression.

    Parameters
    ----------
    expression : Expr
        y as an expression in x, and perhaps in other symbols.
    x : Symbol
    output : Symbol
        Stands for the value y, which whoever needs a derivative has already.

    Returns
    -------
    Expr
        dy/dx as ``sympy.diff`` finds it, in stable functions where a rewriting is known, and
        written through the output where that is shorter.

    Examples
    --------
    >>> x, y = sp.symbols("x y", real=True)
    >>> slope(1 / (1 + sp.exp(-x)), x, y), slope(sp.tanh(x), x, y), slope(sp.sqrt(1 + x**2), x, y)
    (y*(1 - y), 1 - y**2, x/y)
    """
    stable = stabilised(expression)
    known = {stable: output} if stable == expression or _is_safe(expression, x) else {}
    return through(known, derivative(expression, x))


@lru_cache(maxsize=4096)
def _is_safe(expression: sp.Expr, x: sp.Symbol) -> bool:
    """Whether the value itself survives saturation; exp(x)/(1 + exp(x)) is inf/inf there."""
    ones = dict.fromkeys(expression.free_symbols - {x}, sp.S.One)
    evaluate = sp.lambdify(x, expression.subs(ones), [OWN, "numpy"], cse=True)
    with np.errstate(all="ignore"):
        return bool(np.all(np.isfinite(evaluate(np.array([-1e4, -1e3, 1e3, 1e4])))))


@lru_cache(maxsize=4096)
def derivative(expression: sp.Expr, x: sp.Symbol) -> sp.Expr:
    """Differentiate, and write the result in stable functions where a rewriting is known.

    Examples
    --------
    >>> x = sp.Symbol("x", real=True)
    >>> derivative(sp.log(1 + sp.exp(x)), x)
    sigmoid(x)
    """
    held = stabilised(expression).replace(_is_root_of_product, lambda node: _root(*node.args))
    return stabilised(sp.diff(held, x).replace(_root, sp.Pow))


class _root(sp.Function):
    """(u v)**n for a fraction n, differentiated without a division.

    SymPy's own derivative of it is n (u v)**n (u v)' / (u v), which is 0/0 where u v = 0.
    """

    is_real = True

    def fdiff(self, _argindex: int = 1) -> sp.Expr:
        """n (u v)**(n - 1)."""
        base, exponent = self.args
        return exponent * _root(base, exponent - 1)


def _is_root_of_product(node: sp.Basic) -> bool:
    return bool(node.is_Pow and node.base.is_Mul and node.exp.is_Rational)


def through(values: dict[sp.Expr, sp.Symbol], expression: sp.Expr) -> sp.Expr:
    """Write an expression with values that are known, wherever that is shorter.

    Parameters
    ----------
    values : dict of Expr to Symbol
        What has been computed already, and its name.
    expression : Expr

    Examples
    --------
    >>> x, y = sp.symbols("x y", real=True)
    >>> through({1 / x: y}, -1 / x**2), through({x**3: y}, 3 * x**2)
    (-y**2, 3*x**2)
    """
    best = expression
    for known, name in values.items():
        if known.is_Atom:
            continue
        candidate = best.subs(known, name)
        if isinstance(known, sigmoid):
            candidate = candidate.subs(sigmoid(-known.args[0]), 1 - name)
        if isinstance(known, relu):  # as cheap, and the argument is needed no more
            best = best.subs(step(known.args[0]), signum(name))
        if cost(candidate) < cost(best):
            best = candidate
    return best


def cost(expression: sp.Expr) -> int:
    """Operations of an expression with repeats shared; a transcendental call counts as ten.

    Examples
    --------
    >>> x = sp.Symbol("x")
    >>> cost(1 - x**2), cost(sp.exp(x) * sp.exp(sp.exp(x)))
    (2, 21)
    """
    return sum(map(_own_cost, nodes_in_order([expression])))


def _own_cost(node: sp.Basic) -> int:
    if node.is_Pow:
        return _POWERS.get(node.exp, CALL)
    if node.is_Mul and node.args[0] is sp.S.NegativeOne:
        return own_operations(node) - 1  # a sum subtracts it
    return own_operations(node) if isinstance(node, _ARITHMETIC) or not node.args else CALL


@lru_cache(maxsize=4096)
def stabilised(expression: sp.Expr) -> sp.Expr:
    """Write an expression in functions that stay finite, where a rewriting is known.

    Known are sigmoid, tanh and softplus written out in exponentials, all polynomials of the first
    two, and log cosh. Everything else stays as it is.

    Examples
    --------
    >>> x = sp.Symbol("x", real=True)
    >>> stabilised(x / (1 + sp.exp(-x))), stabilised(sp.exp(-x) / (1 + sp.exp(-x)) ** 2)
    (x*sigmoid(x), (1 - sigmoid(x))*sigmoid(x))
    >>> stabilised((sp.exp(x) - sp.exp(-x)) / (sp.exp(x) + sp.exp(-x)))
    tanh(x)
    """
    done: dict[sp.Basic, sp.Basic] = {}
    for node in nodes_in_order([expression]):
        done[node] = _stable_node(node, done)
    return done[expression]


def _stable_node(node: sp.Basic, done: dict[sp.Basic, sp.Basic]) -> sp.Basic:
    if isinstance(node, (sp.Mul, sp.Pow)):
        # as a whole first: of sinh(x)/cosh(x)^2 no part alone should be rewritten
        whole = _rational_in_exponentials(node)
        if whole is not node:
            return whole
    arguments = [done[argument] for argument in node.args]
    if node.is_Mul:
        together = _with_exponentials(node)[0]
        if len(together) > 1:
            arguments = [a if a in together else done[a] for a in node.args]
    same = all(new is old for new, old in zip(arguments, node.args))
    rebuilt = node if same else node.func(*arguments)
    if isinstance(rebuilt, sp.log):
        return _stable_logarithm(rebuilt)
    if isinstance(rebuilt, log1p):
        return _stable_log1p(rebuilt)
    if isinstance(rebuilt, sp.Add):
        return _stable_sum(rebuilt)
    return rebuilt


def _stable_logarithm(node: sp.log) -> sp.Expr:
    """log(1 + exp(u)) is softplus(u), log(cosh(u)) is softplus(2 u) - u - log(2)."""
    inside = node.args[0]
    if isinstance(inside, sigmoid):
        return -softplus(-inside.args[0])
    if isinstance(inside, sp.cosh):
        u = inside.args[0]
        return softplus(2 * u) - u - sp.log(2)
    if inside.is_Add and len(inside.args) == 2 and sp.S.One in inside.args:
        (other,) = (term for term in inside.args if term is not sp.S.One)
        if isinstance(other, sp.exp):
            return softplus(other.args[0])
    return node


def _stable_log1p(node: log1p) -> sp.Expr:
    """log1p(exp(u)) is softplus(u), log1p(-sigmoid(u)) is -softplus(u)."""
    inside = node.args[0]
    if isinstance(inside, sp.exp):
        return softplus(inside.args[0])
    if isinstance(-inside, sigmoid):
        return -softplus((-inside).args[0])
    return node


def _stable_sum(node: sp.Add) -> sp.Expr:
    """2 sigmoid(u) - 1 is tanh(u/2), and 1 - sigmoid(u) is sigmoid(-u): neither cancels."""
    if len(node.args) == 2 and node.args[0].is_Number:
        number, rest = node.args
        coefficient, function = rest.as_coeff_Mul()
        if isinstance(function, sigmoid):
            if coefficient == -2 * number:
                return -number * sp.tanh(function.args[0] / 2)
            if coefficient == -number:
                return number * sigmoid(-function.args[0])
    return node


def _rational_in_exponentials(node: sp.Expr) -> sp.Expr:
    """A quotient of exponentials of one u as a polynomial in sigmoid or tanh, if it is one."""
    factors, rest = _with_exponentials(node)
    below = any(factor.is_Pow and factor.exp.is_negative for factor in factors)
    if not below and not (node.has(sigmoid) and node.has(sp.exp)):
        return node
    quotient = sp.Mul(*factors)
    kinds = (sp.exp, sigmoid, *_HYPERBOLIC)
    unit = _unit([found.args[0] for found in quotient.atoms(*kinds)])
    if unit is None:
        return node
    t, s = sp.Dummy("t", positive=True), sp.Dummy("s")
    rational = quotient.replace(
        lambda e: isinstance(e, kinds), lambda e: _in_powers(e, sp.cancel(e.args[0] / unit), t)
    )
    if rational.free_symbols != {t} or not rational.is_rational_function(t):
        return node
    rational, unit = _widened(sp.cancel(sp.together(rational)), t, unit)
    ratio = _linear_denominator(rational, t)
    if ratio is None:
        return node
    in_sigmoid = sp.cancel(rational.subs(t, ratio * s / (1 - s)))
    if sp.denom(in_sigmoid).has(s):
        return node
    u = unit - sp.log(ratio)
    in_tangent = sp.expand(in_sigmoid.subs(s, (1 + s) / 2))
    forms = (
        _one_minus(sp.factor(in_sigmoid)).subs(s, sigmoid(u)),
        _one_minus(sp.factor(in_tangent)).subs(s, sp.tanh(u / 2)),
    )
    best = min(forms, key=cost)
    return sp.Mul(*rest, _stable_sum(best) if best.is_Add else best)


def _with_exponentials(node: sp.Expr) -> tuple[list[sp.Expr], list[sp.Expr]]:
    """Factors with exponentials in them, and the others."""
    kinds = (sp.exp, sp.sinh, sp.cosh, *((sigmoid,) if node.has(sp.exp) else ()))
    inside: list[sp.Expr] = []
    rest: list[sp.Expr] = []
    for factor in sp.Mul.make_args(node):
        (inside if factor.has(*kinds) else rest).append(factor)
    return inside, rest


def _unit(exponents: Iterable[sp.Expr]) -> sp.Expr | None:
    """The u of which all exponents are integer multiples; None where there is none."""
    exponents = list(exponents)
    if not exponents or any(u.is_number for u in exponents):
        return None
    first = exponents[0]
    ratios = [sp.cancel(u / first) for u in exponents]
    if not all(ratio.is_Rational for ratio in ratios):
        return None
    scale = lcm(*(int(ratio.q) for ratio in ratios))
    unit = first * gcd(*(int(ratio * scale) for ratio in ratios)) / scale
    return -unit if unit.could_extract_minus_sign() else unit


def _in_powers(e: sp.Expr, k: sp.Integer, t: sp.Symbol) -> sp.Expr:
    """exp(k u) as t^k, and what is made of it."""
    power = t**k
    if isinstance(e, sp.exp):
        return power
    if isinstance(e, sigmoid):
        return power / (1 + power)
    if isinstance(e, sp.sinh):
        return (power - 1 / power) / 2
    if isinstance(e, sp.cosh):
        return (power + 1 / power) / 2
    return (power**2 - 1) / (power**2 + 1)


def _widened(rational: sp.Expr, t: sp.Symbol, unit: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """In powers of t^g where only those occur: (t^2 - 1)/(t^2 + 1) is a quotient of exp(2 u)."""
    powers = [m[0] for part in sp.fraction(rational) for m in sp.Poly(part, t).monoms()]
    common = gcd(*powers)
    if common > 1:
        return rational.subs(t, t ** sp.Rational(1, common)), unit * common
    return rational, unit


def _linear_denominator(rational: sp.Expr, t: sp.Symbol) -> sp.Expr | None:
    """a/b where (a + b t) and t alone divide, a and b of one sign; None otherwise."""
    _, factors = sp.Poly(sp.denom(rational), t).factor_list()
    others = [factor for factor, _ in factors if factor.as_expr() != t]
    if len(others) != 1 or others[0].degree() != 1:
        return None
    b, a = others[0].all_coeffs()
    return a / b if (a / b).is_positive else None


def _one_minus(form: sp.Expr) -> sp.Expr:
    """-a (a - 1), as SymPy factors it, as a (1 - a)."""
    if not form.is_Mul or not form.args[0].is_negative:
        return form
    turned = [a for a in form.args if a.is_Add and a.args[0].is_negative]
    if not turned:
        return form
    others = [-form.args[0], *(a for a in form.args[1:] if a is not turned[0])]
    return sp.Mul(*others, sp.Add(*(-term for term in turned[0].args)))
