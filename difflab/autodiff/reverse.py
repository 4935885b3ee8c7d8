"""The reverse sweep: last tape entry to first, cotangents times local derivatives.

Griewank & Walther, Evaluating Derivatives (2008), section 3.2. The sweep is a loop over integers;
adjoints live in a local dict and are dropped as soon as they are used, so a gradient leaves nothing
for the garbage collector.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from difflab.autodiff.rules import fit, rule_of
from difflab.trace import Entry, component


def pullback(
    entries: Sequence[Entry], output: int, cotangent: Any, inputs: Sequence[int]
) -> list[Any]:
    """Carry a cotangent from entry ``output`` back to the entries ``inputs``.

    Parameters
    ----------
    entries : sequence of Entry
        A tape.
    output : int
        Index of the entry whose cotangent is given.
    cotangent : array
        Of that entry's shape.
    inputs : sequence of int
        Indices of input entries.

    Returns
    -------
    list
        For each input its cotangent, or None where the output does not depend on it.

    Raises
    ------
    MissingRuleError
        When a function on the path has no rule.
    """
    adjoints: dict[int, Any] = {output: cotangent}
    owned: set[int] = set()  # adjoints that this sweep allocated, and may add to in place
    wanted = set(inputs)
    for index in range(output, -1, -1):
        if index not in adjoints or index in wanted:
            continue
        adjoint = adjoints.pop(index)
        function, operands, parents, options, value = entries[index]
        if function is None:
            continue
        if function is component:  # one of several results: wait for the cotangents of the others
            together = adjoints.setdefault(parents[0], [None] * len(operands[0]))
            together[options["index"]] = adjoint
            continue
        rule = rule_of(function)
        if rule.kind == "constant":
            continue
        for slot, parent in enumerate(parents):
            if parent < 0:
                continue
            operand = operands[slot]
            dtype = operand.dtype
            if dtype.kind != "f":
                continue  # integers and booleans carry no derivative
            if rule.variadic:
                part = rule.vjps[0](adjoint, value, *operands, slot=slot, **options)
            else:
                part = rule.vjps[slot](adjoint, value, *operands, **options)
            if part is None:  # no result that depends on this operand was used
                continue
            part = fit(part, operand.shape)
            if part.dtype != dtype:
                part = part.astype(dtype)
            if parent not in adjoints:
                adjoints[parent] = part
            elif parent in owned and type(part) is np.ndarray:
                adjoints[parent] += part
            else:
                adjoints[parent] = adjoints[parent] + part
                if type(adjoints[parent]) is np.ndarray:
                    owned.add(parent)
        owned.discard(index)
    return [adjoints.get(index) for index in inputs]
