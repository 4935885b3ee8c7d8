"""Rules of functions that reduce over axes: sums, means, products, extrema, variances, norms."""

from __future__ import annotations

from typing import Any

import numpy as np

from difflab.autodiff.rules.rule import Rule, constant, general, linear, nan_passes, restore_axes
from difflab.errors import MissingRuleError


def _count(shape: tuple[int, ...], axis: Any) -> int:
    """How many entries each reduced value was made of."""
    if axis is None:
        return int(np.prod(shape))
    axes = axis if isinstance(axis, tuple) else (axis,)
    return int(np.prod([shape[a] for a in axes]))


def _spread(g: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    """Broadcast a cotangent of a reduction back over the axes that were reduced."""
    return np.broadcast_to(restore_axes(g, np.shape(x), axis, keepdims), np.shape(x))


def _sum_vjp(
    g: Any, out: Any, x: Any, axis: Any = None, keepdims: bool = False, dtype: Any = None
) -> Any:
    return _spread(g, x, axis, keepdims)


def _mean_vjp(
    g: Any, out: Any, x: Any, axis: Any = None, keepdims: bool = False, dtype: Any = None
) -> Any:
    return _spread(g / _count(np.shape(x), axis), x, axis, keepdims)


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

    The product of the others is (product of those before) * (product of those after), each a scan.
    """
    shape = np.shape(x)
    axes = tuple(range(len(shape))) if axis is None else axis
    axes = tuple(a % len(shape) for a in (axes if isinstance(axes, tuple) else (axes,)))
    rest = tuple(a for a in range(len(shape)) if a not in axes)
    order = rest + axes
    lines = np.reshape(np.transpose(x, order), ([shape[a] for a in rest] + [-1]))
    count = lines.shape[-1]
    ones = np.ones((*lines.shape[:-1], 1))
    before, after = [ones], [ones]
    for i in range(count - 1):
        before.append(before[-1] * lines[..., i : i + 1])
        after.append(after[-1] * lines[..., count - 1 - i : count - i])
    others = np.concatenate(before, axis=-1) * np.concatenate(after[::-1], axis=-1)
    back = np.reshape(others, [shape[a] for a in order])
    return np.transpose(back, tuple(int(a) for a in np.argsort(order)))


def _var(out: Any, x: Any, axis: Any, ddof: float = 0) -> Any:
    return 2 * (x - np.mean(x, axis=axis, keepdims=True)) / (_count(np.shape(x), axis) - ddof)


def _std(out: Any, x: Any, axis: Any, ddof: float = 0) -> Any:
    deviation = x - np.mean(x, axis=axis, keepdims=True)
    return deviation / (np.where(out == 0, 1.0, out) * (_count(np.shape(x), axis) - ddof))


def _norm(out: Any, x: Any, axis: Any, ord: Any = None) -> Any:
    if ord not in (None, 2, "fro") or (ord == 2 and axis is None and np.ndim(x) == 2):
        raise MissingRuleError(
            f"np.linalg.norm with ord={ord!r} has no derivative rule",
            "only the Euclidean norm of vectors and the Frobenius norm of matrices have one",
            "np.sum(np.abs(x), axis) for ord=1; np.max(np.abs(x), axis) for ord=inf",
        )
    return x / np.where(out == 0, 1.0, out)


def _cumsum_vjp(g: Any, out: Any, x: Any, axis: Any = None, dtype: Any = None) -> Any:
    if axis is None:
        return np.reshape(np.flip(np.cumsum(np.flip(g))), np.shape(x))
    return np.flip(np.cumsum(np.flip(g, axis=axis), axis=axis), axis=axis)


RULES = [
    linear(np.sum, _sum_vjp),
    linear(np.mean, _mean_vjp),
    linear(np.cumsum, _cumsum_vjp),
    _from_gradient(np.prod, _prod),
    _from_gradient(np.max, _extremum, kink="ties are split equally"),
    _from_gradient(np.min, _extremum, kink="ties are split equally"),
    _from_gradient(np.var, _var),
    _from_gradient(np.std, _std, kink="std' = 0 for constants"),
    _from_gradient(np.linalg.norm, _norm, kink="norm'(0) = 0"),
    *(constant(f) for f in (np.all, np.any, np.argmax, np.argmin, np.argsort)),
]
