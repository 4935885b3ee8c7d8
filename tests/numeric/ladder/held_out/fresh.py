"""A second set, written after the ladder was mended on the first, before it had seen this one."""

from __future__ import annotations

import math

import mpmath as mp
import numpy as np
from scipy import special

from tests.numeric.ladder.held_out.case import HeldOut, above, against, select, shared
from tests.numeric.ladder.held_out.fresh_programs import (
    LEVELS,
    TABLE_X,
    TABLE_Y,
    bessel_slope,
    black_scholes,
    by_float32,
    exact_quadrature_slope,
    gelu,
    haversine,
    legendre,
    lennard_jones,
    many_terms,
    present_value,
    quadrature,
    root_by_brent,
    table_slope,
)
from tests.numeric.ladder.held_out.noisy import scatter

WAVES = [
    *shared("sin 1e11 x on a slope", lambda x, m: x + 1e-6 * m.sin(1e11 * x), 0.3),
    *shared("sin(x + 40 sin 30 x)", lambda x, m: m.sin(x + 40 * m.sin(30 * x)), 0.7, 2.0),
    *shared("cos exp 3x", lambda x, m: m.cos(m.exp(3 * x)), 1.0, 3.3),
    *shared("P40", legendre, 0.2, 0.999, 1.0),
    *shared("400 sines", many_terms, 1.0, -3.0, library=math),
    *shared(
        "sin 2^17 pi x + x^2", lambda x, m: m.sin(2.0**17 * 3.141592653589793 * x) + x * x, 0.7
    ),
    *shared("sin^50", lambda x, m: 1e-3 * x + m.sin(x) ** 50, 1.0, 1.5),
    *shared("tan 1e3 x", lambda x, m: m.tan(1e3 * x), 0.5),
    *shared("log |cos 200 x|", lambda x, m: m.log(m.fabs(m.cos(200 * x))), 0.4),
    *shared("1e10 x + sin 1e3 x", lambda x, m: 1e10 * x + m.sin(1e3 * x), 0.2),
    *against("J50", lambda x: special.jv(50, x), lambda x: mp.besselj(50, x), 60.0, 2e4),
    *against(
        "theta-like sum",
        lambda x: np.sin(x) + np.sin(31 * x) / 31 + np.sin(961 * x) / 961,
        lambda x: mp.sin(x) + mp.sin(31 * x) / 31 + mp.sin(961 * x) / 961,
        0.9,
    ),
]
WIDTHS = [
    *shared("bump of width 1e-9", lambda x, m: m.exp(-(((x - 1) / 1e-9) ** 2)), 1 + 5e-10),
    *shared("step of width 1e-7 beside 2", lambda x, m: m.tanh((x - 2) / 1e-7), 2 + 1e-7, 2 + 3e-6),
    *shared("relativistic gamma", lambda x, m: 1 / m.sqrt(1 - x * x), 0.5, 1 - 1e-10),
    *shared("sqrt at the largest floats", lambda x, m: m.sqrt(x), 1.7e308),
    *shared("log of the smallest", lambda x, m: m.log(x), 5e-324, 2.5e-308),
    *shared("sin of the smallest", lambda x, m: m.sin(x), 5e-324, -3e-310),
    *shared("exp of the smallest", lambda x, m: m.exp(x), 5e-324),
    *shared("1e5 x^2 - 1e-5 x", lambda x, m: 1e5 * x * x - 1e-5 * x, 0.0, 1e-12),
    *shared("x^0.1", lambda x, m: x**0.1, 1e-100, 1e-3),
    *shared("exp(-1/x)", lambda x, m: m.exp(-1 / x), 1e-2, 5.0),
    *shared("Lennard-Jones", lennard_jones, 0.5, 1.122462048309373, 10.0),
    *shared("Michaelis-Menten", lambda x, m: x / (1e-6 + x), 1e-9, 1e-6, 1.0),
    *shared("Nernst", lambda x, m: 0.0257 * m.log(x / 0.145), 1e-5),
]
KINKS = [
    HeldOut("1e-12 |x| + x^2 at 0", lambda x: 1e-12 * np.abs(x) + x * x, 0.0, (-1e-12, 1e-12)),
    HeldOut(
        "1e-6 |x - 1| + exp at 1",
        lambda x: 1e-6 * np.abs(x - 1) + np.exp(x),
        1.0,
        (mp.e - mp.mpf(1e-6), mp.e + mp.mpf(1e-6)),
    ),
    HeldOut(
        "1e-4 |x| exp x + sin x at 0",
        lambda x: 1e-4 * np.abs(x) * np.exp(x) + np.sin(x),
        0.0,
        (1 - mp.mpf(1e-4), 1 + mp.mpf(1e-4)),
    ),
    HeldOut("|x| + noise 1e-10 at 0", lambda x: np.abs(x) + scatter(x, 1e-10, 200), 0.0, (-1, 1)),
    HeldOut("|x| to 6 digits at 0", lambda x: np.round(np.abs(x), 6), 0.0, (-1, 1)),
    HeldOut(
        "max of sin and cos at pi/4",
        lambda x: np.maximum(np.sin(x), np.cos(x)),
        np.pi / 4,
        (-mp.sqrt(0.5), mp.sqrt(0.5)),
    ),
    HeldOut("L1 distance at a datum", lambda x: float(np.sum(np.abs(LEVELS - x))), 1.4, (-1, 1)),
    HeldOut("L1 distance between data", lambda x: float(np.sum(np.abs(LEVELS - x))), 2.0, 1),
    HeldOut("relu(x)^1.5 at 0", lambda x: np.maximum(x, 0) ** 1.5, 0.0, 0),
    HeldOut("x^2 log |x| at 0", lambda x: x * x * np.log(np.abs(x) + (x == 0)), 0.0, 0),
    HeldOut("|x|^1.05 at 0", lambda x: np.abs(x) ** 1.05, 0.0, 0),
    HeldOut("|x| at -0", np.abs, -0.0, (-1, 1)),
    HeldOut("mantissa at 3", lambda x: np.frexp(x)[0], 3.0, 0.25),
    HeldOut("mantissa at 4", lambda x: np.frexp(x)[0], 4.0, None),
    HeldOut("angle at pi", lambda x: np.arctan2(-np.sin(x), -np.cos(x)), 0.0, None),
    HeldOut("angle beside pi", lambda x: np.arctan2(np.sin(x), np.cos(x)), 3.1415, 1),
    HeldOut("fmod at -6", lambda x: np.fmod(x, 3.0), -6.0, None),
    HeldOut("norm of (x, 0, 0) at 0", lambda x: float(np.linalg.norm([x, 0.0, 0.0])), 0.0, (-1, 1)),
    HeldOut("norm of (x, 1e-6) at 0", lambda x: float(np.linalg.norm([x, 1e-6])), 0.0, 0),
    HeldOut("-sqrt(2 - x) at 2", lambda x: -np.sqrt(2 - x), 2.0, None),
    HeldOut("x + sqrt |x - 1| at 1", lambda x: x + np.sqrt(np.abs(x - 1)), 1.0, None),
    HeldOut("sin(x) + 1e-3 cbrt(x) at 0", lambda x: np.sin(x) + 1e-3 * np.cbrt(x), 0.0, None),
    *shared("|x - 1e-4| + noise-free cosh", lambda x, m: m.fabs(x - 1e-4) + m.cosh(x), 0.0),
    *against(
        "|x - 1e-3| + noise 1e-9",
        lambda x: np.abs(x - 1e-3) + scatter(x, 1e-9, 201),
        lambda x: abs(x - mp.mpf(1e-3)),
        0.0,
    ),
    *shared(
        "kinks on both sides", lambda x, m: m.fabs(x - 1e-5) + m.fabs(x + 1e-7) + m.exp(x), 0.0
    ),
    *shared("jump of 1e-14 at 1e-3", lambda x, m: m.sin(x) + 1e-14 * above(x, 1e-3, m), 0.0, 5e-4),
    *shared(
        "jumps on both sides", lambda x, m: m.cos(x) + above(x, 2.001, m) + above(x, 1.9999, m), 2.0
    ),
    *shared("a dent", lambda x, m: m.exp(x) + 1e-3 * (above(x, 1.01, m) - above(x, 1.02, m)), 1.0),
    *shared(
        "spline of two parabolas",
        lambda x, m: select(x > 1, 2 * x * x - 2 * x + 1, x * x, m),
        1 + 1e-4,
    ),
    *shared("cbrt(x^2 + 1e-18)", lambda x, m: m.cbrt(x * x + 1e-18), 1e-9, 1e-6),
]
ROUGH = [
    *(
        case
        for seed, (size, x) in enumerate(
            [(3e-2, 0.5), (1e-1, 2.0), (5e-3, -1.0), (1e-3, 0.0), (1e-15, 3.0), (3e-7, 10.0)]
        )
        for case in against(
            f"x sin x + noise {size:g}",
            lambda x, a=size, s=seed: x * np.sin(x) + scatter(x, a, 300 + s),
            lambda x: x * mp.sin(x),
            x,
        )
    ),
    *against("sin of float32 x", by_float32(np.sin), mp.sin, 0.3, 1.0),
    *against("exp of float32 x", by_float32(np.exp), mp.exp, -2.7),
    *against("log of float32 x", by_float32(np.log), mp.log, 123.456),
    *against("tanh to 5 digits", lambda x: np.round(np.tanh(x), 5), mp.tanh, 0.4, 2.2),
    *against(
        "exp(-x) to 9 significant",
        lambda x: float(f"{math.exp(-x):.8e}"),
        lambda x: mp.exp(-x),
        3.1,
    ),
    *against("sqrt in 1/64", lambda x: np.round(64 * np.sqrt(x)) / 64, mp.sqrt, 40.0),
    *against(
        "1e3 + sin in float32",
        lambda x: np.float32(1e3 + np.sin(x)),
        lambda x: 1000 + mp.sin(x),
        0.6,
    ),
    *against("x + noise in x", lambda x: np.exp(x * (1 + scatter(x, 1e-9, 310))), mp.exp, 0.8),
    *against("W by Brent to 1e-12", root_by_brent(1e-12), mp.lambertw, 1.0, 30.0),
    *against("W by Brent to 1e-5", root_by_brent(1e-5), mp.lambertw, 2.0),
    HeldOut("quadrature at .5", quadrature, 0.5, exact_quadrature_slope(0.5)),
    HeldOut("quadrature at 30", quadrature, 30.0, exact_quadrature_slope(30.0)),
    *(
        HeldOut(
            f"a table of 4001 sines at {x}",
            lambda x: np.interp(x, TABLE_X, TABLE_Y),
            x,
            table_slope(x),
        )
        for x in (1.00037, 2.71828, 3.14159)
    ),
    *against("exp in longdouble", lambda x: np.exp(np.longdouble(x)), mp.exp, 0.9),
    *against("int of 1e6 sin", lambda x: int(1e6 * math.sin(x)), lambda x: 10**6 * mp.sin(x), 0.7),
]
CANCELLED = [
    *shared("1/(x - 1) - 1/(x + 1)", lambda x, m: 1 / (x - 1) - 1 / (x + 1), 1e3, 1e7),
    *shared("cosh^2 - sinh^2", lambda x, m: m.cosh(x) ** 2 - m.sinh(x) ** 2, 3.0, 12.0),
    *shared("(sqrt(1 + x) - 1)/x", lambda x, m: (m.sqrt(1 + x) - 1) / x, 1e-9, 1e-5, 0.1),
    *shared("log(1 + x) - x", lambda x, m: m.log(1 + x) - x, 1e-6, 1e-3),
    *shared("law of cosines on a sphere", haversine, 1e-3, 1e-6),
    *shared("sin(x + 1e7) - sin(1e7)", lambda x, m: m.sin(x + 1e7) - m.sin(1e7), 1e-2),
    *shared("(1e5 + x)^3 - 1e15", lambda x, m: (1e5 + x) ** 3 - 1e15, 0.5),
    *shared("exp(x) exp(-x)", lambda x, m: m.exp(x) * m.exp(-x), 1.0, 20.0),
    *shared("present value", present_value, 0.05, 1e-9, 2.0),
    *shared("1e14 + x^3", lambda x, m: 1e14 + x**3, 5.0),
    *shared("Black-Scholes in volatility", black_scholes, 0.01, 0.2, 3.0),
    *shared("GELU", gelu, -6.0, -0.75179, 0.0, 4.0),
    *shared("mish", lambda x, m: x * m.tanh(m.log(1 + m.exp(x))), -15.0, 1.0),
    *shared("(x - 3)^8 + 1e-3 x", lambda x, m: (x - 3) ** 8 + 1e-3 * x, 3.0),
    *shared("1 - 1e-9 x^2", lambda x, m: 1 - 1e-9 * x * x, 1e-2, 3.0),
    *shared("entropy", lambda x, m: -x * m.log(x) - (1 - x) * m.log(1 - x), 0.5, 1e-12, 1 - 1e-9),
    *shared("log cosh", lambda x, m: m.log(m.cosh(x)), 1e-5, 30.0),
    *shared("x/(exp x - 1)", lambda x, m: x / (m.exp(x) - 1), 1e-6, 1e-2, 5.0),
]
SPECIAL = [
    *against("log ndtr", special.log_ndtr, lambda x: mp.log(mp.ncdf(x)), -30.0, 2.0),
    *against(
        "incomplete beta",
        lambda x: special.betainc(2.5, 0.7, x),
        lambda x: mp.betainc(2.5, mp.mpf(0.7), 0, x, regularized=True),
        0.3,
        0.999,
    ),
    *against("spence", special.spence, lambda x: mp.polylog(2, 1 - x).real, 0.4, 1.5),
    *against("K1", special.k1, lambda x: mp.besselk(1, x), 1e-4, 3.0),
    HeldOut("K1 at 200", special.k1, 200.0, bessel_slope(200)),
    *against("Struve H0", lambda x: special.struve(0, x), lambda x: mp.struveh(0, x), 4.0),
    *against("1/gamma", special.rgamma, mp.rgamma, -3.0, 0.5),
    *against("Fresnel S", lambda x: special.fresnel(x)[0], mp.fresnels, 0.8, 5.0),
    *against("erfinv", special.erfinv, mp.erfinv, 0.2, 0.999999),
    *against(
        "1F1", lambda x: special.hyp1f1(0.5, 1.5, x), lambda x: mp.hyp1f1(0.5, 1.5, x), -3.0, 2.0
    ),
    *against("exp E1", lambda x: special.exp1(x), mp.e1, 1e-3, 7.0),
]
ORDERS = [
    HeldOut("|x|^2.5 at 0, derivative 2", lambda x: np.abs(x) ** 2.5, 0.0, 0, 2),
    HeldOut("relu(x)^2 at 0, derivative 2", lambda x: np.maximum(x, 0) ** 2, 0.0, (0, 2), 2),
    HeldOut("|x|^3 at 0, derivative 3", lambda x: np.abs(x) ** 3, 0.0, (-6, 6), 3),
    *(
        case
        for n in (2, 3, 4)
        for case in [
            *shared("atan", lambda x, m: m.atan(x), 0.5, 30.0, n=n),
            *shared("exp(-x^2)", lambda x, m: m.exp(-x * x), 0.0, 1.0, n=n),
            *shared("x^2.5", lambda x, m: x**2.5, 0.2, n=n),
            *shared("sin 50 x", lambda x, m: m.sin(50 * x), 0.1, n=n),
            *shared("1/x + 1e6", lambda x, m: 1 / x + 1e6, 0.3, n=n),
        ]
    ),
    *against("sin + noise 1e-7", lambda x: np.sin(x) + scatter(x, 1e-7, 320), mp.sin, 1.1, n=2),
    *against("exp to 8 digits", lambda x: np.round(np.exp(x), 8), mp.exp, 0.3, n=3),
    *shared("sin", lambda x, m: m.sin(x), np.float32(2.5), np.float32(-40.0)),
    *shared("exp(-x^2)", lambda x, m: m.exp(-x * x), np.float32(0.5), np.float32(3.0)),
    *shared("log", lambda x, m: m.log(x), np.float32(3e-6), np.float32(0.99)),
    *shared("cbrt", lambda x, m: m.cbrt(x), np.float32(1e-5), np.float32(8.0)),
    *shared("x^4", lambda x, m: x * x * x * x, np.float32(0.0), np.float32(3.0), n=2),
    *shared("sin of a half", lambda x, m: m.sin(x), np.float16(1.2)),
    *shared("cos of a longdouble", lambda x, m: m.cos(x), np.longdouble(1.25)),
]
FAMILIES = {
    "waves": WAVES,
    "widths": WIDTHS,
    "kinks": KINKS,
    "rough": ROUGH,
    "cancelled": CANCELLED,
    "special": SPECIAL,
    "orders": ORDERS,
}
FRESH = [case for family in FAMILIES.values() for case in family]
