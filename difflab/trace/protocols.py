"""NumPy's protocols: how a call of NumPy finds its way onto a tape.

NumPy hands calls over through NEP 13 (``__array_ufunc__``) and NEP 18 (``__array_function__``), so
user code stays plain NumPy.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from difflab.errors import TracingError
from difflab.trace.array import TracedArray
from difflab.trace.calls import checked_options, read_call
from difflab.trace.composites import COMPOSITES
from difflab.trace.composites.arguments import as_array
from difflab.trace.composites.masked import OVER_PARTS, PART_OPTIONS
from difflab.trace.recorder import record
from difflab.trace.refusals import name_of
from difflab.trace.tape import CONSTANT, NO_OPTIONS


def call(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Make the call of an array function that met a traced array: compose it, or record it."""
    if function in COMPOSITES:
        return COMPOSITES[function](*args, **kwargs)
    if kwargs and function in OVER_PARTS and not PART_OPTIONS.isdisjoint(kwargs):
        return OVER_PARTS[function](*args, **kwargs)
    return record(function, *read_call(function, args, kwargs))


def _array_function(
    self: TracedArray,  # noqa: ARG001
    function: Callable[..., Any],
    types: Any,  # noqa: ARG001
    args: Any,
    kwargs: Any,
) -> Any:
    return call(function, args, kwargs)


def _array_ufunc(
    self: TracedArray, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any
) -> Any:
    if method != "__call__" or options or ufunc in COMPOSITES:
        return _special_call(ufunc, method, inputs, options)
    tape = self.tape
    operands: tuple[Any, ...]
    parents: tuple[int, ...]
    if len(inputs) == 1:
        operands, parents = (self.value,), (self.index,)
    elif len(inputs) == 2 and type(inputs[0]) is np.ndarray:
        operands, parents = (inputs[0], self.value), (CONSTANT, self.index)
        if tape.keep is not None:
            tape.keep(inputs[:1], ufunc)
    else:
        return record(ufunc, inputs, NO_OPTIONS)
    value = ufunc(*operands)
    if type(value) is tuple:
        return record(ufunc, inputs, NO_OPTIONS)
    if tape.watch is not None:
        return TracedArray(value, tape, tape.append(ufunc, operands, parents, NO_OPTIONS, value))
    calls = tape.calls  # what append does, without the call
    calls.append((ufunc, operands, parents, NO_OPTIONS, value))
    return TracedArray(value, tape, len(calls) - 1)


def _special_call(
    ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], options: dict[str, Any]
) -> Any:
    """Make the calls that are more than a ufunc of its operands."""
    if options.get("out") is not None:
        raise TracingError(
            f"{name_of(ufunc)} would write a traced result into a plain array",
            "`a += x` and out=a change an array that no tape knows, and lose the derivative",
            "make a new array: a = a + x",
        )
    if method == "reduce" and ufunc in _REDUCTIONS:
        reduction = _REDUCTIONS[ufunc]  # ufuncs reduce axis 0 unless told, np.sum all axes
        return record(reduction, *read_call(reduction, inputs, {"axis": 0} | options))
    if method == "accumulate" and ufunc in _SCANS:
        return _SCANS[ufunc](*inputs, **{"axis": 0} | options)
    if method == "outer":
        x, y = map(as_array, inputs)
        return ufunc(np.reshape(x, x.shape + (1,) * y.ndim), y, **options)
    if method != "__call__":
        raise TracingError(
            f"{name_of(ufunc)}.{method} was called on an array that is being differentiated",
            "a tape holds calls of ufuncs, sums, products, extrema and running sums",
            "use the array function: np.sum, np.prod, np.max, np.cumsum; np.take for .at",
        )
    if ufunc in COMPOSITES:
        return COMPOSITES[ufunc](*inputs, **options)
    checked_options(ufunc, options, ())  # no rule of a ufunc knows any
    return record(ufunc, inputs, NO_OPTIONS)


_REDUCTIONS: dict[np.ufunc, Callable[..., Any]] = {
    np.add: np.sum,
    np.multiply: np.prod,
    np.maximum: np.max,
    np.minimum: np.min,
    np.logical_and: np.all,
    np.logical_or: np.any,
}
_SCANS: dict[np.ufunc, Callable[..., Any]] = {np.add: np.cumsum, np.multiply: np.cumprod}

PROTOCOLS: dict[str, Callable[..., Any]] = {
    "__array_ufunc__": _array_ufunc,
    "__array_function__": _array_function,
}
"""Special methods of `TracedArray` by name."""
