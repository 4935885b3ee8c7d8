"""Finding the call that makes the first NaN: ``with difflab.debug_nans(): ...``."""

from __future__ import annotations

import linecache
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from difflab.errors import NonFiniteError
from difflab.trace.array import value_of
from difflab.trace.calls import component
from difflab.trace.refusals import name_of
from difflab.trace.tape import Call, Watch


@dataclass(frozen=True, slots=True)
class Search:
    """What `debug_nans` looks for: NaN always, infinity only if ``inf``."""

    inf: bool


search: ContextVar[Search | None] = ContextVar("difflab_debug_nans", default=None)
"""What the innermost `debug_nans` looks for; None outside."""


@contextmanager
def debug_nans(*, inf: bool = True) -> Iterator[None]:
    """Make the first NaN or infinity of the tape an error that says where it comes from.

    Inside the context every recorded call and every derivative is looked at. The first that makes
    NaN or infinity out of finite numbers raises, with the line of your code that made the call.
    NaN in the data passes: it was not made. Gradients take about twice as long; outside the context
    they cost nothing extra. ``"autodiff:compiled"`` records every call inside the context; other
    methods that run ahead of time are not looked into.

    Parameters
    ----------
    inf : bool
        Whether infinity is an error too.

    Raises
    ------
    NonFiniteError
        From the function being differentiated, or from its gradient.

    Examples
    --------
    >>> import difflab as dl
    >>> def f(x):
    ...     return np.sum(np.where(x > 0, np.sqrt(x), 0.0))
    >>> with dl.debug_nans():  # doctest: +ELLIPSIS
    ...     dl.grad(f)(np.array([0.0, 4.0]))
    Traceback (most recent call last):
    difflab.errors.NonFiniteError: the derivative of np.sqrt made NaN in 1 of 2 entries
      why: cotangent of shape (2,), operand of shape (2,), recorded at ...
      try: ... safe = np.where(ok, x, 1.0); np.where(ok, np.sqrt(safe), 0.0)
    """
    token = search.set(Search(inf))
    try:
        with np.errstate(all="ignore"):  # the error replaces NumPy's warnings
            yield
    finally:
        search.reset(token)


def current_search() -> Search | None:
    """Return what the innermost `debug_nans` looks for, or None outside."""
    return search.get()


def nan_check(search: Search) -> tuple[Watch, Callable[[int, Any, Any], None]]:
    """Make a pair of functions: one that sees every call, one that sees every derivative."""
    calls: list[tuple[Call, str]] = []

    def watch(call: Call) -> None:
        function, operands, _, _, value = call
        line = user_line()
        calls.append((call, line))
        if function is None or function is component:
            return
        fault = _made(search, operands, value)
        if fault:
            shapes = _shapes("operand", operands)
            raise NonFiniteError(
                f"{name_of(function)} made {fault}",
                f"its operands are free of that: {shapes}; called at {line}",
                f"keep the operands where {name_of(function)} is finite; np.where computes both of "
                f"its branches, so replace the operand: {_remedy(function)}",
            )

    def inspect(index: int, incoming: Any, outgoing: Any) -> None:
        (function, operands, _, _, value), line = calls[index]
        fault = _made(search, (incoming, value, *operands), outgoing)
        if fault:
            shapes = f"{_shapes('cotangent', [incoming])}, {_shapes('operand', operands)}"
            raise NonFiniteError(
                f"the derivative of {name_of(function)} made {fault}",
                f"{shapes}, recorded at {line}; the slope is infinite or undefined there, and "
                "np.where does not help: it sends back a 0, and 0 times infinity is NaN",
                f"a harmless operand where the result is not used: {_remedy(function)}",
            )

    return watch, inspect


def _remedy(function: Any) -> str:
    name = name_of(function) if type(function) is np.ufunc and function.nin == 1 else "f"
    return f"safe = np.where(ok, x, 1.0); np.where(ok, {name}(safe), 0.0)"


def _made(search: Search, inputs: Sequence[Any], outputs: Any) -> str:
    """Say what was made that was not there before: ``"NaN in 2 of 5 entries"``, or ``""``."""
    for test, word in ((np.isnan, "NaN"), (np.isinf, "infinity")):
        if word == "infinity" and not search.inf:
            break
        bad, size = _count(test, outputs)
        absent = np.isnan if word == "NaN" else lambda x: ~np.isfinite(x)
        if bad and not _count(absent, inputs)[0]:
            return f"{word} in {bad} of {size} entries" if size > 1 else word
    return ""


def _count(test: Callable[[Any], Any], values: Any) -> tuple[int, int]:
    """How many entries of an array, or of the arrays in a list, pass a test; and how many are."""
    if isinstance(values, (list, tuple)):
        counts = [_count(test, value) for value in values]
        return sum(bad for bad, _ in counts), sum(size for _, size in counts)
    array = np.asarray(value_of(values))
    if array.dtype.kind not in "fc":
        return 0, array.size
    return int(np.count_nonzero(test(array))), array.size


def _shapes(word: str, arrays: Sequence[Any]) -> str:
    shapes = [str(np.shape(array)) for array in arrays if not isinstance(array, (list, tuple))]
    return f"{word}{'s' * (len(shapes) > 1)} of shape {', '.join(shapes)}"


_PACKAGE = Path(__file__).parent.parent
_MACHINERY = (
    *(str(_PACKAGE / part) for part in ("trace", "autodiff", "providers", "api.py")),
    *(str(_PACKAGE / part) for part in ("functions.py", "tree.py")),
    str(Path(np.__file__).parent),
)
"""Where a frame's code is not the user's."""


def user_line() -> str:
    """Return file, number and text of the innermost line outside the tape and NumPy."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_MACHINERY):
        frame = frame.f_back
    name, number = frame.f_code.co_filename, frame.f_lineno
    text = linecache.getline(name, number).strip()
    return f"{name}:{number}" + (f": {text}" if text else "")
