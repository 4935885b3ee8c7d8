"""Stages as named SymPy expressions, for writing them on paper."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from difflab.symbolic.gradient import Assignments
from difflab.symbolic.staged.graph import Stages, place


def assignments(stages: Stages, results: Sequence[int]) -> Assignments:
    """Name every stage that the results need.

    Examples
    --------
    >>> x = sp.Symbol("x", real=True)
    >>> stages = Stages()
    >>> at = stages.input(x)
    >>> found = assignments(stages, [stages.apply(sp.exp(place(0)), [stages.negative(at)])])
    >>> found.replacements, found.results
    (((t0, -x), (t1, exp(t0))), (t1,))
    """
    needed = set(results)
    for at in range(len(stages.entries) - 1, -1, -1):
        if at in needed:
            needed.update(stages.entries[at].operands)
    written: dict[int, sp.Expr] = {}
    replacements: list[tuple[sp.Symbol, sp.Expr]] = []
    for at in sorted(needed):
        rule, operands = stages.entries[at]
        if not operands:
            written[at] = rule
            continue
        parts = [written[operand] for operand in operands]
        if rule is None:
            expression = sp.Add(*parts, evaluate=False)
        else:
            expression = rule.xreplace({place(k): part for k, part in enumerate(parts)})
        written[at] = sp.Symbol(f"t{len(replacements)}", real=True)
        replacements.append((written[at], expression))
    return Assignments(tuple(replacements), tuple(written[at] for at in results))
