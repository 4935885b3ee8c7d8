"""The tape as a table: every step with its value, its adjoint and its factors of the chain rule.

What reverse mode does, laid open for reading. Wengert (1964); the words are those of Griewank &
Walther, Evaluating Derivatives (2008), section 3.2.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from difflab.autodiff.reverse import pullback
from difflab.autodiff.rules import pullbacks_of
from difflab.errors import TracingError
from difflab.trace import Hole, TracedArray, component, name_of, recording, traced_input
from difflab.trace.tape import Call
from difflab.tree import Nest, check_parameters, flatten, leaf_names, unflatten


@dataclass(frozen=True, slots=True)
class Factor:
    """One arrow of the graph, and the derivative along it.

    Attributes
    ----------
    parent : int
        Index of the step that the arrow comes from.
    derivative : float or None
        Of the step in that parent, where both are single numbers.
    """

    parent: int
    derivative: float | None


@dataclass(frozen=True, slots=True)
class WengertStep:
    """One line of the table.

    Attributes
    ----------
    index : int
        Position in the list: parameters first, then constants as they are met, and calls.
    name : str
        ``v5``, or the symbol given.
    expression : str
        How it was computed; ``"parameter"`` or ``"constant"`` otherwise.
    value : array
    adjoint : array or None
        Derivative of the result with respect to the value; None for constants, and where the
        result does not depend on it.
    factors : tuple of Factor
        One per arrow that arrives here; None as derivative for arrays.
    """

    index: int
    name: str
    expression: str
    value: Any
    adjoint: Any
    factors: tuple[Factor, ...] = ()


def wengert(
    f: Callable[..., Any],
    params: Nest,
    *contexts: Any,
    parameters: Sequence[str] | None = None,
    constants: Sequence[str] = (),
) -> tuple[WengertStep, ...]:
    """Record ``f`` and its gradient, and return the table of steps.

    Parameters
    ----------
    f : callable
        ``f(params, *contexts)`` returns one real number; or a pair of it and a dict that gives
        symbols to intermediate arrays: ``{"z1": z1}``.
    params : nest of float arrays
    contexts
        Passed on as they are.
    parameters : sequence of str, optional
        Symbols of the parameter leaves; the expressions that reach them otherwise.
    constants : sequence of str
        Symbols of the contexts.

    Returns
    -------
    tuple of WengertStep
        In order of evaluation; the last is the result.

    Raises
    ------
    TracingError
        When the result does not depend on the parameters.

    Examples
    --------
    >>> for step in wengert(lambda x: np.sin(x) * x, 2.0, parameters=["x"]):
    ...     print(step.name, "=", step.expression, round(float(step.adjoint), 4))
    x = parameter 0.077
    v1 = np.sin(x) 2.0
    L = v1 * x 1.0
    """
    leaves, structure = flatten(params)
    check_parameters(leaves, structure)
    with recording() as tape:
        inputs = [traced_input(tape, leaf) for leaf in leaves]
        returned = f(unflatten(structure, inputs), *contexts)
    result, marked = returned if isinstance(returned, tuple) else (returned, {})
    if type(result) is not TracedArray or result.tape is not tape:
        raise TracingError(
            "the function returned a number that does not depend on its parameters",
            "there is no chain from the parameters to the result",
            "a function that computes with its parameters",
        )
    symbols = dict(enumerate(parameters or leaf_names(structure)))
    symbols |= {array.index: symbol for symbol, array in marked.items()} | {result.index: "L"}
    known = {id(context): symbol for context, symbol in zip(contexts, constants)}
    calls = tape.calls[: result.index + 1]
    return _Table(symbols, known, _adjoints(calls, len(leaves))).fill(calls)


def _adjoints(calls: Sequence[Call], inputs: int) -> dict[int, Any]:
    """Adjoints of all entries that the last one depends on, by index."""
    seen: dict[int, Any] = {len(calls) - 1: np.ones(())[()]}

    def note(index: int, adjoint: Any, _: Any) -> None:
        seen[index] = adjoint

    seed = np.ones((), calls[-1][4].dtype)[()]
    seen |= {
        index: adjoint
        for index, adjoint in enumerate(
            pullback(calls, len(calls) - 1, seed, range(inputs), inspect=note)
        )
        if adjoint is not None
    }
    for index, (function, _, parents, options, _) in enumerate(calls):
        if function is component and parents[0] in seen:
            seen[index] = seen[parents[0]][options["index"]]
    return seen


class _Table:
    """Fills the table, giving constants a line of their own when they are first used."""

    def __init__(
        self, symbols: Mapping[int, str], known: Mapping[int, str], adjoints: Mapping[int, Any]
    ) -> None:
        self.symbols, self.known, self.adjoints = symbols, known, adjoints
        self.steps: list[WengertStep] = []
        self.place: dict[int, int] = {}  # of tape entries in the table
        self.constants: dict[int, int] = {}  # of constant arrays, by id

    def fill(self, calls: Sequence[Call]) -> tuple[WengertStep, ...]:
        for index, call in enumerate(calls):
            self._add_entry(index, call)
        return tuple(self.steps)

    def _add_entry(self, index: int, call: Call) -> None:
        function, operands, parents, options, value = call
        if function is None:
            self._add("parameter", value, self.symbols[index], self.adjoints.get(index))
        else:
            sources = [
                self.place[parent] if parent >= 0 else self._constant(operand)
                for operand, parent in zip(operands, parents)
            ]
            words = [
                _number(operand) if source is None else self.steps[source].name
                for operand, source in zip(operands, sources)
            ]
            factors = _factors(call, sources)
            name = self.symbols.get(index, f"v{len(self.steps)}")
            expression = _expression(function, words, options)
            self._add(expression, value, name, self.adjoints.get(index), factors)
        self.place[index] = len(self.steps) - 1

    def _constant(self, operand: Any) -> int | None:
        """The line of a constant array; None for numbers, which are written where they stand."""
        if not isinstance(operand, np.ndarray) or not operand.ndim:
            return None
        if id(operand) not in self.constants:
            name = self.known.get(id(operand), f"c{len(self.steps)}")
            self._add("constant", operand, name, None)
            self.constants[id(operand)] = len(self.steps) - 1
        return self.constants[id(operand)]

    def _add(
        self, expression: str, value: Any, name: str, adjoint: Any, factors: tuple[Factor, ...] = ()
    ) -> None:
        step = WengertStep(len(self.steps), name, expression, value, adjoint, factors)
        self.steps.append(step)


def _factors(call: Call, sources: Sequence[int | None]) -> tuple[Factor, ...]:
    function, operands, _, options, value = call
    assert function is not None
    found = []
    for slot, (operand, source) in enumerate(zip(operands, sources)):
        if source is None:
            continue
        derivative = None
        if function is not component and _is_number(value) and _is_number(operand):
            rules = pullbacks_of(function, len(operands))
            if rules:
                part = rules[slot](np.ones_like(value)[()], value, *operands, **options)
                derivative = None if part is None else float(np.sum(part))
        found.append(Factor(source, derivative))
    return tuple(found)


def _is_number(array: Any) -> bool:
    return getattr(array, "dtype", np.dtype(object)).kind == "f" and np.size(array) == 1


def _number(operand: Any) -> str:
    return repr(operand.item() if isinstance(operand, (np.ndarray, np.generic)) else operand)


_SYMBOLS: dict[Any, str] = {
    np.add: "+",
    np.subtract: "-",
    np.multiply: "*",
    np.true_divide: "/",
    np.matmul: "@",
    np.power: "**",
}


def _expression(function: Any, words: Sequence[str], options: Mapping[str, Any]) -> str:
    """Spell a call: ``x @ w1``, ``np.sum(v3, axis=0)``, ``sigmoid(z1)``."""
    if function in _SYMBOLS and len(words) == 2:
        return f"{words[0]} {_SYMBOLS[function]} {words[1]}"
    if function is np.negative:
        return f"-{words[0]}"
    if function is component:
        return f"{words[0]}[{options['index']}]"
    if function is operator.getitem:
        return f"{words[0]}[{_index(options['index'], words)}]"
    named = [f"{name}={value!r}" for name, value in options.items() if value is not None]
    if any(len(text) > 40 for text in named):
        named = ["..."]
    return f"{name_of(function).removeprefix('difflab.')}({', '.join([*words, *named])})"


def _index(index: Any, words: Sequence[str]) -> str:
    if isinstance(index, tuple):
        return ", ".join(_index(part, words) for part in index)
    if isinstance(index, Hole):
        return words[index.operand]
    if isinstance(index, slice):
        ends = ["" if end is None else str(end) for end in (index.start, index.stop)]
        return ":".join(ends) + ("" if index.step is None else f":{index.step}")
    return "..." if isinstance(index, (np.ndarray, type(...))) else str(index)
