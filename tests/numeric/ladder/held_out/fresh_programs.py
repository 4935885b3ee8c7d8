"""The longer programs of the second set."""

from __future__ import annotations

import math

import mpmath as mp
import numpy as np
from scipy import integrate, optimize, special

LEVELS = np.array([0.3, 1.1, 1.4, 2.9, 4.2])
TABLE_X = np.linspace(0.0, 4.0, 4001)
TABLE_Y = np.sin(TABLE_X)
TERMS = np.random.default_rng(5).normal(size=400).tolist()


def legendre(x, m):
    """P40 by its recurrence."""
    before, here = 1.0 + 0 * x, x
    for k in range(1, 40):
        before, here = here, ((2 * k + 1) * x * here - k * before) / (k + 1)
    return here


def black_scholes(volatility, m):
    cdf = special.ndtr if m is np else mp.ncdf
    d1 = (m.log(100 / 110) + volatility**2 / 2) / volatility
    return 100 * cdf(d1) - 110 * cdf(d1 - volatility)


def lennard_jones(r, m):
    return 4 * (1 / r**12 - 1 / r**6)


def haversine(x, m):
    """An angle on the sphere by the law of cosines: cancels for small ones."""
    return m.acos(m.sin(0.7) * m.sin(0.7 + x) + m.cos(0.7) * m.cos(0.7 + x))


def present_value(rate, m):
    return sum(5 / (1 + rate) ** k for k in range(1, 31)) + 100 / (1 + rate) ** 30 - 97


def table_slope(x):
    k = int(np.searchsorted(TABLE_X, x)) - 1
    return float((mp.mpf(TABLE_Y[k + 1]) - TABLE_Y[k]) / (mp.mpf(TABLE_X[k + 1]) - TABLE_X[k]))


def root_by_brent(tolerance):
    return lambda x: optimize.brentq(lambda t: t * math.exp(t) - x, 0.0, 5.0, xtol=tolerance)


def quadrature(x):
    return integrate.quad(lambda t: math.exp(-x * t) / (1 + t * t), 0.0, 1.0)[0]


def exact_quadrature_slope(x):
    with mp.workdps(30):
        return -mp.quad(lambda t: t * mp.exp(-x * t) / (1 + t * t), [0, 0.5, 1])


def bessel_slope(x):
    """That of K1, in as many digits as come fast."""
    with mp.workdps(40):
        return -mp.besselk(0, x) - mp.besselk(1, x) / x


def many_terms(x, m):
    total = 0.0
    for k, c in enumerate(TERMS):
        total = total + c * m.sin(x * (k + 1) / 40)
    return total


def by_float32(f):
    """f in float64, of an argument that was stored in float32."""
    return lambda x: f(np.asarray(np.float32(x), float))


def gelu(x, m):
    return x / 2 * (1 + m.tanh(0.7978845608 * (x + 0.044715 * x**3)))
