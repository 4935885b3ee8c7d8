"""How fast does a family of counts grow? The law by its name: cubic, n^2 2^n, exponential.

"Swell is exponential" is a statement about a family of functions, not about differentiation. Here
it is decided from numbers: first whether a closed form holds digit by digit
(`difflab.studies.growth_exact`), then whether one kind of law predicts clearly better than the
other (`difflab.studies.growth_fit`), and otherwise that the sizes do not tell.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, e, floor, log

from difflab.errors import UsageError
from difflab.studies.growth_exact import ClosedForm, Polynomial, closed_form
from difflab.studies.growth_fit import Fit, fit_law

UNDETERMINED = "not determined"

DEGREES = ("constant", "linear", "quadratic", "cubic", "quartic", "quintic")
"""Names of polynomials by degree."""


@dataclass(frozen=True, slots=True)
class Law:
    """A growth law with its name.

    Attributes
    ----------
    name : str
        ``"cubic"``, ``"n^2 2^n"``, ``"exponential"``, ``"not determined"``, ...
    formula, latex : str
        The leading behaviour, or the whole closed form; "" where nothing was determined.
    exponent : float or None
        Power of n in the leading term; None where it was not determined.
    base : float or None
        b of b^n; 1 for polynomials; None where it was not determined.
    interval : (float, float) or None
        For the base of a fitted exponential, for the exponent of a fitted polynomial.
    exact : bool
        Whether the formula holds digit by digit.
    points : int
        Sizes that the law was found from.
    since : int or None
        Smallest size that the law was found from.
    """

    name: str
    formula: str = ""
    latex: str = ""
    exponent: float | None = None
    base: float | None = None
    interval: tuple[float, float] | None = None
    exact: bool = False
    points: int = 0
    since: int | None = None

    def __str__(self) -> str:
        if self.exact:
            return f"{self.name}, exactly: {self.formula}"
        if self.interval is None:
            return f"{self.name} from {self.points} sizes"
        low, high = self.interval
        if self.base == 1:
            return f"{self.name}, exponent {self.exponent:.3g} ({low:.3g} to {high:.3g})"
        return f"{self.name}, base {self.base:.3g} ({low:.3g} to {high:.3g})"


def growth_law(sizes: Sequence[int], counts: Sequence[int], symbol: str = "n") -> Law:
    """Name the law by which counts grow.

    Parameters
    ----------
    sizes : sequence of int
        Positive and increasing.
    counts : sequence of int
        One per size, not negative; Python integers, which may exceed the range of floats.
    symbol : str
        What the size is called in the formula.

    Returns
    -------
    Law
        Exact where a polynomial, a polynomial times b^n, or their sum holds at every size (or at
        all but the first two); else fitted, with an interval; else not determined.

    Raises
    ------
    UsageError
        For sizes that do not increase, and counts that are no whole numbers.

    Examples
    --------
    >>> print(growth_law([1, 2, 3, 4, 5, 6], [49, 219, 566, 1146, 2015, 3229], "d"))
    cubic, exactly: (56 d^3 + 195 d^2 + 43 d)/6
    >>> print(growth_law([3, 4, 5, 6, 7, 8], [25, 98, 316, 920, 2512, 6560]))
    n^2 2^n, exactly: 2^n (3 n^2 + 3 n - 11)/8
    >>> print(growth_law([1, 2, 3], [2, 3, 5]))
    not determined from 3 sizes
    """
    sizes, counts = _checked(sizes, counts)
    form = closed_form(sizes, counts)
    if form is not None:
        return _exact(form, sizes, symbol)
    first = next((i for i, count in enumerate(counts) if count > 0), len(counts))
    sizes, counts = sizes[first:], counts[first:]
    fitted = None if 0 in counts else fit_law(sizes, counts)
    if fitted is None:
        return Law(UNDETERMINED, points=len(sizes), since=sizes[0] if sizes else None)
    return _fitted(fitted, sizes, symbol)


def _checked(sizes: Sequence[int], counts: Sequence[int]) -> tuple[list[int], list[int]]:
    try:
        sizes = [operator.index(size) for size in sizes]
        counts = [operator.index(count) for count in counts]
    except TypeError as error:
        raise UsageError(
            "sizes and counts are whole numbers", str(error), "growth_law([1, 2, 3], [4, 9, 16])"
        ) from None
    increasing = all(a < b for a, b in pairwise(sizes)) and (not sizes or sizes[0] > 0)
    if len(sizes) != len(counts) or not increasing or min(counts, default=0) < 0:
        raise UsageError(
            f"{len(sizes)} sizes and {len(counts)} counts make no family",
            "there is one count per size; sizes are positive and increase, counts are not negative",
            "growth_law([1, 2, 3], [4, 9, 16])",
        )
    return sizes, counts


def _exact(form: ClosedForm, sizes: Sequence[int], symbol: str) -> Law:
    base, polynomial = form.terms[0]
    degree = _degree(polynomial)
    used = [size for size in sizes if size >= form.since]
    return Law(
        _name(degree) if base == 1 else _product(symbol, degree, f"{base}^{symbol}"),
        form.text(symbol),
        form.latex(symbol),
        float(degree),
        float(base),
        exact=True,
        points=len(used),
        since=form.since,
    )


def _degree(polynomial: Polynomial) -> int:
    return max((k for k, coefficient in enumerate(polynomial) if coefficient), default=0)


def _name(degree: int) -> str:
    return DEGREES[degree] if degree < len(DEGREES) else f"degree {degree}"


def _product(symbol: str, power: int, rest: str) -> str:
    factor = {0: "", 1: f"{symbol} "}.get(power, f"{symbol}^{power} ")
    return factor + rest


def _fitted(fit: Fit, sizes: Sequence[int], symbol: str) -> Law:
    factor = _scientific(fit.log_factor)
    if fit.exponential:
        power = int(fit.exponent)
        name = "exponential"
        text = f"{factor} {_product(symbol, power, f'{fit.base:.3g}^{symbol}')}"
        latex = rf"{factor} \, {_product(symbol, power, rf'{fit.base:.3g}^{{{symbol}}}')}"
    else:
        name = _between(*fit.interval)
        text = f"{factor} {symbol}^{fit.exponent:.3g}"
        latex = rf"{factor} \, {symbol}^{{{fit.exponent:.3g}}}"
    return Law(name, text, latex, fit.exponent, fit.base, fit.interval, False, len(sizes), sizes[0])


def _between(low: float, high: float) -> str:
    """Name a polynomial by the whole degrees within an interval."""
    first, last = max(ceil(low), 0), floor(high)
    if first == last:
        return _name(first)
    if first < last:
        return f"polynomial of degree {first} to {last}"
    return f"power {(low + high) / 2:.2g}"


def _scientific(logarithm: float) -> str:
    """exp(logarithm) with three digits, also beyond the range of floats."""
    if abs(logarithm) < 600:
        return f"{e**logarithm:.3g}"
    return f"10^{logarithm / log(10):.1f}"
