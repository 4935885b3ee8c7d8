"""Methods and properties that the traced array shares with ndarray, and words for the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from difflab.trace.array import TracedArray
from difflab.trace.calls import CALL_FORMS
from difflab.trace.composites import COMPOSITES
from difflab.trace.indexing import pick
from difflab.trace.protocols import call
from difflab.trace.recorder import record
from difflab.trace.refusals import missing_attribute, name_of


def _method(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a method of ndarray out of the array function with the same parameters."""

    def method(self: TracedArray, *args: Any, **options: Any) -> Any:
        return call(function, (self, *args), options)

    method.__doc__ = f"As `{name_of(function)}` of this array."
    return method


_AS_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "sum": np.sum,
    "mean": np.mean,
    "prod": np.prod,
    "max": np.max,
    "min": np.min,
    "var": np.var,
    "std": np.std,
    "cumsum": np.cumsum,
    "cumprod": np.cumprod,
    "all": np.all,
    "any": np.any,
    "argmax": np.argmax,
    "argmin": np.argmin,
    "argsort": np.argsort,
    "argpartition": np.argpartition,
    "searchsorted": np.searchsorted,
    "clip": np.clip,
    "round": np.round,
    "take": np.take,
    "choose": np.choose,
    "dot": np.dot,
    "ravel": np.ravel,
    "flatten": np.ravel,
    "repeat": np.repeat,
    "diagonal": np.diagonal,
    "trace": np.trace,
    "swapaxes": np.swapaxes,
    "squeeze": np.squeeze,
    "copy": np.copy,
    "conjugate": np.conjugate,
    "conj": np.conjugate,
}


def _compress(self: Any, condition: Any, axis: int | None = None, out: Any = None) -> Any:
    """As `numpy.ndarray.compress`."""
    return np.compress(condition, self, axis=axis, out=out)


def _reshape(self: Any, *shape: Any, **options: Any) -> Any:
    """As `numpy.ndarray.reshape`."""
    return np.reshape(self, shape[0] if len(shape) == 1 else shape, **options)


def _transpose(self: Any, *axes: Any) -> Any:
    """As `numpy.ndarray.transpose`."""
    if len(axes) == 1 and (axes[0] is None or np.ndim(axes[0])):
        axes = axes[0]
    return np.transpose(self, axes or None)


def _astype(self: Any, dtype: Any, *_: Any, **__: Any) -> Any:
    """As `numpy.ndarray.astype`; its options are about memory and are ignored."""
    return record(np.astype, (self,), {"dtype": np.dtype(dtype)})


def _copy(self: Any) -> Any:
    return np.copy(self)


def _deepcopy(self: Any, memo: dict[int, Any]) -> Any:  # noqa: ARG001
    return np.copy(self)  # on the same tape: a copy of the tape would go its own way


def _missing(self: Any, name: str) -> NoReturn:  # noqa: ARG001
    if name.startswith("_") or not hasattr(np.ndarray, name):
        raise AttributeError(f"arrays have no attribute {name!r}")
    function = getattr(np, name, None)
    recordable = function in CALL_FORMS or function in COMPOSITES
    raise missing_attribute(name, recordable or isinstance(function, np.ufunc))


METHODS: dict[str, Any] = {
    **{name: _method(function) for name, function in _AS_FUNCTIONS.items()},
    "compress": _compress,
    "reshape": _reshape,
    "transpose": _transpose,
    "astype": _astype,
    "T": property(np.transpose, doc="Transpose."),
    "mT": property(lambda self: np.swapaxes(self, -1, -2), doc="Transpose of the last two axes."),
    "real": property(np.real, doc="Real part; the array itself where it is real."),
    "imag": property(np.imag, doc="Imaginary part; zeros where the array is real."),
    "__getitem__": pick,
    "__getattr__": _missing,
    "__copy__": _copy,
    "__deepcopy__": _deepcopy,
}
"""Methods and properties of `TracedArray` by name; ``__getattr__`` answers for the others."""
