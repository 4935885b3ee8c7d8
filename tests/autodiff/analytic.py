"""NumPy's functions as analytic functions of complex arrays, where NumPy's own are not.

What is selected is selected by the real parts; what is computed is written out from its definition.
For the complex step of `tests.autodiff.oracle`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.autodiff import analytic_linalg

# Functions that compute. Written out from their definitions, for the points of the cases.


def hypot(x: Any, y: Any) -> Any:
    return np.sqrt(x * x + y * y)


def arctan2(y: Any, x: Any) -> Any:
    """The angle of x + iy, whose real part decides the half-plane."""
    y, x = np.asarray(y), np.asarray(x)
    steep = np.abs(np.real(y)) > np.abs(np.real(x))
    slope = np.where(steep, -x / np.where(steep, y, 1), y / np.where(steep, 1, x))
    shallow_turn = np.where(np.real(x) < 0, np.copysign(np.pi, np.real(y)), 0)
    return np.arctan(slope) + np.where(steep, np.copysign(np.pi / 2, np.real(y)), shallow_turn)


def cbrt(x: Any) -> Any:
    sign = np.sign(np.real(x))
    return sign * np.exp(np.log(sign * x) / 3)


def power(x: Any, n: Any) -> Any:
    """x**n by its logarithm; constant whole exponents by products, which also serve x <= 0."""
    if np.iscomplexobj(n) or np.any(np.asarray(n) != np.rint(n)):
        return np.exp(n * np.log(x))
    product: Any = np.ones_like(x)
    for k in range(int(np.max(np.abs(n)))):
        product = product * np.where(k < np.abs(n), x, 1)
    below = np.asarray(n) < 0
    return np.where(below, 1 / np.where(below, product, 1), product)


def absolute(x: Any) -> Any:
    return x * np.sign(np.real(x))


def sinc(x: Any) -> Any:
    """sin(pi x)/(pi x); by its power series where the quotient would cancel."""
    z = np.pi * np.asarray(x)
    near = np.abs(z) < 1
    small = np.where(near, z, 0)
    series, term = np.ones_like(small), np.ones_like(small)
    for k in range(1, 12):
        term = -term * small * small / (2 * k * (2 * k + 1))
        series = series + term
    z = np.where(near, 1, z)
    return np.where(near, series, np.sin(z) / z)


def bessel_i(x: Any, order: int) -> Any:
    """Modified Bessel function by its power series (Abramowitz & Stegun 9.6.10)."""
    term = (x / 2) ** order / math.factorial(order)
    total = np.zeros_like(x)
    for k in range(1, 60):
        total, term = total + term, term * (x / 2) ** 2 / (k * (k + order))
    return total


# Functions that select: the side is chosen by the real parts.


def larger(x: Any, y: Any) -> Any:
    return np.where(np.real(x) >= np.real(y), x, y)


def smaller(x: Any, y: Any) -> Any:
    return np.where(np.real(x) <= np.real(y), x, y)


def clip(a: Any, a_min: Any = None, a_max: Any = None, **names: Any) -> Any:
    low, high = names.get("min", a_min), names.get("max", a_max)
    a = a if low is None else larger(a, low)
    return a if high is None else smaller(a, high)


def remainder(x: Any, y: Any) -> Any:
    return x - y * np.floor(np.real(x) / np.real(y))


def fmod(x: Any, y: Any) -> Any:
    return x - y * np.trunc(np.real(x) / np.real(y))


def by_real_parts(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that is constant between its jumps."""
    return lambda *args, **options: function(*map(np.real, args), **options)


def sort(a: Any, axis: int | None = -1, **_: Any) -> Any:
    a, axis = (np.ravel(a), 0) if axis is None else (a, axis)
    return np.take_along_axis(a, np.argsort(a.real, axis, kind="stable"), axis)


def unwrap(p: Any, *args: Any, **options: Any) -> Any:
    """The entries, moved by whole periods."""
    return p + (np.unwrap(np.real(p), *args, **options) - np.real(p))


def interp(
    x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None
) -> Any:
    """The straight line between the points beside each x."""
    x, xp, fp = map(np.asarray, (x, xp, fp))
    if period is not None:
        x, xp = remainder(x, period), remainder(xp, period)
        order = np.argsort(xp.real)
        xp, fp = xp[order], fp[order]
        xp = np.concatenate([xp[-1:] - period, xp, xp[:1] + period])
        fp = np.concatenate([fp[-1:], fp, fp[:1]])
    k = np.clip(np.searchsorted(xp.real, x.real, "right") - 1, 0, max(xp.size - 2, 0))
    k1 = np.minimum(k + 1, xp.size - 1)
    run = np.where(k == k1, 1, xp[k1] - xp[k])
    line = fp[k] + (fp[k1] - fp[k]) * (x - xp[k]) / run
    line = np.where(x.real < xp[0].real, fp[0] if left is None else left, line)
    return np.where(x.real > xp[-1].real, fp[-1] if right is None else right, line)


