"""The reverse sweep: last tape entry to first, cotangents times local derivatives.

Griewank & Walther, Evaluating Derivatives (2008), section 3.2. The sweep is a loop over integers;
adjoints live in a local dict and are dropped as soon as they are used, so a gradient leaves nothing
for the garbage collector.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from difflab.autodiff.rules import PULLBACKS, fit, pullbacks_of
from difflab.autodiff.rules.complex_values import cast, complex_vjps
from difflab.trace import component
from difflab.trace.guard import Inspect
from difflab.trace.tape import Call

_FLOAT64 = np.dtype(np.float64)


@np.errstate(under="ignore")  # a slope may vanish; the user's setting is for the user's calls
def pullback(
    entries: Sequence[Call],
    output: int,
    cotangent: Any,
    inputs: Sequence[int],
    inspect: Inspect | None = None,
) -> list[Any]:
    """Carry a cotangent from entry ``output`` back to the entries ``inputs``.

    Parameters
    ----------
    entries : sequence of calls
        Those of a tape; `Entry` objects serve too.
    output : int
        Index of the entry whose cotangent is given.
    cotangent : array
        Of that entry's shape.
    inputs : sequence of int
        Indices of input entries.
    inspect : callable, optional
        Sees every contribution that a rule makes; see `difflab.trace.guard`.

    Returns
    -------
    list
        For each input its cotangent, or None where the output does not depend on it.

    Raises
    ------
    MissingRuleError
        When a function on the path has no rule.
    """
    adjoints: list[Any] = [None] * (output + 1)
    adjoints[output] = cotangent
    owned: set[int] = set()  # adjoints that this sweep allocated, and may add to in place
    for index in range(output, -1, -1):
        adjoint = adjoints[index]
        if adjoint is None:
            continue
        function, operands, parents, options, value = entries[index]
        if function is None:
            continue  # an input
        adjoints[index] = None  # used once, then free
        vjps = PULLBACKS.get(function)
        if vjps is None:
            if function is component:  # one of several results: wait for the others' cotangents
                together = adjoints[parents[0]] or [None] * len(operands[0])
                together[options["index"]] = adjoint
                adjoints[parents[0]] = together
                continue
            vjps = pullbacks_of(function, len(operands))
        if not vjps:
            continue  # constant
        slot = -1
        for parent in parents:
            slot += 1
            if parent < 0:
                continue
            operand = operands[slot]
            dtype = operand.dtype
            if dtype is not _FLOAT64 and dtype.kind != "f":
                if dtype.kind != "c":
                    continue  # integers and booleans carry no derivative
                vjps = complex_vjps(function, vjps)
            if options:
                part = vjps[slot](adjoint, value, *operands, **options)
            else:
                part = vjps[slot](adjoint, value, *operands)
            if part is None:  # no result that depends on this operand was used
                continue
            if inspect is not None:
                inspect(index, adjoint, part)
            if part.shape != operand.shape:
                part = fit(part, operand.shape)
            if part.dtype is not dtype:
                part = cast(part, dtype, function)
            sofar = adjoints[parent]
            if sofar is None:
                adjoints[parent] = part
            elif parent in owned and type(part) is np.ndarray:
                sofar += part
            else:
                adjoints[parent] = total = sofar + part
                if type(total) is np.ndarray:
                    owned.add(parent)
    return [adjoints[index] if index <= output else None for index in inputs]
