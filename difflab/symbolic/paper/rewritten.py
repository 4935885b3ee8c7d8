"""Derivatives as SymPy finds them and as one writes them, with the proof that both are equal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import sympy as sp

from difflab.symbolic.counting import Counter
from difflab.symbolic.gradient import share
from difflab.symbolic.rewriting import cost, derivative, slope, stabilised
from difflab.symbolic.source import OWN, spell
from difflab.symbolic.stable import definition, logsumexp, sigmoid, softplus

LARGEST_PROOF = 1000
"""Operations of a difference that SymPy is asked to simplify: beyond, it may take minutes."""

LONGEST_LINE = 60
"""Characters of an expression in a program that shares nothing."""


@dataclass(frozen=True, slots=True)
class Derivative:
    """A derivative in three forms.

    Attributes
    ----------
    function : Expr
        Written out in elementary functions.
    by : Symbol
    raw : Expr
        As ``sympy.diff`` finds it.
    stable : Expr
        In functions that stay finite, where a rewriting is known.
    through : Expr
        Through the function's value, where that is shorter; the shortest of all.
    proven : bool
        Whether SymPy simplified ``raw`` minus each of the others to 0.
    """

    function: sp.Expr
    by: sp.Symbol
    raw: sp.Expr
    stable: sp.Expr
    through: sp.Expr
    proven: bool


def differentiate(function: sp.Expr, by: sp.Symbol, output: sp.Symbol) -> Derivative:
    """Differentiate a function of one number, rewrite the result and prove the rewriting.

    Parameters
    ----------
    function : Expr
    by, output : Symbol
        Its variable, and the name of its value.

    Examples
    --------
    >>> z, a = sp.symbols("z a", real=True)
    >>> found = differentiate(1 / (1 + sp.exp(-z)), z, a)
    >>> found.raw, found.stable, found.through, found.proven
    (exp(-z)/(1 + exp(-z))**2, sigmoid(-z)*sigmoid(z), a*(1 - a), True)
    """
    function = written_out(function)
    raw = sp.diff(function, by)
    stable = derivative(function, by)
    through = min(slope(stabilised(function), by, output), shorter(stable), key=cost)
    proven = are_equal(raw, stable) and are_equal(raw, through.subs(output, function))
    return Derivative(function, by, raw, stable, through, proven)


def written_out(expression: sp.Expr) -> sp.Expr:
    """Stable functions in elementary ones.

    Examples
    --------
    >>> written_out(softplus(sp.Symbol("x")))
    log(exp(x) + 1)
    """
    stable = (sigmoid, softplus, logsumexp)
    return expression.replace(lambda node: isinstance(node, stable), definition)


def shorter(expression: sp.Expr) -> sp.Expr:
    """With sigmoid(-u) as 1 - sigmoid(u), if but one sigmoid is left once multiplied out.

    Examples
    --------
    >>> y, z = sp.symbols("y z", real=True)
    >>> shorter((1 - y) * sigmoid(z) - y * sigmoid(-z))
    -y + sigmoid(z)
    """
    turned = expression.replace(
        lambda node: isinstance(node, sigmoid) and node.args[0].could_extract_minus_sign(),
        lambda node: 1 - sigmoid(-node.args[0]),
    )
    best = sp.expand(turned)
    # once only: in z s - z s^2 digits would cancel
    return best if best.count(sigmoid) == 1 < expression.count(sigmoid) else expression


def are_equal(one: sp.Expr, other: sp.Expr) -> bool:
    """Whether SymPy simplifies the difference to 0; False also where it does not get there.

    Examples
    --------
    >>> z = sp.Symbol("z", real=True)
    >>> are_equal(1 - sp.tanh(z) ** 2, 1 / sp.cosh(z) ** 2), are_equal(z, z + 1)
    (True, False)
    """
    difference = written_out(one) - written_out(other)
    if difference == 0:
        return True
    if Counter().tree(difference) > LARGEST_PROOF:
        return False
    in_exponentials = difference.rewrite(sp.exp)
    return any(sp.simplify(form) == 0 for form in (in_exponentials, difference))


def in_its_own_terms(found: sp.Expr, function: sp.Expr) -> sp.Expr:
    """As a number times a sum that occurs in the function, if it is one; never multiplied out.

    SymPy multiplies numbers into sums: of (y - m)^2 it gives 2 m - 2 y, which is -2 (y - m).

    Examples
    --------
    >>> y, m = sp.symbols("y m", real=True)
    >>> in_its_own_terms(2 * m - 2 * y, (y - m) ** 2)
    -2*(-m + y)
    """
    for inner in sorted(function.atoms(sp.Add), key=sp.default_sort_key):
        ratio = sp.cancel(found / inner)
        if ratio.is_number and ratio not in (0, 1):
            return sp.Mul(ratio, inner, evaluate=False)
    return found


def numpy_source(found: Derivative, output: sp.Symbol) -> str:
    """The stable value and derivative as a NumPy function of arrays, entry by entry.

    Examples
    --------
    >>> z, y = sp.symbols("z y", real=True)
    >>> print(numpy_source(differentiate(z / (1 + sp.exp(-z)), z, y), y))
    def value_and_slope(z):
        y = z*sigmoid(z)
        return y, y*sigmoid(-z) + sigmoid(z)
    """
    found, output = _as_python(found, output)
    others = sorted(symbol.name for symbol in found.function.free_symbols - {found.by})
    value, through = stabilised(found.function), found.through
    names, (value, through) = _shared(value, through)
    late = {output}
    lines: tuple[list[str], list[str]] = ([], [])
    for name, expression in (*names, (output, value)):
        after = name != output and bool(expression.free_symbols & late)
        late |= {name} if after else set()
        lines[after].append(f"    {name} = {spell(expression)}")
    header = f"def value_and_slope({', '.join([found.by.name, *others])}):"
    return "\n".join([header, *lines[0], *lines[1], f"    return {output}, {spell(through)}"])


def _as_python(found: Derivative, output: sp.Symbol) -> tuple[Derivative, sp.Symbol]:
    """With other names for symbols that mean something else in the program: np, sigmoid."""
    taken = {s: sp.Symbol(f"{s}_", real=True) for s in found.function.free_symbols | {output}}
    taken = {s: new for s, new in taken.items() if s.name == "np" or s.name in OWN}
    function, through = found.function.xreplace(taken), found.through.xreplace(taken)
    renamed = replace(found, function=function, through=through, by=taken.get(found.by, found.by))
    return renamed, taken.get(output, output)


def _shared(value: sp.Expr, through: sp.Expr) -> tuple[Sequence[tuple[sp.Symbol, sp.Expr]], Any]:
    """With names for what repeats, where a line would be long."""
    if max(len(spell(value)), len(spell(through))) <= LONGEST_LINE:
        return (), (value, through)
    shared = share([value, through])
    return shared.replacements, shared.results


def largest_difference(found: Derivative, output: sp.Symbol) -> float:
    """How far raw and rewritten derivative are apart at 200 points of [-4, 4], relative to 1.

    What one computes where SymPy proves nothing; points outside the domain are left out.
    """
    from difflab.symbolic.matrix.arithmetic import on_arrays

    points = {found.by: np.linspace(-4.0, 4.0, 200)}
    with np.errstate(all="ignore"):
        value = on_arrays(found.function, points)
        one = on_arrays(found.raw, points)
        other = on_arrays(found.through, points | {output: value})
        apart = np.abs(one - other) / np.maximum(np.abs(one), 1.0)
    finite = np.isfinite(apart)
    return float(np.max(apart[finite])) if np.any(finite) else float("nan")
