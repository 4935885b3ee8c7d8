"""What a recording refuses, in words: the call by its name, and what to write instead of it."""

from __future__ import annotations

import operator
import sys
from typing import Any

import numpy as np

from difflab.errors import TracingError


class MissingAttributeError(TracingError, AttributeError):
    """An attribute that arrays have and traced arrays have not; ``hasattr`` sees it as missing."""


def name_of(function: Any) -> str:
    """Spell a function as a user would: ``np.add``, ``np.linalg.norm``, ``difflab.sigmoid``.

    Examples
    --------
    >>> name_of(np.add), name_of(np.linalg.norm), name_of(operator.getitem)
    ('np.add', 'np.linalg.norm', 'x[...]')
    """
    if function is None:
        return "input"
    if function is operator.getitem:
        return "x[...]"
    name = getattr(function, "__name__", repr(function))
    if isinstance(function, np.ufunc):
        return _ufunc_name(function, name)
    module = getattr(function, "__module__", None) or "numpy"
    if module.startswith("numpy"):
        module = "np.linalg" if module.startswith("numpy.linalg") else "np"
    elif module.startswith("difflab"):
        module = "difflab"
    return f"{module}.{name}"


def _ufunc_name(ufunc: np.ufunc, name: str) -> str:
    """A ufunc does not know its module: look where it may live, without importing anything."""
    for module, spelling in (("numpy", "np"), ("scipy.special", "scipy.special")):
        if getattr(sys.modules.get(module), name, None) is ufunc:
            return f"{spelling}.{name}"
    return name


LAST_RESORT = (
    "write it with other NumPy calls, or use "
    'method="finite-difference:central", which calls the function with plain arrays'
)

REPLACEMENTS: dict[str, str] = {
    # joining and splitting
    "np.hstack": "np.concatenate([...]) for vectors, np.concatenate([...], axis=1) for matrices",
    "np.vstack": "np.stack([...]) for vectors, np.concatenate([...], axis=0) for matrices",
    "np.column_stack": "np.stack([...], axis=1) for vectors",
    "np.append": "np.concatenate([x, y])",
    "np.split": "slices: x[:k], x[k:]",
    "np.array_split": "slices: x[:k], x[k:]",
    "np.pad": "np.concatenate([np.zeros(k), x, np.zeros(k)])",
    "np.tile": "np.concatenate([x] * k), or broadcasting",
    "np.repeat": "np.take(x, np.repeat(np.arange(n), k))",
    "np.atleast_2d": "np.reshape(x, (1, -1))",
    # filling and choosing
    "np.copyto": "np.where(mask, new, old); value * np.ones(shape) instead of np.full",
    "np.put": "np.where(mask, new, old)",
    "np.full_like": "value * np.ones(x.shape)",
    "x.fill": "value * np.ones(x.shape)",
    "np.nan_to_num": "np.where(np.isnan(x), 0.0, x)",
    "np.nansum": "np.sum(np.where(np.isnan(x), 0.0, x))",
    "np.nonzero": "a mask: x[x != 0], np.where(mask, x, 0.0)",
    "np.where": "np.where(mask, x, y), or a mask: x[mask]",
    "np.select": "np.where(mask1, x, np.where(mask2, y, z))",
    "np.diagonal": "x[i, i] with i = np.arange(n)",
    "np.diag": "x[i, i] with i = np.arange(n) of a matrix, x * np.eye(n) of a vector",
    "np.tril": "x * np.tri(n)",
    "np.triu": "x * np.tri(n).T",
    # arithmetic
    "np.cross": "np.stack([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], ...])",
    "np.diff": "x[1:] - x[:-1]",
    "np.trace": "np.sum(x * np.eye(n))",
    "np.vdot": "np.sum(a * b)",
    "np.kron": "np.outer(a, b) and np.reshape",
    "np.linalg.multi_dot": "a @ b @ c",
    "np.linalg.det": "a closed form, or np.prod of pivots",
    "np.cumprod": "np.exp(np.cumsum(np.log(x))) for positive x",
    "np.average": "np.sum(w * x) / np.sum(w)",
    "np.median": "np.sort(x)[n // 2] for odd n",
    "np.ptp": "np.max(x) - np.min(x)",
    "np.round": "np.rint(x * 10**d) / 10**d; its derivative is zero",
    "np.modf": "np.trunc(x) and x - np.trunc(x)",
    "np.divmod": "np.floor_divide(x, y) and np.remainder(x, y)",
    "np.count_nonzero": "np.sum(x != 0)",
    # complex numbers, which traced arrays never hold
    "np.real": "x itself: it is real",
    "np.imag": "np.zeros(x.shape): it is real",
    "np.conjugate": "x itself: it is real",
    "x.conj": "x itself: it is real",
    # leaving NumPy
    "x.flat": "np.ravel(x)",
    "x.tolist": "x itself, or a loop over it",
    # SciPy
    "scipy.special.expit": "difflab.sigmoid(x)",
    "scipy.special.log_expit": "-difflab.softplus(-x)",
    "scipy.special.logit": "np.log(x / (1 - x))",
    "scipy.special.xlogy": "x * np.log(y)",
}
"""What to write instead of calls that have no rule."""


def instead_of(function: Any) -> str:
    """Say what to write instead of a function that cannot be recorded or has no rule.

    Examples
    --------
    >>> instead_of(np.diff)
    'x[1:] - x[:-1]'
    """
    return REPLACEMENTS.get(name_of(function), LAST_RESORT)


def untraceable(function: Any) -> TracingError:
    """Build the error for a NumPy function that the tape cannot hold."""
    return TracingError(
        f"{name_of(function)} was called on an array that is being differentiated",
        "difflab has no rule to record this function",
        instead_of(function),
    )


def several_results(function: Any) -> TracingError:
    """Build the error for a call that returns a tuple."""
    return TracingError(
        f"{name_of(function)} returns several arrays, and was called while being differentiated",
        "a tape entry holds one array",
        instead_of(function),
    )


_INSTEAD_OF_OPTION = {
    "out": "use the returned array: y = {name}(x)",
    "where": "np.where(mask, x, other) before or after the call",
    "initial": "combine afterwards: result + initial, np.maximum(result, initial)",
    "dtype": "x.astype(dtype) before the call",
    "order": "order='C' or order='F'",
}


def option_refused(function: Any, option: str, why: str = "") -> TracingError:
    """Build the error for an option that no derivative rule covers."""
    name = name_of(function)
    return TracingError(
        f"{name} was called with {option}= while being differentiated",
        why or "no derivative rule covers that option",
        _INSTEAD_OF_OPTION.get(option, "leave {option}= out").format(name=name, option=option),
    )


def missing_attribute(name: str, recordable: bool) -> MissingAttributeError:
    """Build the error for an attribute of ndarray that a traced array does not have.

    Parameters
    ----------
    name : str
        The attribute.
    recordable : bool
        Whether a tape can hold ``np.name``.
    """
    by_name = f"np.{name}(x)" if recordable else REPLACEMENTS.get(f"np.{name}", LAST_RESORT)
    return MissingAttributeError(
        f"x.{name} was used on an array that is being differentiated",
        "only those attributes of ndarray exist there that a tape can record",
        REPLACEMENTS.get(f"x.{name}", by_name),
    )
