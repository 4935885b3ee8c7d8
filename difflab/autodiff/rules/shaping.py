"""Rules of functions that change the shape of arrays, their order of axes or entries, their dtype.

All are linear: the cotangent goes the way back that the entries came.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from difflab.autodiff.rules.rule import fit, general, linear


def _reshape_back(g: Any, out: Any, x: Any, **_: Any) -> Any:
    return np.reshape(g, x.shape)


def _reorder_back(g: Any, out: Any, x: Any, shape: Any = None, order: Any = "C") -> Any:
    return np.reshape(g, x.shape) if order == "C" else np.reshape(g, x.shape, order=order)


def _transpose_back(g: Any, out: Any, x: Any, axes: Any = None) -> Any:
    if axes is None:
        return np.transpose(g)
    return np.transpose(g, tuple(int(a) for a in np.argsort([a % x.ndim for a in axes])))


def _roll_back(g: Any, out: Any, x: Any, shift: Any, axis: Any = None) -> Any:
    return np.roll(g, np.negative(shift), axis=axis)


# joining: every operand gets the part of the cotangent that it filled


def _concatenate_vjp(g: Any, out: Any, *arrays: Any, slot: int, axis: Any = 0) -> Any:
    mine = arrays[slot]
    if axis is None:
        start = sum(int(np.size(a)) for a in arrays[:slot])
        return np.reshape(g[start : start + mine.size], mine.shape)
    axis = axis % out.ndim
    start = sum(a.shape[axis] for a in arrays[:slot])
    return g[(slice(None),) * axis + (slice(start, start + mine.shape[axis]),)]


def _stack_vjp(g: Any, out: Any, *arrays: Any, slot: int, axis: int = 0) -> Any:
    return g[(slice(None),) * (axis % out.ndim) + (slot,)]


def _joined_tangent(function: Any) -> Any:
    """The tangent of one operand, joined with zeros in place of the others."""

    def jvp(t: Any, out: Any, *arrays: Any, slot: int, axis: Any = 0) -> Any:
        parts = [t if k == slot else np.zeros(np.shape(a), out.dtype) for k, a in enumerate(arrays)]
        return function(parts, axis=axis)

    return jvp


RULES = [
    linear(np.reshape, _reorder_back),
    linear(np.ravel, _reorder_back),
    linear(np.squeeze, _reshape_back),
    linear(np.expand_dims, _reshape_back),
    linear(np.transpose, _transpose_back),
    linear(np.swapaxes, lambda g, out, x, axis1, axis2: np.swapaxes(g, axis1, axis2)),
    linear(np.moveaxis, lambda g, out, x, source, destination: np.moveaxis(g, destination, source)),
    linear(np.broadcast_to, lambda g, out, x, shape: fit(g, x.shape)),
    linear(np.flip, lambda g, out, x, axis=None: np.flip(g, axis=axis)),
    linear(np.roll, _roll_back),
    linear(np.copy, lambda g, out, x, **_: g),
    general(np.astype, (lambda g, out, x, dtype: g,), (lambda t, out, x, dtype: t,)),
    general(np.concatenate, (_concatenate_vjp,), (_joined_tangent(np.concatenate),), variadic=True),
    general(np.stack, (_stack_vjp,), (_joined_tangent(np.stack),), variadic=True),
]
