"""Other libraries on the same loss, where they are installed: SymEngine, CasADi, JAX.

SymEngine is SymPy's expression tree in C++: the same swell, derived hundreds of times faster.
CasADi's SX are scalar graphs with a reverse mode: what the staged form is, in C++. JAX compiles the
reverse sweep of whole arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

import numpy as np

from difflab.errors import DifflabError
from difflab.scalars import Field, run_on_scalars
from difflab.studies.members import Example
from difflab.studies.swell.forms import judge_of, shortest, timed
from difflab.studies.swell.row import SwellRow
from difflab.trace import Program, trace
from difflab.tree import flatten, unravel_like

RIVALS = ("symengine", "casadi", "jax")
"""By the name of their package."""

LONGEST_TREE = 3_000_000
"""Operations of an expanded gradient that SymEngine is asked for."""


def measured_rivals(
    example: Example, row: SwellRow, rivals: Sequence[str] = RIVALS
) -> Iterator[SwellRow]:
    """Yield a row per library; one that is not installed says what to type.

    Examples
    --------
    >>> example = Example(lambda x: np.exp(x[0] * x[1]), np.array([0.5, 2.0]))
    >>> [row.form for row in measured_rivals(example, SwellRow("product", "", 2))]
    ['symengine', 'casadi', 'jax']
    """
    with np.errstate(all="ignore"):
        program = trace(example.loss, example.params, *example.contexts)
    for name in rivals:
        now = replace(row, form=name)
        if find_spec(name) is None:
            yield replace(now, status="not installed: pip install 'difflab[bench]'")
            continue
        now = replace(now, sympy=f"{name} {version(name)}")
        try:
            yield _MEASURES[name](example, program, now)
        except DifflabError as refusal:
            yield replace(now, status=f"refused: {refusal.what}")


def _flat(example: Example) -> np.ndarray:
    leaves = [*flatten(example.params)[0], *flatten(example.contexts)[0]]
    return np.concatenate([np.ravel(leaf).astype(float) for leaf in leaves])


def _finish(example: Example, program: Program, row: SwellRow, call: Callable[[], Any]) -> SwellRow:
    leaves = flatten(example.params)[0]
    flat, first = timed(call)
    error, tape_error = judge_of(example, program.operations)(unravel_like(flat, leaves))
    return replace(
        row,
        first_seconds=first,
        evaluate_seconds=shortest(call),
        error=error,
        tape_error=tape_error,
    )


def _symengine(example: Example, program: Program, row: SwellRow) -> SwellRow:
    """The tree of every derivative, in C++."""
    import symengine as se

    from difflab import symbolic as engine

    predicted = engine.predict(program)
    if predicted.gradient_tree > LONGEST_TREE:
        return replace(row, status="refused: the expanded gradient would be too long")
    arrays, parameters, data = engine.input_symbols(program)
    loss = se.sympify(engine.scalar_loss(program, arrays))
    inputs = [se.sympify(symbol) for symbol in (*parameters, *data)]
    derived, seconds = timed(lambda: [loss.diff(x) for x in inputs[: len(parameters)]])
    evaluate, compiled = timed(lambda: se.Lambdify(inputs, [loss, *derived], cse=True))
    numbers = _flat(example)
    row = replace(row, derive_seconds=seconds, compile_seconds=compiled)
    return _finish(example, program, row, lambda: np.asarray(evaluate(numbers))[1:])


def _casadi(example: Example, program: Program, row: SwellRow) -> SwellRow:
    """Scalar graphs with reverse mode."""
    import casadi as ca

    arrays, names = [], []
    for position, entry in enumerate(program.entries[: program.parameters + program.contexts]):
        array = np.empty(np.shape(entry.value), dtype=object)
        flat = array.reshape(-1)
        for k in range(array.size):
            flat[k] = ca.SX.sym(f"x{position}_{k}")
        names.extend(flat.tolist())
        arrays.append(array)
    parameters = sum(np.size(array) for array in arrays[: program.parameters])

    def derive() -> Any:
        loss = run_on_scalars(program, arrays, _casadi_field(ca))
        inputs = ca.vertcat(*names[:parameters])
        return ca.Function("both", [ca.vertcat(*names)], [loss, ca.gradient(loss, inputs)])

    function, seconds = timed(derive)
    numbers = _flat(example)
    row = replace(row, derive_seconds=seconds, emitted=function.n_instructions())
    return _finish(example, program, row, lambda: np.asarray(function(numbers)[1]).ravel())


def _casadi_field(ca: Any) -> Field:
    table: dict[Any, Any] = {
        np.exp: ca.exp, np.log: ca.log, np.sqrt: ca.sqrt, np.sin: ca.sin, np.cos: ca.cos,
        np.tan: ca.tan, np.tanh: ca.tanh, np.sinh: ca.sinh, np.cosh: ca.cosh, np.absolute: ca.fabs,
        np.log1p: ca.log1p, np.expm1: ca.expm1, np.arctan: ca.atan, np.power: ca.power,
    }  # fmt: skip

    def fold(pairwise: Callable[..., Any]) -> Callable[..., Any]:
        def reduce(first: Any, *others: Any) -> Any:
            for other in others:
                first = pairwise(first, other)
            return first

        return reduce

    several: dict[Any, Any] = {
        np.max: fold(ca.fmax),
        np.min: fold(ca.fmin),
        np.linalg.norm: lambda *xs: ca.sqrt(sum(x * x for x in xs)),
    }
    return Field("CasADi", table, several, constant=ca.SX)


def _jax(example: Example, program: Program, row: SwellRow) -> SwellRow:
    """XLA's compilation of the reverse sweep."""
    from difflab.providers import find

    provider = find("jax")
    prepared, seconds = timed(
        lambda: provider.prepare(example.loss, example.params, *example.contexts)
    )

    def call() -> Any:
        gradient = prepared.value_and_gradient(example.params, *example.contexts)[1]
        return np.concatenate([np.ravel(leaf) for leaf in flatten(gradient)[0]])

    return _finish(example, program, replace(row, compile_seconds=seconds), call)


_MEASURES: dict[str, Callable[[Example, Program, SwellRow], SwellRow]] = {
    "symengine": _symengine,
    "casadi": _casadi,
    "jax": _jax,
}
