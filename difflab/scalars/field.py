"""Fields: kinds of scalars that a traced program can run on, such as SymPy expressions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from difflab.errors import MissingRuleError
from difflab.trace import name_of

Call = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Field:
    """A kind of scalar, as a table of what can be done with it.

    Attributes
    ----------
    name : str
        For messages, such as ``"SymPy"``.
    functions : mapping of callable to callable
        NumPy function or difflab primitive -> function of scalars. What Python's operators
        do needs no row; a row wins over `difflab.scalars.definitions`.
    several : mapping of callable to callable
        ``np.max``, ``np.min``, ``np.linalg.norm`` and optionally ``difflab.logsumexp`` as functions
        of any number of scalars, ``np.clip`` of a scalar and two bounds that may be None, and
        optionally ``np.fmax`` and ``np.fmin`` where scalars can be NaN.
    constant : callable
        Converts a Python or NumPy number exactly.
    total : callable
        Adds a sequence of scalars.
    ordered : bool
        Whether scalars can be compared, so that sorting and masks work.
    instead : str
        What to use for a call that this field cannot express.
    """

    name: str
    functions: Mapping[Call, Call]
    several: Mapping[Call, Call]
    constant: Callable[[Any], Any]
    total: Callable[[Sequence[Any]], Any] = sum
    ordered: bool = False
    instead: str = 'method="autodiff"'

    def array(self, values: Any) -> np.ndarray:
        """Convert an array of numbers into an object array of scalars; keeps object arrays."""
        values = np.asarray(values)
        if values.dtype == object:
            return values
        out = np.empty(values.shape, dtype=object)
        flat = out.reshape(-1)
        flat[:] = [self.constant(number) for number in values.ravel().tolist()]
        return out


class Caller(Protocol):
    """What definitions of calls are written in: other calls, on scalars of one field."""

    @property
    def field(self) -> Field:
        """The kind of scalar."""
        ...

    def apply(self, function: Call, *operands: Any, **options: Any) -> Any:
        """Evaluate a call as a user would write it."""
        ...

    def map(self, scalar: Call, *operands: Any) -> np.ndarray:
        """Apply a function of scalars entry by entry, with broadcasting."""
        ...

    def reduce(self, scalars: Call, x: Any, axis: Any, keepdims: bool) -> np.ndarray:
        """Apply a function of a sequence of scalars along axes."""
        ...


def missing(function: Call, field: Field, why: str = "", instead: str = "") -> MissingRuleError:
    """Build the error for a call that a field cannot express."""
    return MissingRuleError(
        f"{name_of(function)} cannot be expressed in {field.name}",
        why or _why_missing(name_of(function)),
        f"{instead}; {field.instead}" if instead else field.instead,
    )


def _why_missing(name: str) -> str:
    if name.startswith("np.linalg."):
        return "factorizations choose pivots by value, and have no short formula in scalars"
    if name.startswith("np.fft."):
        return "spectra are complex, and scalars are real numbers"
    return "the engine has no scalar definition of this call"


def as_array(value: Any) -> np.ndarray:
    """Wrap a bare scalar: NumPy unpacks object arrays without axes, and calls expect arrays."""
    if isinstance(value, np.ndarray):
        return value
    out = np.empty((), dtype=object)
    out[()] = value
    return out


def without_dtype(function: Call, field: Field, options: dict[str, Any]) -> dict[str, Any]:
    """Drop a float dtype=, which scalars of arbitrary precision have no use for."""
    dtype = options.get("dtype")
    if dtype is not None and np.dtype(dtype).kind != "f":
        raise missing(function, field, f"dtype={np.dtype(dtype)} rounds, and scalars stay exact")
    return {name: option for name, option in options.items() if name != "dtype"}
