"""Tiny and huge scales: of x, of f, of both; at 0 and beside it."""

from __future__ import annotations

import mpmath as mp
import numpy as np

from tests.numeric.ladder.held_out.case import HeldOut, against, shared

SCALES = [
    *shared("sinh", lambda x, m: m.sinh(x), 1e-200, 1e-5, 50.0, -600.0),
    *shared("exp", lambda x, m: m.exp(x), 709.5, -740.0, 1e-12),
    *shared("exp(-x^2)", lambda x, m: m.exp(-x * x), 1e-9, 5.0, 26.0),
    *shared("log(x)^3", lambda x, m: m.log(x) ** 3, 1e-200, 1e-6, 1e150),
    *shared("sqrt", lambda x, m: m.sqrt(x), 1e-200, 1e200),
    *shared("x^-3", lambda x, m: 1 / (x * x * x), 1e-50, 1e50, -2e-3),
    *shared("x^3", lambda x, m: x * x * x, 1e-100, 0.0, -1e90),
    *shared("x^2", lambda x, m: x * x, 1e153, -1e-40),
    *shared("1e308 sin", lambda x, m: 1e308 * m.sin(x), 0.5),
    *shared("1e-310 sin", lambda x, m: 1e-310 * m.sin(x), 0.5),
    *shared("1e-200 exp(1e100 x)", lambda x, m: 1e-200 * m.exp(1e100 * x), 3e-100, 0.0),
    *shared("1e200 tanh(x/1e80)", lambda x, m: 1e200 * m.tanh(x / 1e80), 1e79, 1.0),
    *shared("sin(1e-9 x)", lambda x, m: m.sin(1e-9 * x), 0.0, 1.0, 1e9),
    *shared("cos(1e-6 x)", lambda x, m: m.cos(1e-6 * x), 1.0, 1e4),
    *shared("cos(1e7 x)", lambda x, m: m.cos(1e7 * x), 0.0, 1e-9),
    *shared("atan(x/1e-20)", lambda x, m: m.atan(x / 1e-20), 0.0, 1e-20, 1e-3),
    *shared("x/(1 + x^2)", lambda x, m: x / (1 + x * x), 1e-30, 1e8),
    *shared("x exp x", lambda x, m: x * m.exp(x), 1e-16, -30.0),
    *shared("x log x", lambda x, m: x * m.log(x), 1e-250, 1e-9, 1e9),
    *shared("5 + 3 x + 1e30 x^2", lambda x, m: 5 + 3 * x + 1e30 * x * x, 0.0, 1e-20),
    *shared("exp(-1e8 x)", lambda x, m: m.exp(-1e8 * x), 0.0, 1e-7),
    *shared("1e-20 x + x^3", lambda x, m: 1e-20 * x + x**3, 0.0, 1e-10),
    *shared("log(1e-9 + x)", lambda x, m: m.log(1e-9 + x), 0.0, 1e-9),
    *against("log10 gigahertz", lambda x: np.log10(x / 1e9), lambda x: mp.log10(x / 10**9), 2.4e9),
    *against(
        "Planck's law",
        lambda x: 1.19e-16 / x**5 / np.expm1(1.4388e-2 / (x * 5772.0)),
        lambda x: 1.19e-16 / x**5 / mp.expm1(1.4388e-2 / (x * 5772.0)),
        5e-7,
        1e-8,
    ),
    *against(
        "distance of an orbit",
        lambda x: 1.496e11 * (1 - 0.0167 * np.cos(2 * np.pi * x / 3.15e7)),
        lambda x: 1.496e11 * (1 - 0.0167 * mp.cos(2 * mp.mpf(np.pi) * x / 3.15e7)),
        1e7,
        0.0,
    ),
    HeldOut("exp(-1/|x|) at 0", lambda x: np.exp(-1 / np.abs(x)), 0.0, 0),
    HeldOut("x^3 sin 1/x at 0", lambda x: x**3 * np.sin(1 / np.where(x == 0, 1.0, x)), 0.0, 0),
]
