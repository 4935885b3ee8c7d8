"""Stages: a scalar function as a list of small rules, each named, none written twice.

A stage is a rule applied to earlier stages: ``t12 = t3*t7``. Its rule is a SymPy expression in
*places* (the first operand, the second, ...), so that SymPy can differentiate it on its own. Equal
stages are one stage, numbers are exact, and stages refer to one another by position: no recursion,
whatever the depth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import NamedTuple

import sympy as sp

_LARGEST, _FINEST = 3, 2
"""Bounds on a small number p/q: what formulas are made of, not data."""


@cache
def place(position: int) -> sp.Symbol:
    """Return the symbol of an operand, named as a field of ``str.format``.

    Examples
    --------
    >>> place(0) * place(1)
    {0}*{1}
    """
    return sp.Symbol(f"{{{position}}}", real=True)


PRODUCT = place(0) * place(1)
SQUARE = place(0) ** 2
NEGATIVE = -place(0)
RATIO = place(0) / place(1)


class Stage(NamedTuple):
    """A rule and what it is applied to.

    Attributes
    ----------
    rule : Expr or None
        In places; None for the sum of all operands. Without operands it is an input (a symbol) or
        a number.
    operands : tuple of int
        Positions of earlier stages.
    """

    rule: sp.Expr | None
    operands: tuple[int, ...] = ()


@dataclass(slots=True)
class Stages:
    """A growing list of distinct stages; every method returns the position of its result.

    Examples
    --------
    >>> x = sp.Symbol("x")
    >>> stages = Stages()
    >>> at = stages.input(x)
    >>> stages.product(at, at), stages.product(at, at), len(stages.entries)
    (1, 1, 2)
    """

    entries: list[Stage] = field(default_factory=list)
    numbers: dict[int, sp.Expr] = field(default_factory=dict)
    _known: dict[Stage, int] = field(default_factory=dict)

    def _put(self, stage: Stage) -> int:
        at = self._known.setdefault(stage, len(self.entries))
        if at == len(self.entries):
            self.entries.append(stage)
        return at

    def append(self, stage: Stage) -> int:
        """Add a stage as it is."""
        at = self._put(stage)
        if stage.rule is not None and stage.rule.is_number:
            self.numbers[at] = stage.rule
        return at

    def input(self, symbol: sp.Symbol) -> int:
        """Add a symbol."""
        return self._put(Stage(symbol))

    def number(self, value: sp.Expr) -> int:
        """Add an exact number."""
        return self.append(Stage(value))

    def total(self, terms: Sequence[int]) -> int:
        """Add up stages in their order; several numbers are added exactly, and come last."""
        known = [self.numbers[term] for term in terms if term in self.numbers]
        if len(known) > 1 or 0 in known:
            constant = sp.Add(*known)
            terms = [term for term in terms if term not in self.numbers]
            terms = terms if constant.is_zero else [*terms, self.number(constant)]
        if not terms:
            return self.number(sp.S.Zero)
        return terms[0] if len(terms) == 1 else self._put(Stage(None, tuple(terms)))

    def product(self, x: int, y: int) -> int:
        """Multiply two stages; a number comes first."""
        if x in self.numbers or y in self.numbers:
            return self._scaled(x, y)
        if x == y:
            return self._put(Stage(SQUARE, (x,)))
        return self._put(Stage(PRODUCT, (x, y) if x < y else (y, x)))

    def _scaled(self, x: int, y: int) -> int:
        if x not in self.numbers:
            x, y = y, x
        factor = self.numbers[x]
        if y in self.numbers:
            return self.number(factor * self.numbers[y])
        if factor.is_zero:
            return x
        if factor == 1:
            return y
        return self.negative(y) if factor == -1 else self._put(Stage(PRODUCT, (x, y)))

    def negative(self, x: int) -> int:
        """Flip the sign; two flips cancel."""
        if x in self.numbers:
            return self.number(-self.numbers[x])
        stage = self.entries[x]
        return stage.operands[0] if stage.rule == NEGATIVE else self._put(Stage(NEGATIVE, (x,)))

    def apply(self, rule: sp.Expr, operands: Sequence[int]) -> int:
        """Apply a rule to one operand per place; operands that it does not mention are dropped."""
        known = all(operand in self.numbers for operand in operands)
        numbers = tuple(self._literal(operand, known) for operand in operands)
        rule, used = _with_numbers(rule, numbers)
        operands = [operands[position] for position in used]
        if rule.is_number:
            return self.number(rule)
        if rule.is_Symbol:
            return operands[0]
        if rule == PRODUCT:
            return self.product(*operands)
        if rule == NEGATIVE:
            return self.negative(*operands)
        return self._put(Stage(rule, tuple(operands)))

    def _literal(self, at: int, even_large: bool) -> sp.Expr | None:
        """Return the number at a position if rules are to be written with it.

        Rules are differentiated once per kind; with every number a kind of its own, that would be
        often. So only small ones, which SymPy simplifies with, become part of a rule.
        """
        number = self.numbers.get(at)
        return number if number is not None and (even_large or is_small(number)) else None


def is_small(number: sp.Expr) -> bool:
    """Whether a number is simple enough to be part of a rule."""
    if number.is_Rational:
        return abs(number.p) <= _LARGEST and number.q <= _FINEST
    return not number.is_finite


@lru_cache(maxsize=4096)
def _with_numbers(
    rule: sp.Expr, numbers: tuple[sp.Expr | None, ...]
) -> tuple[sp.Expr, tuple[int, ...]]:
    """Write numbers into a rule, and number the places that are left from 0; which ones are."""
    given = {place(i): number for i, number in enumerate(numbers) if number is not None}
    rule = rule.xreplace(given)
    used = tuple(i for i in range(len(numbers)) if place(i) in rule.free_symbols)
    return rule.xreplace({place(old): place(new) for new, old in enumerate(used)}), used
