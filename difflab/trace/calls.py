"""How a NumPy call is read: which arguments are arrays on the tape, which are options.

NumPy's array functions take their arrays in many ways: ``np.sum(x, axis)``, ``np.where(c, x, y)``,
``np.concatenate([x, y])``, ``np.einsum("ij,j", x, y)``. A tape entry has one form only: a flat
tuple of operands, and options by name. `read_call` brings a call into that form; `recorder` runs
calls that have it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from difflab.trace.refusals import name_of, option_refused, several_results, untraceable

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
    several : bool
        The call returns a tuple of arrays, as ``np.linalg.svd`` does; `component` entries name its
        members.
    """

    names: tuple[str, ...]
    arrays: int = 1
    takes_sequence: bool = False
    several: bool = False


def component(results: tuple[Any, ...], *, index: int) -> Any:
    """One of the arrays that a call with several results returned.

    Examples
    --------
    >>> component((1.0, 2.0), index=1)
    2.0
    """
    return results[index]


def _form(signature: str, arrays: int = 1) -> CallForm:
    return CallForm(tuple(signature.split()), arrays)


def _sequence(signature: str) -> CallForm:
    return CallForm(tuple(signature.split()), 1, takes_sequence=True)


def _several(signature: str, arrays: int = 1) -> CallForm:
    return CallForm(tuple(signature.split()), arrays, several=True)


CALL_FORMS: dict[Callable[..., Any], CallForm] = {
    # reductions
    np.sum: _form("a axis dtype out keepdims initial where"),
    np.mean: _form("a axis dtype out keepdims where"),
    np.prod: _form("a axis dtype out keepdims initial where"),
    np.max: _form("a axis out keepdims initial where"),
    np.min: _form("a axis out keepdims initial where"),
    np.var: _form("a axis dtype out ddof keepdims where"),
    np.std: _form("a axis dtype out ddof keepdims where"),
    np.cumsum: _form("a axis dtype out"),
    np.cumprod: _form("a axis dtype out"),
    np.all: _form("a axis out keepdims where"),
    np.any: _form("a axis out keepdims where"),
    np.argmax: _form("a axis out keepdims"),
    np.argmin: _form("a axis out keepdims"),
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
    np.concatenate: _sequence("arrays axis out"),
    np.stack: _sequence("arrays axis out"),
    # elementwise, but no ufunc
    np.sinc: _form("x"),
    np.i0: _form("x"),
    np.frexp: _several("x"),  # a ufunc, here for its two results
    # selection
    np.where: _form("condition x y", arrays=3),
    np.clip: _form("a a_min a_max out", arrays=3),
    np.take: _form("a indices axis out mode", arrays=2),
    np.sort: _form("a axis kind order"),
    np.argpartition: _form("a kth axis kind order"),
    np.lexsort: CallForm(("keys", "axis"), 1, takes_sequence=True),
    np.searchsorted: _form("a v side sorter", arrays=2),
    np.digitize: _form("x bins right", arrays=2),
    np.isin: _form("element test_elements assume_unique invert kind", arrays=2),
    np.bincount: _form("x weights minlength", arrays=2),
    # products
    np.dot: _form("a b out", arrays=2),
    np.inner: _form("a b", arrays=2),
    np.outer: _form("a b out", arrays=2),
    np.tensordot: _form("a b axes", arrays=2),
    np.convolve: _form("a v mode", arrays=2),
    # linear algebra
    np.linalg.inv: _form("a"),
    np.linalg.solve: _form("a b", arrays=2),
    np.linalg.pinv: _form("a rcond hermitian rtol"),
    np.linalg.lstsq: _several("a b rcond", arrays=2),
    np.linalg.matrix_rank: _form("A tol hermitian rtol"),
    np.linalg.det: _form("a"),
    np.linalg.slogdet: _several("a"),
    np.linalg.cholesky: _form("a upper"),
    np.linalg.eigh: _several("a UPLO"),
    np.linalg.svd: _several("a full_matrices compute_uv hermitian"),
    np.linalg.qr: _several("a mode"),
    # Fourier transforms
    np.fft.fft: _form("a n axis norm out"),
    np.fft.ifft: _form("a n axis norm out"),
    np.fft.rfft: _form("a n axis norm out"),
    np.fft.irfft: _form("a n axis norm out"),
    # complex values
    np.real: _form("val"),
    np.imag: _form("val"),
}
"""The array functions that a tape can hold. Ufuncs need no row: all their inputs are arrays."""


