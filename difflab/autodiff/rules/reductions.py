"""Rules of functions that reduce over axes: sums, means, products, extrema, variances, norms."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from difflab.autodiff.rules.rule import (
    Rule,
    constant,
    general,
    linear,
    nan_passes,
    restore_axes,
)
from difflab.transposes import column_sums


def _count(shape: tuple[int, ...], axis: Any) -> int:
    """How many entries each reduced value was made of."""
    if axis is None:
        return math.prod(shape)
    axes = axis if isinstance(axis, tuple) else (axis,)
    return math.prod(shape[a] for a in axes)


def _spread(g: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    """Broadcast a cotangent of a reduction back over the axes that were reduced."""
    if (
        axis is None and isinstance(g, np.floating) and x.ndim
    ):  # np.broadcast_to takes 5 times as long
        return np.ndarray(x.shape, g.dtype, g, strides=(0,) * x.ndim)
    return np.broadcast_to(restore_axes(g, np.shape(x), axis, keepdims), np.shape(x))


def _sum_vjp(
    g: Any, out: Any, x: Any, axis: Any = None, keepdims: bool = False, dtype: Any = None
) -> Any:
    return _spread(g, x, axis, keepdims)


def _mean_vjp(
    g: Any, out: Any, x: Any, axis: Any = None, keepdims: bool = False, dtype: Any = None
) -> Any:
    return _spread(g / max(_count(x.shape, axis), 1), x, axis, keepdims)


def _from_gradient(function: Any, gradient: Any, kink: str = "") -> Rule:
    """Row for a reduction whose derivative with respect to each entry is known.

    ``gradient(out, x, axis, keepdims, **rest)`` has x's shape: the derivative of the reduced value
    that an entry belongs to. The VJP spreads the cotangent and multiplies; the JVP multiplies and
    sums.
    """

    # dtype= rounds, which has no derivative of its own; the sweeps cast back to x's dtype
    def vjp(
        g: Any,
        out: Any,
        x: Any,
        axis: Any = None,
        keepdims: bool = False,
        dtype: Any = None,
        **rest: Any,
    ) -> Any:
        g, out = (restore_axes(a, np.shape(x), axis, keepdims) for a in (g, out))
        return g * gradient(out, x, axis, **rest)

    def jvp(
        t: Any,
        out: Any,
        x: Any,
        axis: Any = None,
        keepdims: bool = False,
        dtype: Any = None,
        **rest: Any,
    ) -> Any:
        out = restore_axes(out, np.shape(x), axis, keepdims)
        return np.sum(t * gradient(out, x, axis, **rest), axis=axis, keepdims=keepdims)

    return general(function, (vjp,), (jvp,), kink=kink)


def _extremum(out: Any, x: Any, axis: Any) -> Any:
    winners = (x == out) * 1.0
    # no entry equals NaN: then there is no winner to share with
    share = winners / np.maximum(np.sum(winners, axis=axis, keepdims=True), 1.0)
    return nan_passes(share, x, out)


def _prod(out: Any, x: Any, axis: Any) -> Any:
    """Product of all the other entries, right also where some are zero.

    It is (product of those before) * (product of those after), each a running product.
    """
    shape = np.shape(x)
    axes = range(len(shape)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    axes = tuple([a % len(shape) for a in axes if shape])  # of a number NumPy reduces axis 0, too
    order = tuple([a for a in range(len(shape)) if a not in axes]) + axes
    lines = np.reshape(np.transpose(x, order), _shape_of_lines(shape, axes))
    after = np.flip(_product_before(np.flip(lines, axis=-1)), axis=-1)
    back = np.reshape(_product_before(lines) * after, tuple([shape[a] for a in order]))
    return np.transpose(back, tuple([order.index(a) for a in range(len(shape))]))


def _shape_of_lines(shape: tuple[int, ...], axes: tuple[int, ...]) -> tuple[int, ...]:
    """The shape with ``axes`` joined into one, at the end."""
    return (*[n for a, n in enumerate(shape) if a not in axes], _count(shape, axes))


def _product_before(lines: Any) -> Any:
    """Product of the entries before each one, along the last axis."""
    ones = np.ones((*lines.shape[:-1], 1), lines.dtype)
    return np.concatenate([ones, np.cumprod(lines[..., :-1], axis=-1)], axis=-1)[
        ..., : lines.shape[-1]
    ]


def _freedom(shape: tuple[int, ...], axis: Any, ddof: float) -> float:
    """Number of entries less ``ddof``; NaN where NumPy has no variance either, but a warning."""
    freedom = _count(shape, axis) - ddof
    return freedom if freedom > 0 else np.nan


def _var(out: Any, x: Any, axis: Any, ddof: float = 0) -> Any:
    return 2 * (x - _centre(x, axis)) / _freedom(np.shape(x), axis, ddof)


def _std(out: Any, x: Any, axis: Any, ddof: float = 0) -> Any:
    deviation = x - _centre(x, axis)
    return deviation / (np.where(out == 0, 1.0, out) * _freedom(np.shape(x), axis, ddof))


def _centre(x: Any, axis: Any) -> Any:
    return np.mean(x, axis=axis, keepdims=True) if np.size(x) else x


def _norm(out: Any, x: Any, axis: Any) -> Any:
    """Of the root of the sum of squares; the other norms are compositions."""
    return x / np.where(out == 0, 1.0, out)


def _cumsum_vjp(g: Any, out: Any, x: Any, axis: Any = None, dtype: Any = None) -> Any:
    if axis is None or not np.ndim(x):
        return np.reshape(np.flip(np.cumsum(np.flip(g))), np.shape(x))
    return np.flip(np.cumsum(np.flip(g, axis=axis), axis=axis), axis=axis)


def _cumprod_vjp(g: Any, out: Any, x: Any, axis: Any = None, dtype: Any = None) -> Any:
    """Sum over i >= j of g_i times the product of the entries up to i without the j-th.

    That is (product of the entries before j) * s_j, where s_j = g_j + x_(j+1) s_(j+1): no division,
    so zeros do no harm.
    """
    axis = axis if np.ndim(x) else None
    lines = np.reshape(x, (-1,)) if axis is None else np.swapaxes(x, axis, -1)
    g = g if axis is None else np.swapaxes(g, axis, -1)
    ones = np.ones((*lines.shape[:-1], 1), lines.dtype)
    factors = np.concatenate([lines[..., 1:], ones], axis=-1)[..., : lines.shape[-1]]
    back = _product_before(lines) * _suffix_recurrence(factors, g)
    return np.reshape(back, np.shape(x)) if axis is None else np.swapaxes(back, axis, -1)


def _cumprod_jvp(t: Any, out: Any, x: Any, axis: Any = None, dtype: Any = None) -> Any:
    """y_j' = x_j y_(j-1)' + y_(j-1) x_j': the same recurrence, from the front."""
    axis = axis if np.ndim(x) else None
    lines, t = (np.reshape(a, (-1,)) if axis is None else np.swapaxes(a, axis, -1) for a in (x, t))
    pushed = _suffix_recurrence(np.flip(lines, -1), np.flip(_product_before(lines) * t, -1))
    pushed = np.flip(pushed, -1)
    return pushed if axis is None else np.swapaxes(pushed, axis, -1)


