"""What calls are given: formulas with shapes, and numbers that count something."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from difflab.symbolic.paper.combine import named_call, negative, product, quotient, transposed
from difflab.symbolic.paper.formula import Formula, number, symbol

ONES = Formula("\\mathbf{1}", "𝟏")
"""A column of ones, as long as it has to be."""

FEWEST = 8
"""Samples from which a mean is told from other fractions: 0.5 need not be 1/n of two samples."""

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Operand:
    """What a call is given.

    Attributes
    ----------
    formula : Formula
    shape : tuple of int
    uniform : bool
        Whether it is an array with one number for all entries, and the formula is that number.
    """

    formula: Formula
    shape: Shape
    uniform: bool = False

    @property
    def array(self) -> Formula:
        """The formula where a number would not do: beside another matrix."""
        if not self.uniform or not self.shape:
            return self.formula
        ones = (ONES,) if len(self.shape) == 1 else (ONES, transposed(ONES))
        return product(*ones) if self.formula.plain == "1" else product(self.formula, *ones)


@dataclass(frozen=True, slots=True)
class Sizes:
    """Names of numbers that are known by what they count.

    Attributes
    ----------
    samples : int
        How many rows the data have; written n from `FEWEST` on. 0 where there is no such number.
    others : frozenset of int
        Further lengths of axes, which occur in means.
    """

    samples: int = 0
    others: frozenset[int] = frozenset()

    def spell(self, value: float | np.floating[Any]) -> Formula:
        """A number, with n in it where it is a small multiple of 1/n, to the digits of its type.

        Examples
        --------
        >>> Sizes(1000).spell(0.002).plain, Sizes(30, frozenset({10})).spell(1 / 300).plain
        ('2/n', '1/(10 n)')
        """
        if value < 0:
            return negative(self.spell(-value))
        if self.samples < FEWEST or not np.isfinite(value) or value == round(value):
            return number(float(str(value)))
        for other in (1, *sorted(self.others)):
            for times in range(1, 9):
                rows_counted = self.samples * other
                fractions = (times / rows_counted, times * (1 / rows_counted))
                if value in map(type(value), fractions):
                    rows = symbol("n") if other == 1 else product(number(other), symbol("n"))
                    return quotient(number(times), rows)
        return number(float(str(value)))


def stretched(operand: Operand, shape: Shape) -> Formula:
    """An operand of an elementwise call, as long and wide as the result.

    Examples
    --------
    >>> stretched(Operand(symbol("b"), (2,)), (9, 2)).plain
    '𝟏 bᵀ'
    """
    mine, formula = operand.shape, operand.formula
    if operand.uniform or mine == shape or not mine:
        return formula
    if len(shape) == 2:
        if len(mine) == 1:
            return product(ONES, transposed(formula)) if shape[0] > 1 else transposed(formula)
        if mine == (1, shape[1]):
            return product(ONES, formula)
        if mine == (shape[0], 1):
            return product(formula, transposed(ONES))
    return formula if set(mine) == {1} else named_call("broadcast", formula)


Spelling = Callable[[Sequence[Operand], Mapping[str, Any], Shape, Sizes], Formula | None]
"""``spelling(operands, options, shape of the result, sizes)``; None where it has no sign for it."""