def read_call(
    function: Callable[..., Any], args: Sequence[Any], kwargs: Options
) -> tuple[Operands, Options]:
    """Split the arguments of an array function into operands and options.

    Parameters
    ----------
    function : callable
        A NumPy array function with a row in `CALL_FORMS`.
    args, kwargs
        The call as the user wrote it.

    Raises
    ------
    TracingError
        When no row exists, or an option is given that no rule covers, such as ``out=``.

    Examples
    --------
    >>> read_call(np.sum, (np.ones(3), 0), {"keepdims": True})
    ((array([1., 1., 1.]),), {'axis': 0, 'keepdims': True})
    """
    form = CALL_FORMS.get(function)
    if form is None:
        raise untraceable(function)
    if len(args) == form.arrays and not form.takes_sequence and _PLAIN_OPTIONS.issuperset(kwargs):
        return tuple(args), kwargs  # the usual call needs no reading
    if len(args) > len(form.names):
        raise TypeError(f"{name_of(function)} takes {len(form.names)} arguments at most")
    given: Options = dict(zip(form.names, args))
    given.update({_SPELLINGS.get(name, name): value for name, value in kwargs.items()})
    given = checked_options(function, given, form.names)
    if given.get("order") in ("A", "K") and function in (np.reshape, np.ravel):
        why = "'A' and 'K' follow the layout in memory, which a tape does not hold"
        raise option_refused(function, "order", why)
    if form.takes_sequence:
        return tuple(given.pop(form.names[0])), _own(given)
    if function is np.where and "y" not in given:
        if "x" in given:
            raise ValueError("either both or neither of x and y should be given")
        raise several_results(function)
    return tuple(given.pop(name, None) for name in form.names[: form.arrays]), _own(given)


def _own(options: Options) -> Options:
    """Copy options that are lists or arrays: the user may change them before a sweep."""
    return {
        name: value.copy() if isinstance(value, (list, np.ndarray)) else value
        for name, value in options.items()
    }


_PLAIN_OPTIONS = frozenset({"axis", "keepdims"})
"""Options that mean the same to every function and its rule."""

_SPELLINGS = {"min": "a_min", "max": "a_max", "correction": "ddof"}
"""Names that NumPy 2 gave to parameters of ``np.clip``, ``np.var`` and ``np.std``."""

_COST_ONLY = frozenset({"copy", "subok", "device", "optimize"})
"""Options that change memory or time but never the value: dropped."""

_NEVER_RECORDED = frozenset({"out", "where", "initial"})
_NONE_MEANS_UNSET = _NEVER_RECORDED | {"dtype"}  # but axis=None means all axes


def checked_options(
    function: Callable[..., Any], options: Options, known: Sequence[str]
) -> Options:
    """Drop the options that change nothing; refuse those that no rule knows.

    Parameters
    ----------
    known : sequence of str
        The options that the rule of ``function`` takes into account.

    Examples
    --------
    >>> checked_options(np.sum, {"axis": 0, "out": None, "dtype": None}, ("axis",))
    {'axis': 0}
    """
    kept: Options = {}
    for name, value in options.items():
        if name in _COST_ONLY or (value is None and name in _NONE_MEANS_UNSET):
            continue
        if name not in known or name in _NEVER_RECORDED:
            raise option_refused(function, name)
        kept[name] = value
    return kept


def fill_holes(index: Any, operands: Sequence[Any]) -> Any:
    """Put the integer arrays among ``operands`` into an index with holes."""
    if isinstance(index, Hole):
        return operands[index.operand]
    if isinstance(index, tuple):
        return tuple(fill_holes(part, operands) for part in index)
    return index
