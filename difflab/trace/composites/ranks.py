"""Compositions that take entries by rank: medians and quantiles, as selections from a sort."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from difflab.trace.composites.arguments import as_array, no_out, plain
from difflab.trace.refusals import option_refused

Statistic = Callable[..., Any]


def _over_lines(statistic: Statistic, a: Any, axis: Any, keepdims: Any) -> Any:
    """Apply a function of the sorted last axis to the reduced axes, joined; its new axes lead."""
    axes = tuple(range(a.ndim)) if axis is None else normalize_axis_tuple(axis, a.ndim)
    kept = tuple(k for k in range(a.ndim) if k not in axes)
    shape = tuple(a.shape[k] for k in kept)
    length = int(np.prod([a.shape[k] for k in axes]))
    lines = np.reshape(np.transpose(a, kept + axes), (*shape, length))
    result = statistic(np.sort(lines, axis=-1))
    if keepdims is True:
        new = result.shape[: result.ndim - len(shape)]
        result = np.reshape(
            result, new + tuple(1 if k in axes else n for k, n in enumerate(a.shape))
        )
    return result


def _unless_nan(result: Any, ranked: Any) -> Any:
    """A NaN sorts last, and makes every statistic NaN."""
    last = ranked[..., -1]
    return np.where(np.isnan(last), last, result)


def _between(low: Any, high: Any, share: Any) -> Any:
    """The point between, reckoned from the nearer end, as NumPy does."""
    step = high - low
    return np.where(share < 0.5, low + step * share, high - step * (1 - share))


# median


def _median_of_ranked(ranked: Any) -> Any:
    n = ranked.shape[-1]
    if n == 0:
        return np.mean(ranked, axis=-1)
    middle = ranked[..., n // 2]
    return _unless_nan(middle if n % 2 else (ranked[..., n // 2 - 1] + middle) / 2, ranked)


def _median(
    a: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, keepdims: Any = False
) -> Any:
    no_out(np.median, out)
    return _over_lines(_median_of_ranked, as_array(a), axis, keepdims)


def _entry(ranked: Any, rank: Any) -> Any:
    return np.take_along_axis(ranked, np.expand_dims(rank, -1), axis=-1)[..., 0]


def _nan_median_of_ranked(ranked: Any) -> Any:
    if ranked.shape[-1] == 0:
        return np.mean(ranked, axis=-1)
    found = np.sum(~np.isnan(ranked), axis=-1)
    return (_entry(ranked, (found - 1) // 2) + _entry(ranked, found // 2)) / 2


def _nanmedian(
    a: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, keepdims: Any = False
) -> Any:
    no_out(np.nanmedian, out)
    return _over_lines(_nan_median_of_ranked, as_array(a), axis, keepdims)


# quantiles


def _quantile(
    a: Any, q: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False,
    method: Any = "linear", keepdims: Any = False, *, weights: Any = None,
) -> Any:  # fmt: skip
    no_out(np.quantile, out)
    options: dict[str, Any] = {"method": method}
    if weights is not None:
        raise option_refused(np.quantile, "weights", "its ranks would depend on values")
    a = as_array(a)
    shares = q if isinstance(q, (int, float)) else plain(q, np.quantile, "q")
    dtype = np.quantile(np.zeros(1, a.dtype), shares, method=method).dtype

    def of_ranked(ranked: Any) -> Any:
        n = ranked.shape[-1]
        rank = np.asarray(np.quantile(np.arange(float(n)), shares, **options))
        low = np.floor(rank).astype(int)
        high = np.minimum(low + 1, n - 1)
        mixed = _between(np.take(ranked, low, axis=-1), np.take(ranked, high, axis=-1), rank - low)
        front = tuple(range(rank.ndim))
        mixed = np.moveaxis(mixed, tuple(k - rank.ndim for k in front), front)
        return _unless_nan(mixed, ranked).astype(dtype)

    return _over_lines(of_ranked, a, axis, keepdims)


def _nanquantile(
    a: Any, q: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False,
    method: str = "linear", keepdims: Any = False, *, weights: Any = None,
) -> Any:  # fmt: skip
    no_out(np.nanquantile, out)
    if weights is not None:
        raise option_refused(np.nanquantile, "weights", "its ranks would depend on values")
    if method != "linear":
        raise option_refused(np.nanquantile, "method", "only the linear one has a derivative")
    a, shares = as_array(a), plain(q, np.nanquantile, "q")
    dtype = np.quantile(np.zeros(1, a.dtype), q).dtype
    if not np.all((shares >= 0) & (shares <= 1)):
        raise ValueError("Quantiles must be in the range [0, 1]")

    def of_ranked(ranked: Any) -> Any:
        if ranked.shape[-1] == 0:
            return np.full(shares.shape + ranked.shape[:-1], np.nan, dtype)
        last = np.maximum(np.sum(~np.isnan(ranked), axis=-1) - 1, 0)
        mixed = [_nan_quantile_of_ranked(ranked, last, share) for share in shares.ravel().tolist()]
        together = np.reshape(np.stack(mixed), shares.shape + mixed[0].shape)
        return together.astype(dtype)

    return _over_lines(of_ranked, a, axis, keepdims)


def _nan_quantile_of_ranked(ranked: Any, last: Any, share: float) -> Any:
    rank = last * share
    low = np.floor(rank).astype(int)
    high = np.minimum(low + 1, last)
    return _between(_entry(ranked, low), _entry(ranked, high), rank - low)


def _percentile(quantile: Statistic) -> Statistic:
    def percentile(a: Any, q: Any, *args: Any, **options: Any) -> Any:
        share = q / 100 if isinstance(q, (int, float)) else plain(q, np.percentile, "q") / 100
        return quantile(a, share, *args, **options)

    return percentile


COMPOSITES: dict[Statistic, Statistic] = {
    np.median: _median,
    np.nanmedian: _nanmedian,
    np.quantile: _quantile,
    np.nanquantile: _nanquantile,
    np.percentile: _percentile(_quantile),
    np.nanpercentile: _percentile(_nanquantile),
}
