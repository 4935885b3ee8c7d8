"""Elementwise functions and reductions beyond the basic ones, with their options."""

from __future__ import annotations

from typing import Any

import numpy as np

from difflab import functions as own
from difflab.autodiff.rules import bessel, poles
from difflab.transposes import column_sums
from tests.autodiff.analytic import bessel_i
from tests.autodiff.case import Case
from tests.autodiff.oracle import Stepped

rng = np.random.default_rng(13)
A = rng.normal(size=(3, 4))
B = rng.normal(size=(3, 4))
P = rng.uniform(0.3, 2.0, size=(3, 4))
T = rng.normal(size=(2, 3, 4))
HOLES = T.copy()
HOLES[[0, 0, 1], [0, 1, 2], [1, 3, 0]] = np.nan  # at most one in every line of every axis
ZEROS = np.array([[2.0, 0.0, 3.0, -1.0], [0.0, 0.0, 3.0, 1.5], [0.5, 2.0, -1.0, 0.0]])
MASK = np.ones((2, 3, 4), bool)
MASK[[0, 0, 1, 1], [1, 2, 0, 0], [0, 2, 1, 3]] = False
AXES: tuple[dict[str, Any], ...] = ({}, {"axis": 1}, {"axis": (0, -1), "keepdims": True})


def _shapes(function: Any, x: np.ndarray, y: np.ndarray) -> list[Case]:
    return [
        Case(function, function, (x, y)),
        Case(function, function, (x[:, :1], y[:1]), "broadcast-both"),
        Case(function, function, (x[0, 0], y), "scalar-left"),
    ]


def _reduced(function: Any, x: np.ndarray = T, name: str = "", **options: Any) -> list[Case]:
    return [
        Case(function, lambda a, o=o: function(a, **o, **options), (x,), f"{name}{o}") for o in AXES
    ]


def _filled(function: Any, **options: Any) -> list[Case]:
    """A function that passes over NaN, on an array with holes that no step moves."""
    return [
        Case(
            function,
            lambda a, o=o: function(np.where(np.isnan(HOLES), np.nan, a), **o, **options),
            (T,),
            f"{o} {options}",
        )
        for o in AXES
    ]


def _bessel(order: int) -> Any:
    """The library behind the primitive takes no complex numbers; the oracle has a series."""
    return lambda x: (
        Stepped(bessel_i(x.value, order))
        if isinstance(x, Stepped)
        else bessel.bessel_i(x, order=order)
    )


ELEMENTWISE_CASES: list[Case] = [
    *_shapes(np.fmod, 5 * A, P),
    *_shapes(np.logaddexp2, A, B),
    *_shapes(np.copysign, A, B),
    Case(np.heaviside, lambda x, h: np.heaviside(np.where(MASK[0], 0.0, x), h), (A, B)),
    *(
        case
        for f in (np.radians, np.degrees)
        for case in (Case(f, f, (A,)), Case(f, f, (A[0, 0],), "scalar"))
    ),
    Case(np.i0, np.i0, (3 * A,)),
    Case(np.i0, lambda x: np.i0(x) ** 2, (A[0, 0],), "scalar"),
    *(Case(bessel.bessel_i, _bessel(k), (A,), f"{k}") for k in (1, 2, 3)),
    Case(np.i0, lambda x: np.i0(x * x), (A,), "of a square"),
    Case(poles.reciprocal, poles.reciprocal, (P,)),
    Case(poles.power, poles.power, (P, A)),
    Case(np.ldexp, lambda x: np.ldexp(x, np.array([0, 3, -2, 1])), (A,)),
    Case(np.frexp, lambda x: np.frexp(x)[0], (A,)),
    Case(np.modf, lambda x: np.modf(3 * x)[0] + 2 * np.modf(x)[1], (A,)),
    Case(np.divmod, lambda x, y: np.divmod(5 * x, y)[0] * x + np.divmod(5 * x, y)[1], (A, P)),
    Case(np.remainder, lambda x: divmod(5 * x, 0.7)[1], (A,), "divmod"),
    Case(np.fix, lambda x: x * np.fix(3 * x), (A,)),
    Case(np.round, lambda x: x * np.round(x, 1), (A,)),
    Case(np.around, lambda x: x * np.around(100 * x, -1), (A,)),
    *(
        Case(f, lambda x, f=f: x * f(x), (A,))
        for f in (np.angle, np.isreal, np.iscomplex, np.linalg.matrix_rank)
    ),
    Case(np.real_if_close, np.real_if_close, (A,)),
    *(
        Case(np.power, lambda x, n=n: x**n, (x,), f"{name} to {n}")
        for x, name in ((A, "any sign"),)
        for n in (2.0, 3, -2, -3.0, np.float64(2.0))
    ),
    Case(np.power, lambda x: x ** np.array([0.0, 1.0, 2.0, 3.0]), (A,), "whole exponents"),
    Case(np.power, lambda n: 2**n, (A,), "of an integer"),
    Case(np.clip, lambda x: np.clip(x, 0.1, np.inf), (A,), "one open side"),
    Case(np.clip, lambda x, h: np.clip(x, 0.5, h), (A, B), "bounds that cross"),
    *(
        Case(np.where, lambda x, f=f: x * np.where(f(x), x, 2.0), (A,), f"of {f.__name__}")
        for f in (np.isposinf, np.isneginf)
    ),
    Case(np.isclose, lambda x: np.where(np.isclose(x, A), x, 0.0), (A,)),
    Case(np.isclose, lambda x: np.where(np.isclose(x, A, equal_nan=True), x, 0.0), (A,), "NaN"),
    Case(np.allclose, lambda x: x * np.where(np.allclose(x, A), 2.0, 3.0), (A,)),
    Case(np.array_equal, lambda x: x * np.where(np.array_equal(x, B), 2.0, 3.0), (A,)),
    Case(np.array_equiv, lambda x: x * np.where(np.array_equiv(x, B), 2.0, 3.0), (A,)),
]

