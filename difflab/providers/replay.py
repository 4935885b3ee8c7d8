"""Replaying a traced function elsewhere: what `symbolic`, `torch` and `jax` have in common.

A replay knows the NumPy calls of one run, not the function that made them. So it takes only inputs
that mean the same elsewhere, and its first value is held against the function's own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from difflab.errors import (
    DataError,
    DifflabError,
    MissingRuleError,
    NonScalarLossError,
    TracingError,
)
from difflab.providers.protocol import Loss
from difflab.trace import Program, name_of, trace, value_of
from difflab.tree import Nest, flatten, leaf_names

Call = Callable[..., Any]

BIND = "bind it: lambda w, x: f(w, x, 3)"
"""What to do with a context that is no number, or no input."""

ONE_WAY = 'np.where(condition, x, y), or method="autodiff", which records at every call'
"""What to write instead of a Python branch, for a library that has masks."""

ROUNDINGS = 1000
"""How many roundings of the largest number on its way a replayed value may differ by."""


def check_contexts(contexts: tuple[Any, ...], library: str) -> None:
    """Refuse contexts that a library would take for something else than NumPy does.

    Raises
    ------
    DataError
        For complex and masked arrays and for all that is not numeric; names the context.

    Examples
    --------
    >>> check_contexts((np.ones(2), {"k": 3}), "SymPy")
    """
    leaves, structure = flatten(contexts)
    for name, leaf in zip(leaf_names(structure, "contexts"), leaves):
        unlike = _unlike_numbers(leaf)
        if unlike:
            raise DataError(
                f"{name} is {unlike}, and {library} cannot take it as an input",
                "every context becomes an input of the replay, and inputs are real numbers",
                f"{BIND}; or method='autodiff', which leaves contexts as they are",
            )


def _unlike_numbers(leaf: Any) -> str:
    if isinstance(leaf, np.ma.MaskedArray):
        return "a masked array"
    kind = _kind(leaf)
    if kind in "biuf":
        return ""
    return "complex" if kind == "c" else f"of type {type(leaf).__name__}"


def _kind(leaf: Any) -> str:
    dtype = leaf.dtype if hasattr(leaf, "dtype") else np.asarray(leaf).dtype
    return getattr(dtype, "kind", "O")


def straight_program(f: Loss, params: Nest, *contexts: Any, instead: str = ONE_WAY) -> Program:
    """Trace a loss that takes the same way for all values.

    Parameters
    ----------
    instead : str
        What to write in place of a Python branch.

    Raises
    ------
    TracingError
        When it decides by values: a replay would follow one branch for ever.
    NonScalarLossError
        When it returns anything but one real number.
    """
    leaves = flatten(contexts)[0]
    settings = any(np.ndim(leaf) == 0 and _kind(leaf) in "biu" for leaf in leaves)
    hint = f"; for a setting among the contexts, {BIND}" if settings else ""
    try:
        with np.errstate(all="ignore"):  # values do not matter here, so none may warn
            program = trace(f, params, *contexts)
    except TracingError as error:
        raise TracingError(error.what, error.why, error.instead + hint) from error
    if program.branches:
        raise TracingError(
            "the function decides by the values of its arguments",
            f"at {program.branches[0].line}; a replay would always take the same branch",
            instead + hint,
        )
    _check_one_number(value_of(program.entries[program.output].value))
    return program


def _check_one_number(result: Any) -> None:
    if np.shape(result) != ():
        raise NonScalarLossError(
            f"the function returned an array of shape {np.shape(result)}, not one number",
            "the gradient of an array-valued function would be a Jacobian",
            "reduce the result: np.mean(...) or np.sum(...)",
        )
    if np.asarray(result).dtype.kind != "f":
        raise NonScalarLossError(
            f"the function returned {result!r}, which is not a real floating-point number",
            "a loss is one real number that varies smoothly with the parameters",
            "return a float: np.mean(...) or np.sum(...) of float arrays",
        )


def plain_array(leaf: Any) -> np.ndarray:
    """Return an input as other libraries want it: native, in C order, writable; copies if needed.

    Extended precision becomes float64, which no library exceeds.

    Examples
    --------
    >>> plain_array(np.arange(3, dtype=">f8")[::-1])
    array([2., 1., 0.])
    """
    array = np.asarray(leaf)
    dtype = np.dtype(float) if array.dtype == np.longdouble else array.dtype.newbyteorder("=")
    return np.require(array, dtype, ["C", "W"])


def replayer(translation: Callable[[Call], Call], library: str) -> Call:
    """Return what `Program.run` calls for each entry, with the library's exceptions in words.

    Parameters
    ----------
    translation : callable
        From a NumPy function or primitive to the function of the library.
    library : str
        For messages.
    """

    def call(function: Call, operands: Any, options: dict[str, Any]) -> Any:
        operands = [np.asarray(x) if isinstance(x, (list, tuple)) else x for x in operands]
        try:
            return translation(function)(*operands, **options)
        except DifflabError:
            raise
        except Exception as error:
            reason = str(error).strip() or type(error).__name__
            raise MissingRuleError(
                f"{library} cannot replay {name_of(function)} as it is called here",
                reason.splitlines()[0],
                'method="autodiff"',
            ) from error

    return call


def no_counterpart(function: Call, library: str) -> MissingRuleError:
    """Build the error for a NumPy call that a library has no function for."""
    return MissingRuleError(
        f"{name_of(function)} has no counterpart in {library}",
        f"the provider replays NumPy calls with the functions of {library}",
        'method="autodiff"',
    )


def confirm(value: Any, f: Loss, params: Nest, contexts: tuple[Any, ...]) -> None:
    """Hold the first value of a replay against the function itself.

    They agree when they differ relatively by less than 1e-9, or by some roundings in the coarsest
    precision that the function computes in.

    Raises
    ------
    TracingError
        When they do not, with both values.

    Examples
    --------
    >>> confirm(2.0, lambda w: np.sum(w), np.ones(2), ())
    """
    with np.errstate(all="ignore"):
        expected = f(params, *contexts)
        if np.isclose(value, expected, rtol=1e-9, atol=0, equal_nan=True):
            return
        unit, largest = _precision(trace(f, params, *contexts))
    rtol, atol = max(1e-9, ROUNDINGS * unit), ROUNDINGS * unit * largest
    if not np.isclose(value, expected, rtol=rtol, atol=atol, equal_nan=True):
        raise TracingError(
            f"the replay gives {value!s} where the function gives {expected!s}",
            "a replay repeats the calls of one run; randomness, arithmetic that wraps around in "
            "narrow integers, and rewriting at the edge of a function's domain make it differ",
            'method="autodiff"; or pass random numbers as a context, and integers as floats',
        )


def _precision(program: Program) -> tuple[float, float]:
    """Coarsest unit of rounding on a tape, and the largest finite magnitude."""
    values = [np.asarray(value_of(entry.value)) for entry in program.entries]
    floats = [value for value in values if value.dtype.kind == "f"]
    unit = max(float(np.finfo(value.dtype).eps) for value in floats)
    finite = [np.abs(value[np.isfinite(value)]) for value in floats]
    return unit, max(float(np.max(value, initial=0.0)) for value in finite)
