"""Stable functions that NumPy lacks: sigmoid, relu, softplus, logsumexp, cross-entropies.

All are primitives: they take plain arrays (float or complex), and are recorded as one call when
traced. Values stay finite and right at +-1000, and no floating-point warning is raised there.
Conventions at kinks are stated in `difflab.conventions`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from difflab.trace import Primitive
from difflab.tree import map_leaves


def _toward_minus_infinity(x: np.ndarray) -> np.ndarray:
    """-|x|, as an analytic function of complex x: the argument for which exp cannot overflow."""
    return np.where(x.real >= 0, -x, x) if np.iscomplexobj(x) else -np.abs(x)


@Primitive
def sigmoid(x: Any) -> Any:
    """Logistic function 1 / (1 + exp(-x)), elementwise, without overflow.

    Parameters
    ----------
    x : array, any shape; float or complex

    Returns
    -------
    array of x's shape and dtype, in [0, 1]

    Examples
    --------
    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    """
    with np.errstate(over="ignore", under="ignore"):  # exp(1000) = inf, and 1 / inf = 0 is right
        growth = np.exp(np.negative(x))
        if growth.dtype.kind != "c":
            return 1 / (1 + growth)
        decay = np.exp(_toward_minus_infinity(np.asarray(x)))  # complex infinities are no numbers
    return np.where(np.real(x) >= 0, 1, decay)[()] / (1 + decay)


@Primitive
def relu(x: Any) -> Any:
    """Rectifier max(x, 0), elementwise; relu'(0) = 0, NaN in gives NaN out.

    Examples
    --------
    >>> relu(np.array([-2.0, 0.0, 3.0]))
    array([0., 0., 3.])
    """
    if np.iscomplexobj(x):
        return np.where(np.real(x) <= 0, 0, x)[()]
    return np.maximum(x, 0)


@Primitive
def softplus(x: Any) -> Any:
    """Smooth rectifier log(1 + exp(x)), elementwise, without overflow; its derivative is sigmoid.

    Examples
    --------
    >>> softplus(np.array([-1000.0, 1000.0]))
    array([   0., 1000.])
    """
    x = np.asarray(x)
    with np.errstate(under="ignore"):
        return relu(x) + np.log1p(np.exp(_toward_minus_infinity(x)))[()]


@Primitive
def logsumexp(x: Any, *, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> Any:
    """log(sum(exp(x))) over ``axis``, shifted by the maximum so that nothing overflows.

    Parameters
    ----------
    x : array, shape (...)
    axis : int, tuple of int or None
        Axes to sum over; None means all.
    keepdims : bool
        Keep summed axes with length 1.

    Examples
    --------
    >>> round(float(logsumexp(np.array([1000.0, 1000.0]))), 6)
    1000.693147
    """
    x = np.asarray(x)
    top = np.max(x.real, axis=axis, keepdims=True)
    shift = np.where(np.isfinite(top), top, 0)
    with np.errstate(under="ignore", divide="ignore"):
        out = np.log(np.sum(np.exp(x - shift), axis=axis, keepdims=True)) + shift
    return out if keepdims else np.squeeze(out, axis=axis)[()]


@Primitive
def log_softmax(x: Any, *, axis: int = -1) -> Any:
    """x - logsumexp(x), along ``axis``: logarithms of probabilities that sum to one.

    Examples
    --------
    >>> log_softmax(np.array([1000.0, 0.0]))
    array([    0., -1000.])
    """
    x = np.asarray(x)
    return x - logsumexp(x, axis=axis, keepdims=True)


@Primitive
def softmax(x: Any, *, axis: int = -1) -> Any:
    """exp(x) / sum(exp(x)) along ``axis``: probabilities that sum to one.

    Examples
    --------
    >>> softmax(np.array([1000.0, 1000.0, -1000.0]))
    array([0.5, 0.5, 0. ])
    """
    with np.errstate(under="ignore"):
        return np.exp(log_softmax(x, axis=axis))


@Primitive
def binary_cross_entropy(logits: Any, targets: Any) -> Any:
    """-y log sigmoid(z) - (1 - y) log(1 - sigmoid(z)), elementwise, from logits z.

    Parameters
    ----------
    logits : array, any shape
        z; probabilities are sigmoid(z).
    targets : array that broadcasts with logits
        y in [0, 1].

    Returns
    -------
    array of the broadcast shape: the loss of each entry, not reduced

    Examples
    --------
    >>> binary_cross_entropy(np.array([1000.0, -1000.0]), np.array([1.0, 1.0]))
    array([   0., 1000.])
    """
    return softplus(logits) - logits * targets


@Primitive
def softmax_cross_entropy(logits: Any, targets: Any, *, axis: int = -1) -> Any:
    """-sum(y log softmax(z)) along ``axis``, from logits z.

    Parameters
    ----------
    logits : array, shape (..., k)
        z; probabilities are softmax(z).
    targets : array, shape (..., k)
        Probabilities y, usually one-hot (see `difflab.nn.one_hot`).
    axis : int
        The axis of the classes.

    Returns
    -------
    array, shape (...): the loss of each sample, not reduced

    Examples
    --------
    >>> round(float(softmax_cross_entropy(np.zeros(10), np.eye(10)[3])), 6)
    2.302585
    """
    targets = np.asarray(targets)
    # a class that was not seen (y = 0) costs nothing, even where its probability is exactly 0
    seen = np.where(targets == 0, 0, log_softmax(logits, axis=axis))
    return -np.sum(targets * seen, axis=axis)


@Primitive
def stop_gradient(x: Any) -> Any:
    """Return ``x`` unchanged, as something that no derivative passes through.

    In both modes of automatic differentiation. Finite differences see values alone, and
    differentiate through it; engines that do not know it refuse it by name.

    Parameters
    ----------
    x : array, or nest of arrays

    Examples
    --------
    >>> import difflab as dl
    >>> dl.grad(lambda x: x * stop_gradient(x))(3.0)  # of 3 x, not of x**2
    np.float64(3.0)
    """
    if isinstance(x, (list, tuple, dict)):
        return map_leaves(stop_gradient, x)
    return x
