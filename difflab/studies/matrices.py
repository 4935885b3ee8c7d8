"""SymPy's own matrix derivatives on what a course needs: an exhibit, and why we do not use them.

SymPy 1.14 differentiates expressions of ``MatrixSymbol``. Least squares comes out right; written as
a trace with a ridge term it is silently zero (SymPy issue 26585), of a layer of sigmoids the shape
is wrong, and two layers raise. Whoever trusts it finds out late.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from difflab.errors import unknown_name
from difflab.studies.measurement import Measurement


def _symbols() -> tuple[Any, ...]:
    import sympy as sp

    n, d, k = (sp.Symbol(name, integer=True, positive=True) for name in "ndk")
    x, w, y = sp.MatrixSymbol("X", n, d), sp.MatrixSymbol("w", d, 1), sp.MatrixSymbol("y", n, 1)
    first, second = sp.MatrixSymbol("W1", d, k), sp.MatrixSymbol("W2", k, 1)
    return sp, x, w, y, first, second


def _least_squares() -> tuple[Any, tuple[Any, ...]]:
    _, x, w, y, *_ = _symbols()
    return ((x * w - y).T * (x * w - y)).diff(w), w.shape


def _ridge() -> tuple[Any, tuple[Any, ...]]:
    sp, x, w, y, *_ = _symbols()
    residual = x * w - y
    loss = sp.Trace(residual.T * residual) + sp.Symbol("lambda") * sp.Trace(w.T * w)
    return sp.diff(loss, w), w.shape


def _logistic() -> tuple[Any, tuple[Any, ...]]:
    sp, x, w, *_ = _symbols()
    s = sp.Symbol("s")
    ones = sp.OneMatrix(1, x.shape[0])
    return (ones * (x * w).applyfunc(sp.Lambda(s, 1 / (1 + sp.exp(-s))))).diff(w), w.shape


def _two_layers() -> tuple[Any, tuple[Any, ...]]:
    sp, x, _, _, first, second = _symbols()
    s = sp.Symbol("s")
    tanh = sp.Lambda(s, sp.tanh(s))
    ones = sp.OneMatrix(1, x.shape[0])
    return (ones * ((x * first).applyfunc(tanh) * second).applyfunc(tanh)).diff(first), first.shape


LOSSES: Mapping[str, Callable[[], tuple[Any, tuple[Any, ...]]]] = MappingProxyType(
    {
        "least squares": _least_squares,
        "least squares with ridge, as traces": _ridge,
        "sum of sigmoids of X w": _logistic,
        "two layers of tanh": _two_layers,
    }
)
"""Losses: each gives SymPy's derivative by its parameters, and the shape that it should have."""


def measure(loss: str) -> list[Measurement]:
    """Say what SymPy makes of a loss.

    Returns
    -------
    list of Measurement
        The verdict, and what SymPy returned or raised, as text.

    Examples
    --------
    >>> [m.value for m in measure("least squares")]
    ['right', '2*X.T*(X*w - y)']
    """
    if loss not in LOSSES:
        raise unknown_name("loss", loss, LOSSES, "difflab.studies.matrices.LOSSES")
    try:
        found, wanted = LOSSES[loss]()
    except Exception as error:
        return _told("raises", f"{type(error).__name__}: {error}")
    if found == 0 or getattr(found, "is_ZeroMatrix", False):
        return _told("silently zero", "0")
    shape = tuple(getattr(found, "shape", ()))
    if shape != tuple(wanted):
        return _told("silently of a wrong shape", f"{shape} instead of {tuple(wanted)}")
    return _told("right", str(found))


def _told(verdict: str, returned: str) -> list[Measurement]:
    return [Measurement("verdict", verdict, ""), Measurement("returned", returned, "")]
