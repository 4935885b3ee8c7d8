"""Calls of linear algebra and of Fourier transforms, for the tests of the rule table."""

from __future__ import annotations

from typing import Any

import numpy as np

from difflab.autodiff.rules.determinants import adjugate, adjugate_slope
from tests.autodiff.case import Case

rng = np.random.default_rng(11)
SQUARE = rng.normal(size=(3, 3)) + 3 * np.eye(3)
SQUARES = rng.normal(size=(2, 3, 3)) + 3 * np.eye(3)
TALL = rng.normal(size=(4, 3))
WIDE = rng.normal(size=(3, 4))
TALLS = rng.normal(size=(2, 4, 3))
WIDES = rng.normal(size=(2, 3, 4))
VECTOR = rng.normal(size=3)
LONG = rng.normal(size=4)
SIGNAL = rng.normal(size=(3, 6))
AWAY = SIGNAL + 9 * np.sign(SIGNAL)  # from zero
IMAGE = rng.normal(size=(2, 3, 4))
ROOT = np.array([[2.0, 0.0, 0.0], [0.5, 1.5, 0.0], [-0.4, 0.3, 1.0]])
POSITIVE = ROOT @ ROOT.T
POSITIVES = np.stack([POSITIVE, 2 * POSITIVE + np.eye(3)])
SINGULAR = np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 6.5], [1.0, 2.0, -1.0]])


def member(k: int, function: Any, **options: Any) -> Any:
    """Take one of several results."""
    return lambda *arrays: function(*arrays, **options)[k]


def joined(*arrays: Any) -> Any:
    """Put arrays of any shapes into one vector."""
    return np.concatenate([np.ravel(a) for a in arrays])


def parts(z: Any) -> Any:
    """Real and imaginary part, as one real array."""
    return np.stack([z.real, z.imag])


def complex_of(x: Any) -> Any:
    """Make a complex array of a real one, by a map that is linear and no simple multiple."""
    return x * (1 + 0.5j) + 1j * np.flip(x)


_NOT_ANALYTIC = {
    adjugate, adjugate_slope,
    np.fft.fft, np.fft.ifft, np.fft.rfft, np.fft.irfft, np.real, np.imag, np.conjugate,
    np.linalg.matrix_rank,
}  # fmt: skip


def case(
    rule: Any, call: Any, arrays: tuple[np.ndarray, ...], label: str = "", analytic: bool = True
) -> Case:
    """Make a case; spectra are complex themselves, and adjugates look at singular values."""
    return Case(rule, call, arrays, label, analytic and rule not in _NOT_ANALYTIC)


def _norm_rule(order: Any) -> Any:
    """The row that a matrix norm uses."""
    return np.linalg.svd if order in (2, -2, "nuc") else np.linalg.norm


