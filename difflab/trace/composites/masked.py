"""Reductions over a part: ``where=``, ``initial=``, and the ``nan`` family.

The part of the ``nan`` family is what is not NaN. The neutral element of the reduction takes the
place of the entries outside, and everything is reduced.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from difflab.trace.composites.arguments import as_array, no_out

_UNSET = np._NoValue
Reduction = Callable[..., Any]
Mask = Callable[[Any, Any], Any]
"""``mask(array, where)`` -> the part, in the shape of the array."""


def _where(a: Any, where: Any) -> Any:
    return np.broadcast_to(True if where is _UNSET else where, a.shape)


def _where_not_nan(a: Any, where: Any) -> Any:
    return ~np.isnan(a) if where is _UNSET else ~np.isnan(a) & where


def _options(axis: Any, keepdims: Any, dtype: Any = None) -> dict[str, Any]:
    kept = {"axis": axis, "keepdims": keepdims is not _UNSET and keepdims}
    return kept if dtype is None else kept | {"dtype": dtype}


def _root(x: Any) -> Any:
    """Square root with slope 0 at 0, by the convention for the deviation of constants."""
    zero = x == 0
    return np.where(zero, 0, np.sqrt(np.where(zero, 1, x)))


def _fold(reduction: Reduction, neutral: float, join: Reduction, mask: Mask) -> Reduction:
    """A sum or a product; ``initial`` is one more term or factor."""

    def fold(
        a: Any, axis: Any = None, dtype: Any = None, out: Any = None,
        keepdims: Any = _UNSET, initial: Any = _UNSET, where: Any = _UNSET,
    ) -> Any:  # fmt: skip
        no_out(reduction, out)
        a = as_array(a)
        part = np.where(mask(a, where), a, neutral)
        result = reduction(part, **_options(axis, keepdims, dtype))
        return result if initial is _UNSET else join(result, initial)

    return fold


def _extremum(reduction: Reduction, neutral: float, join: Any, mask: Mask) -> Reduction:
    """A maximum or minimum. Of nothing it is ``initial``, or NaN in the ``nan`` family."""

    def extremum(
        a: Any, axis: Any = None, out: Any = None,
        keepdims: Any = _UNSET, initial: Any = _UNSET, where: Any = _UNSET,
    ) -> Any:  # fmt: skip
        no_out(reduction, out)
        a, options = as_array(a), _options(axis, keepdims)
        where = _UNSET if where is True else where
        inside = mask(a, where)
        part = np.where(inside, a, neutral)
        if initial is not _UNSET:
            largest = reduction(part, **options) if a.size else np.sum(part, **options) + neutral
            return join(largest, initial)
        if where is not _UNSET:
            raise ValueError(
                f"reduction operation '{join.__name__}' does not have an identity, so to use a "
                "where mask one has to specify 'initial'"
            )
        return np.where(np.any(inside, **options), reduction(part, **options), np.nan)

    return extremum


def _mean(mask: Mask) -> Reduction:
    def mean(
        a: Any, axis: Any = None, dtype: Any = None, out: Any = None,
        keepdims: Any = _UNSET, *, where: Any = _UNSET,
    ) -> Any:  # fmt: skip
        no_out(np.mean, out)
        a, options = as_array(a), _options(axis, keepdims)
        inside = mask(a, where)
        total = np.sum(np.where(inside, a, 0), **options | _options(axis, keepdims, dtype))
        return total / np.sum(inside, **options, dtype=total.dtype)

    return mean


def _variance(mask: Mask) -> Reduction:
    """Mean square of the deviations; of nothing, or of too little, it is NaN with a warning."""

    def variance(
        a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0,
        keepdims: Any = _UNSET, *, where: Any = _UNSET, mean: Any = _UNSET,
        correction: Any = _UNSET,
    ) -> Any:  # fmt: skip
        no_out(np.var, out)
        a = as_array(a) if dtype is None else as_array(a).astype(dtype)
        inside, options = mask(a, where), _options(axis, keepdims)
        spare = ddof if correction is _UNSET else correction
        if mean is _UNSET:
            mean = _mean(mask)(a, axis, keepdims=True, **_given(where=where))
        deviation = np.where(inside, a - mean, 0)
        square = np.real(np.conjugate(deviation) * deviation)  # at no cost where it is real
        freedom = np.sum(inside, **options, dtype=square.dtype) - spare
        return np.sum(square, **options) / np.where(freedom > 0, freedom, 0)

    return variance


def _given(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not _UNSET}


def _deviation(variance: Reduction) -> Reduction:
    return lambda *args, **options: _root(variance(*args, **options))


def _truth(reduction: Reduction, neutral: bool) -> Reduction:
    def truth(
        a: Any, axis: Any = None, out: Any = None, keepdims: Any = _UNSET, *, where: Any = _UNSET
    ) -> Any:
        no_out(reduction, out)
        a = as_array(a)
        part = np.where(_where(a, where), a != 0, neutral)
        return reduction(part, **_options(axis, keepdims))

    return truth


def _scan(scan: Reduction, neutral: float) -> Reduction:
    def scanned(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
        no_out(scan, out)
        part = np.where(np.isnan(a), neutral, a)
        return scan(part, axis=axis) if dtype is None else scan(part, axis=axis, dtype=dtype)

    return scanned


def _place(place: Reduction, neutral: float) -> Reduction:
    def placed(a: Any, axis: Any = None, out: Any = None, *, keepdims: Any = _UNSET) -> Any:
        no_out(place, out)
        return place(np.where(np.isnan(a), neutral, a), **_options(axis, keepdims))

    return placed


OVER_PARTS: dict[Reduction, Reduction] = {
    np.sum: _fold(np.sum, 0, np.add, _where),
    np.prod: _fold(np.prod, 1, np.multiply, _where),
    np.max: _extremum(np.max, -np.inf, np.maximum, _where),
    np.min: _extremum(np.min, np.inf, np.minimum, _where),
    np.mean: _mean(_where),
    np.var: _variance(_where),
    np.std: _deviation(_variance(_where)),
    np.all: _truth(np.all, True),
    np.any: _truth(np.any, False),
}
"""Reductions to the composition that is recorded when one of `PART_OPTIONS` is given."""

PART_OPTIONS = frozenset({"where", "initial", "mean"})

COMPOSITES: dict[Reduction, Reduction] = {
    np.nansum: _fold(np.sum, 0, np.add, _where_not_nan),
    np.nanprod: _fold(np.prod, 1, np.multiply, _where_not_nan),
    np.nanmax: _extremum(np.max, -np.inf, np.maximum, _where_not_nan),
    np.nanmin: _extremum(np.min, np.inf, np.minimum, _where_not_nan),
    np.nanmean: _mean(_where_not_nan),
    np.nanvar: _variance(_where_not_nan),
    np.nanstd: _deviation(_variance(_where_not_nan)),
    np.nancumsum: _scan(np.cumsum, 0),
    np.nancumprod: _scan(np.cumprod, 1),
    np.nanargmax: _place(np.argmax, -np.inf),
    np.nanargmin: _place(np.argmin, np.inf),
}
