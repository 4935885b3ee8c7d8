"""The size of an expanded gradient from shapes alone, before any expression is built.

Only the traced program is read: arrays are known by their shapes, one average entry of each array
has a size, and the answer comes in milliseconds for a network of any width, within a factor of two
(for networks of primitives within a percent).
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import Any

import numpy as np

from difflab import functions as own
from difflab.scalars.definitions import STRUCTURAL
from difflab.symbolic.prediction import Prediction
from difflab.trace import Program


@dataclass(frozen=True, slots=True)
class _Average:
    """An average entry of an array.

    ``tree`` is its size; for each parameter leaf, ``reach`` is how many of the leaf's scalars it
    depends on, and ``slope`` the size of its derivatives with respect to all of them together.
    """

    tree: float
    reach: np.ndarray
    slope: np.ndarray


def from_shapes(program: Program) -> Prediction:
    """Predict from the traced program alone, before any expression is built.

    The rules, for an entry u with tree size T, reach N and slope G per parameter leaf:
    a function f(u) has T + 1, N, and G + N (D + 1) where D is the size of f'(u); a product u v has
    T_u + T_v + 1 and G_u + G_v + N_u (T_v + 1) + N_v (T_u + 1); a sum adds, and its reach ends at
    the leaf's size.

    Examples
    --------
    >>> from difflab.trace import trace
    >>> program = trace(lambda w, x: np.sum((x @ w) ** 2), np.ones(3), np.ones((2, 3)))
    >>> rough = from_shapes(program)
    >>> rough.parameters, rough.loss_dag, rough.loss_tree, rough.gradient_tree
    (3, 13, 13, 45)
    """
    inputs = program.parameters + program.contexts
    sizes = np.array([np.size(e.value) for e in program.entries[: program.parameters]], float)
    nothing = np.zeros(program.parameters)
    number = _Average(0.0, nothing, nothing)
    averages = [
        _Average(0.0, np.eye(program.parameters)[i] if i < program.parameters else nothing, nothing)
        for i in range(inputs)
    ]
    dag = 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        for entry in program.entries[inputs:]:
            operands = [averages[p] if p >= 0 else number for p in entry.parents]
            average, operations = _average_call(entry, operands, sizes)
            averages.append(average)
            dag += operations * np.size(entry.value)
        result = averages[program.output]
        slopes = float(result.slope.sum())
    return Prediction(int(sizes.sum()), round(dag), _whole(result.tree), _whole(slopes))


def _whole(count: float) -> int:
    """A count as an integer; beyond the range of floats, its end."""
    return round(count) if np.isfinite(count) else 10**308


def _average_call(
    entry: Any, operands: list[_Average], sizes: np.ndarray
) -> tuple[_Average, float]:
    """Average entry of a call's result, and its own operations per entry."""
    function, shapes = entry.function, [np.shape(operand) for operand in entry.operands]
    size = max(np.size(entry.value), 1)
    if function is None:  # a constant result
        return _Average(0.0, 0 * sizes, 0 * sizes), 0.0
    if function in (np.matmul, np.dot, np.inner, np.tensordot, np.einsum, np.outer):
        terms = _contracted(function, shapes, size)
        return _added(_multiplied(operands), terms, sizes), 2 * terms - 1
    if function in (np.sum, np.mean):
        terms = _items(shapes[0]) / size
        average = _added(operands[0], terms, sizes)
        if function is np.sum or terms == 1:
            return average, terms - 1
        return _Average(average.tree + 1, average.reach, average.slope + average.reach), terms
    if function in _REDUCTIONS:
        terms = _items(shapes[0]) / size
        return _reduced(operands[0], terms, sizes), terms
    if function in _SOFTMAX:
        terms = float(shapes[0][entry.options.get("axis", -1)])
        average = _joined([operands[0], _reduced(operands[0], terms, sizes)], sizes)
        if function is own.softmax:
            return _applied([average]), 3.0
        if function is own.softmax_cross_entropy:
            return _added(_multiplied([average, operands[1]]), terms, sizes), 3 * terms
        return average, 2.0
    if function in _MOVES:
        return _mixed(operands, shapes), 0.0
    if function in (np.add, np.subtract):
        return _joined(operands, sizes), 1.0
    if function is np.multiply:
        return _multiplied(operands), 1.0
    if function is np.true_divide:
        inverse = _applied(operands[1:], 1, 1) if np.any(operands[1].reach) else operands[1]
        return (inverse if entry.parents[0] < 0 else _multiplied([operands[0], inverse])), 1.0
    if function is np.negative:
        return operands[0], 0.0  # the sign is absorbed
    if function is own.binary_cross_entropy:
        return _joined([_applied(operands[:1]), _multiplied(operands)], sizes), 3.0
    return _applied(operands, *_DERIVATIVES.get(function, (1, 0))), 1.0