LINALG_CASES: list[Case] = [
    case(np.linalg.inv, np.linalg.inv, (SQUARE,)),
    case(np.linalg.inv, np.linalg.inv, (SQUARES,), "stack"),
    case(
        np.linalg.inv,
        lambda a: np.linalg.tensorinv(np.reshape(a, (3, 1, 3)), ind=1),
        (SQUARE,),
        "tensorinv",
    ),
    *(
        case(np.linalg.solve, np.linalg.solve, (a, b), f"{a.shape} {b.shape}")
        for a, b in (
            (SQUARE, VECTOR),
            (SQUARE, WIDE),
            (SQUARES, VECTOR),
            (SQUARES, WIDE),
            (SQUARE, WIDES),
            (SQUARES[:1], WIDES),
        )
    ),
    case(
        np.linalg.solve,
        lambda a, b: np.linalg.tensorsolve(np.reshape(a, (3, 1, 3)), b),
        (SQUARE, VECTOR[:, None]),
        "tensorsolve",
    ),
    case(
        np.linalg.solve,
        lambda a, b: np.linalg.tensorsolve(a, b, axes=(0,)),
        (SQUARE, VECTOR),
        "tensorsolve axes",
    ),
    case(np.linalg.det, np.linalg.det, (SQUARE,)),
    case(np.linalg.det, np.linalg.det, (SQUARES,), "stack"),
    Case(np.linalg.det, np.linalg.det, (SINGULAR,), "singular", analytic=False),  # of degree 3
    case(np.linalg.det, np.linalg.det, (SQUARE[:1, :1],), "1 x 1"),
    case(adjugate, adjugate, (SQUARES,)),
    case(adjugate_slope, adjugate_slope, (SQUARES, SQUARES[::-1].copy())),
    case(np.linalg.slogdet, member(1, np.linalg.slogdet), (SQUARES,)),
    case(np.linalg.pinv, np.linalg.pinv, (TALL,), "tall"),
    case(np.linalg.pinv, np.linalg.pinv, (WIDES,), "wide stack"),
    case(np.linalg.lstsq, member(0, np.linalg.lstsq), (TALL, LONG), "vector"),
    case(np.linalg.lstsq, member(0, np.linalg.lstsq), (TALL, WIDE.T.copy()), "matrix"),
    case(np.linalg.lstsq, member(0, np.linalg.lstsq, rcond=1e-8), (WIDE, VECTOR), "wide"),
    case(np.linalg.lstsq, member(1, np.linalg.lstsq), (TALL, WIDE.T.copy()), "residuals"),
    case(np.linalg.lstsq, member(1, np.linalg.lstsq), (TALL, LONG), "residual"),
    case(np.linalg.lstsq, member(3, np.linalg.lstsq), (TALL, LONG), "singular values"),
    case(
        np.linalg.lstsq,
        lambda a, b: joined(*(np.linalg.lstsq(a, b)[k] for k in (0, 1, 3))),
        (TALL, LONG),
        "all",
    ),
    # factorizations
    case(np.linalg.cholesky, np.linalg.cholesky, (POSITIVE,)),
    case(np.linalg.cholesky, np.linalg.cholesky, (POSITIVES,), "stack"),
    case(np.linalg.cholesky, lambda a: np.linalg.cholesky(a, upper=True), (POSITIVE,), "upper"),
    case(np.linalg.eigh, member(0, np.linalg.eigh), (POSITIVES,), "values"),
    case(np.linalg.eigh, member(1, np.linalg.eigh), (POSITIVES,), "vectors"),
    case(np.linalg.eigh, lambda a: joined(*np.linalg.eigh(a, UPLO="U")), (POSITIVE,), "upper"),
    case(np.linalg.eigh, np.linalg.eigvalsh, (POSITIVE,), "eigvalsh"),
    *(
        case(
            np.linalg.svd,
            lambda a: joined(*np.linalg.svd(a, full_matrices=False)),
            (x,),
            f"{x.shape}",
        )
        for x in (SQUARE, TALL, WIDE, TALLS, WIDES)
    ),
    *(
        case(np.linalg.svd, member(k, np.linalg.svd), (SQUARES,), f"{name} alone")
        for k, name in enumerate(("left", "values", "right"))
    ),
    case(np.linalg.svd, lambda a: np.linalg.svd(a, compute_uv=False), (TALLS,), "no vectors"),
    case(np.linalg.svd, np.linalg.svdvals, (WIDES,), "svdvals"),
    case(np.linalg.svd, np.linalg.cond, (TALLS,), "cond"),
    case(np.linalg.svd, lambda a: np.linalg.cond(a, -2), (TALLS,), "cond -2"),
    case(np.linalg.inv, lambda a: np.linalg.cond(a, "fro"), (SQUARES,), "cond fro"),
    *(
        case(np.linalg.qr, lambda a: joined(*np.linalg.qr(a)), (x,), f"{x.shape}")
        for x in (SQUARE, TALL, TALLS)
    ),
    case(np.linalg.qr, member(0, np.linalg.qr), (TALL,), "q alone"),
    case(np.linalg.qr, member(1, np.linalg.qr), (TALL,), "r alone"),
    # norms
    *(
        case(_norm_rule(o), lambda x, o=o: np.linalg.norm(x, o), (TALL,), f"norm {o}")
        for o in (None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf)
    ),
    *(
        case(
            np.linalg.norm,
            lambda x, o=o: np.linalg.norm(x, o, axis=-1, keepdims=True),
            (TALLS,),
            f"vector {o}",
        )
        for o in (None, 0.5, 1, 2, 3, -1, 2.5, np.inf, -np.inf)
    ),
    case(np.linalg.norm, lambda x: np.linalg.norm(x, axis=0), (TALL,), "first axis"),
    *(
        case(
            _norm_rule(o),
            lambda x, o=o, a=a, k=k: np.linalg.norm(x, o, axis=a, keepdims=k),
            (TALLS,),
            f"norm, axes {a} {o}",
        )
        for o in ("fro", "nuc", 1, 2, np.inf)
        for a, k in (((0, 1), False), ((2, 0), True))
    ),
    case(np.linalg.norm, np.linalg.matrix_norm, (TALLS,), "matrix_norm"),
    case(
        np.linalg.svd,
        lambda x: np.linalg.matrix_norm(x, ord="nuc", keepdims=True),
        (TALLS,),
        "matrix_norm nuc",
    ),
    case(np.linalg.norm, np.linalg.vector_norm, (TALLS,), "vector_norm"),
    case(
        np.linalg.norm,
        lambda x: np.linalg.vector_norm(x, axis=(0, 2), ord=3, keepdims=True),
        (TALLS,),
        "vector_norm 3",
    ),
    case(
        np.linalg.matrix_rank, lambda x: x**2 * np.linalg.matrix_rank(x)[:, None, None], (SQUARES,)
    ),
    # products
    *(
        case(np.matmul, lambda x, n=n: np.linalg.matrix_power(x, n), (SQUARES / 3,), f"power {n}")
        for n in (1, 2, 3, 5, 6)
    ),
    case(np.linalg.inv, lambda x: np.linalg.matrix_power(x, -2), (SQUARES,), "power -2"),
    case(np.matmul, lambda *x: np.linalg.multi_dot(x), (LONG, TALL, SQUARE, WIDE), "multi_dot"),
    case(np.matmul, lambda *x: np.linalg.multi_dot(x), (SQUARE, WIDE, LONG), "multi_dot vector"),
    case(np.matmul, np.linalg.matmul, (SQUARE, WIDES), "linalg.matmul"),
    case(np.outer, np.linalg.outer, (VECTOR, LONG), "linalg.outer"),
    case(np.tensordot, lambda x, y: np.linalg.tensordot(x, y, axes=1), (SQUARE, WIDE), "linalg"),
    case(
        np.matmul,
        lambda x, y: np.linalg.vecdot(x, y, axis=0),
        (WIDE, WIDE[::-1].copy()),
        "linalg.vecdot",
    ),
    case(np.multiply, np.linalg.cross, (SQUARE, VECTOR), "linalg.cross"),
    case(np.swapaxes, np.linalg.matrix_transpose, (WIDES,), "linalg.matrix_transpose"),
    case(np.sum, lambda x: np.linalg.trace(x, offset=1), (WIDES,), "linalg.trace"),
    case(np.sum, lambda x: np.linalg.diagonal(x, offset=-1) ** 2, (WIDES,), "linalg.diagonal"),
]

