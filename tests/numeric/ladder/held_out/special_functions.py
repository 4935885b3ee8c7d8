"""Saturation, stiffness, poles, and special functions of SciPy against those of mpmath."""

from __future__ import annotations

import mpmath as mp
import numpy as np
from scipy import special

from tests.numeric.ladder.held_out.case import against, shared


def logistic(x, m):
    return 1 / (1 + m.exp(-x))


SATURATED = [
    *shared("sigmoid", logistic, 15.0, 36.0, -100.0, -700.0),
    *shared("tanh", lambda x, m: m.tanh(x), 5.0, 15.0, -18.5),
    *against("erf", special.erf, mp.erf, 2.0, 4.0, 5.8, 8.0),
    *against("erfc", special.erfc, mp.erfc, 3.0, 12.0, 26.0),
    *against("normal tail", special.ndtr, mp.ncdf, -6.0, -20.0, 3.0),
    *shared("atan", lambda x, m: m.atan(x), 1e4, 1e12),
    *shared("x/(1 + |x|)", lambda x, m: x / (1 + m.fabs(x)), 1e6, -1e10, 0.5),
    *shared("1 - exp(-x)", lambda x, m: 1 - m.exp(-x), 10.0, 33.0, 50.0),
    *shared("log(1 + exp x)", lambda x, m: m.log(1 + m.exp(x)), -20.0, -35.0, 40.0),
    *against(
        "softsign to the fifth",
        lambda x: x / (1 + x**6) ** (1 / 6),
        lambda x: x / (1 + x**6) ** (1 / 6),
        30.0,
    ),
]
STIFF = [
    *shared("exp 50 x", lambda x, m: m.exp(50 * x), 0.1, 1.0, -2.0),
    *shared("logistic, k = 1e4", lambda x, m: logistic(1e4 * (x - 1), m), 1.0, 1.0003, 1.002),
    *shared("exp(-1e3 x) + exp(-x)", lambda x, m: m.exp(-1e3 * x) + m.exp(-x), 1e-3, 0.03, 1.0),
    *shared("exp(-1/x^2)", lambda x, m: m.exp(-1 / (x * x)), 0.1, 0.05),
    *shared("x^1000", lambda x, m: x**1000, 0.99, 1.0),
    *shared("(1 + x/1e6)^1e6", lambda x, m: (1 + x / 1e6) ** 1e6, 1.0),
    *shared("Arrhenius", lambda x, m: 1e13 * m.exp(-1.2e4 / x), 300.0, 1500.0),
    *shared("exp exp x", lambda x, m: m.exp(m.exp(x)), 1.0, 6.0),
    *shared("Gaussian of width 1e-4", lambda x, m: m.exp(-(((x - 1) / 1e-4) ** 2)), 1.0001, 1.0005),
    *shared("Runge", lambda x, m: 1 / (1 + 25 * x * x), 0.1, 1.0),
    *shared("narrow Lorentzian", lambda x, m: 1e-12 / ((x - 0.5) ** 2 + 1e-12), 0.5 + 1e-6, 0.501),
]
POLES = [
    *shared("1/(x - 1)", lambda x, m: 1 / (x - 1), 1.01, 1 - 1e-4, 1 + 1e-6, 1 + 1e-8),
    *shared("1/(x^2 - 2)", lambda x, m: 1 / (x * x - 2), 1.41, 1.4142, 1.41421356),
    *shared("x/(x - 3)^2", lambda x, m: x / ((x - 3) * (x - 3)), 3.01, 3 - 1e-5),
    *shared("1/sin x", lambda x, m: 1 / m.sin(x), 3.14, 3.1415),
    *shared("tan", lambda x, m: m.tan(x), 1.56, 1.57079),
    *shared("1/(1e-8 + x^2)", lambda x, m: 1 / (1e-8 + x * x), 0.0, 1e-4, 1e-2),
    *shared("pole at a distance of i/1000", lambda x, m: x / (x * x + 1e-6), 3e-4, 0.1),
    *shared("1/(1 - x)^5", lambda x, m: 1 / (1 - x) ** 5, 0.99),
    *shared("1/x - 1/(x - 1e-3)", lambda x, m: 1 / x - 1 / (x - 1e-3), 0.1, 2e-3),
]
GAMMAS = [
    *against("gamma", special.gamma, mp.gamma, 0.1, 5.5, 150.0, -2.5, -2.999, 1e-8),
    *against("log gamma", special.gammaln, mp.loggamma, 1.0001, 30.0, 1e8),
    *against("digamma", special.digamma, mp.digamma, 1.4616321, 0.01, 1e4),
    *against(
        "trigamma", lambda x: special.polygamma(1, x), lambda x: mp.polygamma(1, x), 0.5, 20.0
    ),
    *against("zeta", special.zeta, mp.zeta, 1.1, 1.000001, 3.0, 25.0),
    *against("beta", lambda x: special.beta(x, 2.5), lambda x: mp.beta(x, 2.5), 0.3, 12.0),
    *against("K(m)", special.ellipk, mp.ellipk, 0.3, 0.999999),
    *against("E(m)", special.ellipe, mp.ellipe, 0.5, 1 - 1e-9),
    *against("W", lambda x: special.lambertw(x).real, mp.lambertw, 1.0, -0.3678, 1e10),
    *against("Ei", special.expi, mp.ei, 0.01, 0.3725, 15.0),
    *against("Si", lambda x: special.sici(x)[0], mp.si, 2.0, 60.0),
    *against("I0 scaled", special.i0e, lambda x: mp.besseli(0, x) * mp.exp(-x), 3.0, 80.0),
    *against(
        "Dawson",
        special.dawsn,
        lambda x: mp.sqrt(mp.pi) / 2 * mp.exp(-x * x) * mp.erfi(x),
        0.9241,
        6.0,
    ),
    *against(
        "2F1",
        lambda x: special.hyp2f1(0.5, 1.5, 2.2, x),
        lambda x: mp.hyp2f1(0.5, 1.5, mp.mpf(2.2), x),
        0.4,
        0.95,
    ),
    *against(
        "regularised gamma",
        lambda x: special.gammainc(3.0, x),
        lambda x: mp.gammainc(3, 0, x, regularized=True),
        2.0,
        40.0,
    ),
    *against(
        "inverse normal", special.ndtri, lambda p: -mp.sqrt(2) * mp.erfinv(1 - 2 * p), 0.3, 1e-6
    ),
    *against("sinc", np.sinc, lambda x: mp.sin(mp.pi * x) / (mp.pi * x), 0.5, 3.0, 1e-5),
]
SPECIAL = [*SATURATED, *STIFF, *POLES, *GAMMAS]
