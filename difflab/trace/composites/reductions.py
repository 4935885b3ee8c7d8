"""Compositions that reduce: ranges, averages, covariances, running totals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from difflab.trace.composites.arguments import as_array, no_out, plain

_UNSET = np._NoValue


def _kept(keepdims: Any) -> bool:
    return keepdims is not _UNSET and keepdims


def _ptp(a: Any, axis: Any = None, out: Any = None, keepdims: Any = _UNSET) -> Any:
    no_out(np.ptp, out)
    options = {"axis": axis, "keepdims": _kept(keepdims)}
    return np.max(a, **options) - np.min(a, **options)


def _count_nonzero(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    return np.sum(as_array(a) != 0, axis=axis, keepdims=keepdims)


# averages


def _average(
    a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: Any = _UNSET
) -> Any:
    a, keepdims = as_array(a), _kept(keepdims)
    if weights is None:
        average = np.mean(a, axis=axis, keepdims=keepdims)
        total = np.full(average.shape, a.size / max(average.size, 1), average.dtype)
    else:
        weights = _aligned(as_array(weights), a.shape, axis)
        total = np.sum(weights, axis=axis, keepdims=keepdims)
        average = np.sum(a * weights, axis=axis, keepdims=keepdims) / total
        total = np.broadcast_to(total, average.shape)
    return (average, total) if returned else average


def _aligned(weights: Any, shape: tuple[int, ...], axis: Any) -> Any:
    """Weights of the averaged axes alone, laid along them."""
    if weights.shape == shape:
        return weights
    if axis is None:
        raise TypeError("Axis must be specified when shapes of a and weights differ.")
    axes = normalize_axis_tuple(axis, len(shape))
    if weights.shape != tuple(shape[k] for k in axes):
        raise ValueError(
            "Shape of weights must be consistent with shape of a along specified axis."
        )
    ordered = np.transpose(weights, tuple(int(k) for k in np.argsort(axes)))
    ordered = np.reshape(ordered, tuple(n if k in axes else 1 for k, n in enumerate(shape)))
    return np.broadcast_to(ordered, shape)


# covariances


def _cov(
    m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: int | None = None,
    fweights: Any = None, aweights: Any = None, *, dtype: Any = None,
) -> Any:  # fmt: skip
    m = as_array(m)
    x = _variables(m, rowvar or m.ndim == 1)
    if y is not None:
        y = np.atleast_2d(as_array(y))
        x = np.concatenate([x, y if rowvar or y.shape[0] == 1 else np.transpose(y)], axis=0)
    x = x.astype(np.result_type(x.dtype, np.float64) if dtype is None else dtype)
    spare = (0 if bias else 1) if ddof is None else ddof
    weights, freedom = _sample_weights(x.shape[1], spare, fweights, aweights)
    mean, _ = np.average(x, axis=1, weights=weights, returned=True)
    centred = x - mean[:, None]
    weighted = centred if weights is None else centred * weights
    return np.squeeze(np.dot(centred, np.conjugate(np.transpose(weighted))) / freedom)


def _variables(m: Any, in_rows: bool) -> Any:
    if m.ndim > 2:
        raise ValueError("m has more than 2 dimensions")
    rows = np.atleast_2d(m)
    return rows if in_rows else np.transpose(rows)


def _sample_weights(count: int, ddof: int, fweights: Any, aweights: Any) -> tuple[Any, Any]:
    """The weight of each sample, and what is left of their sum once ``ddof`` is taken off."""
    if fweights is None and aweights is None:
        return None, max(count - ddof, 0)
    weights: Any = np.ones(count)
    if fweights is not None:
        weights = weights * plain(fweights, np.cov, "fweights")
    if aweights is not None:
        weights = weights * aweights
    total = np.sum(weights)
    if ddof == 0:
        return weights, total
    taken = ddof if aweights is None else ddof * np.sum(weights * aweights) / total
    return weights, total - taken


def _corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Any:
    covariance = np.cov(x, y, rowvar, dtype=dtype)
    if covariance.ndim == 0:
        return covariance / covariance
    deviation = np.sqrt(np.diagonal(covariance))
    return np.clip(covariance / deviation[:, None] / deviation[None, :], -1, 1)


# running totals


def _cumulative(scan: Callable[..., Any], neutral: float) -> Callable[..., Any]:
    def cumulative(
        x: Any, /, *, axis: int | None = None, dtype: Any = None, out: Any = None,
        include_initial: bool = False,
    ) -> Any:  # fmt: skip
        no_out(scan, out)
        x = np.atleast_1d(x)
        if axis is None:
            if x.ndim > 1:
                raise ValueError("For arrays which have more than one dimension ``axis`` argument")
            axis = 0
        totals = scan(x, axis=axis) if dtype is None else scan(x, axis=axis, dtype=dtype)
        if not include_initial:
            return totals
        first = [1 if k == axis % x.ndim else n for k, n in enumerate(x.shape)]
        return np.concatenate([np.full(first, neutral, totals.dtype), totals], axis=axis)

    return cumulative


COMPOSITES: dict[Callable[..., Any], Callable[..., Any]] = {
    np.amax: np.max,
    np.amin: np.min,
    np.ptp: _ptp,
    np.count_nonzero: _count_nonzero,
    np.average: _average,
    np.cov: _cov,
    np.corrcoef: _corrcoef,
    np.cumulative_sum: _cumulative(np.cumsum, 0),
    np.cumulative_prod: _cumulative(np.cumprod, 1),
}
