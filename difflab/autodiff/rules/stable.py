"""Rules of difflab's own primitives: activations, softmax and the cross-entropies.

Probabilities may underflow to 0 here: both sweeps run with underflow ignored.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from difflab import functions as own
from difflab.autodiff.rules.rule import both_modes, constant, elementwise, general, restore_axes


def _relu(g: Any, y: Any, x: Any) -> Any:
    """g sign(y): unlike x > 0, NaN where x is NaN."""
    slope = np.sign(y)
    if type(slope) is np.ndarray is type(g) and g.dtype == slope.dtype:
        return np.multiply(g, slope, slope)
    return g * slope


def _leaky_relu_slope(y: Any, x: Any) -> Any:
    """1 above 0, else the leak; NaN where x is NaN."""
    return np.maximum(np.sign(y), own.LEAK)


def _logsumexp_share(out: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    """The softmax weights exp(x - out); all zero where every logit is -inf."""
    out = restore_axes(out, np.shape(x), axis, keepdims)
    return np.exp(x - np.where(np.isinf(out), 0.0, out))


def _logsumexp_vjp(g: Any, out: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    g = restore_axes(g, np.shape(x), axis, keepdims)
    return g * _logsumexp_share(out, x, axis, keepdims)


def _logsumexp_jvp(t: Any, out: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return np.sum(t * _logsumexp_share(out, x, axis, keepdims), axis=axis, keepdims=keepdims)


def _log_softmax_vjp(g: Any, out: Any, x: Any, axis: int = -1) -> Any:
    return g - np.exp(out) * np.sum(g, axis=axis, keepdims=True)


def _log_softmax_jvp(t: Any, out: Any, x: Any, axis: int = -1) -> Any:
    return t - np.sum(np.exp(out) * t, axis=axis, keepdims=True)


def _softmax_both(g: Any, out: Any, x: Any, axis: int = -1) -> Any:
    """The Jacobian diag(p) - p p' is symmetric: pullback and pushforward are the same map."""
    return out * (g - np.sum(g * out, axis=axis, keepdims=True))


def _residual(z: Any, y: Any, axis: int) -> Any:
    """Derivative of the softmax cross-entropy in the logits: softmax(z) sum(y) - y."""
    p = own.softmax(z, axis=axis)
    if type(p) is np.ndarray and type(y) is np.ndarray:
        return p * np.add.reduce(y, axis, keepdims=True) - y  # as np.sum, without its checks
    return p * np.sum(y, axis=axis, keepdims=True) - y


def _cross_entropy_logits(g: Any, out: Any, z: Any, y: Any, axis: int = -1) -> Any:
    g = g[..., None] if axis == -1 else np.expand_dims(g, axis)  # the same, in a tenth of the time
    return g * _residual(z, y, axis)


def _cross_entropy_targets(g: Any, out: Any, z: Any, y: Any, axis: int = -1) -> Any:
    return -np.expand_dims(g, axis) * own.log_softmax(z, axis=axis)


def _cross_entropy_logits_jvp(t: Any, out: Any, z: Any, y: Any, axis: int = -1) -> Any:
    return np.sum(t * _residual(z, y, axis), axis=axis)


def _cross_entropy_targets_jvp(t: Any, out: Any, z: Any, y: Any, axis: int = -1) -> Any:
    return -np.sum(t * own.log_softmax(z, axis=axis), axis=axis)


RULES = [
    both_modes(own.sigmoid, lambda g, y, x: g * (y * (1 - y))),
    both_modes(own.relu, _relu, kink="relu'(0) = 0"),
    elementwise(own.leaky_relu, _leaky_relu_slope, kink="leaky_relu'(0) = 0.01"),
    elementwise(own.gelu, lambda y, x: own.normal_cdf(x) + x * own.normal_density(x)),
    elementwise(own.normal_cdf, lambda y, x: own.normal_density(x)),
    elementwise(own.softplus, lambda y, x: own.sigmoid(x)),
    elementwise(
        own.binary_cross_entropy,
        lambda out, z, y: own.sigmoid(z) - y,
        lambda out, z, y: -z,
    ),
    general(own.logsumexp, (_logsumexp_vjp,), (_logsumexp_jvp,)),
    general(own.log_softmax, (_log_softmax_vjp,), (_log_softmax_jvp,)),
    general(own.softmax, (_softmax_both,), (_softmax_both,)),
    general(
        own.softmax_cross_entropy,
        (_cross_entropy_logits, _cross_entropy_targets),
        (_cross_entropy_logits_jvp, _cross_entropy_targets_jvp),
    ),
    constant(own.stop_gradient),
]