def _applied(operands: list[_Average], copies: int = 1, more: int = 0) -> _Average:
    """A function f(u), whose derivative has f(u) in it ``copies`` times and ``more`` operations."""
    tree = sum(o.tree for o in operands) + 1
    slope = sum(o.slope + o.reach * (copies * tree + more + 1) for o in operands)
    reach = np.max([o.reach for o in operands], axis=0)
    return _Average(tree, reach, np.asarray(slope))


def _reduced(term: _Average, terms: float, sizes: np.ndarray) -> _Average:
    """One function of many alike arguments; it is a factor in the derivative by each."""
    tree = terms * term.tree + 1
    slope = terms * (term.slope + term.reach * (tree + term.tree + 4))
    reach = np.minimum(terms * term.reach, sizes)
    return _Average(tree, reach, slope + terms * term.reach - reach)


def _multiplied(operands: list[_Average]) -> _Average:
    """A product: every operand's derivative is multiplied by the others."""
    tree = sum(o.tree for o in operands) + len(operands) - 1
    # a derivative that is 1 drops out of its product
    slope = sum(
        o.slope + o.reach * (tree - o.tree - (1.0 if o.tree == 0 else 0.0)) for o in operands
    )
    reach = np.max([o.reach for o in operands], axis=0)
    return _Average(tree, reach, np.asarray(slope))


def _joined(operands: list[_Average], sizes: np.ndarray) -> _Average:
    tree = sum(o.tree for o in operands) + len(operands) - 1
    together = np.sum([o.reach for o in operands], axis=0)
    reach = np.minimum(together, sizes)
    slope = np.sum([o.slope for o in operands], axis=0) + (together - reach)
    return _Average(tree, reach, slope)


def _added(term: _Average, terms: float, sizes: np.ndarray) -> _Average:
    """A sum of alike terms; terms beyond a leaf's size meet in the same derivatives."""
    reach = np.minimum(terms * term.reach, sizes)
    slope = terms * term.slope + (terms * term.reach - reach)
    return _Average(terms * term.tree + terms - 1, reach, slope)


def _mixed(operands: list[_Average], shapes: list[tuple[int, ...]]) -> _Average:
    """Entries of several arrays side by side: the average, weighted by their number."""
    weights = np.array([_items(shape) for shape in shapes[: len(operands)]], float)
    weights = weights / max(weights.sum(), 1.0)
    return _Average(
        float(sum(w * o.tree for w, o in zip(weights, operands))),
        np.max([o.reach for o in operands], axis=0),
        np.sum([w * o.slope for w, o in zip(weights, operands)], axis=0),
    )


def _items(shape: tuple[int, ...]) -> int:
    return int(np.prod(shape))


def _contracted(function: Any, shapes: list[tuple[int, ...]], size: int) -> float:
    """How many products each entry of the result adds up."""
    if function is np.outer:
        return 1.0
    if function in (np.matmul, np.dot, np.inner):
        return float(shapes[0][-1]) if all(shapes) else 1.0
    products = float(np.prod([_items(shape) for shape in shapes], dtype=float))
    return max(1.0, (products / size) ** 0.5)


_REDUCTIONS = frozenset({np.prod, np.max, np.min, np.var, np.std, np.linalg.norm, own.logsumexp})
_SOFTMAX = frozenset({own.softmax, own.log_softmax, own.softmax_cross_entropy})
_MOVES = frozenset({operator.getitem, np.take, np.where, np.astype, np.sort}) | STRUCTURAL

_DERIVATIVES: dict[Any, tuple[int, int]] = {np.tanh: (1, 3), own.sigmoid: (2, 3)}
"""Functions whose derivative is larger than themselves: 1 - tanh(u)^2, and a (1 - a)."""
