"""Compositions that work entry by entry: rounding, parts of numbers, comparisons."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from difflab.trace.composites.arguments import as_array, no_out, plain
from difflab.trace.refusals import option_refused

# parts of numbers


def _divmod(x1: Any, x2: Any) -> tuple[Any, Any]:
    return np.floor_divide(x1, x2), np.remainder(x1, x2)


def _modf(x: Any) -> tuple[Any, Any]:
    whole = np.trunc(x)
    infinite = np.isinf(x)
    return np.where(infinite, 0, x) - np.where(infinite, 0, whole), whole


# rounding, by the steps that NumPy takes


def _round(a: Any, decimals: Any = 0, out: Any = None) -> Any:
    no_out(np.round, out)
    places = int(plain(decimals, np.round, "decimals"))
    if places == 0:
        return np.rint(a)
    power = 10.0 ** abs(places)
    return np.rint(a * power) / power if places > 0 else np.rint(a / power) * power


def _fix(x: Any, out: Any = None) -> Any:
    no_out(np.fix, out)
    return np.trunc(x)


def _real_if_close(a: Any, tol: float = 100) -> Any:
    if a.dtype.kind == "c":
        why = "whether the result is real depends on values"
        raise option_refused(np.real_if_close, "tol", why)
    return a


# comparisons


def _is_infinite(value: float, function: Callable[..., Any]) -> Callable[..., Any]:
    def answer(x: Any, out: Any = None) -> Any:
        no_out(function, out)
        return np.equal(x, value)

    return answer


def _isclose(
    a: Any, b: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
) -> Any:
    b = as_array(b)
    with np.errstate(invalid="ignore"):
        close = (np.abs(a - b) <= atol + rtol * np.abs(b)) & np.isfinite(b) | (a == b)
    return close | np.isnan(a) & np.isnan(b) if equal_nan else close


def _allclose(a: Any, b: Any, *args: Any, **options: Any) -> Any:
    return np.all(np.isclose(a, b, *args, **options))


def _array_equal(a1: Any, a2: Any, equal_nan: bool = False) -> Any:
    if np.shape(a1) != np.shape(a2):
        return False
    same = np.equal(a1, a2)
    return np.all(same | np.isnan(a1) & np.isnan(a2) if equal_nan else same)


def _array_equiv(a1: Any, a2: Any) -> Any:
    try:
        np.broadcast_shapes(np.shape(a1), np.shape(a2))
    except ValueError:
        return False
    return np.all(np.equal(a1, a2))


COMPOSITES: dict[Callable[..., Any], Callable[..., Any]] = {
    np.divmod: _divmod,
    np.modf: _modf,
    np.round: _round,
    np.around: _round,
    np.fix: _fix,
    np.real_if_close: _real_if_close,
    np.isposinf: _is_infinite(np.inf, np.isposinf),
    np.isneginf: _is_infinite(-np.inf, np.isneginf),
    np.isclose: _isclose,
    np.allclose: _allclose,
    np.array_equal: _array_equal,
    np.array_equiv: _array_equiv,
}
