"""Stable functions that NumPy lacks: activations, logsumexp, cross-entropies.

All are primitives: they take plain arrays (float or complex), and are recorded as one call when
traced. Values stay finite and right at +-1000, and no floating-point warning is raised there.
Conventions at kinks are stated in `difflab.conventions`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from difflab.trace import Primitive
from difflab.tree import map_leaves


def _toward_minus_infinity(x: np.ndarray) -> np.ndarray:
    """-|x|, as an analytic function of complex x: the argument for which exp cannot overflow."""
    return np.where(x.real > 0, -x, x) if np.iscomplexobj(x) else -np.abs(x)


@Primitive
@np.errstate(over="ignore", under="ignore")  # exp(1000) = inf, and 1 / inf = 0 is right
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
    growth = np.exp(np.negative(x))
    if growth.dtype.kind != "c":
        return 1 / (1 + growth)
    decay = np.exp(_toward_minus_infinity(np.asarray(x)))  # complex infinities are no numbers
    return np.where(np.real(x) > 0, 1, decay)[()] / (1 + decay)


@Primitive
def relu(x: Any) -> Any:
    """Rectifier max(x, 0), elementwise; relu'(0) = 0, NaN in gives NaN out.

    Examples
    --------
    >>> relu(np.array([-2.0, 0.0, 3.0]))
    array([0., 0., 3.])
    """
    if np.result_type(x).kind == "c":
        return np.where(np.real(x) <= 0, 0, x)[()]
    return np.maximum(x, 0)


LEAK = 0.01
"""Slope of leaky relu where its unit is off, as PyTorch's default."""


@Primitive
@np.errstate(under="ignore")
def leaky_relu(x: Any) -> Any:
    """Leaky rectifier max(x, 0.01 x), elementwise; its derivative at 0 is 0.01, NaN stays NaN.

    Maas, Hannun and Ng (2013), "Rectifier nonlinearities improve neural network acoustic models",
    equation 2.

    Examples
    --------
    >>> leaky_relu(np.array([-2.0, 0.0, 3.0]))
    array([-0.02,  0.  ,  3.  ])
    """
    if np.result_type(x).kind == "c":
        return np.where(np.real(x) <= 0, LEAK * x, x)[()]
    return np.maximum(x, LEAK * x)


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


TINY = 2.0**-36
"""An imaginary part to which an analytic function answers in proportion, to rounding."""


@Primitive
def normal_cdf(x: Any) -> Any:
    """Distribution function (1 + erf(x / sqrt(2))) / 2 of the standard normal, elementwise.

    SciPy computes it, in float64 for wider types.

    Examples
    --------
    >>> normal_cdf(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    """
    from scipy.special import ndtr

    x = np.asarray(x)
    if x.dtype.kind != "c":
        return ndtr(x) if x.dtype.itemsize <= 8 else ndtr(x.astype(float)).astype(x.dtype)[()]
    tiny = np.abs(x.imag) < TINY  # SciPy loses those near the smallest float
    found = ndtr(np.where(tiny, x.real + 1j * TINY, x))
    return np.where(tiny, found.real + 1j * (found.imag * (x.imag / TINY)), found)[()]


def normal_density(x: Any) -> Any:
    """Density exp(-x^2 / 2) / sqrt(2 pi) of the standard normal, elementwise: plain NumPy.

    Examples
    --------
    >>> normal_density(np.array([0.0, 1.0])).round(6)
    array([0.398942, 0.241971])
    """
    return np.exp(-np.square(x) / 2) * _DENSITY_AT_ZERO


_DENSITY_AT_ZERO = 1 / math.sqrt(2 * math.pi)  # a Python number: float32 stays float32


@Primitive
@np.errstate(under="ignore")
def gelu(x: Any) -> Any:
    """Gaussian error linear unit x Phi(x), elementwise, Phi being `normal_cdf`.

    Hendrycks and Gimpel (2016), "Gaussian error linear units", equation 1: the exact form, as
    PyTorch's default, not the approximation by tanh.

    Examples
    --------
    >>> gelu(np.array([0.0, 1.0, 3.0])).round(6)
    array([0.      , 0.841345, 2.99595 ])
    """
    return x * normal_cdf.implementation(x)


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
    with np.errstate(under="ignore", divide="ignore", invalid="ignore"):
        shift, _, total = _shifted(np.asarray(x), axis)
        out = np.log(total) + shift
    return out if keepdims else np.squeeze(out, axis=axis)[()]


def _shifted(x: np.ndarray, axis: Any) -> tuple[Any, Any, Any]:
    """The maximum over ``axis``, x less that, and the sum of its exponentials; axes are kept.

    A sum of exponentials lies in [1, n] unless the maximum is infinite or NaN: that is found
    afterwards, in one number, because it hardly ever happens.
    """
    top = np.maximum.reduce(x.real, axis, keepdims=True)
    shifted = x - top
    total = _sum(np.exp(shifted), axis)
    if not np.isfinite(np.add.reduce(total, None)):
        top = np.where(np.isfinite(top), top, 0)
        shifted = x - top
        total = _sum(np.exp(shifted), axis)
    return top, shifted, total


def _sum(x: np.ndarray, axis: Any) -> Any:
    """Sum, axes kept; over short rows by BLAS, which takes a quarter of the time."""
    if x.ndim == 2 and axis in (-1, 1) and x.dtype.kind == "f" and x.shape[1]:
        return x.dot(np.ones((x.shape[1], 1), x.dtype))
    return np.add.reduce(x, axis, keepdims=True)


@Primitive
@np.errstate(under="ignore", divide="ignore", invalid="ignore")
def log_softmax(x: Any, *, axis: int = -1) -> Any:
    """x - logsumexp(x), along ``axis``: logarithms of probabilities that sum to one.

    Examples
    --------
    >>> log_softmax(np.array([1000.0, 0.0]))
    array([    0., -1000.])
    """
    _, shifted, total = _shifted(np.asarray(x), axis)
    return shifted - np.log(total)


@Primitive
def softmax(x: Any, *, axis: int = -1) -> Any:
    """exp(x) / sum(exp(x)) along ``axis``: probabilities that sum to one.

    Examples
    --------
    >>> softmax(np.array([1000.0, 1000.0, -1000.0]))
    array([0.5, 0.5, 0. ])
    """
    return exponential(log_softmax(x, axis=axis))


@np.errstate(under="ignore")
def exponential(x: Any) -> Any:
    """exp(x) that may underflow to 0 without a word: of logarithms of probabilities.

    Examples
    --------
    >>> exponential(np.array([-1000.0, 0.0]))
    array([0., 1.])
    """
    return np.exp(x)


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
    return expected_surprise(log_softmax(logits, axis=axis), targets, axis=axis)


@np.errstate(under="ignore", invalid="ignore")
def expected_surprise(log_p: Any, targets: Any, *, axis: int = -1) -> Any:
    """-sum(y log p) along ``axis``; a class that was not seen costs nothing, even where p = 0.

    Examples
    --------
    >>> expected_surprise(np.array([-2.0, -np.inf]), np.array([1.0, 0.0]))
    np.float64(2.0)
    """
    out = -np.add.reduce(targets * log_p, axis)
    if np.isnan(np.add.reduce(out, None)):  # 0 times infinity, or NaN in the logits
        seen = np.where(np.equal(targets, 0), 0, log_p)
        out = -np.add.reduce(targets * seen, axis)
    return out


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
