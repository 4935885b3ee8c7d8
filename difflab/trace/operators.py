"""Operators and comparisons of the traced array.

Not from numpy.lib.mixins.NDArrayOperatorsMixin, which costs twice the time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from difflab.errors import TracingError
from difflab.trace.array import TracedArray
from difflab.trace.recorder import PLAIN, record
from difflab.trace.tape import CONSTANT, NO_OPTIONS

Method = Callable[..., Any]


def _unary(ufunc: np.ufunc) -> Method:
    def operator(self: TracedArray) -> Any:
        return record(ufunc, (self,), NO_OPTIONS)

    return operator


def _binary(ufunc: np.ufunc) -> Method:
    """Make ``x + y`` or ``x < y``: the shortest way onto a tape that there is."""

    def operator(self: TracedArray, other: Any) -> Any:
        x, tape = self.value, self.tape
        if type(other) is TracedArray and other.tape is tape:
            y, parents = other.value, (self.index, other.index)
        elif type(other) in PLAIN:
            y, parents = other, (self.index, CONSTANT)
            if tape.keep is not None and type(other) is np.ndarray:
                tape.keep((other,), ufunc)
        else:
            return record(ufunc, (self, other), NO_OPTIONS)
        value = ufunc(x, y)
        if tape.watch is not None:
            index = tape.append(ufunc, (x, y), parents, NO_OPTIONS, value)
            return TracedArray(value, tape, index)
        calls = tape.calls  # what append does, without the call
        calls.append((ufunc, (x, y), parents, NO_OPTIONS, value))
        return TracedArray(value, tape, len(calls) - 1)

    return operator


def _reflected(ufunc: np.ufunc) -> Method:
    """Make ``y + x``, for a ``y`` that does not know traced arrays."""

    def operator(self: TracedArray, other: Any) -> Any:
        if type(other) not in PLAIN:
            return record(ufunc, (other, self), NO_OPTIONS)
        operands, parents = (other, self.value), (CONSTANT, self.index)
        value = ufunc(*operands)
        index = self.tape.append(ufunc, operands, parents, NO_OPTIONS, value)
        return TracedArray(value, self.tape, index)

    return operator


def _in_place(symbol: str, ufunc: np.ufunc) -> Method:
    """Make ``x += y``, which only scalars have: NumPy's are immutable, and so it makes a new one.

    Raises
    ------
    TracingError
        For arrays.
    """

    def operator(self: TracedArray, other: Any) -> Any:
        if self.shape or isinstance(self.value, np.ndarray):
            raise TracingError(
                f"`x {symbol}= y` was used on an array that is being differentiated",
                "in NumPy it would change x in place, also under its other names",
                f"x = x {symbol} y",
            )
        return record(ufunc, (self, other), NO_OPTIONS)

    return operator


_ARITHMETIC: dict[str, tuple[str, np.ufunc]] = {
    "add": ("+", np.add),
    "sub": ("-", np.subtract),
    "mul": ("*", np.multiply),
    "truediv": ("/", np.true_divide),
    "matmul": ("@", np.matmul),
    "pow": ("**", np.power),
    "mod": ("%", np.remainder),
    "floordiv": ("//", np.floor_divide),
    "and": ("&", np.bitwise_and),
    "or": ("|", np.bitwise_or),
    "xor": ("^", np.bitwise_xor),
    "lshift": ("<<", np.left_shift),
    "rshift": (">>", np.right_shift),
}

_COMPARISONS: dict[str, np.ufunc] = {
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
    "eq": np.equal,
    "ne": np.not_equal,
}
"""Recorded, so that a replay sees them, with derivative zero."""

_SIGNS: dict[str, np.ufunc] = {
    "neg": np.negative,
    "pos": np.positive,
    "abs": np.absolute,
    "invert": np.invert,
}


def _divmod(self: TracedArray, other: Any) -> Any:
    return np.floor_divide(self, other), np.remainder(self, other)


def _rdivmod(self: TracedArray, other: Any) -> Any:
    return np.floor_divide(other, self), np.remainder(other, self)


OPERATORS: dict[str, Method] = {
    **{f"__{name}__": _binary(ufunc) for name, (_, ufunc) in _ARITHMETIC.items()},
    **{f"__r{name}__": _reflected(ufunc) for name, (_, ufunc) in _ARITHMETIC.items()},
    **{f"__i{name}__": _in_place(symbol, ufunc) for name, (symbol, ufunc) in _ARITHMETIC.items()},
    **{f"__{name}__": _binary(ufunc) for name, ufunc in _COMPARISONS.items()},
    **{f"__{name}__": _unary(ufunc) for name, ufunc in _SIGNS.items()},
    "__divmod__": _divmod,
    "__rdivmod__": _rdivmod,
}
"""Special methods of `TracedArray` by name."""
