"""Calls that carry the structure, as formulas: matrix products, sums, shapes, indexing."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from difflab import functions as own
from difflab.symbolic.paper.combine import (
    between,
    bracketed,
    named_call,
    negative,
    power,
    product,
    transposed,
)
from difflab.symbolic.paper.formula import Binding, Formula, number, words
from difflab.symbolic.paper.operands import ONES, Operand, Shape, Sizes, Spelling, stretched
from difflab.trace import Hole, component
from difflab.transposes import column_sums


def _matrix_product(operands: Sequence[Operand], _: Any, __: Shape, ___: Sizes) -> Formula | None:
    left, right = operands
    axes = len(left.shape), len(right.shape)
    if axes == (1, 2):
        return _side_by_side(transposed(right.array), left.array)
    if axes == (1, 1):
        return _side_by_side(transposed(left.array), right.array)
    return _side_by_side(left.array, right.array) if axes in ((2, 2), (2, 1)) else None


def _side_by_side(left: Formula, right: Formula) -> Formula:
    if left.is_negative and left.binding > Binding.SUM:
        return negative(_side_by_side(negative(left), right))
    for_left, for_right = (bracketed(x) if "⊙" in x.plain else x for x in (left, right))
    return product(for_left, for_right)


def _outer(operands: Sequence[Operand], _: Any, __: Shape, ___: Sizes) -> Formula | None:
    left, right = operands
    if len(left.shape) == 1 == len(right.shape):
        return _side_by_side(left.array, transposed(right.array))
    return None


def _transpose(operands: Sequence[Operand], _: Any, shape: Shape, __: Sizes) -> Formula | None:
    if len(shape) > 2:
        return None
    return transposed(operands[0].array) if len(shape) == 2 else operands[0].formula


def _same(operands: Sequence[Operand], *_: Any) -> Formula:
    return operands[0].formula


def _stretch(operands: Sequence[Operand], _: Any, shape: Shape, __: Sizes) -> Formula:
    return stretched(operands[0], shape)


def _reshape(operands: Sequence[Operand], _: Any, shape: Shape, __: Sizes) -> Formula | None:
    """Columns are vectors already; a row is a vector transposed."""
    mine, formula = operands[0].shape, operands[0].formula
    long = [n for n in shape if n > 1]
    if long != [n for n in mine if n > 1] or len(long) > 1:
        return formula if mine == shape else None
    is_row, was_row = ((len(s) == 2 and s[0] == 1 and bool(long)) for s in (shape, mine))
    return transposed(formula) if is_row != was_row else formula


def _column_sums(operands: Sequence[Operand], *_: Any) -> Formula:
    return _side_by_side(transposed(operands[0].array), ONES)


def _sum(operands: Sequence[Operand], options: Any, shape: Shape, __: Sizes) -> Formula | None:
    x = operands[0]
    axis = _one_axis(options.get("axis"), len(x.shape))
    if axis is None and options.get("axis") is not None:
        return None
    if axis is None or len(x.shape) == 1:
        return _sum_of_all(x)
    if len(x.shape) != 2:
        return None
    if axis == 1:
        return _side_by_side(x.array, ONES)
    if len(shape) == 2:
        return _side_by_side(transposed(ONES), x.array)
    return _side_by_side(transposed(x.array), ONES)


def _one_axis(axis: Any, axes: int) -> int | None:
    if isinstance(axis, tuple) and len(axis) == 1:
        (axis,) = axis
    return int(axis) % axes if isinstance(axis, (int, np.integer)) and axes else None


def _sum_of_all(x: Operand) -> Formula:
    long = sum(n > 1 for n in x.shape)
    if not long:
        return x.formula
    indices = {1: "_{i}", 2: "_{ij}"}.get(long, "")
    inner = bracketed(x.array, Binding.PRODUCT)
    return Formula(f"\\sum{indices} {inner.latex}", f"Σ {inner.plain}", Binding.PRODUCT)


def _mean(operands: Sequence[Operand], options: Any, shape: Shape, sizes: Sizes) -> Formula | None:
    added = _sum(operands, options, shape, sizes)
    count = int(np.prod(operands[0].shape)) // max(int(np.prod(shape)), 1)
    if added is None or count == 1:
        return added
    return product(sizes.spell(1 / count), added)


def _inverse(operands: Sequence[Operand], *_: Any) -> Formula:
    return power(operands[0].array, number(-1))


def _solve(operands: Sequence[Operand], *_: Any) -> Formula:
    return _side_by_side(power(operands[0].array, number(-1)), operands[1].array)


def _norm(operands: Sequence[Operand], options: Any, shape: Shape, __: Sizes) -> Formula | None:
    if shape or options.get("ord") not in (None, 2):
        return None
    return between(("\\lVert", "‖"), operands[0].array, ("\\rVert", "‖"))


def _einsum(operands: Sequence[Operand], options: Any, _: Shape, __: Sizes) -> Formula:
    given = (words(options["subscripts"]), *(operand.array for operand in operands))
    return named_call("einsum", *given)


def _by_rows(name: str) -> Spelling:
    def spell(operands: Sequence[Operand], options: Any, _: Shape, __: Sizes) -> Formula | None:
        last = options.get("axis", -1) in (-1, len(operands[0].shape) - 1)
        return named_call(name, *(operand.array for operand in operands)) if last else None

    return spell


def _entry(operands: Sequence[Operand], options: Any, _: Shape, __: Sizes) -> Formula:
    """Indexing keeps Python's own spelling; index arrays stand where they are used."""
    index = options["index"]
    parts = index if isinstance(index, tuple) else (index,)
    inner = bracketed(operands[0].array)
    spelled = [_index(part, operands) for part in parts]
    latex = ", ".join(part.latex for part in spelled)
    return Formula(
        f"{inner.latex}\\left[{latex}\\right]",
        f"{inner.plain}[{', '.join(part.plain for part in spelled)}]",
    )


def _index(part: Any, operands: Sequence[Operand]) -> Formula:
    if isinstance(part, Hole):
        return operands[part.operand].formula
    if isinstance(part, slice):
        ends = ["" if end is None else str(end) for end in (part.start, part.stop)]
        text = ":".join(ends) + ("" if part.step is None else f":{part.step}")
        return Formula(text, text)
    if part is Ellipsis or isinstance(part, np.ndarray):
        return Formula("\\ldots", "...")
    return words(str(part))


STRUCTURAL: dict[Callable[..., Any], Spelling] = {
    np.matmul: _matrix_product,
    np.dot: _matrix_product,
    np.outer: _outer,
    np.transpose: _transpose,
    np.swapaxes: _transpose,
    np.copy: _same,
    np.astype: _same,
    np.broadcast_to: _stretch,
    np.reshape: _reshape,
    np.ravel: _reshape,
    np.squeeze: _reshape,
    np.expand_dims: _reshape,
    column_sums: _column_sums,
    np.sum: _sum,
    np.mean: _mean,
    np.linalg.inv: _inverse,
    np.linalg.solve: _solve,
    np.linalg.norm: _norm,
    np.einsum: _einsum,
    operator.getitem: _entry,
    component: _entry,
    own.softmax: _by_rows("softmax"),
    own.log_softmax: _by_rows("log softmax"),
    own.softmax_cross_entropy: _by_rows("cross-entropy"),
}
"""How they are written."""