REDUCTION_CASES: list[Case] = [
    Case(column_sums, column_sums, (A,)),
    *(case for f in (np.amax, np.amin, np.ptp, np.median) for case in _reduced(f)),
    Case(np.median, np.median, (A[0, :3],), "odd count"),
    *(
        case
        for method in (
            "linear",
            "lower",
            "higher",
            "midpoint",
            "nearest",
            "hazen",
            "weibull",
            "median_unbiased",
            "inverted_cdf",
            "averaged_inverted_cdf",
        )
        for case in _reduced(np.quantile, name=method, q=0.3, method=method)
    ),
    *_reduced(np.quantile, name="several", q=[[0.0, 0.25], [0.6, 1.0]]),
    *_reduced(np.percentile, q=35),
    *_reduced(np.percentile, name="several", q=[10.0, 90.0]),
    Case(np.count_nonzero, lambda x: x * np.count_nonzero(x > 0, axis=0), (A,)),
    *_reduced(np.average),
    Case(np.average, lambda x, w: np.average(x, weights=w), (A, P)),
    Case(np.average, lambda x, w: np.average(x, axis=1, weights=w), (A, P[0]), "one axis"),
    Case(
        np.average,
        lambda x, w: np.average(x, axis=(2, 0), weights=w, keepdims=True),
        (T, P[0, :2] + np.arange(4.0)[:, None]),
        "two axes",
    ),
    Case(
        np.average,
        lambda x, w: np.multiply(*np.average(x, axis=0, weights=w, returned=True)),
        (A, P),
        "with the sum",
    ),
    *(
        Case(f, lambda x, f=f, o=o: f(x, **o), (A,), f"{o}")
        for f in (np.cov, np.corrcoef)
        for o in ({}, {"rowvar": False}, {"y": B[:2]})
    ),
    Case(np.cov, lambda x, y: np.cov(x[0], y[0], bias=True), (A, B), "two vectors"),
    Case(np.cov, lambda x: np.cov(x, ddof=2, fweights=[1, 2, 1, 3]), (A,), "counts"),
    Case(np.cov, lambda x, w: np.cov(x, aweights=w), (A, P[0]), "weights"),
    Case(np.cov, lambda x: np.cov(x[0]), (A,), "one variable"),
    *(
        Case(f, lambda x, f=f, o=o: f(x, **o), (x,), f"{name} {o}")
        for f in (np.cumprod, np.prod)
        for x, name in ((A, ""), (ZEROS, "zeros"))
        for o in ({}, {"axis": 0}, {"axis": -1})
    ),
    Case(np.cumprod, np.cumprod, (A[0, :1],), "one entry"),
    Case(np.cumsum, lambda x: x.cumsum(axis=1), (A,), "method"),
    *(
        Case(f, lambda x, f=f, o=o: f(x, **o), (A,), f"{o}")
        for f in (np.cumulative_sum, np.cumulative_prod)
        for o in ({"axis": 0}, {"axis": -1, "include_initial": True})
    ),
    Case(np.cumulative_sum, lambda x: np.cumulative_sum(x[0]), (A,), "vector"),
    # over a part
    *(
        case
        for f in (np.sum, np.prod, np.mean, np.var, np.std)
        for case in _reduced(f, name="where", where=MASK)
    ),
    *(
        case
        for f in (np.sum, np.prod, np.max, np.min)
        for case in _reduced(f, name="initial", initial=0.7)
    ),
    *(
        case
        for f in (np.sum, np.max, np.min, np.amax)
        for case in _reduced(f, name="both", initial=0.2, where=MASK)
    ),
    Case(np.sum, lambda x: np.sum(x * x, where=x > 0), (A,), "traced mask"),
    Case(np.mean, lambda x: x.mean(axis=1, where=[True, True, False, True]), (A,), "method"),
    *(case for f in (np.var, np.std) for case in _reduced(f, name="freedom", where=MASK, ddof=1)),
    Case(np.var, lambda x: np.var(x, mean=np.mean(x) + 1.0), (A,), "given mean"),
    Case(np.std, lambda x: np.std(x, axis=0, mean=np.median(x, 0), correction=1), (A,), "mean"),
    Case(np.all, lambda x: x * np.where(np.all(x > 0, where=MASK[0]), 2.0, 3.0), (A,), "where"),
    Case(np.any, lambda x: x * np.any(x > 0, axis=0, where=MASK[0]), (A,), "where"),
    # over what is not NaN
    *(
        case
        for f in (
            np.nansum,
            np.nanprod,
            np.nanmean,
            np.nanmax,
            np.nanmin,
            np.nanmedian,
            np.nanvar,
            np.nanstd,
        )
        for case in _filled(f)
    ),
    *_filled(np.nanvar, ddof=1),
    *_filled(np.nansum, initial=2.0, where=MASK),
    *_filled(np.nanmax, initial=0.1, where=MASK),
    *_filled(np.nanmean, where=MASK),
    *_filled(np.nanquantile, q=[0.3, 0.8]),
    *_filled(np.nanpercentile, q=40),
    *(
        Case(f, lambda x, f=f: f(np.where(np.isnan(HOLES), np.nan, x), axis=1), (T,))
        for f in (np.nancumsum, np.nancumprod)
    ),
    *(
        Case(f, lambda x, f=f: x * f(np.where(np.isnan(HOLES), np.nan, x)), (T,))
        for f in (np.nanargmax, np.nanargmin)
    ),
    # own
    Case(own.logsumexp, lambda x: own.logsumexp(5 * x, axis=(0, 1)), (T,), "large"),
]
