"""The reverse chain rule over stages; each local rule is differentiated by SymPy, once per kind.

The adjoint of a stage is the derivative of the output by it. It is the sum, over all stages that
use it, of their adjoint times the derivative of their rule (Griewank & Walther 2008, section 3.2).
Adjoints are stages themselves, so they can be differentiated again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import sympy as sp

from difflab.symbolic.rewriting import slope
from difflab.symbolic.staged.build import from_expression
from difflab.symbolic.staged.graph import Stages, place
from difflab.symbolic.staged.writing import Emitted, emit

OUTPUT = sp.Symbol("output", real=True)
"""Stands for the value of a stage in the derivative of its rule."""

MANY = 8
"""Beyond so many operands a rule is a maximum, a norm or logsumexp, which know each derivative;
``sympy.diff`` would visit all operands for each."""


class Gradient(NamedTuple):
    """Positions of the derivatives asked for, and of the adjoint of every stage on the way."""

    derivatives: list[int]
    adjoints: Mapping[int, int]


def reverse(
    stages: Stages, output: int, inputs: Sequence[int], seed: int | None = None, plain: bool = False
) -> Gradient:
    """Append the adjoints of a stage to the stages.

    Parameters
    ----------
    stages : Stages
        Grows.
    output : int
        What to differentiate.
    inputs : sequence of int
        By what.
    seed : int, optional
        Adjoint of the output; 1 by default.
    plain : bool
        Take SymPy's derivatives as they are, and apart: every node in them is a stage. By default
        they are rewritten, through the stage's value where that is shorter, and stay whole.

    Examples
    --------
    >>> x, y = sp.symbols("x y")
    >>> stages = Stages()
    >>> at = [stages.input(x), stages.input(y)]
    >>> product = stages.product(*at)
    >>> reverse(stages, product, at).derivatives == at[::-1]
    True
    """
    active = _depending(stages, inputs, output)
    waiting: dict[int, list[int]] = {output: [stages.number(sp.S.One) if seed is None else seed]}
    adjoints: dict[int, int] = {}
    for at in range(output, -1, -1):
        if at not in waiting or not active[at]:
            continue
        adjoint = adjoints[at] = stages.total(waiting.pop(at))
        rule, operands = stages.entries[at].rule, stages.entries[at].operands
        for position, operand in enumerate(operands):
            if not active[operand]:
                continue
            if rule is None:
                contribution: int | None = adjoint
            else:
                contribution = _pulled_back(stages, at, position, adjoint, plain)
            if contribution is not None:
                waiting.setdefault(operand, []).append(contribution)
    zero = stages.number(sp.S.Zero)
    return Gradient([adjoints.get(at, zero) for at in inputs], adjoints)


def over_expression(loss: sp.Expr, parameters: Sequence[sp.Symbol]) -> Emitted:
    """Loss and gradient of a SymPy expression: every node a stage, nothing rewritten or inlined.

    Examples
    --------
    >>> x = sp.symbols("x:5", real=True)
    >>> over_expression(sp.Mul(*x), x).operations  # 3 n - 5 for a product of n
    10
    """
    stages = Stages()
    output = from_expression(loss, stages)
    inputs = [stages.input(symbol) for symbol in parameters]
    gradient = reverse(stages, output, inputs, plain=True)
    results = [output, *gradient.derivatives]
    return emit(stages, results, gradient.adjoints, inline=False)


def _depending(stages: Stages, inputs: Sequence[int], output: int) -> list[bool]:
    """Which stages depend on an input."""
    active = [False] * (output + 1)
    for at in inputs:
        if at <= output:
            active[at] = True
    for at, stage in enumerate(stages.entries[: output + 1]):
        active[at] = active[at] or any(active[operand] for operand in stage.operands)
    return active


def _pulled_back(stages: Stages, at: int, position: int, adjoint: int, plain: bool) -> int | None:
    """Adjoint times the derivative by one operand; None where that is zero everywhere."""
    rule, operands = stages.entries[at].rule, stages.entries[at].operands
    assert rule is not None
    derivative = _local_derivative(rule, position, len(operands), plain)
    if derivative.is_zero:
        return None
    everything = (*operands, at)
    if plain or derivative.is_number or derivative.is_Symbol:
        known = {place(i): operand for i, operand in enumerate(everything)}
        return stages.product(from_expression(derivative, stages, known), adjoint)
    return stages.apply(_times_adjoint(derivative, len(everything)), (*everything, adjoint))


@lru_cache(maxsize=4096)
def _local_derivative(rule: sp.Expr, position: int, arity: int, plain: bool) -> sp.Expr:
    """Differentiate a rule by one of its places; the place after the last one is its value."""
    mine = [i for i, argument in enumerate(rule.args, start=1) if argument == place(position)]
    if arity > MANY and isinstance(rule, sp.Function) and len(mine) == 1:
        derivative = rule.fdiff(mine[0]).xreplace({rule: OUTPUT})
    elif plain:
        derivative = sp.diff(rule, place(position)).xreplace({rule: OUTPUT})
    else:
        derivative = slope(rule, place(position), OUTPUT)
    return derivative.xreplace({OUTPUT: place(arity)})


@lru_cache(maxsize=4096)
def _times_adjoint(derivative: sp.Expr, position: int) -> sp.Expr:
    return place(position) * derivative
