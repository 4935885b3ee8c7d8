"""One or more calls for every row of the rule table, at points where the derivative exists.

A case is a function of float arrays that uses the row's function, and the arrays. A row without a
case makes `test_rules.py` fail.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from difflab import functions as own
from difflab.transposes import scatter_add
from tests.autodiff.case import Case
from tests.autodiff.linalg_cases import FOURIER_CASES, LINALG_CASES
from tests.autodiff.shape_cases import FEW as SHAPE_CASES

rng = np.random.default_rng(7)
A = rng.normal(size=(3, 4))  # any sign
P = rng.uniform(0.3, 2.0, size=(3, 4))  # positive
U = rng.uniform(-0.8, 0.8, size=(3, 4))  # inside (-1, 1)
V = rng.normal(size=4)
T = rng.normal(size=(2, 3, 4))
ROW = rng.normal(size=(1, 4))
Y = np.eye(4)[[0, 2, 1]]
OUTSIDE = np.array([-1, 0, 14, -6])  # indices that np.take clips or wraps around


def _unary(function: Callable[..., Any], x: np.ndarray) -> list[Case]:
    return [Case(function, function, (x,)), Case(function, function, (x[0, 0],), "scalar")]


def _binary(function: Callable[..., Any], x: np.ndarray, y: np.ndarray) -> list[Case]:
    return [
        Case(function, function, (x, y)),
        Case(function, function, (x, y[0]), "broadcast-right"),
        Case(function, function, (x[:, :1], y[:1]), "broadcast-both"),
        Case(function, function, (x[0, 0], y), "scalar-left"),
    ]


CASES: list[Case] = [
    *(
        case
        for f in (
            np.negative,
            np.positive,
            np.square,
            np.absolute,
            np.fabs,
            np.exp,
            np.exp2,
            np.expm1,
            np.sin,
            np.cos,
            np.tan,
            np.arctan,
            np.sinh,
            np.cosh,
            np.tanh,
            np.arcsinh,
            np.sinc,
            np.deg2rad,
            np.rad2deg,
            own.sigmoid,
            own.relu,
            own.leaky_relu,
            own.softplus,
            own.gelu,
            own.normal_cdf,
        )
        for case in _unary(f, A)
    ),
    *(
        case
        for f in (np.sqrt, np.cbrt, np.reciprocal, np.log, np.log2, np.log10, np.log1p)
        for case in _unary(f, P)
    ),
    *(case for f in (np.arcsin, np.arccos, np.arctanh) for case in _unary(f, U)),
    *_unary(np.arccosh, P + 1.1),
    *(
        case
        for f in (
            np.add,
            np.subtract,
            np.multiply,
            np.logaddexp,
            np.maximum,
            np.minimum,
            np.fmax,
            np.fmin,
            np.arctan2,
            np.hypot,
        )
        for case in _binary(f, A, rng.normal(size=(3, 4)))
    ),
    *_binary(np.true_divide, A, P),
    *_binary(np.power, P, A),
    *_binary(np.float_power, P, A),
    *_binary(np.remainder, A, P),
    *(Case(np.power, lambda x, n=n: x**n, (P,), f"constant {n}") for n in (0, 1, 2, 3, -1, 0.5)),
    *_binary(own.binary_cross_entropy, A, U),
    Case(np.sinc, np.sinc, (np.array([0.0, 1e-9, 0.05, 0.11, 2.5]),), "near zero"),
    Case(np.where, lambda x, y: np.where(A > 0, x, y), (A, P)),
    Case(np.where, lambda x, y: np.where(A > 0, x, y), (ROW, P[:, :1]), "broadcast"),
    Case(np.where, lambda x: np.where(x > 0, x * x, 3 * x), (A,), "traced condition"),
    Case(np.clip, lambda x: np.clip(x, -0.5, 0.5), (A,)),
    Case(np.clip, np.clip, (A, ROW - 1, ROW + 1), "traced bounds"),
    Case(np.clip, lambda x: np.clip(x, None, 0.5), (A,), "one bound"),
    Case(np.clip, lambda x: x.clip(min=0.1), (A,), "NumPy 2 names"),
    Case(np.true_divide, lambda x: x / [1.0, 2.0, 3.0, 4.0], (A,), "by a list"),
    Case(np.power, lambda x: x ** (1.0, 2.0, 3.0, 0.5), (P,), "to a tuple"),
    Case(np.arctan2, lambda x: np.arctan2(x, [0.0, 1.0, 2.0, -1.0]), (A,), "of a list"),
    # reductions
    *(
        Case(f, lambda x, f=f, o=o: f(x, **o), (x,), f"{name} {o}")
        for f, x, name in (
            (np.sum, T, ""),
            (np.mean, T, ""),
            (np.prod, T, ""),
            (np.max, T, ""),
            (np.min, T, ""),
            (np.var, T, ""),
            (np.std, T, ""),
            (own.logsumexp, T, ""),
        )
        for o in (
            {},
            {"axis": 1},
            {"axis": -1, "keepdims": True},
            {"axis": (0, 2)},
            {"axis": (0, -1), "keepdims": True},
        )
    ),
    Case(np.sum, lambda x: np.add.reduce(x, axis=None), (A,), "ufunc, all axes"),
    Case(np.max, lambda x: np.maximum.reduce(x, axis=None), (A,), "ufunc, all axes"),
    Case(np.var, lambda x: np.var(x, axis=1, ddof=1), (A,), "ddof"),
    Case(np.std, lambda x: np.std(x, ddof=1), (A,), "ddof"),
    Case(np.prod, np.prod, (np.array([2.0, 0.0, 3.0]),), "one zero"),
    Case(np.prod, np.prod, (np.array([0.0, 0.0, 3.0]),), "two zeros"),
    Case(np.cumsum, np.cumsum, (A,)),
    Case(np.cumsum, lambda x: np.cumsum(x, axis=0), (A,), "axis"),
    Case(np.linalg.norm, np.linalg.norm, (A,)),
    Case(np.linalg.norm, lambda x: np.linalg.norm(x, axis=1, keepdims=True), (A,), "axis"),
    Case(own.log_softmax, own.log_softmax, (A,)),
    Case(own.log_softmax, lambda x: own.log_softmax(x, axis=0), (A,), "axis 0"),
    Case(own.softmax, own.softmax, (A,)),
    Case(own.softmax, lambda x: own.softmax(x, axis=0), (A,), "axis 0"),
    Case(own.softmax_cross_entropy, own.softmax_cross_entropy, (A, P)),
    Case(own.softmax_cross_entropy, lambda z: own.softmax_cross_entropy(z, Y), (A,), "one-hot"),
    Case(
        own.softmax_cross_entropy, lambda z: own.softmax_cross_entropy(z, Y, axis=0), (A,), "axis 0"
    ),
    # shape
    Case(np.reshape, lambda x: np.reshape(x, (2, -1)), (A,)),
    Case(np.reshape, lambda x: np.reshape(x, (2, 6), order="F"), (A,), "Fortran order"),
    Case(np.reshape, lambda x: x.reshape(6, 2), (A,), "method"),
    Case(np.ravel, np.ravel, (A,)),
    Case(np.ravel, lambda x: np.ravel(x, order="F"), (A,), "Fortran order"),
    Case(np.transpose, np.transpose, (T,)),
    Case(np.transpose, lambda x: np.transpose(x, (1, 2, 0)), (T,), "axes"),
    Case(np.transpose, lambda x: x.transpose(1, -1, 0), (T,), "method"),
    Case(np.swapaxes, lambda x: np.swapaxes(x, 0, 2), (T,)),
    Case(np.moveaxis, lambda x: np.moveaxis(x, 0, -1), (T,)),
    Case(np.squeeze, np.squeeze, (ROW,)),
    Case(np.expand_dims, lambda x: np.expand_dims(x, 1), (A,)),
    Case(np.broadcast_to, lambda x: np.broadcast_to(x, (2, 3, 4)), (A[:, :1],)),
    Case(np.flip, np.flip, (A,)),
    Case(np.flip, lambda x: np.flip(x, axis=1), (A,), "axis"),
    Case(np.roll, lambda x: np.roll(x, 2, axis=1), (A,)),
    Case(np.roll, lambda x: np.roll(x, 3), (A,), "flat"),
    Case(np.roll, lambda x: np.roll(x, [1, 2], axis=[0, 1]), (A,), "two axes"),
    Case(np.copy, np.copy, (A,)),
    Case(np.astype, lambda x: x.astype(np.float64), (A,)),
    Case(scatter_add, lambda x: scatter_add(x, index=np.array([1, 1, 0, 3]), shape=(5,)), (V,)),
    Case(np.concatenate, lambda x, y: np.concatenate([x, P, y], axis=0), (A, ROW)),
    Case(np.concatenate, lambda x, y: np.concatenate([x, y], axis=-1), (A, P[:, :2]), "last axis"),
    Case(np.concatenate, lambda x, y: np.concatenate([x, y], axis=None), (A, V), "flat"),
    Case(np.stack, lambda x, y: np.stack([x, y, V], axis=1), (V, P[0])),
    Case(np.take, lambda x: np.take(x, np.array([0, 0, 2]), axis=1), (A,)),
    Case(np.take, lambda x: np.take(x, np.array([[0, 11], [3, 3]])), (A,), "flat"),
    *(
        Case(np.take, lambda x, m=m, a=a: np.take(x, OUTSIDE, axis=a, mode=m), (A,), f"{m} {a}")
        for m in ("clip", "wrap")
        for a in (None, 1)
    ),
    Case(np.sort, lambda x: np.sort(x, axis=0), (A,)),
    Case(np.sort, lambda x: np.sort(x, axis=None), (A,), "flat"),
    # products
    *(
        Case(np.matmul, np.matmul, (x, y), f"{x.shape}@{y.shape}")
        for x, y in (
            (V, V[::-1].copy()),
            (A, V),
            (V, A.T.copy()),
            (A, A.T.copy()),
            (T, A.T.copy()),
            (A, np.swapaxes(T, 1, 2).copy()),
            (T, V),
            (V, np.swapaxes(T, 1, 2).copy()),
            (T[:, None], np.swapaxes(T, 1, 2).copy()),
        )
    ),
    *(
        Case(np.dot, np.dot, (x, y), f"{x.shape}.{y.shape}")
        for x, y in (
            (V, V[::-1].copy()),
            (A, V),
            (A, A.T.copy()),
            (T, np.swapaxes(T, 1, 2).copy()),
            (np.array(2.0), A),
        )
    ),
    Case(np.inner, np.inner, (A, P)),
    Case(np.inner, np.inner, (T, V), "stack with vector"),
    Case(np.outer, np.outer, (A, V)),
    Case(np.tensordot, lambda x, y: np.tensordot(x, y, axes=1), (A, A.T.copy())),
    Case(np.tensordot, lambda x, y: np.tensordot(x, y, axes=np.int64(2)), (A, P), "NumPy integer"),
    Case(
        np.tensordot,
        lambda x, y: np.tensordot(x, y, axes=([2, 1], [0, 2])),
        (T, rng.normal(size=(4, 5, 3))),
        "two axes crossed",
    ),
    Case(np.einsum, lambda x, y: np.einsum("ij,kj->ik", x, y), (A, P)),
    Case(np.einsum, lambda x, y: np.einsum("ij,j", x, y), (A, V), "implicit output"),
    Case(np.einsum, lambda x: np.einsum("ijk->j", x), (T,), "summed alone"),
    Case(
        np.einsum,
        lambda x, y, z: np.einsum("bij,jk,b->bk", x, y, z),
        (T, A.T.copy(), V[:2]),
        "three operands",
    ),
]

import operator  # noqa: E402

CASES += [
    Case(operator.getitem, lambda x, index=index: x[index], (T,), name)
    for name, index in {
        "integer": 1,
        "negative": -1,
        "slice": slice(0, 1),
        "step -1": (slice(None), slice(None, None, -1)),
        "new axis": (None, 0),
        "ellipsis": (Ellipsis, 2),
        "tuple": (1, slice(None), 3),
        "repeats": np.array([0, 0, 1]),
        "pairs": (np.array([0, 1, 1]), np.array([2, 2, 2])),
        "mask": T > 0,
        "mask on one axis": (0, np.array([True, False, True])),
    }.items()
]

CASES += LINALG_CASES + FOURIER_CASES + SHAPE_CASES
