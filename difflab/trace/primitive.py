"""Primitives of our own: functions that the tape records as one entry, like a NumPy function.

A primitive exists where composing NumPy calls would be unstable (log of a sum of exponentials) or
would break a stated convention (relu'(0) = 0). Each engine gives it a derivative of its own.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from difflab.trace.array import TracedArray
from difflab.trace.recorder import record


class Primitive:
    """Wrap a plain NumPy function so that traced arguments are recorded as a single call.

    Array arguments are positional, options are keyword-only.

    Parameters
    ----------
    implementation : callable
        Plain NumPy code; also handles complex arrays where the function is analytic.

    Examples
    --------
    >>> cube = Primitive(lambda x: x**3)
    >>> cube(2.0)
    8.0
    """

    def __init__(self, implementation: Callable[..., Any]) -> None:
        functools.update_wrapper(self, implementation)
        self.implementation = implementation

    def __call__(self, *operands: Any, **options: Any) -> Any:
        for operand in operands:
            if type(operand) is TracedArray:
                return record(self, operands, options)
        return self.implementation(*operands, **options)

    def __repr__(self) -> str:
        return f"<primitive {self.implementation.__name__}>"

    def __reduce__(self) -> str:
        return self.implementation.__qualname__  # pickled by name, as a function is
