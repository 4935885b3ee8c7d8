"""Tracing a whole function into a program: the tape read as structure rather than as history.

Engines that work ahead of time (symbolic, PyTorch replay, exact arithmetic) need the contexts on
the tape as well as the parameters: both are inputs of the program, and neither is baked in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from difflab.errors import TracingError
from difflab.trace.array import TracedArray, value_of
from difflab.trace.recorder import evaluate, traced_input
from difflab.trace.tape import Branch, Entry, recording
from difflab.tree import Nest, flatten, unflatten

Evaluator = Callable[[Callable[..., Any], Sequence[Any], dict[str, Any]], Any]


@dataclass(frozen=True, slots=True)
class Program:
    """A function as a list of NumPy calls.

    Attributes
    ----------
    entries : tuple of Entry
        The first ones are the inputs: parameter leaves, then context leaves.
    parameters, contexts : int
        How many inputs of each kind.
    output : int
        Index of the entry that holds the result.
    branches : tuple of Branch
        Value-dependent Python decisions met while tracing.
    """

    entries: tuple[Entry, ...]
    parameters: int
    contexts: int
    output: int
    branches: tuple[Branch, ...]

    @property
    def operations(self) -> int:
        """How many calls the program makes."""
        return len(self.entries) - self.parameters - self.contexts

    def run(self, inputs: Sequence[Any], call: Evaluator = evaluate) -> Any:
        """Evaluate the program on other inputs, through ``call`` for each entry.

        Parameters
        ----------
        inputs : sequence
            One value per parameter leaf and context leaf, of any array-like type that ``call``
            understands.
        call : callable
            ``call(function, operands, options)``; `evaluate` runs NumPy.
        """
        values: list[Any] = list(inputs)
        for entry in self.entries[len(values) :]:
            if entry.function is None:  # a constant result, put on the tape by `trace`
                values.append(entry.value)
                continue
            operands = [
                values[parent] if parent >= 0 else operand
                for parent, operand in zip(entry.parents, entry.operands)
            ]
            values.append(call(entry.function, operands, entry.options))
        return values[self.output]


def trace(f: Callable[..., Any], params: Nest, *contexts: Any) -> Program:
    """Run ``f`` once on traced parameters and contexts and return the program it is.

    Raises
    ------
    TracingError
        When ``f`` returns something that is neither a number nor an array.

    Examples
    --------
    >>> import numpy as np
    >>> program = trace(lambda w, x: np.sum(w * x), np.ones(2), np.array([3.0, 4.0]))
    >>> program.operations, program.run([np.ones(2), np.array([1.0, 1.0])])
    (2, np.float64(2.0))
    """
    leaves, structure = flatten(params)
    context_leaves, context_structure = flatten(contexts)
    with recording() as tape:
        inputs = [traced_input(tape, leaf) for leaf in [*leaves, *context_leaves]]
        result = f(
            unflatten(structure, inputs[: len(leaves)]),
            *unflatten(context_structure, inputs[len(leaves) :]),
        )
        if not (type(result) is TracedArray and result.tape is tape):
            if not hasattr(value_of(result), "dtype") and not isinstance(result, (int, float)):
                raise TracingError(
                    f"the function returned {type(result).__name__}, not an array",
                    "only numbers and arrays can be differentiated",
                    "return the loss itself",
                )
            result = traced_input(tape, result)  # a constant: depends on no input
    return Program(
        tuple(tape.entries), len(leaves), len(context_leaves), result.index, tuple(tape.branches)
    )
