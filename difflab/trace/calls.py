"""How a NumPy call is read: which arguments are arrays on the tape, which are options.

NumPy's array functions take their arrays in many ways: ``np.sum(x, axis)``, ``np.where(c, x, y)``,
``np.concatenate([x, y])``, ``np.einsum("ij,j", x, y)``. A tape entry has one form only: a flat
tuple of operands, and options by name. `read_call` brings a call into that form, `evaluate`
runs an entry again, on whatever arrays it is given.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from difflab.errors import TracingError

Operands = tuple[Any, ...]
Options = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Hole:
    """Marks, inside an index, the place of a traced integer array: operand number ``operand``."""

    operand: int


@dataclass(frozen=True, slots=True)
class CallForm:
    """The argument names of an array function, and how many of the first ones are arrays.

    Attributes
    ----------
    names : tuple of str
        Positional parameters in order.
    arrays : int
        How many leading parameters are operands.
    takes_sequence : bool
        The one operand parameter is a sequence of arrays, as in ``np.concatenate``.
    """

    names: tuple[str, ...]
    arrays: int = 1
    takes_sequence: bool = False


def _form(signature: str, arrays: int = 1) -> CallForm:
    return CallForm(tuple(signature.split()), arrays)


def _sequence(signature: str) -> CallForm:
    return CallForm(tuple(signature.split()), 1, takes_sequence=True)


CALL_FORMS: dict[Callable[..., Any], CallForm] = {
    # reductions
    np.sum: _form("a axis dtype out keepdims initial where"),
    np.mean: _form("a axis dtype out keepdims"),
    np.prod: _form("a axis dtype out keepdims initial where"),
    np.max: _form("a axis out keepdims initial where"),
    np.min: _form("a axis out keepdims initial where"),
    np.var: _form("a axis dtype out ddof keepdims"),
    np.std: _form("a axis dtype out ddof keepdims"),
    np.cumsum: _form("a axis dtype out"),
    np.all: _form("a axis out keepdims"),
    np.any: _form("a axis out keepdims"),
    np.argmax: _form("a axis out"),
    np.argmin: _form("a axis out"),
    np.argsort: _form("a axis kind order"),
    np.linalg.norm: _form("x ord axis keepdims"),
    # shape
    np.reshape: _form("a shape order"),
    np.ravel: _form("a order"),
    np.transpose: _form("a axes"),
    np.swapaxes: _form("a axis1 axis2"),
    np.moveaxis: _form("a source destination"),
    np.squeeze: _form("a axis"),
    np.expand_dims: _form("a axis"),
    np.broadcast_to: _form("array shape"),
    np.flip: _form("m axis"),
    np.roll: _form("a shift axis"),
    np.copy: _form("a order"),
    np.astype: _form("x dtype"),
    np.concatenate: _sequence("arrays axis"),
    np.stack: _sequence("arrays axis"),
    # elementwise, but no ufunc
    np.sinc: _form("x"),
    # selection
    np.where: _form("condition x y", arrays=3),
    np.clip: _form("a a_min a_max", arrays=3),
    np.take: _form("a indices axis", arrays=2),
    np.sort: _form("a axis kind order"),
    # products
    np.dot: _form("a b", arrays=2),
    np.inner: _form("a b", arrays=2),
    np.outer: _form("a b", arrays=2),
    np.tensordot: _form("a b axes", arrays=2),
}
"""The array functions that a tape can hold. Ufuncs need no row: all their inputs are arrays."""


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
    module = getattr(function, "__module__", None) or "numpy"
    if isinstance(function, np.ufunc) or module.startswith("numpy"):
        module = "np.linalg" if module.startswith("numpy.linalg") else "np"
    elif module.startswith("difflab"):
        module = "difflab"
    return f"{module}.{name}"


def read_call(
    function: Callable[..., Any], args: Sequence[Any], kwargs: Options
) -> tuple[Operands, Options]:
    """Split the arguments of an array function into operands and options.

    Parameters
    ----------
    function : callable
        A NumPy array function with a row in `CALL_FORMS`, or ``np.einsum``.
    args, kwargs
        The call as the user wrote it.

    Raises
    ------
    TracingError
        When no row exists, or when ``out=`` asks for writing into a plain array.

    Examples
    --------
    >>> read_call(np.sum, (np.ones(3), 0), {"keepdims": True})
    ((array([1., 1., 1.]),), {'axis': 0, 'keepdims': True})
    """
    if function is np.einsum:
        return _read_einsum(args, kwargs)
    form = CALL_FORMS.get(function)
    if form is None:
        raise untraceable(function)
    if len(args) > len(form.names):
        raise TypeError(f"{name_of(function)} takes {len(form.names)} arguments at most")
    given: Options = dict(zip(form.names, args))
    given.update(kwargs)
    if given.pop("out", None) is not None:
        raise _out_refused(function)
    for option in ("where", "initial"):
        if given.get(option) is not None:
            raise TracingError(
                f"{name_of(function)} was called with {option}= while being differentiated",
                "no derivative rule covers that option",
                f"{name_of(function)}(np.where(mask, x, 0.0), ...), or combine afterwards",
            )
    if form.takes_sequence:
        return tuple(given.pop(form.names[0])), given
    operands = []
    for name in form.names[: form.arrays]:
        if name not in given:
            break
        operands.append(given.pop(name))
    return tuple(operands), given


def _read_einsum(args: Sequence[Any], kwargs: Options) -> tuple[Operands, Options]:
    if not isinstance(args[0], str):
        raise TracingError(
            "np.einsum was called with index lists instead of a subscript string",
            "the tape holds the subscripts as text",
            "write np.einsum('ij,jk->ik', a, b)",
        )
    if kwargs.get("out") is not None:
        raise _out_refused(np.einsum)
    return tuple(args[1:]), {"subscripts": args[0]}  # optimize= changes cost, not the value


def _out_refused(function: Any) -> TracingError:
    return TracingError(
        f"{name_of(function)} was called with out= while being differentiated",
        "writing into an existing array would lose the derivative",
        f"use the returned array: y = {name_of(function)}(x)",
    )


def untraceable(function: Any) -> TracingError:
    """Build the error for a NumPy function that the tape cannot hold."""
    name = name_of(function)
    return TracingError(
        f"{name} was called on an array that is being differentiated",
        "difflab has no rule to record this function",
        REPLACEMENTS.get(
            name,
            "express it through functions that have a rule, such as those of "
            "difflab.trace.CALL_FORMS and the NumPy ufuncs",
        ),
    )


REPLACEMENTS: dict[str, str] = {
    "np.linalg.multi_dot": "a @ b @ c",
    "np.hstack": "np.concatenate([...], axis=1)",
    "np.vstack": "np.concatenate([...], axis=0)",
    "np.column_stack": "np.stack([...], axis=1)",
    "np.split": "slices: x[:k], x[k:]",
    "np.array_split": "slices: x[:k], x[k:]",
    "np.average": "np.sum(w * x) / np.sum(w)",
    "np.ptp": "np.max(x) - np.min(x)",
    "np.full_like": "value * np.ones(x.shape)",
    "np.copyto": "np.where(mask, new, old); value * np.ones(shape) instead of np.full",
    "np.put": "np.where(mask, new, old)",
    "np.nan_to_num": "np.where(np.isnan(x), 0.0, x)",
    "np.linalg.det": "a closed form, or np.prod of pivots",
    "np.vdot": "np.sum(a * b)",
}
"""What to write instead of some functions that have no rule."""


def evaluate(function: Callable[..., Any], operands: Sequence[Any], options: Options) -> Any:
    """Run a call in tape form on any arrays: plain, complex, object or traced.

    Examples
    --------
    >>> evaluate(np.concatenate, (np.ones(1), np.zeros(1)), {"axis": 0})
    array([1., 0.])
    """
    if function in _SPECIAL:
        return _SPECIAL[function](operands, **options)
    form = CALL_FORMS.get(function)
    if form is not None and form.takes_sequence:
        return function(list(operands), **options)
    return function(*operands, **options)


def fill_holes(index: Any, operands: Sequence[Any]) -> Any:
    """Put the integer arrays among ``operands`` into an index with holes."""
    if isinstance(index, Hole):
        return operands[index.operand]
    if isinstance(index, tuple):
        return tuple(fill_holes(part, operands) for part in index)
    return index


_SPECIAL: dict[Callable[..., Any], Callable[..., Any]] = {
    operator.getitem: lambda operands, index: operands[0][fill_holes(index, operands)],
    np.einsum: lambda operands, subscripts: np.einsum(subscripts, *operands),
    np.astype: lambda operands, dtype: np.astype(operands[0], dtype),  # positional-only
}
"""Functions whose tape form differs from the way NumPy wants to be called."""
