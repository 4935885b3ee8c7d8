"""Running a call in tape form: on plain arrays at once, on traced ones onto their tape as well.

`record` is for calls that meet a traced array; `evaluate` runs a call of a tape again, on whatever
arrays it is given. Where recordings nest each needs the other: what an inner tape holds may be
traced on a tape outside.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from difflab.errors import TracingError
from difflab.trace.array import TracedArray
from difflab.trace.calls import CALL_FORMS, Options, component, fill_holes
from difflab.trace.refusals import several_results, untraceable
from difflab.trace.tape import CONSTANT, Tape


def record(function: Callable[..., Any], operands: tuple[Any, ...], options: Options) -> Any:
    """Run a call and write it onto the innermost tape among its operands.

    Returns
    -------
    TracedArray, or a tuple of them
        On that tape.
    """
    values: tuple[Any, ...]
    parents: tuple[int, ...]
    if len(operands) == 1 and type(operands[0]) is TracedArray:  # nearly always
        (x,) = operands
        tape, values, parents = x.tape, (x.value,), (x.index,)
    else:
        tape, values, parents = _on_tape(function, operands)
    if type(function) is np.ufunc:
        value = function(*values)
    else:
        value = evaluate(function, values, options)
    index = tape.append(function, values, parents, options, value)
    if isinstance(value, tuple):
        return _components(function, value, tape, index)
    return TracedArray(value, tape, index)


def _on_tape(
    function: Callable[..., Any], operands: tuple[Any, ...]
) -> tuple[Tape, tuple[Any, ...], tuple[int, ...]]:
    """Split operands into their values and their places on the innermost tape."""
    tape = innermost(operands)
    if tape is None:
        raise untraceable(function)  # the traced array hides where only options are expected
    values: list[Any] = []
    parents: list[int] = []
    for operand in operands:
        if type(operand) is TracedArray and operand.tape is tape:
            values.append(operand.value)
            parents.append(operand.index)
        else:
            values.append(operand if type(operand) in PLAIN else _constant(operand))
            parents.append(CONSTANT)
    return tape, tuple(values), tuple(parents)


def innermost(operands: Sequence[Any]) -> Tape | None:
    """Find the tape of the highest level that holds one of the operands; None if none does."""
    tape: Tape | None = None
    for operand in operands:
        if (
            type(operand) is TracedArray
            and operand.tape is not tape
            and (tape is None or operand.tape.level > tape.level)
        ):
            tape = operand.tape
    return tape


def _components(
    function: Callable[..., Any], results: tuple[Any, ...], tape: Tape, index: int
) -> tuple[Any, ...]:
    """Put each of several results onto the tape; return them in the tuple type of the call."""
    form = CALL_FORMS.get(function)
    if form is None or not form.several:
        raise several_results(function)
    members = [
        TracedArray(
            result, tape, tape.append(component, (results,), (index,), {"index": k}, result)
        )
        for k, result in enumerate(results)
    ]
    return type(results)(*members) if hasattr(results, "_fields") else tuple(members)


PLAIN = frozenset({np.ndarray, float, int, np.float64, np.float32})
"""Types of the usual constants, beside which a traced array takes the short way."""

_HAS_SHAPE = (np.ndarray, np.generic, float, int, complex, TracedArray, type(None))
"""Operands that rules can take as they are. Lists, tuples and data frames become arrays."""


def _constant(operand: Any) -> Any:
    """Bring an operand that is on no tape into a form that rules can take."""
    if isinstance(operand, (np.ma.MaskedArray, np.matrix)):
        raise TracingError(
            f"a {type(operand).__name__} met an array that is being differentiated",
            "its operators mean something else than those of an ndarray, and no rule knows them",
            "np.where(mask, 0.0, a) of a masked array, np.asarray(a) of a matrix",
        )
    return operand if isinstance(operand, _HAS_SHAPE) else np.asarray(operand)


def traced_inputs(tape: Tape, leaves: Sequence[Any]) -> list[TracedArray]:
    """Put the inputs of a tape onto it and return the arrays that stand for them."""
    values = [leaf if type(leaf) is np.ndarray and leaf.ndim else _input(leaf) for leaf in leaves]
    start = tape.add_inputs(values)
    return [TracedArray(value, tape, index) for index, value in enumerate(values, start)]


def traced_input(tape: Tape, value: Any) -> TracedArray:
    """Put one input onto a tape; see `traced_inputs`."""
    return traced_inputs(tape, [value])[0]


def _input(value: Any) -> Any:
    """0-d becomes a NumPy scalar, as NumPy returns them."""
    return value if type(value) is TracedArray else np.asarray(value)[()]


def evaluate(function: Callable[..., Any], operands: Sequence[Any], options: Options) -> Any:
    """Run a call in tape form on any arrays: plain, complex, object or traced.

    Examples
    --------
    >>> evaluate(np.concatenate, (np.ones(1), np.zeros(1)), {"axis": 0})
    array([1., 0.])
    """
    special = _SPECIAL.get(function)
    if special is not None:
        return special(operands, **options)
    return function(*operands, **options)


def _sum(operands: Sequence[Any], axis: Any = None, **options: Any) -> Any:
    """np.sum, without the checks that cost more than a small sum."""
    if type(operands[0]) is np.ndarray:
        return np.add.reduce(operands[0], axis, **options)
    return np.sum(operands[0], axis=axis, **options)


def _mean(operands: Sequence[Any], **options: Any) -> Any:
    """np.mean; that of all entries as NumPy computes it, without its checks."""
    x = operands[0]
    if not options and type(x) is np.ndarray and x.dtype in _FLOATS and x.size:
        return np.add.reduce(x, None) / x.size
    return np.mean(x, **options)


_FLOATS = (np.dtype(np.float64), np.dtype(np.float32))


def _joined(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda operands, **options: function(list(operands), **options)


def _by_first(function: Callable[..., Any], call: Callable[..., Any]) -> Callable[..., Any]:
    """Run a call that NumPy hands over only where its first operand is traced.

    Where recordings nest, the others may be traced too, on a tape outside.
    """

    def run(operands: Sequence[Any], **options: Any) -> Any:
        if type(operands[0]) is not TracedArray and innermost(operands) is not None:
            return record(function, tuple(operands), options)
        return call(operands, **options)

    return run


def _getitem(operands: Sequence[Any], index: Any) -> Any:
    return operands[0][fill_holes(index, operands)]


_SPECIAL: dict[Callable[..., Any], Callable[..., Any]] = {
    operator.getitem: _by_first(operator.getitem, _getitem),
    np.take: _by_first(np.take, lambda operands, **options: np.take(*operands, **options)),
    np.einsum: lambda operands, subscripts: np.einsum(subscripts, *operands),
    np.astype: lambda operands, dtype: np.astype(operands[0], dtype),  # positional-only
    np.sum: _sum,
    np.mean: _mean,
    **{function: _joined(function) for function, form in CALL_FORMS.items() if form.takes_sequence},
}
"""Functions whose tape form differs from the way NumPy wants to be called."""
