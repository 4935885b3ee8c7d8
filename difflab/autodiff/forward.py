"""The forward sweep: first tape entry to last, tangents times local derivatives.

Griewank & Walther, Evaluating Derivatives (2008), section 3.1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from difflab.autodiff.rules import rule_of
from difflab.autodiff.rules.complex_values import cast, complex_row
from difflab.trace import component
from difflab.trace.guard import Inspect
from difflab.trace.tape import Call


def add_tangents(left: Any, right: Any) -> Any:
    """Add tangents of one result, or member by member those of several; None means zero."""
    if not isinstance(left, tuple):
        return left + right
    return tuple((b if a is None else a if b is None else a + b) for a, b in zip(left, right))


@np.errstate(under="ignore")  # a slope may vanish; the user's setting is for the user's calls
def pushforward(
    entries: Sequence[Call],
    output: int,
    tangents: Mapping[int, Any],
    inspect: Inspect | None = None,
) -> Any:
    """Carry tangents of input entries forward to entry ``output``.

    Parameters
    ----------
    entries : sequence of calls
        Those of a tape; `Entry` objects serve too.
    output : int
        Index of the entry whose tangent is wanted.
    tangents : mapping of int to array
        Tangents of the inputs, by index.
    inspect : callable, optional
        Sees every contribution that a rule makes; see `difflab.trace.guard`.

    Returns
    -------
    array or None
        Tangent of the output; None where it does not depend on the inputs given.
    """
    known: dict[int, Any] = dict(tangents)
    for index in range(output + 1):
        function, operands, parents, options, value = entries[index]
        if function is None or not any(parent in known for parent in parents):
            continue
        if function is component:
            tangent = known[parents[0]][options["index"]]
            if tangent is not None:
                known[index] = tangent
            continue
        rule = rule_of(function)
        if not isinstance(value, tuple) and value.dtype.kind == "c":
            rule = complex_row(function, rule)
        if rule.kind == "constant":
            continue
        total: Any = None
        if rule.joint:
            moving = [known.get(parent) for parent in parents]
            total = rule.jvps[0](moving, value, *operands, **options)
            if inspect is not None:
                inspect(index, moving, total)
        for slot, parent in enumerate(() if rule.joint else parents):
            if parent not in known or operands[slot].dtype.kind not in "fc":
                continue  # integers and booleans carry no derivative
            if operands[slot].dtype.kind == "c":
                rule = complex_row(function, rule)
            if rule.variadic:
                part = rule.jvps[0](known[parent], value, *operands, slot=slot, **options)
            else:
                part = rule.jvps[slot](known[parent], value, *operands, **options)
            if part is None:  # jumps alone
                continue
            if inspect is not None:
                inspect(index, known[parent], part)
            total = part if total is None else add_tangents(total, part)
        if total is None:
            continue
        if isinstance(total, tuple):  # several results
            known[index] = total
            continue
        if total.shape != value.shape:
            total = np.broadcast_to(total, value.shape)
        known[index] = cast(total, value.dtype, function)
    return known.get(output)
