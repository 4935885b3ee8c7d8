"""Automatic evaluation: what SymPy 1.14 makes of a sum, product, power or function call.

The rules are those of ``Add.flatten``, ``Mul.flatten``, ``Pow.__new__`` and each function's
``eval``, without the order of arguments, which changes no size. Every input is real. Whatever is
rare (surds, roots of products, arguments with pi) is handed to SymPy itself and translated back.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import sympy as sp

from difflab.symbolic.sizes.arguments import (
    EVEN,
    ODD,
    evaluates,
    factors_of,
    has_logarithm,
    has_powers,
    is_constant,
    is_special,
)
from difflab.symbolic.sizes.bridge import Bridge
from difflab.symbolic.sizes.nodes import (
    ATOM,
    NUMBER,
    POWER,
    PRODUCT,
    SUM,
    Node,
    Rational,
)
from difflab.symbolic.sizes.store import Store


class Algebra:
    """Arithmetic of nodes, evaluated as SymPy evaluates.

    Attributes
    ----------
    store : Store
        All nodes made so far.
    bridge : Bridge
        The way to SymPy and back.

    Examples
    --------
    >>> algebra = Algebra()
    >>> x, y = algebra.store.atom("x"), algebra.store.atom("y")
    >>> algebra.bridge.to_sympy(2 * (x + y) - x * x / (2 * y) - 2 * x)
    -x**2/(2*y) + 2*y
    """

    def __init__(self) -> None:
        self.store = Store(self)
        self.bridge = Bridge(self.store)
        self._exp1 = self.store.atom(sp.E)

    def node(self, value: Any) -> Node:
        """A node as it is, or a number as a node."""
        return value if isinstance(value, Node) else self.store.number(Fraction(value))

    def forget(self) -> None:
        """Let go of all nodes, which know one another in circles."""
        self.store.forget()
        self.bridge.forget()

    def add(self, *terms: Node) -> Node:
        """Flatten, and collect terms that differ only in their coefficient."""
        if len(terms) == 1:
            return terms[0]
        store = self.store
        number: Rational = 0
        coefficients: dict[Node, Rational] = {}
        waiting = list(terms)
        for term in waiting:  # grows
            kind = term.kind
            if kind is NUMBER:
                number += term.number
            elif kind is SUM:
                number += term.number
                waiting.extend(term.args)
            else:
                coefficient = term.number if kind is PRODUCT else 1
                core = term.core or term
                if core in coefficients:
                    coefficients[core] += coefficient
                else:
                    coefficients[core] = coefficient
        scaled = store.scaled
        return store.raw_sum(
            number,
            [
                core if coefficient == 1 else scaled(coefficient, core)
                for core, coefficient in coefficients.items()
                if coefficient
            ],
        )

    def scale(self, number: Rational, node: Node) -> Node:
        """A number times a node: it distributes over a sum, unless one before it did not."""
        store, kind = self.store, node.kind
        if number == 1 or node is store.zero:
            return node
        if number == 0:
            return store.zero
        if kind is NUMBER:
            return store.number(number * node.number)
        if kind is PRODUCT:
            number, core = number * node.number, node.core or node
            return core if number == 1 else store.scaled(number, core)
        if kind is SUM:
            terms = [self.scale(number, term) for term in node.args]
            return self.add(store.number(number * node.number), *terms)
        return store.scaled(number, node)

    def multiply(self, *factors: Node) -> Node:
        """Flatten, merge coefficients, and merge powers of equal bases."""
        one = self.store.one
        factors = tuple([f for f in factors if f is not one])
        if len(factors) == 2:
            left, right = factors
            if left.kind is NUMBER:
                return self.scale(left.number, right)
            if right.kind is NUMBER:
                return self.scale(right.number, left)
            if left.kind is ATOM and right.kind is ATOM and left is not right:
                return self.store.raw_product(1, factors)
        elif len(factors) < 2:
            return factors[0] if factors else one
        number: Rational = 1
        exponents: dict[Node, dict[Node, Rational]] = {}
        numeric: list[Node] = []
        waiting = list(factors)
        for factor in waiting:  # grows
            kind = factor.kind
            if kind is NUMBER:
                number *= factor.number
                continue
            if kind is PRODUCT:
                number *= factor.number
                waiting.extend(factor.args)
                continue
            base, exponent = factor, one
            if kind is POWER:
                base, exponent = factor.args
                if base.kind is NUMBER:
                    if base.number.numerator == 1:  # SymPy turns (1/2)**x into 2**(-x)
                        inverse = self.store.number(1 / Fraction(base.number))
                        factor = self.power(inverse, self.scale(-1, exponent))
                    numeric.append(factor)
                    continue
            elif factor.label is sp.exp:
                base, exponent = self._exp1, factor.args[0]
            known = exponents.setdefault(base, {})
            coefficient, core = _split(exponent, one)
            known[core] = known.get(core, 0) + coefficient
        if not number:
            return self.store.zero
        if len(numeric) > 1:
            product = self._by_sympy(sp.Mul, numeric)
            number *= product.number if product.kind in (NUMBER, PRODUCT) else 1
            numeric = [a for a in factors_of(product) if a.kind is not NUMBER]
        return self._finish(number, numeric, exponents)

    def _finish(
        self,
        number: Rational,
        numeric: list[Node],
        exponents: dict[Node, dict[Node, Rational]],
    ) -> Node:
        """Write collected powers as factors."""
        store, one = self.store, self.store.one
        factors = list(numeric)
        for base, cores in exponents.items():
            for core, coefficient in cores.items():
                if coefficient == 0:
                    continue
                if core is one and coefficient == 1:
                    factors.append(base)
                    continue
                factor = self.power(base, self.scale(coefficient, core))
                if factor.kind is NUMBER:
                    number *= factor.number
                else:
                    factors.append(factor)
        if len(factors) == 1:
            return self.scale(number, factors[0])
        return store.raw_product(number, factors)

    def divide(self, above: Node, below: Node) -> Node:
        """A product with the inverse."""
        inverse = self.power(below, self.store.number(-1))
        return inverse if above is self.store.one else self.multiply(above, inverse)

    def power(self, base: Node, exponent: Node) -> Node:
        """Powers of powers merge, and integer powers go into products."""
        store, kind = self.store, base.kind
        if exponent is store.zero or base is store.one:
            return store.one
        if exponent is store.one:
            return base
        numeric = exponent.kind is NUMBER
        if numeric and exponent.number.denominator == 1:
            if kind is NUMBER and base.number:
                return store.number(Fraction(base.number) ** int(exponent.number))
            if kind is POWER:
                return self.power(base.args[0], self.multiply(base.args[1], exponent))
            if kind is PRODUCT:
                whole = Fraction(base.number) ** int(exponent.number)
                return self.multiply(
                    store.number(whole), *(self.power(a, exponent) for a in base.args)
                )
        if base.label is sp.exp:
            return self.apply(sp.exp, self.multiply(base.args[0], exponent))
        if base is self._exp1:
            return self.apply(sp.exp, exponent)
        if kind is POWER or (numeric and kind in (NUMBER, PRODUCT)) or has_powers(base.label):
            return self._by_sympy(sp.Pow, (base, exponent))
        return store.raw_power(base, exponent)

    def apply(self, function: Any, *args: Node) -> Node:
        """A function as SymPy leaves it: at special arguments it becomes something else."""
        plain = self.store.raw_function(function, args)
        if not evaluates(function):
            return plain
        x = args[0]
        if function in ODD or function in EVEN:
            return self._by_sympy(function, args) if is_special(x) else self._by_parity(plain)
        if is_constant(x) or function not in (sp.exp, sp.log):
            return self._by_sympy(function, args)
        if function is sp.log:
            return self._by_sympy(function, args) if x.label is sp.exp else plain
        known = self.store.applies(sp.log) and has_logarithm(x)
        return self._by_sympy(function, args) if known else plain

    def _by_parity(self, plain: Node) -> Node:
        """f(-x) as f(x) or -f(x), where SymPy sees the minus sign."""
        (x,) = plain.args
        if not self._is_minus(x):
            return plain
        value = self.apply(plain.label, self.scale(-1, x))
        return value if plain.label in EVEN else self.scale(-1, value)

    def _is_minus(self, x: Node) -> bool:
        """SymPy's ``could_extract_minus_sign``."""
        if x.kind is not SUM:
            return x.kind in (NUMBER, PRODUCT) and x.number < 0
        minus = sum(self._is_minus(term) for term in x.args) + (x.number < 0)
        plus = len(x.args) + (x.number != 0) - minus
        if plus != minus:
            return plus < minus
        return bool(self.bridge.to_sympy(x).could_extract_minus_sign())

    def _by_sympy(self, function: Any, args: Iterable[Node]) -> Node:
        return self.bridge.from_sympy(function(*map(self.bridge.to_sympy, args)))


def _split(node: Node, one: Node) -> tuple[Rational, Node]:
    """Coefficient and the rest."""
    if node.kind is NUMBER:
        return node.number, one
    return node.number if node.kind is PRODUCT else 1, node.core or node
