"""What calls mean on scalars: reductions, products and difflab's primitives, spelled out.

Each definition takes a `difflab.scalars.field.Caller` first, then operands and options as on the
tape, but no dtype. No derivative appears here.
"""

from __future__ import annotations

import inspect
import operator
from functools import cache
from typing import Any

import numpy as np

from difflab import functions as own
from difflab.scalars.field import Call, Caller, as_array, missing
from difflab.trace import fill_holes


def _sum(run: Caller, x: Any, axis: Any = None, keepdims: bool = False) -> np.ndarray:
    zero = run.field.constant(0)
    return run.reduce(lambda line: run.field.total(line) if line else zero, x, axis, keepdims)


def _count(x: np.ndarray, axis: Any) -> int:
    if axis is None:
        return x.size
    return int(np.prod([x.shape[a] for a in (axis if isinstance(axis, tuple) else (axis,))]))


def _mean(run: Caller, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    x = run.field.array(x)
    return run.apply(np.true_divide, _sum(run, x, axis, keepdims), _count(x, axis))


def _matmul(run: Caller, x: Any, y: Any) -> Any:
    """Products first, then one sum per entry: a field may add many terms faster than one by one."""
    x, y = run.field.array(x), run.field.array(y)
    left = x if x.ndim > 1 else x[None, :]
    right = y if y.ndim > 1 else y[:, None]
    products = run.apply(np.multiply, left[..., :, :, None], right[..., None, :, :])
    out = _sum(run, products, axis=-2)
    out = out if y.ndim > 1 else out[..., 0]
    return out if x.ndim > 1 else (out[..., 0, :] if y.ndim > 1 else out[..., 0])


def _deviations(run: Caller, x: Any, axis: Any) -> Any:
    return run.apply(np.subtract, x, _mean(run, x, axis, keepdims=True))


def _var(run: Caller, x: Any, axis: Any = None, ddof: float = 0, keepdims: bool = False) -> Any:
    x = run.field.array(x)
    squares = run.apply(np.square, _deviations(run, x, axis))
    return run.apply(np.true_divide, _sum(run, squares, axis, keepdims), _count(x, axis) - ddof)


def _std(run: Caller, x: Any, axis: Any = None, ddof: float = 0, keepdims: bool = False) -> Any:
    """Norm of the deviations over sqrt(n - ddof): std' = 0 for constants, as norm'(0) = 0."""
    x = run.field.array(x)
    length = _norm(run, _deviations(run, x, axis), None, axis, keepdims)
    return run.apply(np.true_divide, length, run.apply(np.sqrt, _count(x, axis) - ddof))


def _norm(run: Caller, x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    x = run.field.array(x)
    axes = x.ndim if axis is None else np.size(axis)
    if ord is not None and not (ord == 2 and axes == 1) and not (ord == "fro" and axes == 2):
        raise missing(np.linalg.norm, run.field, f"ord={ord!r} is not a sum of squares")
    return run.reduce(lambda line: run.field.several[np.linalg.norm](*line), x, axis, keepdims)


def _extreme(function: Call) -> Call:
    def define(run: Caller, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return run.reduce(lambda line: run.field.several[function](*line), x, axis, keepdims)

    return define


def _pair(function: Call, otherwise: Call | None = None) -> Call:
    """A function of two scalars, or another one where the field does not have it."""

    def define(run: Caller, x: Any, y: Any) -> Any:
        found = function if function in run.field.several else otherwise
        return run.map(run.field.several[found or function], x, y)

    return define


def _clip(run: Caller, x: Any, low: Any = None, high: Any = None) -> Any:
    """A missing bound, which is no scalar, is left out of the operands and put back inside."""
    given = [bound for bound in (low, high) if bound is not None]

    def scalar(x: Any, *bounds: Any) -> Any:
        rest = iter(bounds)
        lowest, highest = (None if bound is None else next(rest) for bound in (low, high))
        return run.field.several[np.clip](x, lowest, highest)

    return run.map(scalar, x, *given)


def _where(run: Caller, condition: Any, x: Any, y: Any) -> Any:
    return np.where(mask(run, condition), run.field.array(x), run.field.array(y))


CHOICES = "to choose by a context, multiply: by one_hot(y) for labels y, by m * 1.0 for a mask m"
"""What to write instead of masks and index arrays, where scalars have no order."""

KINKS = "np.maximum, np.abs or difflab.relu where they say the same"
"""What to write instead of sorting and comparing, where scalars have no order."""


def mask(run: Caller, condition: Any) -> np.ndarray:
    condition = np.asarray(condition)
    if condition.dtype != object:
        return condition.astype(bool)
    if not run.field.ordered:
        raise missing(
            np.where, run.field, "its condition is an input or computed from one", CHOICES
        )
    return np.frompyfunc(bool, 1, 1)(condition).astype(bool)


def _getitem(run: Caller, x: Any, *arrays: Any, index: Any) -> Any:
    whole = [_whole_numbers(run, array) for array in arrays]
    return as_array(run.field.array(x)[fill_holes(index, (x, *whole))])


def _take(run: Caller, x: Any, indices: Any, axis: Any = None, mode: Any = "raise") -> Any:
    return as_array(np.take(run.field.array(x), _whole_numbers(run, indices), axis, mode=mode))


def _whole_numbers(run: Caller, array: Any) -> np.ndarray:
    """Indices as integers again; an input of a field without order is not known yet."""
    array = np.asarray(array)
    if array.dtype != object:
        return array
    if not run.field.ordered:
        raise missing(
            operator.getitem, run.field, "its index is an input or computed from one", CHOICES
        )
    return np.frompyfunc(int, 1, 1)(array).astype(np.intp)


def _astype(run: Caller, x: Any) -> Any:
    return run.field.array(x)


def _sigmoid(run: Caller, x: Any) -> Any:
    """1 / (1 + exp(-x))."""
    decay = run.apply(np.exp, run.apply(np.negative, x))
    return run.apply(np.true_divide, 1, run.apply(np.add, 1, decay))


def _relu(run: Caller, x: Any) -> Any:
    return run.map(lambda scalar: run.field.several[np.max](scalar, run.field.constant(0)), x)


def _leaky_relu(run: Caller, x: Any) -> Any:
    """max(x, 0.01 x)."""
    leak = run.apply(np.multiply, x, own.LEAK)
    return run.map(run.field.several[np.max], x, leak)


def _gelu(run: Caller, x: Any) -> Any:
    """x Phi(x)."""
    return run.apply(np.multiply, x, run.apply(own.normal_cdf, x))


def _softplus(run: Caller, x: Any) -> Any:
    """log(1 + exp(x))."""
    return run.apply(np.log1p, run.apply(np.exp, x))


def _logsumexp(run: Caller, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """log of the sum of exp(x), unless the field has a function of its own."""
    whole = run.field.several.get(own.logsumexp)
    if whole is not None:
        return run.reduce(lambda line: whole(*line), x, axis, keepdims)
    return run.apply(np.log, _sum(run, run.apply(np.exp, x), axis, keepdims))


def _log_softmax(run: Caller, x: Any, axis: int = -1) -> Any:
    whole = run.apply(own.logsumexp, x, axis=axis, keepdims=True)
    return run.apply(np.subtract, x, whole)


def _softmax(run: Caller, x: Any, axis: int = -1) -> Any:
    return run.apply(np.exp, run.apply(own.log_softmax, x, axis=axis))


def _floor_divide(run: Caller, x: Any, y: Any) -> Any:
    return run.apply(np.floor, run.apply(np.true_divide, x, y))


def _remainder(run: Caller, x: Any, y: Any) -> Any:
    """x - y floor(x / y)."""
    whole = run.apply(np.floor_divide, x, y)
    return run.apply(np.subtract, x, run.apply(np.multiply, y, whole))


def _fmod(run: Caller, x: Any, y: Any) -> Any:
    """x - y trunc(x / y)."""
    whole = run.apply(np.trunc, run.apply(np.true_divide, x, y))
    return run.apply(np.subtract, x, run.apply(np.multiply, y, whole))


def _logaddexp2(run: Caller, x: Any, y: Any) -> Any:
    """log2(2^x + 2^y), by natural logarithms."""
    natural = run.apply(np.log, 2)
    x, y = (run.apply(np.multiply, z, natural) for z in (x, y))
    return run.apply(np.true_divide, run.apply(np.logaddexp, x, y), natural)


def _renamed(function: Call) -> Call:
    return lambda run, x: run.apply(function, x)


def _binary_cross_entropy(run: Caller, z: Any, y: Any) -> Any:
    return run.apply(np.subtract, run.apply(own.softplus, z), run.apply(np.multiply, z, y))


def _softmax_cross_entropy(run: Caller, z: Any, y: Any, axis: int = -1) -> Any:
    terms = run.apply(np.multiply, y, run.apply(own.log_softmax, z, axis=axis))
    return run.apply(np.negative, _sum(run, terms, axis))


ARITHMETIC: dict[Call, Call] = {
    np.add: operator.add,
    np.subtract: operator.sub,
    np.multiply: operator.mul,
    np.true_divide: operator.truediv,
    np.power: operator.pow,
    np.float_power: operator.pow,
    np.negative: operator.neg,
    np.positive: operator.pos,
    np.square: lambda x: x * x,
    np.reciprocal: lambda x: 1 / x,
}
"""Calls that Python's operators express for every kind of scalar."""

DEFINITIONS: dict[Call, Call] = {
    np.sum: _sum,
    np.mean: _mean,
    np.matmul: _matmul,
    np.var: _var,
    np.std: _std,
    np.linalg.norm: _norm,
    np.max: _extreme(np.max),
    np.min: _extreme(np.min),
    np.maximum: _pair(np.max),
    np.minimum: _pair(np.min),
    np.fmax: _pair(np.fmax, np.max),
    np.fmin: _pair(np.fmin, np.min),
    np.hypot: _pair(np.linalg.norm),
    np.floor_divide: _floor_divide,
    np.remainder: _remainder,
    np.fmod: _fmod,
    np.logaddexp2: _logaddexp2,
    np.degrees: _renamed(np.rad2deg),
    np.radians: _renamed(np.deg2rad),
    np.clip: _clip,
    np.where: _where,
    np.take: _take,
    np.astype: _astype,
    operator.getitem: _getitem,
    own.sigmoid: _sigmoid,
    own.relu: _relu,
    own.leaky_relu: _leaky_relu,
    own.gelu: _gelu,
    own.softplus: _softplus,
    own.logsumexp: _logsumexp,
    own.log_softmax: _log_softmax,
    own.softmax: _softmax,
    own.binary_cross_entropy: _binary_cross_entropy,
    own.softmax_cross_entropy: _softmax_cross_entropy,
}
"""Calls that are spelled out in terms of others, the same for every field."""


@cache
def options_of(definition: Call) -> frozenset[str]:
    """Names of the arguments that a definition takes; NumPy has more, and none may be ignored."""
    return frozenset(inspect.signature(definition).parameters)


STRUCTURAL = frozenset(
    {
        np.prod,
        np.cumsum,
        np.cumprod,
        np.reshape,
        np.ravel,
        np.transpose,
        np.swapaxes,
        np.moveaxis,
        np.squeeze,
        np.expand_dims,
        np.broadcast_to,
        np.flip,
        np.roll,
        np.copy,
        np.concatenate,
        np.stack,
        np.dot,
        np.inner,
        np.outer,
        np.tensordot,
        np.einsum,
        np.convolve,
    }
)
"""Calls that NumPy itself runs on object arrays: they move, add and multiply entries."""
