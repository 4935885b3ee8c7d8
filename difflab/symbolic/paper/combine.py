"""How formulas are combined: sums, products, fractions, powers, functions of others."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import reduce

from difflab.symbolic.paper.formula import Binding, Formula, escaped, symbol


def bracketed(formula: Formula, at_least: Binding = Binding.ATOM) -> Formula:
    """In brackets where it binds less tightly than is needed, or begins with a minus sign.

    Examples
    --------
    >>> from difflab.symbolic.paper.formula import number
    >>> bracketed(total(number(1), symbol("x")), Binding.PRODUCT).plain
    '(1 + x)'
    """
    if formula.binding >= at_least and not formula.is_negative:
        return formula
    return Formula(f"\\left({formula.latex}\\right)", f"({formula.plain})")


def negative(formula: Formula) -> Formula:
    """The formula with another sign.

    Examples
    --------
    >>> from difflab.symbolic.paper.formula import number
    >>> negative(product(number(2), symbol("x"))).plain, negative(number(-2)).plain
    ('-2 x', '2')
    """
    if formula.is_negative and formula.binding > Binding.SUM:
        return Formula(formula.latex[1:].lstrip(), formula.plain[1:], formula.binding)
    inner = bracketed(formula, Binding.PRODUCT)
    first, *rest = inner.pieces or (inner,)
    pieces = (Formula(f"-{first.latex}", f"-{first.plain}"), *rest) if rest else ()
    return Formula(f"-{inner.latex}", f"-{inner.plain}", Binding.PRODUCT, pieces)


def total(*terms: Formula) -> Formula:
    """A sum; terms that begin with a minus sign are subtracted.

    Examples
    --------
    >>> total(symbol("y"), negative(symbol("m"))).plain
    'y - m'
    """
    if len(terms) == 1:
        return terms[0]
    first, *rest = terms
    pieces = [first]
    for term in rest:
        if term.is_negative and term.binding > Binding.SUM:
            pieces.append(Formula(f"- {term.latex[1:].lstrip()}", f"- {term.plain[1:]}"))
        else:
            inner = bracketed(term, Binding.SUM)
            pieces.append(Formula(f"+ {inner.latex}", f"+ {inner.plain}"))
    return _joined(pieces, Binding.SUM)


def product(*factors: Formula, sign: tuple[str, str] = ("\\,", "")) -> Formula:
    """A product: factors beside one another, or with a sign between them.

    Parameters
    ----------
    sign : (LaTeX, plain)
        Such as ``DOT`` or ``HADAMARD``.

    Examples
    --------
    >>> from difflab.symbolic.paper.formula import number
    >>> one_minus_n = total(number(1), negative(symbol("n")))
    >>> product(symbol("n"), one_minus_n).plain
    'n (1 - n)'
    >>> product(symbol("A"), symbol("B"), sign=HADAMARD).plain
    'A ⊙ B'
    """
    if len(factors) == 1:
        return factors[0]
    first, *rest = factors
    opens = Binding.PRODUCT if not first.is_negative else Binding.ATOM
    if not first.is_negative or first.binding is Binding.SUM:
        first = bracketed(first, opens)
    inner = [first, *(bracketed(factor, Binding.PRODUCT) for factor in rest)]
    inner[:-1] = map(_as_factor, inner[:-1])
    lead = (sign[0], f"{sign[1]} " if sign[1] else "")
    pieces = [Formula(f"{lead[0]} {f.latex}", lead[1] + f.plain) for f in inner[1:]]
    return _joined([inner[0], *pieces], Binding.PRODUCT)


def _as_factor(formula: Formula) -> Formula:
    """A fraction with something behind it: in plain text 1/n y could be 1/(n y)."""
    is_fraction = formula.latex.startswith(("\\frac", "-\\frac")) and not formula.pieces
    if is_fraction and formula.binding is Binding.PRODUCT:
        minus, size = ("-", formula.plain[1:]) if formula.is_negative else ("", formula.plain)
        return Formula(formula.latex, f"{minus}({size})", formula.binding)
    return formula


DOT = ("\\cdot", "·")
HADAMARD = ("\\odot", "⊙")


def _joined(pieces: Sequence[Formula], binding: Binding) -> Formula:
    return Formula(
        " ".join(piece.latex for piece in pieces),
        " ".join(piece.plain for piece in pieces),
        binding,
        tuple(pieces),
    )


def quotient(above: Formula, below: Formula) -> Formula:
    """A fraction, whose sign stands in front.

    Examples
    --------
    >>> from difflab.symbolic.paper.formula import number
    >>> half = quotient(number(-1), product(number(2), symbol("n")))
    >>> half.plain, half.latex
    ('-1/(2 n)', '-\\\\frac{1}{2 \\\\, n}')
    """
    if above.is_negative and above.binding > Binding.SUM:
        return negative(quotient(negative(above), below))
    over, under = bracketed(above, Binding.PRODUCT), bracketed(below, Binding.POWER)
    return Formula(
        f"\\frac{{{above.latex}}}{{{below.latex}}}",
        f"{over.plain}/{under.plain}",
        Binding.PRODUCT,
    )


_HIGH = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def power(base: Formula, exponent: Formula, sign: str = "") -> Formula:
    """A power; ``sign="\\\\odot"`` for one that is taken entry by entry.

    Examples
    --------
    >>> from difflab.symbolic.paper.formula import number
    >>> power(symbol("n"), number(2)).plain, power(symbol("N"), number(2), "\\\\odot").plain
    ('n²', 'N^⊙2')
    """
    inner = bracketed(base, Binding.ATOM)
    if sign:
        raised = f"^⊙{bracketed(exponent).plain}"
    elif re.fullmatch(r"-?\d+", exponent.plain):
        raised = exponent.plain.translate(_HIGH)
    else:
        raised = f"^{bracketed(exponent).plain}"
    above = f"{sign} {exponent.latex}".strip()
    return Formula(f"{{{inner.latex}}}^{{{above}}}", inner.plain + raised, Binding.POWER)


def transposed(formula: Formula) -> Formula:
    """The transpose.

    Examples
    --------
    >>> transposed(symbol("W2")).plain, transposed(transposed(symbol("W2"))).plain
    ('W₂ᵀ', 'W₂')
    """
    if formula.binding is Binding.POWER and formula.plain.endswith("ᵀ"):
        inside = formula.latex.removeprefix("{").removesuffix("}^{\\top}")
        return Formula(inside, formula.plain[:-1])
    inner = bracketed(formula, Binding.ATOM)
    return Formula(f"{{{inner.latex}}}^{{\\top}}", f"{inner.plain}ᵀ", Binding.POWER)


def call(latex: str, plain: str, *arguments: Formula) -> Formula:
    """A function of arguments.

    Examples
    --------
    >>> call("\\\\tanh", "tanh", symbol("z1")).latex
    '\\\\tanh\\\\left(z_{1}\\\\right)'
    """
    inside = reduce(_listed, arguments) if arguments else Formula("", "")
    return Formula(f"{latex}\\left({inside.latex}\\right)", f"{plain}({inside.plain})")


def named_call(name: str, *arguments: Formula) -> Formula:
    """A function of arguments that has no sign of its own."""
    return call(f"\\operatorname{{{escaped(name)}}}", name, *arguments)


def _listed(left: Formula, right: Formula) -> Formula:
    return Formula(f"{left.latex}, {right.latex}", f"{left.plain}, {right.plain}")


def between(left: tuple[str, str], formula: Formula, right: tuple[str, str]) -> Formula:
    """Between two delimiters, each spelled in LaTeX and plainly.

    Examples
    --------
    >>> between(("|", "|"), symbol("x"), ("|", "|")).plain
    '|x|'
    """
    return Formula(
        f"\\left{left[0]}{formula.latex}\\right{right[0]}", left[1] + formula.plain + right[1]
    )


def derivative(above: str, below: str) -> Formula:
    """The derivative of one named number by another.

    Examples
    --------
    >>> derivative("L", "w1").plain
    'dL/dw₁'
    """
    over, under = symbol(above), symbol(below)
    return Formula(f"\\frac{{d{over.latex}}}{{d{under.latex}}}", f"d{over.plain}/d{under.plain}")
