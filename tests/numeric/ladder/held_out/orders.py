"""Derivatives of order 2 to 4, and x in float32."""

from __future__ import annotations

import mpmath as mp
import numpy as np
from scipy import special

from tests.numeric.ladder.held_out.case import HeldOut, against, shared
from tests.numeric.ladder.held_out.noisy import scatter


def single(name, f, *points, n=1):
    """The same with x in float32, and every constant in it."""
    return shared(name, f, *(np.float32(x) for x in points), n=n)


def bump(x, m):
    return m.exp(-1 / (1 - x * x))


HIGHER = [
    *(
        case
        for n in (2, 3, 4)
        for case in [
            *shared("sin", lambda x, m: m.sin(x), 0.0, 2.0, 1e3, n=n),
            *shared("exp 3x", lambda x, m: m.exp(3 * x), 0.4, -5.0, n=n),
            *shared("log", lambda x, m: m.log(x), 1e-3, 40.0, n=n),
            *shared("1/(1 + 25 x^2)", lambda x, m: 1 / (1 + 25 * x * x), 0.1, n=n),
            *shared("x^5 - x", lambda x, m: x**5 - x, 0.0, 1.5, n=n),
            *shared("a bump", bump, 0.5, 0.95, n=n),
            *shared("1e8 + cosh", lambda x, m: 1e8 + m.cosh(x), 0.7, n=n),
        ]
    ),
    *shared("cos 1e4 x", lambda x, m: m.cos(1e4 * x), 0.3, n=2),
    *shared("sqrt", lambda x, m: m.sqrt(x), 1e-8, n=2),
    *shared("tanh", lambda x, m: m.tanh(x), 8.0, n=2),
    *shared("(1 - cos x)/x^2", lambda x, m: (1 - m.cos(x)) / (x * x), 1e-3, n=2),
    *shared("exp + 1e-6 sin 1e3 x", lambda x, m: m.exp(x) + 1e-6 * m.sin(1e3 * x), 0.2, n=2),
    *shared("x |x|", lambda x, m: x * m.fabs(x), 1e-3, n=2),
    *shared("tan", lambda x, m: m.tan(x), 1.5, n=3),
    *shared("x^-2", lambda x, m: 1 / (x * x), 1e4, n=3),
    *shared("exp(-x^2)", lambda x, m: m.exp(-x * x), 4.0, n=4),
    *against("gamma", special.gamma, mp.gamma, 3.3, n=2),
    *against("J0", special.j0, lambda x: mp.besselj(0, x), 20.0, n=2),
    *against("exp + noise 1e-9", lambda x: np.exp(x) + scatter(x, 1e-9, 90), mp.exp, 0.5, n=2),
    *against("exp + noise 1e-6", lambda x: np.exp(x) + scatter(x, 1e-6, 91), mp.exp, 0.5, n=3),
    *against("exp to 6 digits", lambda x: np.round(np.exp(x), 6), mp.exp, 0.5, n=2),
    HeldOut("|x| at 0, derivative 2", np.abs, 0.0, None, 2),
    HeldOut("x |x| at 0, derivative 2", lambda x: x * np.abs(x), 0.0, (-2, 2), 2),
    HeldOut("|x|^3 at 0, derivative 2", lambda x: np.abs(x) ** 3, 0.0, 0, 2),
    HeldOut("sign at 0, derivative 2", np.sign, 0.0, None, 2),
]
IN_FLOAT32 = [
    *single("sin", lambda x, m: m.sin(x), 0.0, 1.3, 100.0),
    *single("exp", lambda x, m: m.exp(x), -3.0, 50.0),
    *single("log", lambda x, m: m.log(x), 1e-4, 1.01, 1e6),
    *single("x^3 - x", lambda x, m: x * x * x - x, 0.5, 20.0),
    *single("1/x", lambda x, m: 1 / x, 1e-3, 7.0),
    *single("tanh", lambda x, m: m.tanh(x), 0.3, 6.0),
    *single("sqrt", lambda x, m: m.sqrt(x), 1e-6, 9.0),
    *single("sin 100 x", lambda x, m: m.sin(100 * x), 0.4),
    *single("1e4 + cos", lambda x, m: 10000 + m.cos(x), 1.0),
    *single("(1 - cos x)/x^2", lambda x, m: (1 - m.cos(x)) / (x * x), 0.05, 1.0),
    *single("(x - 1)^2 + 1", lambda x, m: (x - 1) * (x - 1) + 1, 1.0, 1.01),
    *single("atan 1000 x", lambda x, m: m.atan(1000 * x), 1e-3, 0.1),
    *single("sigmoid", lambda x, m: 1 / (1 + m.exp(-x)), -12.0, 3.0),
    *single("sin", lambda x, m: m.sin(x), 0.7, n=2),
    *single("exp", lambda x, m: m.exp(x), 0.7, n=2),
    *against(
        "sin + noise 1e-4",
        lambda x: np.float32(np.sin(x) + scatter(x, 1e-4, 92)),
        mp.sin,
        np.float32(0.9),
    ),
    *against("float64 inside", lambda x: np.exp(np.float64(x)), mp.exp, np.float32(0.6)),
    HeldOut("|x| at 0 in float32", np.abs, np.float32(0), (-1, 1)),
    HeldOut("sqrt at 0 in float32", np.sqrt, np.float32(0), None),
    HeldOut("floor at 2 in float32", np.floor, np.float32(2), None),
    HeldOut("relu beside 0 in float32", lambda x: np.maximum(x, 0), np.float32(1e-5), 1),
]
ORDERS = [*HIGHER, *IN_FLOAT32]