# Reductions, line by line


def reduction(of_line: Callable[..., Any], skip_nan: bool = False) -> Callable[..., Any]:
    """Make an array function of a function of one vector: what is reduced into one number."""

    def reduced(
        a: Any, axis: Any = None, *, keepdims: bool = False, where: Any = True,
        mean: Any = None, **options: Any,
    ) -> Any:  # fmt: skip
        a = np.asarray(a)
        lines, shape = lines_of(a, axis)
        inside, _ = lines_of(np.broadcast_to(where, a.shape), axis)
        inside = inside & ~np.isnan(lines) if skip_nan else inside
        centres = None if mean is None else lines_of(np.broadcast_to(mean, a.shape), axis)[0]
        out = np.zeros(lines.shape[:-1], complex)
        for index in np.ndindex(out.shape):
            extra = {} if centres is None else {"mean": centres[index][0]}
            out[index] = of_line(lines[index][inside[index]], **options, **extra)
        return out.reshape(shape) if keepdims else out

    return reduced


def lines_of(x: Any, axis: Any) -> tuple[Any, tuple[int, ...]]:
    """The reduced axes moved to the end as one; and the shape that ``keepdims`` leaves."""
    axes = range(x.ndim) if axis is None else [int(a) % x.ndim for a in np.atleast_1d(axis)]
    kept = [a for a in range(x.ndim) if a not in axes]
    lines = np.transpose(x, [*kept, *axes]).reshape([*(x.shape[a] for a in kept), -1])
    return lines, tuple(1 if a in axes else n for a, n in enumerate(x.shape))


def largest(line: Any, initial: Any = ()) -> Any:
    line = np.append(line, initial)
    return line[line.real.argmax()]


def smallest(line: Any, initial: Any = ()) -> Any:
    return -largest(-line, -np.asarray(initial))


def variance(line: Any, ddof: float = 0, correction: float = 0, mean: Any = None) -> Any:
    deviation = line - (line.mean() if mean is None else mean)
    return (deviation @ deviation) / (line.size - ddof - correction)


def deviation(line: Any, **options: Any) -> Any:
    return np.sqrt(variance(line, **options))


def of_ranks(statistic: Callable[..., Any]) -> Callable[..., Any]:
    """A statistic that is linear in the sorted entries, with the weights that NumPy gives them.

    Its value for 0, .., 0, 1, .., 1 is the sum of the weights of the ones.
    """

    def ranked(line: Any) -> Any:
        tails = np.array([statistic(row) for row in np.triu(np.ones((line.size, line.size)))])
        return sort(line) @ (tails - np.append(tails[1:], 0.0))

    return ranked


def quantile(scale: float, skip_nan: bool = False) -> Callable[..., Any]:
    def stepped(a: Any, q: Any, axis: Any = None, keepdims: bool = False, **rest: Any) -> Any:
        def one(share: float) -> Any:
            of_line = of_ranks(lambda row: np.quantile(row, share, **rest))
            return reduction(of_line, skip_nan)(a, axis, keepdims=keepdims)

        parts = [one(share / scale) for share in np.ravel(q)]
        return np.stack(parts).reshape(np.shape(q) + parts[0].shape)

    return stepped


def difference(*functions: Callable[..., Any]) -> Callable[..., Any]:
    def of_line(line: Any) -> Any:
        return functions[0](line) - functions[1](line)

    return of_line


def cov(
    m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: Any = None,
    fweights: Any = 1, aweights: Any = 1,
) -> Any:  # fmt: skip
    """The definition, without the conjugate."""
    blocks = [np.atleast_2d(x) if rowvar else x.T for x in ((m,) if y is None else (m, y))]
    x = np.concatenate(blocks)
    w = np.ones(x.shape[1]) * fweights * aweights
    spare = (not bias) if ddof is None else ddof
    centred = x - (x @ w / w.sum())[:, None]
    freedom = w.sum() - spare * (w * aweights).sum() / w.sum()
    return np.squeeze((centred * w) @ centred.T / freedom)


def corrcoef(x: Any, y: Any = None, rowvar: bool = True) -> Any:
    c = cov(x, y, rowvar)
    d = np.sqrt(np.diag(c))
    return c / np.outer(d, d)


