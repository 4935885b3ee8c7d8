"""Adjoints of reductions that are not linear: norms, extrema, variances, softmax and its kin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from difflab import functions as own
from difflab.errors import MissingRuleError
from difflab.symbolic.matrix.shapes import Adjoint, with_axes

LONGEST_PRODUCT = 256
"""Factors of ``np.prod`` that are written out one by one."""


def _nonzero(x: Any) -> Any:
    return np.where(np.equal(x, 0), 1.0, x)


def _norm(
    g: Any, out: Any, x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False
) -> Any:
    """x over the norm; norm'(0) = 0."""
    axes = np.ndim(x) if axis is None else np.size(axis)
    if ord is not None and not (ord == 2 and axes == 1) and not (ord == "fro" and axes == 2):
        raise MissingRuleError(
            f"np.linalg.norm with ord={ord!r} has no matrix rule",
            "the matrix form knows the root of a sum of squares",
            'method="autodiff", which has rules for the other orders',
        )
    g, out = (with_axes(part, np.shape(x), axis, keepdims) for part in (g, out))
    return g * (x / _nonzero(out))


def _extreme(g: Any, out: Any, x: Any, axis: Any = None, keepdims: bool = False, **_: Any) -> Any:
    """Ties share equally; NaN among the entries gives NaN, for no entry equals NaN."""
    g, out = (with_axes(part, np.shape(x), axis, keepdims) for part in (g, out))
    held = np.astype(np.equal(x, out), g.dtype)
    share = held / np.maximum(np.sum(held, axis=axis, keepdims=True), 1)
    return g * np.where(np.isnan(x), np.nan, share)


def _deviations(x: Any, axis: Any) -> Any:
    return x - np.mean(x, axis=axis, keepdims=True)


def _var(
    g: Any, out: Any, x: Any, axis: Any = None, ddof: float = 0, keepdims: bool = False, **_: Any
) -> Any:
    count = np.size(x) // max(np.size(out), 1) - ddof
    per_entry = 2 / count if count > 0 else np.nan
    return with_axes(g, np.shape(x), axis, keepdims) * per_entry * _deviations(x, axis)


def _std(
    g: Any, out: Any, x: Any, axis: Any = None, ddof: float = 0, keepdims: bool = False, **_: Any
) -> Any:
    """Deviations over (n - ddof) std; 0 where nothing deviates, as norm'(0) = 0."""
    count = np.size(x) // max(np.size(out), 1) - ddof
    g, out = (with_axes(part, np.shape(x), axis, keepdims) for part in (g, out))
    return g * (_deviations(x, axis) / (_nonzero(out) * count))


def _prod(g: Any, out: Any, x: Any, axis: Any = None, keepdims: bool = False, **_: Any) -> Any:
    """Each factor gets the product of the others, from both ends (Speelpenning 1980)."""
    shape = np.shape(x)
    axes = range(len(shape)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    front = [a % len(shape) for a in axes if shape]  # NumPy reduces axis 0 of a number, too
    rest = [a for a in range(len(shape)) if a not in front]
    turned = np.transpose(x, (*front, *rest))
    count = int(np.prod([shape[a] for a in front]))
    if count == 0:
        return np.zeros(shape, g.dtype)
    if count > LONGEST_PRODUCT:
        raise MissingRuleError(
            f"np.prod of {count} factors would be written out in {5 * count} calls",
            f"the matrix form does so for up to {LONGEST_PRODUCT}",
            'method="autodiff"',
        )
    left = tuple(shape[a] for a in rest)
    lines = np.reshape(turned, (count, *left))
    factors = [lines[k] for k in range(count)]
    before, after = [np.reshape(g, left)], [None]
    for factor in factors[:-1]:
        before.append(before[-1] * factor)
    for factor in factors[:0:-1]:
        after.append(factor if after[-1] is None else after[-1] * factor)
    others = [b if a is None else b * a for b, a in zip(before, reversed(after))]
    stacked = np.reshape(np.stack(others), np.shape(turned))
    return np.transpose(stacked, tuple(np.argsort([*front, *rest])))


def _logsumexp(g: Any, out: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The softmax weights exp(x - out); all zero where every logit is -inf."""
    g, out = (with_axes(part, np.shape(x), axis, keepdims) for part in (g, out))
    return g * np.exp(x - np.where(np.isinf(out), 0.0, out))


def _log_softmax(g: Any, out: Any, x: Any, axis: int = -1) -> Any:
    return g - np.exp(out) * np.sum(g, axis=axis, keepdims=True)


def _softmax(g: Any, out: Any, x: Any, axis: int = -1) -> Any:
    return out * (g - np.sum(g * out, axis=axis, keepdims=True))


def _cross_entropy_logits(g: Any, out: Any, z: Any, y: Any, axis: int = -1) -> Any:
    """softmax(z) sum(y) - y."""
    residual = own.softmax(z, axis=axis) * np.sum(y, axis=axis, keepdims=True) - y
    return np.expand_dims(g, axis) * residual


def _cross_entropy_targets(g: Any, out: Any, z: Any, y: Any, axis: int = -1) -> Any:
    return -np.expand_dims(g, axis) * own.log_softmax(z, axis=axis)


REDUCTIONS: dict[Callable[..., Any], tuple[Adjoint | None, ...]] = {
    np.linalg.norm: (_norm,),
    np.max: (_extreme,),
    np.min: (_extreme,),
    np.var: (_var,),
    np.std: (_std,),
    np.prod: (_prod,),
    own.logsumexp: (_logsumexp,),
    own.log_softmax: (_log_softmax,),
    own.softmax: (_softmax,),
    own.softmax_cross_entropy: (_cross_entropy_logits, _cross_entropy_targets),
}
"""Adjoints by call, one per operand."""