def _suffix_recurrence(factors: Any, terms: Any) -> Any:
    """Solve s_j = terms_j + factors_j s_(j+1), with s = 0 after the end, along the last axis.

    In log2(n) steps over whole arrays: each step makes every s_j reach twice as far. Blelloch,
    Prefix Sums and Their Applications (1990), section 1.4.
    """
    reach, length = 1, terms.shape[-1]
    while reach < length:
        near, far = terms[..., :-reach], terms[..., reach:]
        ahead = near + factors[..., :-reach] * far
        terms = np.concatenate([ahead, terms[..., -reach:]], axis=-1)
        ahead = factors[..., :-reach] * factors[..., reach:]
        factors = np.concatenate([ahead, factors[..., -reach:]], axis=-1)
        reach *= 2
    return terms


RULES = [
    linear(column_sums, lambda g, out, x: np.broadcast_to(g, x.shape)),
    linear(np.sum, _sum_vjp),
    linear(np.mean, _mean_vjp),
    linear(np.cumsum, _cumsum_vjp),
    general(np.cumprod, (_cumprod_vjp,), (_cumprod_jvp,)),
    _from_gradient(np.prod, _prod),
    _from_gradient(np.max, _extremum, kink="ties are split equally"),
    _from_gradient(np.min, _extremum, kink="ties are split equally"),
    _from_gradient(np.var, _var),
    _from_gradient(np.std, _std, kink="std' = 0 for constants"),
    _from_gradient(np.linalg.norm, _norm, kink="norm'(0) = 0"),
    *(constant(f) for f in (np.all, np.any, np.argmax, np.argmin, np.argsort)),
]
