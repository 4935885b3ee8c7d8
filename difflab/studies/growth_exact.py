"""Exact growth laws: is a sequence of counts P(n), P(n) b^n, or a sum of both?

The unknown coefficients are solved from as many members as there are coefficients, in fractions;
the members that are left confirm the law, digit by digit, or refute it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor, lcm

CONFIRMATIONS = 2
"""Members that must agree with a law beyond those that it was solved from, at least."""

HIGHEST = 8
"""Largest degree of a polynomial that is tried alone."""

TOLERANCE = Fraction(11, 10)
"""How far lower-order terms may take the ratio of the last two members from the base."""

Polynomial = tuple[Fraction, ...]
"""Coefficients, that of n^0 first."""


@dataclass(frozen=True, slots=True)
class ClosedForm:
    """A sum of polynomials times powers, which holds digit by digit.

    Attributes
    ----------
    terms : tuple of (int, Polynomial)
        Base and polynomial, the fastest growing first; base 1 is a polynomial alone.
    since : int
        Smallest size from which it holds.

    Examples
    --------
    >>> form = ClosedForm(((2, (Fraction(3, 2),)), (1, (Fraction(-2),))), since=1)
    >>> form.text("n"), form.latex("n"), form(5)
    ('3 2^n/2 - 2', '\\\\frac{3}{2} \\\\, 2^{n} - 2', Fraction(46, 1))
    """

    terms: tuple[tuple[int, Polynomial], ...]
    since: int

    def __call__(self, n: int) -> Fraction:
        """The value at n."""
        return sum(
            (Fraction(base) ** n * _evaluate(polynomial, n) for base, polynomial in self.terms),
            Fraction(0),
        )

    def text(self, symbol: str) -> str:
        """The law as plain text."""
        return _joined([_term_text(base, p, symbol) for base, p in self.terms])

    def latex(self, symbol: str) -> str:
        """The law as LaTeX."""
        return _joined([_term_latex(base, p, symbol) for base, p in self.terms])


def closed_form(sizes: Sequence[int], counts: Sequence[int]) -> ClosedForm | None:
    """Find the law with the fewest coefficients that holds exactly; None if there is none.

    Up to two of the smallest sizes may be left out, at the price of one more confirmation.

    Parameters
    ----------
    sizes : sequence of int
        Increasing.
    counts : sequence of int
        Of any length and size.

    Examples
    --------
    >>> form = closed_form(range(1, 7), [3 * 2**n - 1 for n in range(1, 7)])
    >>> form.text("n")
    '3 2^n - 1'
    """
    for unknowns in range(1, len(sizes)):
        # Smooth numbers have small differences of high order, which vanish by chance.
        needed = unknowns + max(CONFIRMATIONS, unknowns - 2)
        for skipped in range(3):
            if len(sizes) - skipped < needed + (skipped > 0):
                break
            for shape in _shapes(unknowns, sizes, counts):
                form = _solved(shape, sizes[skipped:], counts[skipped:])
                if form is not None:
                    return form
    return None


def _shapes(
    unknowns: int, sizes: Sequence[int], counts: Sequence[int]
) -> Iterator[tuple[tuple[int, int], ...]]:
    """Bases with their numbers of coefficients, so many together."""
    if unknowns <= HIGHEST + 1:
        yield ((1, unknowns),)
    for base in _bases(sizes, counts):
        for alone in range(min(3, unknowns)):
            if unknowns - alone <= 4:
                yield ((base, unknowns - alone), (1, alone))[: 1 + (alone > 0)]


def _bases(sizes: Sequence[int], counts: Sequence[int]) -> range:
    """Bases worth a try: the last ratio is the base itself, times what a cubic grows by at most.

    None unless the sizes are consecutive.
    """
    if len(sizes) < 2 or not _consecutive(sizes) or counts[-2] == 0:
        return range(0)
    ratio = abs(Fraction(counts[-1], counts[-2]))
    cubic = Fraction(sizes[-1], sizes[-2]) ** 3
    return range(max(2, floor(ratio / cubic / TOLERANCE)), min(ceil(ratio * TOLERANCE), 1000) + 1)


def _solved(
    shape: tuple[tuple[int, int], ...], sizes: Sequence[int], counts: Sequence[int]
) -> ClosedForm | None:
    """The law of a shape through the first members, if the others agree."""
    if _consecutive(sizes) and any(_annihilated(shape, counts)):
        return None
    basis = [(base, power) for base, number in shape for power in range(number)]
    rows = [[Fraction(n**power * base**n) for base, power in basis] for n in sizes[: len(basis)]]
    found = _solve(rows, [Fraction(count) for count in counts[: len(basis)]])
    if found is None:
        return None
    coefficients = iter(found)
    terms = tuple((base, tuple(next(coefficients) for _ in range(k))) for base, k in shape)
    form = ClosedForm(terms, sizes[0])
    rest = slice(len(basis), None)
    agrees = all(form(n) == count for n, count in zip(sizes[rest], counts[rest]))
    return form if agrees else None


def _consecutive(sizes: Sequence[int]) -> bool:
    return sizes[-1] - sizes[0] == len(sizes) - 1


def _annihilated(shape: tuple[tuple[int, int], ...], counts: Sequence[int]) -> Sequence[int]:
    """What remains of a sequence after T(n + 1) - b T(n), once per coefficient; zeros if it fits.

    In integers and without solving anything, so that many bases can be tried.
    """
    for base, number in shape:
        for _ in range(number):
            counts = [after - base * before for before, after in pairwise(counts)]
    return counts


def _solve(rows: list[list[Fraction]], right: list[Fraction]) -> list[Fraction] | None:
    """Gauss-Jordan elimination; None for a singular matrix."""
    table = [[*row, value] for row, value in zip(rows, right)]
    for column in range(len(table)):
        pivot = next((r for r in range(column, len(table)) if table[r][column]), None)
        if pivot is None:
            return None
        table[column], table[pivot] = table[pivot], table[column]
        lead = table[column][column]
        table[column] = [value / lead for value in table[column]]
        for r, row in enumerate(table):
            if r != column and row[column]:
                factor = row[column]
                table[r] = [x - factor * y for x, y in zip(row, table[column])]
    return [row[-1] for row in table]


def _evaluate(polynomial: Polynomial, n: int) -> Fraction:
    value = Fraction(0)
    for coefficient in reversed(polynomial):
        value = value * n + coefficient
    return value


def _over_one_denominator(polynomial: Polynomial) -> tuple[list[int], int]:
    denominator = lcm(*(coefficient.denominator for coefficient in polynomial))
    return [int(coefficient * denominator) for coefficient in polynomial], denominator


def _monomials(numerators: Sequence[int], power: str) -> tuple[str, bool]:
    """Integer polynomial as text, and whether it has several terms; ``power`` holds ``{}``."""
    parts = []
    for k, c in reversed(list(enumerate(numerators))):
        if c:
            symbol = "" if k == 0 else power.format(k) if k > 1 else power.split("^")[0]
            factor = str(c) if k == 0 or abs(c) != 1 else str(c)[:-1]
            parts.append(
                f"{factor} {symbol}".strip() if factor not in ("", "-") else factor + symbol
            )
    return _joined(parts) or "0", len(parts) > 1


def _joined(terms: Sequence[str]) -> str:
    """Terms of a sum, with a minus sign in place of plus and minus."""
    text = " + ".join(term for term in terms if term != "0") or "0"
    return text.replace("+ -", "- ")


def _term_text(base: int, polynomial: Polynomial, symbol: str) -> str:
    numerators, denominator = _over_one_denominator(polynomial)
    inner, several = _monomials(numerators, symbol + "^{}")
    below = f"/{denominator}" if denominator > 1 else ""
    if base == 1:
        return f"({inner}){below}" if several and below else inner + below
    power = f"{base}^{symbol}"
    if several:
        return f"{power} ({inner}){below}"
    factor = {"1": "", "-1": "-"}.get(inner, f"{inner} ")
    return f"{factor}{power}{below}"


def _term_latex(base: int, polynomial: Polynomial, symbol: str) -> str:
    numerators, denominator = _over_one_denominator(polynomial)
    inner, several = _monomials(numerators, symbol + "^{{{}}}")
    sign = "-" if not several and inner.startswith("-") else ""
    inner = inner.removeprefix(sign)
    whole = rf"\frac{{{inner}}}{{{denominator}}}" if denominator > 1 else inner
    if base == 1:
        return sign + whole
    power = f"{base}^{{{symbol}}}"
    if several and denominator == 1:
        whole = f"({inner})"
    return sign + (power if whole == "1" else rf"{whole} \, {power}")
