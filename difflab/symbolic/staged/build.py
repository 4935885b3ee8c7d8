"""Two ways into stages: a traced program, and a SymPy expression.

The program runs on scalars that write down what is done to them. No SymPy expression of the loss
is built, which for ten thousand operations would take seconds; SymPy supplies what each call means
for its operands, once per kind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

import numpy as np
import sympy as sp

from difflab.scalars import Field, run_on_scalars
from difflab.symbolic.counting import nodes_in_order
from difflab.symbolic.scalars import SYMPY, constant, require_one_number
from difflab.symbolic.staged.graph import RATIO, Stages, is_small, place
from difflab.trace import Program


class Scalar:
    """A position among stages that can be calculated with."""

    __slots__ = ("at", "stages")

    def __init__(self, stages: Stages, at: int) -> None:
        self.stages = stages
        self.at = at

    def _of(self, other: Any) -> int:
        return _position(self.stages, other)

    def _make(self, at: int) -> Scalar:
        return Scalar(self.stages, at)

    def __add__(self, other: Any) -> Scalar:
        return self._make(self.stages.total((self.at, self._of(other))))

    def __radd__(self, other: Any) -> Scalar:
        return self._make(self.stages.total((self._of(other), self.at)))

    def __sub__(self, other: Any) -> Scalar:
        return self._make(self.stages.total((self.at, self.stages.negative(self._of(other)))))

    def __rsub__(self, other: Any) -> Scalar:
        return self._make(self.stages.total((self._of(other), self.stages.negative(self.at))))

    def __mul__(self, other: Any) -> Scalar:
        return self._make(self.stages.product(self.at, self._of(other)))

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Scalar:
        return self._make(self.stages.apply(RATIO, (self.at, self._of(other))))

    def __rtruediv__(self, other: Any) -> Scalar:
        return self._make(self.stages.apply(RATIO, (self._of(other), self.at)))

    def __neg__(self) -> Scalar:
        return self._make(self.stages.negative(self.at))

    def __pos__(self) -> Scalar:
        return self


def _position(stages: Stages, value: Any) -> int:
    """Where a value is; a plain number, as of an empty product, becomes a stage."""
    return value.at if isinstance(value, Scalar) else stages.number(constant(value))


def from_program(program: Program, arrays: Sequence[np.ndarray]) -> tuple[Stages, int]:
    """Run a traced program on stages.

    Parameters
    ----------
    program : Program
    arrays : sequence of object arrays
        A symbol for every entry of every input; see `difflab.symbolic.input_symbols`.

    Returns
    -------
    stages : Stages
    loss : int
        Position of the result.

    Raises
    ------
    NonScalarLossError
        When the program returns an array with axes.

    Examples
    --------
    >>> from difflab.symbolic import input_symbols
    >>> from difflab.trace import trace
    >>> program = trace(lambda w, x: np.sum(w * x), np.ones(2), np.ones(2))
    >>> stages, loss = from_program(program, input_symbols(program)[0])
    >>> stages.entries[loss]
    Stage(rule=None, operands=(4, 5))
    """
    stages = Stages()
    scalars = []
    for array in arrays:
        boxed = np.empty(array.shape, dtype=object)
        boxed.reshape(-1)[:] = [Scalar(stages, stages.input(s)) for s in array.ravel().tolist()]
        scalars.append(boxed)
    loss = run_on_scalars(program, scalars, _field(stages))
    require_one_number(loss)
    return stages, _position(stages, loss)


def _field(stages: Stages) -> Field:
    """Stages as a field of scalars; what calls mean is as in the field of SymPy expressions."""

    def number(value: Any) -> Scalar:
        return Scalar(stages, stages.number(constant(value)))

    def total(terms: Sequence[Scalar]) -> Scalar:
        return Scalar(stages, stages.total([_position(stages, term) for term in terms]))

    def call(function: Callable[..., Any], *operands: Any) -> Scalar:
        ats = [_position(stages, operand) for operand in operands if operand is not None]
        numbers = [stages.numbers.get(at) for at in ats]
        every = function in _BY_NUMBER
        given = iter(
            number if number is not None and (every or is_small(number)) else place(position)
            for position, number in enumerate(numbers)
        )
        arguments = tuple(None if operand is None else next(given) for operand in operands)
        return Scalar(stages, stages.apply(_meaning(function, arguments), ats))

    return Field(
        name=SYMPY.name,
        functions={function: partial(call, function) for function in SYMPY.functions},
        several={function: partial(call, function) for function in SYMPY.several},
        constant=number,
        total=total,
        instead=SYMPY.instead,
    )


_BY_NUMBER = frozenset({np.power, np.float_power})
"""Calls whose meaning depends on a number, however large: x**2 is another function than x**y."""


@lru_cache(maxsize=4096)
def _meaning(function: Callable[..., Any], arguments: tuple[sp.Expr | None, ...]) -> sp.Expr:
    rows: Mapping[Any, Any] = SYMPY.functions if function in SYMPY.functions else SYMPY.several
    return sp.sympify(rows[function](*arguments))


def from_expression(
    expression: sp.Expr, stages: Stages, known: Mapping[sp.Basic, int] | None = None
) -> int:
    """Take a SymPy expression apart: every distinct node is a stage.

    A product of several factors is a chain of products in SymPy's order. ``known`` says where
    symbols are that are stages already.

    Examples
    --------
    >>> x, y = sp.symbols("x y")
    >>> stages = Stages()
    >>> last = from_expression(4 * x * (1 - y), stages)
    >>> [entry.rule for entry in stages.entries[:last]]
    [4, x, 1, -1, y, -{0}, None, {0}*{1}]
    """
    done = dict(known or {})
    for node in nodes_in_order([expression]):
        if node not in done:
            done[node] = _take_apart(node, done, stages)
    return done[expression]


def _take_apart(node: sp.Basic, done: dict[sp.Basic, int], stages: Stages) -> int:
    if node.is_Symbol:
        return stages.input(node)
    if node.is_number:
        return stages.number(node)
    operands = [done[argument] for argument in node.args]
    if node.is_Add:
        return stages.total(operands)
    if node.is_Mul:
        at = operands[0]
        for operand in operands[1:]:
            at = stages.product(at, operand)
        return at
    arguments = [a if a.is_number else place(i) for i, a in enumerate(node.args)]
    return stages.apply(node.func(*arguments), operands)