_ONE_AXIS: dict[str, dict[str, Any]] = {
    "plain": {},
    "longer": {"n": 8},
    "longer, odd": {"n": 9},
    "shorter": {"n": 4},
    "shorter, odd": {"n": 3},
    "first axis": {"axis": 0},
    "ortho": {"norm": "ortho", "n": 5},
    "forward": {"norm": "forward", "axis": -2},
}
_SEVERAL_AXES: dict[str, dict[str, Any]] = {
    "plain": {},
    "lengths": {"s": (5, 2), "axes": (0, 2)},
    "whole axis": {"s": (-1, 3), "axes": (2, 1)},
    "ortho": {"axes": (0, 1), "norm": "ortho"},
}

FOURIER_CASES: list[Case] = [
    *(
        case(f, lambda x, f=f, o=o: parts(f(x, **o)), (SIGNAL,), f"of real, {name}")
        for f in (np.fft.fft, np.fft.ifft, np.fft.rfft)
        for name, o in _ONE_AXIS.items()
    ),
    *(
        case(f, lambda x, f=f, o=o: parts(f(complex_of(x), **o) ** 2), (SIGNAL,), name)
        for f in (np.fft.fft, np.fft.ifft)
        for name, o in _ONE_AXIS.items()
    ),
    *(
        case(np.fft.irfft, lambda x, o=o: np.fft.irfft(complex_of(x), **o) ** 2, (SIGNAL,), name)
        for name, o in _ONE_AXIS.items()
    ),
    case(np.fft.irfft, np.fft.irfft, (SIGNAL,), "of real"),
    *(
        case(
            np.fft.fft, lambda x, f=f, o=o: parts(f(x, **o) ** 2), (IMAGE,), f"{f.__name__} {name}"
        )
        for f in (np.fft.fft2, np.fft.ifft2, np.fft.fftn, np.fft.ifftn, np.fft.rfft2, np.fft.rfftn)
        for name, o in _SEVERAL_AXES.items()
    ),
    *(
        case(
            np.fft.irfft,
            lambda x, f=f, o=o: f(complex_of(x), **o),
            (IMAGE,),
            f"{f.__name__} {name}",
        )
        for f in (np.fft.irfft2, np.fft.irfftn)
        for name, o in _SEVERAL_AXES.items()
    ),
    case(np.fft.irfft, lambda x: np.fft.hfft(complex_of(x), norm="ortho"), (SIGNAL,), "hfft"),
    case(np.fft.rfft, lambda x: parts(np.fft.ihfft(x)), (SIGNAL,), "ihfft"),
    case(np.roll, lambda x: np.fft.fftshift(x, axes=1), (IMAGE,), "fftshift"),
    case(np.roll, np.fft.ifftshift, (IMAGE,), "ifftshift"),
    case(np.real, lambda x: np.real(complex_of(x)) ** 2, (SIGNAL,)),
    case(np.imag, lambda x: np.imag(complex_of(x)) ** 2, (SIGNAL,)),
    case(
        np.conjugate, lambda x: parts(complex_of(x) * np.conjugate(complex_of(x)) ** 2), (SIGNAL,)
    ),
    # of real arrays: constant, in NumPy's own type
    *(
        case(np.multiply, lambda x, f=f: x**2 * f(x), (AWAY,), f.__name__, analytic=False)
        for f in (np.angle, np.isreal, np.iscomplex)
    ),
]
