"""Calls that work entry by entry, as formulas: sums, products by entries, functions, conditions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from difflab import functions as own
from difflab.symbolic.paper.combine import (
    HADAMARD,
    between,
    bracketed,
    call,
    negative,
    power,
    product,
    quotient,
    total,
)
from difflab.symbolic.paper.formula import Binding, Formula, number
from difflab.symbolic.paper.operands import Operand, Shape, Sizes, Spelling, stretched


def _both(operands: Sequence[Operand], shape: Shape) -> tuple[Formula, Formula]:
    left, right = operands
    return stretched(left, shape), stretched(right, shape)


def _add(operands: Sequence[Operand], _: Any, shape: Shape, __: Sizes) -> Formula:
    return total(*_both(operands, shape))


def _subtract(operands: Sequence[Operand], _: Any, shape: Shape, __: Sizes) -> Formula:
    left, right = _both(operands, shape)
    return total(left, negative(right))


def _multiply(operands: Sequence[Operand], _: Any, shape: Shape, __: Sizes) -> Formula:
    left, right = operands
    if right.uniform or (not right.shape and left.shape):
        left, right = right, left
    one, other = _both((left, right), shape)
    if left.uniform or not left.shape:
        if one.plain == "1":
            return other
        return negative(product(negative(one), other)) if one.is_negative else product(one, other)
    return _hadamard(one, other)


def _hadamard(left: Formula, right: Formula) -> Formula:
    if left.is_negative:
        return negative(_hadamard(negative(left), right))
    return product(_grouped(left), _grouped(right), sign=HADAMARD)


def _grouped(formula: Formula) -> Formula:
    """A matrix product in brackets: whether it or the product by entries comes first matters."""
    if formula.binding is Binding.PRODUCT and "⊙" not in formula.plain and formula.pieces:
        return bracketed(formula)
    return formula


def _divide(operands: Sequence[Operand], _: Any, shape: Shape, __: Sizes) -> Formula:
    right = operands[1]
    one, other = _both(operands, shape)
    if right.uniform or not right.shape:
        return quotient(one, other)
    return product(bracketed(one, Binding.POWER), bracketed(other), sign=("\\oslash", "⊘"))


def _negative(operands: Sequence[Operand], _: Any, shape: Shape, __: Sizes) -> Formula:
    return negative(stretched(operands[0], shape))


def _square(operands: Sequence[Operand], _: Any, shape: Shape, __: Sizes) -> Formula:
    return power(operands[0].formula, number(2), "\\odot" if shape else "")


def _power(operands: Sequence[Operand], _: Any, shape: Shape, __: Sizes) -> Formula | None:
    base, exponent = operands
    if exponent.shape and not exponent.uniform:
        return None
    return power(stretched(base, shape), exponent.formula, "\\odot" if shape else "")


def _function(latex: str, plain: str = "") -> Spelling:
    def spell(operands: Sequence[Operand], _: Any, shape: Shape, __: Sizes) -> Formula:
        given = [stretched(operand, shape) for operand in operands]
        return call(latex, plain or latex.lstrip("\\"), *given)

    return spell


def _comparison(latex: str, plain: str) -> Spelling:
    def spell(operands: Sequence[Operand], _: Any, shape: Shape, __: Sizes) -> Formula:
        left, right = _both(operands, shape)
        inside = Formula(
            f"{left.latex} {latex} {right.latex}", f"{left.plain} {plain} {right.plain}"
        )
        return between(("[", "["), inside, ("]", "]"))

    return spell


ENTRYWISE: dict[Callable[..., Any], Spelling] = {
    np.add: _add,
    np.subtract: _subtract,
    np.multiply: _multiply,
    np.true_divide: _divide,
    np.negative: _negative,
    np.square: _square,
    np.power: _power,
    np.exp: _function("\\exp"),
    np.log: _function("\\ln", "log"),
    np.sin: _function("\\sin"),
    np.cos: _function("\\cos"),
    np.tan: _function("\\tan"),
    np.sinh: _function("\\sinh"),
    np.cosh: _function("\\cosh"),
    np.tanh: _function("\\tanh"),
    np.maximum: _function("\\max"),
    np.minimum: _function("\\min"),
    np.sqrt: _function("\\operatorname{sqrt}", "sqrt"),
    np.sign: _function("\\operatorname{sign}", "sign"),
    np.absolute: _function("\\operatorname{abs}", "abs"),
    own.sigmoid: _function("\\sigma", "σ"),
    own.relu: _function("\\operatorname{relu}", "relu"),
    own.leaky_relu: _function("\\operatorname{leaky\\_relu}", "leaky_relu"),
    own.gelu: _function("\\operatorname{gelu}", "gelu"),
    own.normal_cdf: _function("\\Phi", "Φ"),
    own.softplus: _function("\\operatorname{softplus}", "softplus"),
    own.binary_cross_entropy: _function("\\operatorname{bce}", "bce"),
    np.less: _comparison("<", "<"),
    np.less_equal: _comparison("\\le", "≤"),
    np.greater: _comparison(">", ">"),
    np.greater_equal: _comparison("\\ge", "≥"),
    np.equal: _comparison("=", "="),
}
"""How they are written."""
