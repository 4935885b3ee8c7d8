"""Calls of shape, selection and product functions, for the tests of their values and derivatives.

``ROWS`` are rows of the rule table; `tests.autodiff.cases.CASES` has ``FEW`` of them, for the other
engines. ``COMPOSITIONS`` are recorded as other calls (`difflab.trace.composites`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.autodiff.case import Case

rng = np.random.default_rng(11)
V = rng.normal(size=4)
V5 = rng.normal(size=5)
A = rng.normal(size=(3, 4))
B = rng.normal(size=(4, 3))
S = rng.normal(size=(4, 4))
T = rng.normal(size=(2, 3, 4))
C = rng.normal(size=(3, 3))
SPECIAL = np.array([np.nan, np.inf, -np.inf], np.float32)
POINTS = np.array([0.0, 0.7, 1.5, 3.0])
X3, Y3 = rng.normal(size=(5, 3)), rng.normal(size=(1, 3))

Call = Callable[..., Any]
Line = tuple[Call, str, Call, tuple[np.ndarray, ...]]

_ROWS: list[Line] = [
    *(
        (np.einsum, text, lambda *xs, text=text: np.einsum(text, *xs), arrays)
        for text, arrays in (
            ("ii", (S,)),
            ("ii->i", (S,)),
            ("iji->ji", (rng.normal(size=(2, 3, 2)),)),
            ("iii", (rng.normal(size=(3, 3, 3)),)),
            ("ij->", (A,)),
            ("i,j", (V, V5)),
            ("i,i,i->i", (V, S[0], S[1])),
            ("ij,j->ji", (A, V)),
            ("...", (A,)),
            ("...i->...", (T,)),
            ("...ij,...jk", (T, B)),
            ("i...->...", (T,)),
            ("...,...", (T, V)),
            ("ij,jk", (A[:, :1], B)),
            ("...i,...i->...", (T, A[:1])),
            ("ii,j->j", (S, V)),
            ("ba", (A,)),
            (" i j , j ", (A, V)),
        )
    ),
    (np.einsum, "index lists", lambda x, y: np.einsum(x, [0, 1], y, [1, 2], [2, 0]), (A, B)),
    (np.einsum, "index lists, implicit", lambda x: np.einsum(x, [1, 0]), (A,)),
    (
        np.einsum,
        "index lists, ellipsis",
        lambda x: np.einsum(x, [Ellipsis, 0], [0, Ellipsis]),
        (T,),
    ),
    (np.einsum, "optimize", lambda x, y: np.einsum("ij,jk->ki", x, y, optimize=True), (A, B)),
    (
        np.einsum,
        "optimize three",
        lambda x, y, z: np.einsum("aij,jk,kl->ail", x, y, z, optimize="optimal"),
        (T, B, C),
    ),
    (
        np.einsum,
        "optimize with a kept letter",
        lambda x, y, z: np.einsum("bi,bj,b->bij", x, y, z, optimize=True),
        (A, A[:, ::2].copy(), A[:, 1].copy()),
    ),
    *(
        (
            np.convolve,
            f"{mode} {x.size} {y.size}",
            lambda x, y, m=mode: np.convolve(x, y, m),
            (x, y),
        )
        for mode in ("full", "same", "valid")
        for x, y in ((V, V5), (V5, V[:2]), (V[:3], V5), (V[:1], V))
    ),
    (np.bincount, "", lambda x: np.bincount([0, 2, 2, 1], x, minlength=5), (V,)),
    (np.take, "axis -1", lambda x: np.take(x, [[0, 1], [1, -1]], axis=-1), (T,)),
    (np.sort, "last axis", np.sort, (T,)),
    (np.concatenate, "three, axis -1", lambda x, y: np.concatenate([x, y, x], -1), (A, C)),
    (np.stack, "axis -1", lambda x, y: np.stack([x, y, x], axis=-1), (V, S[0])),
    (np.reshape, "positional order", lambda x: np.reshape(x, (4, 3), "F"), (A,)),
    (np.squeeze, "axis", lambda x: np.squeeze(x[None, :, None], axis=(0, -1)), (V,)),
    (np.expand_dims, "several", lambda x: np.expand_dims(x, (0, -1)), (A,)),
    (np.moveaxis, "several", lambda x: np.moveaxis(x, (0, 1), (-1, 0)), (T,)),
    (np.permute_dims, "", lambda x: np.permute_dims(x, (2, 0, 1)), (T,)),
]


def _case(function: Call, label: str, *arrays: np.ndarray, **options: Any) -> Line:
    return function, label, lambda *xs: function(*xs, **options), arrays


_COMPOSITIONS: list[Line] = [
    # axes
    _case(np.atleast_1d, "", V),
    (np.atleast_1d, "scalar", lambda x: np.atleast_1d(x[0]), (V,)),
    _case(np.atleast_2d, "", V),
    _case(np.atleast_3d, "vector", V),
    _case(np.atleast_3d, "matrix", A),
    (np.atleast_2d, "several", lambda x, y: np.atleast_2d(x, y)[1], (V, A)),
    _case(np.rollaxis, "", T, axis=2, start=0),
    _case(np.rollaxis, "forward", T, axis=0, start=3),
    _case(np.rollaxis, "negative", T, axis=-1, start=-2),
    _case(np.matrix_transpose, "", T),
    # flips
    _case(np.flipud, "", A),
    _case(np.fliplr, "", A),
    *(_case(np.rot90, f"{k}", T, k=k, axes=(0, 2)) for k in (-1, 0, 1, 2, 3)),
    # diagonals and triangles
    *(_case(np.diagonal, f"{k}", A, offset=k) for k in (-3, -2, 0, 1, 3, 5)),
    _case(np.diagonal, "axes", T, offset=1, axis1=-1, axis2=0),
    *(_case(np.trace, f"{k}", A, offset=k) for k in (-1, 0, 2)),
    _case(np.trace, "axes", T, axis1=1, axis2=2),
    *(_case(np.diag, f"vector {k}", V, k=k) for k in (-2, 0, 1)),
    *(_case(np.diag, f"matrix {k}", A, k=k) for k in (-2, 0, 1)),
    _case(np.diagflat, "", A, k=1),
    *(
        _case(f, f"{x.ndim} {k}", x, k=k)
        for f in (np.tril, np.triu)
        for x in (V, T)
        for k in (-1, 1)
    ),
    # repetition
    *(_case(np.tile, f"{reps}", A, reps=reps) for reps in (2, (3,), (2, 1, 3), (2, 2), 0)),
    *(_case(np.repeat, f"{a}", A, repeats=3, axis=a) for a in (None, 0, -1)),
    _case(np.repeat, "counts", A, repeats=[2, 0, 1], axis=0),
    _case(np.repeat, "one count in a list", A, repeats=[2], axis=1),
    _case(np.resize, "longer", A, new_shape=(5, 4)),
    _case(np.resize, "shorter", A, new_shape=3),
    *(_case(np.delete, f"{obj}", A, obj=obj, axis=1) for obj in (0, -1, [0, 2], slice(1, 3))),
    _case(np.delete, "flat", A, obj=[1, 1, 7]),
    _case(np.delete, "mask", A, obj=np.array([True, False, True]), axis=0),
    # windows
    (
        np.lib.stride_tricks.sliding_window_view,
        "",
        lambda x: np.lib.stride_tricks.sliding_window_view(x, (2, 3)),
        (A,),
    ),
    (
        np.lib.stride_tricks.sliding_window_view,
        "axis",
        lambda x: np.lib.stride_tricks.sliding_window_view(x, 2, axis=1),
        (T,),
    ),
    (np.apply_along_axis, "", lambda x: np.apply_along_axis(lambda v: v * v[0], 1, x), (T,)),
    (np.apply_along_axis, "to numbers", lambda x: np.apply_along_axis(np.sum, 0, x), (T,)),
    (
        np.apply_along_axis,
        "to matrices",
        lambda x: np.apply_along_axis(lambda v: np.outer(v, v), 1, x),
        (T,),
    ),
    (np.apply_over_axes, "", lambda x: np.apply_over_axes(np.sum, x, [0, 2]), (T,)),
    # joining
    (np.hstack, "vectors", lambda x, y: np.hstack([x, y, 1.0]), (V, V5)),
    (np.hstack, "matrices", lambda x, y: np.hstack((x, y)), (A, C)),
    (np.vstack, "", lambda x, y: np.vstack([x, y]), (V, A)),
    (np.dstack, "", lambda x, y: np.dstack([x, y]), (V, S[0])),
    (np.column_stack, "", lambda x, y: np.column_stack([x, y]), (V, S)),
    (np.append, "flat", lambda x, y: np.append(x, y), (A, V)),
    (np.append, "axis", lambda x, y: np.append(x, y, axis=1), (A, C)),
    (np.append, "list", lambda x: np.append(x, [1.0, 2.0]), (V,)),
    (np.block, "", lambda x, y: np.block([[x, np.ones((3, 1))], [y, 1.0]]), (A, V)),
    (np.block, "flat", lambda x, y: np.block([x, 1.0, y]), (V, V5)),
    (np.insert, "one", lambda x, y: np.insert(x, 1, y), (V, V5[:1])),
    (np.insert, "several at one place", lambda x, y: np.insert(x, -1, y), (V, V5)),
    (np.insert, "places", lambda x, y: np.insert(x, [0, 2, 2], y), (V, V5[:3])),
    (np.insert, "row", lambda x, y: np.insert(x, 1, y, axis=0), (A, V)),
    (np.insert, "columns", lambda x, y: np.insert(x, [1], y, axis=1), (A, C)),
    (np.insert, "column", lambda x, y: np.insert(x, 1, y, axis=1), (A, V[:3])),
    (np.insert, "scalar", lambda x: np.insert(x, slice(0, 4, 2), 2.0, axis=1), (A,)),
    # splitting
    *(
        (f, f"{k}", lambda x, f=f, s=s, k=k: f(x, s)[k], (T,))
        for f, s in (
            (np.split, 2),
            (np.split, [1]),
            (np.array_split, 3),
            (np.hsplit, 3),
            (np.vsplit, [1]),
            (np.dsplit, (1, 3)),
        )
        for k in (0, -1)
    ),
    (np.split, "axis", lambda x: np.split(x, [1, 9, -1], axis=-1)[2], (T,)),
    (np.unstack, "", lambda x: np.unstack(x, axis=1)[2], (T,)),
    (np.broadcast_arrays, "", lambda x, y: np.broadcast_arrays(x, y)[1], (A, V)),
    *(
        (np.meshgrid, f"{o} {k}", lambda x, y, o=o, k=k: np.meshgrid(x, y, **o)[k], (V, V5))
        for o in ({}, {"indexing": "ij"}, {"sparse": True})
        for k in (0, 1)
    ),
    (np.meshgrid, "three", lambda x, y: np.meshgrid(x, [1.0, 2.0], y)[2], (V, V5)),
    # padding
    *(
        _case(np.pad, f"{mode} {width}", A, pad_width=width, mode=mode)
        for mode in ("constant", "edge", "reflect", "symmetric", "wrap", "linear_ramp")
        for width in (1, (2, 0), ((1, 2), (0, 7)))
    ),
    _case(np.pad, "dict", A, pad_width={-1: (1, 2)}),
    _case(np.pad, "ends", A, pad_width=1, mode="linear_ramp", end_values=(1.0, 2.0)),
    (np.pad, "traced values", lambda x, c: np.pad(x, 2, constant_values=c), (A, V[:2])),
    # selection
    (
        np.take_along_axis,
        "",
        lambda x: np.take_along_axis(x, np.array([[0, 0], [3, 1], [2, -1]]), axis=1),
        (A,),
    ),
    (np.take_along_axis, "sorted", lambda x: np.take_along_axis(x, np.argsort(x, 0), 0), (A,)),
    (
        np.take_along_axis,
        "flat",
        lambda x: np.take_along_axis(x, np.array([1, 1, 5]), axis=None),
        (A,),
    ),
    (np.compress, "", lambda x: np.compress([True, False, True], x, axis=0), (A,)),
    (np.compress, "short and flat", lambda x: np.compress([1, 0, 1], x), (A,)),
    (np.compress, "traced", lambda x: np.compress(x[0] > 0, x, axis=1), (A,)),
    (np.extract, "", lambda x: np.extract(x > 0, x), (A,)),
    (np.partition, "", lambda x: np.sort(np.partition(x, 2)[..., :2]), (T,)),
    (np.choose, "", lambda x, y: np.choose([0, 1, 1, 0], [x, y]), (V, A)),
    (np.choose, "wrap", lambda x, y: np.choose([0, 5, -1, 2], [x, y], mode="wrap"), (V, A)),
    (np.choose, "clip", lambda x, y: np.choose([0, 5, -1, 2], [x, y], mode="clip"), (V, A)),
    (np.select, "", lambda x, y: np.select([x > 0.5, x > -0.2], [x * x, y], 7.0), (A, V)),
    (np.piecewise, "", lambda x: np.piecewise(x, [x < 0, A > 1], [np.square, 2.0, np.sin]), (A,)),
    (np.piecewise, "one", lambda x: np.piecewise(x, x > 0, [np.log, lambda x: -x]), (V,)),
    (np.nan_to_num, "", lambda x: np.nan_to_num(np.append(x, SPECIAL), True, 1.0, 2.0, 3.0), (V,)),
    (np.interp, "", lambda x, f: np.interp(x, POINTS, f), (rng.uniform(-1, 4, (2, 5)), V)),
    (np.interp, "points", lambda x, p: np.interp(x, p, V), (np.array([0.3, 2.0]), POINTS)),
    (np.interp, "ends", lambda x, f: np.interp(x, POINTS, f, -1.0, f[2]), (V * 3, V)),
    (np.interp, "period", lambda x, f: np.interp(x, POINTS, f, period=3.5), (V * 3, V)),
    # differences
    *(_case(np.diff, f"{n}", A, n=n, axis=0) for n in (0, 1, 2)),
    (np.diff, "ends", lambda x, y: np.diff(x, prepend=y, append=0.0), (A, C[:, :2].copy())),
    (np.ediff1d, "", lambda x, y: np.ediff1d(x, to_begin=y, to_end=[1.0]), (A, V)),
    _case(np.unwrap, "", V5 * 9),
    *(_case(np.gradient, f"order {o}", V5, edge_order=o) for o in (1, 2)),
    _case(np.gradient, "spacing", A, axis=1),
    *(
        (np.gradient, f"places {o}", lambda f, x, o=o: np.gradient(f, x, edge_order=o), (V, POINTS))
        for o in (1, 2)
    ),
    (np.gradient, "all axes", lambda x: np.gradient(x, 0.5, 2.0)[1], (A,)),
    _case(np.trapezoid, "", A, dx=0.5, axis=0),
    (np.trapezoid, "places", lambda y, x: np.trapezoid(y, x), (A, POINTS)),
    (np.trapezoid, "places for each", lambda y, x: np.trapezoid(y, x, axis=0), (A, A**3)),
    (np.linspace, "", lambda x, y: np.linspace(x, y, 6), (V[0], V[1])),
    (np.linspace, "arrays", lambda x, y: np.linspace(x, y, 3, endpoint=False, axis=1), (V, A)),
    (np.linspace, "one", lambda x: np.linspace(x, 3, 1), (V[0],)),
    (np.logspace, "", lambda x: np.logspace(x, 1.0, 4, base=2.0), (V[0],)),
    (np.geomspace, "", lambda x: np.geomspace(x, 8.0, 4), (POINTS[1],)),
    *(_case(np.vander, f"{n}", V, N=n) for n in (None, 2)),
    _case(np.vander, "increasing", V, increasing=True),
    _case(np.polyval, "", V, A),
    # products
    _case(np.vdot, "", A, A[::-1].copy()),
    _case(np.vecdot, "", T, A),
    _case(np.vecdot, "axis", T, T[:1].copy(), axis=1),
    *(
        _case(np.kron, f"{x.shape} {y.shape}", x, y)
        for x, y in ((V, V5), (A, V), (V, A), (A, C), (T, A))
    ),
    _case(np.cross, "", X3, Y3),
    (np.cross, "axes", lambda x, y: np.cross(x, y, axisa=0, axisc=0), (X3.T.copy(), Y3)),
    *(
        (
            np.correlate,
            f"{mode} {x.size} {y.size}",
            lambda x, y, m=mode: np.correlate(x, y, m),
            (x, y),
        )
        for mode in ("full", "same", "valid")
        for x, y in ((V, V5), (V5, V[:2]), (V5, V[:3]), (V[:2], V5), (V[:3], V5), (V, V[:1]))
    ),
    # methods of ufuncs
    (np.add, "outer", np.add.outer, (A, V)),
    (np.multiply, "outer", np.multiply.outer, (V, V5)),
    (np.add, "accumulate", lambda x: np.add.accumulate(x), (A,)),
    (np.add, "accumulate axis", lambda x: np.add.accumulate(x, axis=1), (A,)),
    # filling
    (np.full_like, "", lambda x: np.full_like(x, x[0, 0]) * x, (A,)),
]

if hasattr(np, "matvec"):  # NumPy 2.2
    _COMPOSITIONS += [_case(np.matvec, "", T, V), _case(np.vecmat, "", V[:3].copy(), T)]


def _cases(lines: list[Line]) -> list[Case]:
    return [
        Case(function, call, arrays, label, analytic=function is not np.bincount)
        for function, label, call, arrays in lines
    ]


ROWS, COMPOSITIONS = _cases(_ROWS), _cases(_COMPOSITIONS)

FEW = [
    case
    for case in ROWS
    if case.label
    in {"ii", "iji->ji", "...ij,...jk", "ij,jk", "index lists", "full 4 5", "same 5 2"}
    or case.rule is np.bincount
]