EXTREMA = {np.maximum: np.max, np.minimum: np.min}

ANALYTIC: dict[Callable[..., Any], Callable[..., Any]] = {
    np.hypot: hypot,
    np.arctan2: arctan2,
    np.cbrt: cbrt,
    np.power: power,
    np.float_power: power,
    np.logaddexp: lambda x, y: larger(x, y) + np.log1p(np.exp(-absolute(x - y))),
    np.logaddexp2: lambda x, y: larger(x, y) + np.log1p(np.exp2(-absolute(x - y))) / np.log(2.0),
    np.sinc: sinc,
    np.i0: lambda x: bessel_i(x, 0),
    np.absolute: absolute,
    np.fabs: absolute,
    np.copysign: lambda x, y: absolute(x) * np.copysign(1.0, np.real(y)),
    np.heaviside: lambda x, h: np.where(x == 0, h, np.real(x) > 0),
    np.sign: by_real_parts(np.sign),
    np.floor: by_real_parts(np.floor),
    np.ceil: by_real_parts(np.ceil),
    np.trunc: by_real_parts(np.trunc),
    np.rint: by_real_parts(np.rint),
    np.floor_divide: by_real_parts(np.floor_divide),
    np.deg2rad: lambda x: x * np.pi / 180,
    np.radians: lambda x: x * np.pi / 180,
    np.rad2deg: lambda x: x * 180 / np.pi,
    np.degrees: lambda x: x * 180 / np.pi,
    np.ldexp: lambda x, n: x * 2.0**n,
    np.frexp: lambda x: (x / 2.0 ** np.frexp(x.real)[1], np.frexp(x.real)[1]),
    np.modf: lambda x: (x - np.trunc(x.real), np.trunc(x.real)),
    np.divmod: lambda x, y: (np.floor(np.real(x) / np.real(y)), remainder(x, y)),
    np.remainder: remainder,
    np.fmod: fmod,
    np.maximum: larger,
    np.minimum: smaller,
    np.fmax: larger,
    np.fmin: smaller,
    np.clip: clip,
    np.astype: lambda x, dtype: x if np.dtype(dtype).kind == "f" else x.real.astype(dtype),
    np.sort: sort,
    np.unwrap: unwrap,
    np.interp: interp,
    np.correlate: lambda a, v, mode="valid": np.correlate(a, np.conj(v), mode),
    np.searchsorted: by_real_parts(np.searchsorted),
    np.argsort: by_real_parts(np.argsort),
    np.argpartition: lambda a, kth, **options: np.argpartition(a.real, kth, **options),
    np.partition: lambda a, kth, axis=-1: np.take_along_axis(
        a, np.argpartition(a.real, kth, axis), axis
    ),
    np.max: reduction(largest),
    np.amax: reduction(largest),
    np.nanmax: reduction(largest, skip_nan=True),
    np.min: reduction(smallest),
    np.amin: reduction(smallest),
    np.nanmin: reduction(smallest, skip_nan=True),
    np.ptp: reduction(difference(largest, smallest)),
    np.var: reduction(variance),
    np.nanvar: reduction(variance, skip_nan=True),
    np.std: reduction(deviation),
    np.nanstd: reduction(deviation, skip_nan=True),
    np.median: reduction(of_ranks(np.median)),
    np.nanmedian: reduction(of_ranks(np.median), skip_nan=True),
    np.nanquantile: quantile(1.0, skip_nan=True),
    np.nanpercentile: quantile(100.0, skip_nan=True),
    np.cov: cov,
    np.corrcoef: corrcoef,
    np.round: by_real_parts(np.round),
    np.around: by_real_parts(np.around),
    np.fix: by_real_parts(np.fix),
    np.real_if_close: lambda x, tol=100: x,
    np.angle: by_real_parts(np.angle),
    np.isreal: by_real_parts(np.isreal),
    np.iscomplex: by_real_parts(np.iscomplex),
    np.linalg.matrix_rank: by_real_parts(np.linalg.matrix_rank),
    np.isposinf: by_real_parts(np.isposinf),
    np.isneginf: by_real_parts(np.isneginf),
    np.isclose: by_real_parts(np.isclose),
    np.allclose: by_real_parts(np.allclose),
    np.array_equal: by_real_parts(np.array_equal),
    np.nanargmax: by_real_parts(np.nanargmax),
    np.nanargmin: by_real_parts(np.nanargmin),
    np.quantile: quantile(1.0),
    np.percentile: quantile(100.0),
    **analytic_linalg.ANALYTIC,
}
"""In the place of NumPy functions that are not analytic, or lose digits on complex arrays."""
