"""The chain rule factor by factor, for a loss that is a chain of numbers.

The loss is recorded with names for some of its values. Between two names lies a stage, a SymPy
expression; between a stage and what it is computed from, a local derivative. The derivative of the
loss is the sum over all paths of the product of the local derivatives along each (Bauer 1974).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
import sympy as sp

from difflab.errors import ShapeError, TracingError
from difflab.scalars import call_on_scalars
from difflab.symbolic.matrix.arithmetic import on_arrays
from difflab.symbolic.paper.rewritten import in_its_own_terms, written_out
from difflab.symbolic.rewriting import slope
from difflab.symbolic.scalars import SYMPY
from difflab.trace import recording, traced_inputs
from difflab.tree import Nest, flatten, unflatten


@dataclass(frozen=True, slots=True)
class Stage:
    """A named value, and how it is computed from the named values before it."""

    symbol: sp.Symbol
    expression: sp.Expr


@dataclass(frozen=True, slots=True)
class Factor:
    """A local derivative.

    Attributes
    ----------
    of, by : Symbol
        Of which stage, by what it is computed from.
    raw : Expr
        As ``sympy.diff`` finds it, from definitions in elementary functions.
    written : Expr
        The same, through the stage's own value where that is shorter.
    value : float
        At the numbers of the run.
    """

    of: sp.Symbol
    by: sp.Symbol
    raw: sp.Expr
    written: sp.Expr
    value: float


@dataclass(frozen=True)
class Chain:
    """A loss taken apart into stages.

    Attributes
    ----------
    parameters, data : tuple of Symbol
    stages : tuple of Stage
        In order of evaluation; the last is the loss.
    values : mapping of Symbol to float
        Of parameters, data and stages.
    """

    parameters: tuple[sp.Symbol, ...]
    data: tuple[sp.Symbol, ...]
    stages: tuple[Stage, ...]
    values: Mapping[sp.Symbol, float]

    @cached_property
    def factors(self) -> tuple[Factor, ...]:
        """All local derivatives except those by data, from the loss backwards."""
        return tuple(
            self._factor(stage, by)
            for stage in reversed(self.stages)
            for by in self._sources(stage)
        )

    def _sources(self, stage: Stage) -> list[sp.Symbol]:
        """What a stage is computed from: other stages first, then parameters, both in order."""
        known = [*(s.symbol for s in self.stages), *self.parameters]
        free = stage.expression.free_symbols
        return [symbol for symbol in known if symbol in free]

    def _factor(self, stage: Stage, by: sp.Symbol) -> Factor:
        found = slope(stage.expression, by, stage.symbol)
        written = in_its_own_terms(found, stage.expression)
        value = float(on_arrays(found, {s: np.float64(v) for s, v in self.values.items()}))
        raw = sp.diff(written_out(stage.expression), by)
        return Factor(stage.symbol, by, raw, written, value)

    def paths(self, parameter: sp.Symbol) -> list[tuple[Factor, ...]]:
        """All paths from the loss to a parameter, each as its factors."""
        done: list[tuple[Factor, ...]] = []
        open_ends: list[tuple[sp.Symbol, tuple[Factor, ...]]] = [(self.stages[-1].symbol, ())]
        while open_ends:
            end, path = open_ends.pop()
            if end == parameter:
                done.append(path)
            open_ends += [(f.by, (*path, f)) for f in reversed(self.factors) if f.of == end]
        return done

    def derivative(self, parameter: sp.Symbol) -> float:
        """The derivative of the loss: products along paths, added up."""
        return sum(prod(factor.value for factor in path) for path in self.paths(parameter))


def chain(
    f: Callable[..., tuple[Any, Mapping[str, Any]]],
    params: Nest,
    *contexts: Any,
    parameters: Sequence[str],
    data: Sequence[str],
    result: str = "L",
) -> Chain:
    """Record a loss of single numbers and take it apart.

    Parameters
    ----------
    f : callable
        ``f(params, *contexts)`` returns the loss, and a dict that gives names to values on the way.
    params : nest of arrays with one entry each
    contexts : arrays with one entry each
    parameters, data : sequence of str
        Names of the leaves of ``params``, and of the contexts.
    result : str
        Name of the loss.

    Raises
    ------
    ShapeError
        When an input or a named value is more than one number.
    TracingError
        When the function decides by values.
    MissingRuleError
        When SymPy cannot express a call.

    Examples
    --------
    >>> def f(w, x):
    ...     n = np.tanh(w * x)
    ...     return n**2, {"n": n}
    >>> found = chain(f, 0.5, 2.0, parameters=["w"], data=["x"])
    >>> [stage.expression for stage in found.stages]
    [tanh(w*x), n**2]
    >>> [factor.written for factor in found.paths(found.parameters[0])[0]]
    [2*n, x*(1 - n**2)]
    """
    leaves, structure = flatten(params)
    inputs = [np.asarray(leaf, dtype=float) for leaf in (*leaves, *contexts)]
    names = [*parameters, *data]
    for name, leaf in zip(names, inputs):
        _require_number(name, leaf)
    with recording() as tape:
        traced = traced_inputs(tape, inputs)
        given = unflatten(structure, traced[: len(leaves)])
        loss, marked = f(given, *traced[len(leaves) :])
    if tape.branches:
        raise TracingError(
            "the function decides by the values of its arguments",
            f"at {tape.branches[0].line}; a formula has one branch",
            "np.where, np.maximum or difflab.relu",
        )
    of_index = {array.index: name for name, array in marked.items()} | {loss.index: result}
    known: list[Any] = []
    values: dict[sp.Symbol, float] = {}
    stages = []
    for index, (function, operands, parents, options, value) in enumerate(tape.calls):
        if function is not None:
            arguments = [known[p] if p >= 0 else o for o, p in zip(operands, parents)]
            known.append(call_on_scalars(function, arguments, options, SYMPY))
        found = names[index] if index < len(names) else of_index.get(index)
        if found is None:
            continue
        _require_number(found, value)
        symbol = sp.Symbol(found, real=True)
        values[symbol] = float(np.asarray(value).item())
        if function is not None:
            stages.append(Stage(symbol, sp.sympify(np.asarray(known.pop()).item())))
        known.append(np.full(np.shape(value), symbol, dtype=object))
        if index == loss.index:
            break
    symbols = [sp.Symbol(name, real=True) for name in names]
    count = len(parameters)
    return Chain(tuple(symbols[:count]), tuple(symbols[count:]), tuple(stages), values)


def _require_number(name: str, array: Any) -> None:
    if np.size(array) != 1:
        raise ShapeError(
            f"{name} has shape {np.shape(array)}, and the chain rule by hand takes single numbers",
            "with arrays every entry would be a path of its own",
            "the equations in matrices, which `difflab derive` writes for such a network",
        )
