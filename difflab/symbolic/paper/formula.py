"""Formulas in two spellings at once: LaTeX for a page, Unicode for a terminal.

A formula is built from smaller ones, so both spellings always say the same. How tightly its
outermost operator binds decides where brackets go, and its pieces say where a line may break.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import IntEnum


class Binding(IntEnum):
    """How tightly the outermost operator of a formula binds."""

    SUM = 0
    PRODUCT = 1
    POWER = 2
    ATOM = 3


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula.

    Attributes
    ----------
    latex : str
        As LaTeX writes it, in math mode; needs ``amsmath``.
    plain : str
        As one line of Unicode.
    binding : Binding
    pieces : tuple of Formula
        Terms with their signs, or factors with their operators; they make up the formula in this
        order, and a line may break before each. Empty where no line may break.
    """

    latex: str
    plain: str
    binding: Binding = Binding.ATOM
    pieces: tuple[Formula, ...] = ()

    @property
    def is_negative(self) -> bool:
        """Whether it begins with a minus sign."""
        return self.plain.startswith("-")

    @property
    def width(self) -> int:
        """Columns of a terminal; on a page about as many half letters."""
        return columns(self.plain)


@dataclass(frozen=True, slots=True)
class Equation:
    """A chain of equal formulas.

    Attributes
    ----------
    left : Formula
    rights : tuple of Formula
        What it equals, and what that equals.
    note : str
        A word beside it: a shape, where something comes from.
    """

    left: Formula
    rights: tuple[Formula, ...]
    note: str = ""

    @property
    def plain(self) -> str:
        """In one line, without the note.

        Examples
        --------
        >>> Equation(symbol("z1"), (symbol("x"), number(2))).plain
        'z₁ = x = 2'
        """
        return " = ".join(formula.plain for formula in (self.left, *self.rights))


def columns(text: str) -> int:
    """How many columns of a terminal a text takes; bars above letters take none.

    Examples
    --------
    >>> len("Z̄₂"), columns("Z̄₂")
    (3, 2)
    """
    return sum(not unicodedata.combining(character) for character in text)


_GREEK = {
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "delta": "δ",
    "epsilon": "ε",
    "zeta": "ζ",
    "eta": "η",
    "theta": "θ",
    "kappa": "κ",
    "lambda": "λ",
    "mu": "μ",
    "nu": "ν",
    "xi": "ξ",
    "pi": "π",
    "rho": "ρ",
    "sigma": "σ",
    "tau": "τ",
    "phi": "φ",
    "chi": "χ",
    "psi": "ψ",
    "omega": "ω",
}
_LOW = str.maketrans("0123456789,", "₀₁₂₃₄₅₆₇₈₉,")
_BAR, _LONG_BAR = "\N{COMBINING MACRON}", "\N{COMBINING OVERLINE}"


def symbol(name: str, bar: bool = False) -> Formula:
    """Spell a name: letters, then perhaps an index of digits and commas.

    Parameters
    ----------
    name : str
        ``"z1"``, ``"W_1,2"``, ``"theta"``, ``"learning_rate"``.
    bar : bool
        The adjoint of what is named so.

    Examples
    --------
    >>> symbol("z12").latex, symbol("z12").plain, symbol("W2", bar=True).latex
    ('z_{12}', 'z₁₂', '\\\\bar{W}_{2}')
    >>> symbol("theta").plain, symbol("learning_rate").latex
    ('θ', '\\\\mathit{learning\\\\_rate}')
    """
    found = re.fullmatch(r"(.*?[^\d,_])_?(\d[\d,]*)?", name)
    stem, index = found.groups() if found else (name, None)
    if stem in _GREEK:
        latex, plain = f"\\{stem}", _GREEK[stem]
    elif len(stem) == 1:
        latex, plain = stem, stem
    else:
        latex, plain = f"\\mathit{{{escaped(stem)}}}", stem
    if bar and len(plain) == 1:
        latex, plain = f"\\bar{{{latex}}}", plain + _BAR
    elif bar:
        latex = f"\\overline{{{latex}}}"
        plain = "".join(character + _LONG_BAR for character in plain)
    if index:
        latex, plain = f"{latex}_{{{index}}}", plain + index.translate(_LOW)
    return Formula(latex, plain)


def number(value: float, digits: int | None = None) -> Formula:
    """Spell a number, rounded to significant digits; by default with as many as tell it apart.

    Examples
    --------
    >>> number(-0.5).plain, number(1.25e-7).latex, number(2 / 3, 4).plain, number(0.1).plain
    ('-0.5', '1.25 \\\\cdot 10^{-7}', '0.6667', '0.1')
    """
    plain = repr(float(value)).removesuffix(".0") if digits is None else f"{value:.{digits}g}"
    mantissa, e, exponent = plain.partition("e")
    latex = f"{mantissa} \\cdot 10^{{{int(exponent)}}}" if e else plain
    latex = latex.replace("inf", "\\infty").replace("nan", "\\text{NaN}")
    tight = e or plain.startswith("-")
    return Formula(latex, plain, Binding.PRODUCT if tight else Binding.ATOM)


def words(text: str) -> Formula:
    """Words inside a formula."""
    return Formula(f"\\text{{{escaped(text)}}}", text)


_ESCAPES = {
    "\\": "\\textbackslash{}",
    "~": "\\textasciitilde{}",
    "^": "\\textasciicircum{}",
    **{character: f"\\{character}" for character in "&%$#_{}"},
}


def escaped(text: str) -> str:
    """Words as LaTeX writes them.

    Examples
    --------
    >>> escaped("100 % of n_1")
    '100 \\\\% of n\\\\_1'
    """
    return "".join(_ESCAPES.get(character, character) for character in text)
