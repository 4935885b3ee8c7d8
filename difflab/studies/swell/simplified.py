"""The arms that simplify: fewer operations, and what became of the digits.

Expanding the derivative of the logistic map makes it shorter and numerically ruinous: a polynomial
of high degree with alternating terms. SymPy does not warn, because nothing is wrong in exact
arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from difflab.studies.members import Example
from difflab.studies.swell.forms import judge_of, run_scalar, timed
from difflab.studies.swell.row import SwellRow
from difflab.trace import trace

ARMS = ("expand", "horner", "factor", "simplify")
"""SymPy functions that are applied to every derivative."""


def measured_arms(
    example: Example, row: SwellRow, arms: Sequence[str] = ARMS
) -> Iterator[SwellRow]:
    """Yield a row for the raw derivative, and one per arm.

    Parameters
    ----------
    example : Example
    row : SwellRow
        Names the member.
    arms : sequence of str
        Of `ARMS`.

    Examples
    --------
    >>> def third(x):
    ...     for _ in range(3):
    ...         x = 4 * x * (1 - x)
    ...     return x
    >>> rows = list(measured_arms(Example(third, np.array(0.9)), SwellRow("logistic", "", 4)))
    >>> [(row.form, row.tree) for row in rows[:2]]
    [('diff', 98), ('expand', 20)]
    """
    from difflab import symbolic as engine

    with np.errstate(all="ignore"):
        program = trace(example.loss, example.params, *example.contexts)
    arrays, symbols, data = engine.input_symbols(program)
    loss = engine.scalar_loss(program, arrays)
    judge = judge_of(example, engine.Counter().dag([loss]))
    derivatives, seconds = timed(lambda: engine.derive(loss, symbols))
    row = replace(row, parameters=len(symbols), derive_seconds=seconds)
    for name in ("diff", *arms):
        simplified, took = timed(partial(_applied, _functions()[name], derivatives))
        count = engine.Counter()
        assignments = engine.Assignments((), (loss, *simplified))
        source = engine.write_source(assignments, symbols, data)
        now = replace(
            row,
            form=name,
            tree=sum(count.tree(d) for d in simplified),
            dag=count.dag(simplified),
            emitted=assignments.operations,
            share_seconds=took,
        )
        yield run_scalar(example, now, source, judge)


def _applied(function: Callable[[Any], Any], derivatives: Sequence[Any]) -> list[Any]:
    return [function(derivative) for derivative in derivatives]


def _functions() -> Mapping[str, Callable[[Any], Any]]:
    import sympy as sp

    return {
        "diff": lambda derivative: derivative,
        "expand": sp.expand,
        "horner": lambda derivative: sp.horner(sp.expand(derivative)),
        "factor": sp.factor,
        "simplify": sp.simplify,
    }
