"""Kinks, near-kinks, weak kinks, jumps, near-jumps, edges of the domain, powers of |x|."""

from __future__ import annotations

import numpy as np

from tests.numeric.ladder.held_out.case import HeldOut, above, select, shared

WITH_KINK = [
    HeldOut("sin |x| at 0", lambda x: np.sin(np.abs(x)), 0.0, (-1, 1)),
    HeldOut("|x^2 - 4| at 2", lambda x: np.abs(x * x - 4), 2.0, (-4, 4)),
    HeldOut("exp |x - 3| at 3", lambda x: np.exp(np.abs(x - 3)), 3.0, (-1, 1)),
    HeldOut("|sin x| at 0", lambda x: np.abs(np.sin(x)), 0.0, (-1, 1)),
    HeldOut("leaky relu at 0", lambda x: np.where(x > 0, x, 0.01 * x), 0.0, (0.01, 1)),
    HeldOut("1e6 + |x| at 0", lambda x: 1e6 + np.abs(x), 0.0, (-1, 1)),
    HeldOut("1e-9 |x| + cos x at 0", lambda x: 1e-9 * np.abs(x) + np.cos(x), 0.0, (-1e-9, 1e-9)),
    HeldOut("clip at 5", lambda x: np.clip(x, -5.0, 5.0), 5.0, (1, 0)),
    HeldOut("hinge at 1", lambda x: np.maximum(0, 1 - x), 1.0, (-1, 0)),
    HeldOut("soft threshold at .5", lambda x: np.maximum(np.abs(x) - 0.5, 0), 0.5, (0, 1)),
    HeldOut("triangle wave at 7", lambda x: np.abs(x - 2 * np.round(x / 2)), 7.0, (1, -1)),
    HeldOut("min(x, 1/x) at 1", lambda x: np.minimum(x, 1 / x), 1.0, (1, -1)),
    HeldOut("|x| + 1e-7 sin 1e7 x at 0", lambda x: np.abs(x) + 1e-7 * np.sin(1e7 * x), 0.0, (0, 2)),
    HeldOut("|x|, slopes 1 and 1e-8", lambda x: np.where(x > 0, x, 1e-8 * x), 0.0, (1e-8, 1)),
    HeldOut("1e8 |x - 1e-3| at 1e-3", lambda x: 1e8 * np.abs(x - 1e-3), 1e-3, (-1e8, 1e8)),
]
NEAR_KINK = [
    *(
        case
        for distance in (1e-3, 1e-5, 1e-7, 1e-9, 1e-11, 1e-13, 1e-15)
        for case in shared(
            f"x + |x - 1 - {distance:g}| / 2",
            lambda x, m, d=distance: m.exp(x) + m.fabs(x - (1 + d)) / 2,
            1.0,
        )
    ),
    *(
        case
        for distance in (1e-4, 1e-8, 1e-12)
        for case in shared(
            f"cos glued to a constant, {distance:g}",
            lambda x, m, d=distance: select(x > 2 - d, m.cos(x) - m.cos(x * 0 + 2 - d), 0, m),
            2.0,
        )
    ),
    *shared("softplus of 1e4 x", lambda x, m: m.log(1 + m.exp(1e4 * x)) / 1e4, 0.0, 1e-4, -3e-4),
    *shared("sqrt((x-1)^2 + 1e-16)", lambda x, m: m.sqrt((x - 1) * (x - 1) + 1e-16), 1 + 1e-8, 1.1),
    *shared("hypot(x, 1e-5)", lambda x, m: m.hypot(x, 1e-5), 0.0, 1e-5, 3e-3),
    *shared("x tanh 1e8 x", lambda x, m: x * m.tanh(1e8 * x), 0.0, 1e-8, 1e-3),
    *shared("|sin x| beside 3", lambda x, m: m.fabs(m.sin(x)), 3.14, 3.1415926),
]
WEAK_KINK = [
    HeldOut("relu^2 at 0", lambda x: np.maximum(x, 0) ** 2, 0.0, 0),
    HeldOut("Huber at 1", lambda x: np.where(np.abs(x) < 1, x * x / 2, np.abs(x) - 0.5), 1.0, 1),
    HeldOut("|x|^3 + x at 0", lambda x: np.abs(x) ** 3 + x, 0.0, 1),
    HeldOut("sin glued to x at 0", lambda x: np.where(x > 0, np.sin(x), x), 0.0, 1),
    HeldOut("exp glued to 1 + x at 0", lambda x: np.where(x > 0, np.exp(x), 1 + x), 0.0, 1),
    HeldOut("smoothstep at 1", lambda x: np.where(x < 1, x * x * (3 - 2 * x), 1.0 + 0 * x), 1.0, 0),
    *shared(
        "Huber beside 1", lambda x, m: select(x < 1, x * x / 2, x - 0.5, m), 1 - 1e-6, 1 + 1e-9
    ),
    *shared("x + 1e3 relu(x)^2", lambda x, m: x + 1e3 * select(x > 0, x, 0, m) ** 2, 1e-7, -1e-5),
]
WITH_JUMP = [
    HeldOut("ceil at 4", np.ceil, 4.0, None),
    HeldOut("x mod 1 at 2", lambda x: np.mod(x, 1.0), 2.0, None),
    HeldOut("step of 1e-3 at 1", lambda x: np.exp(x) + 1e-3 * (x >= 1), 1.0, None),
    HeldOut("step of 1e-7 at 0", lambda x: np.cos(x) + 1e-7 * (x > 0), 0.0, None),
    HeldOut("1 right of 0, .5 + x up to it", lambda x: np.where(x > 0, 1.0, 0.5 + x), 0.0, None),
    HeldOut("1e10 step at 0", lambda x: 1e10 * (x > 0) + x, 0.0, None),
    HeldOut("one point moved", lambda x: np.where(x == 1, 5.0, np.sin(x)), 1.0, None),
    *(
        case
        for distance, size in [
            (1e-2, 1.0), (1e-4, 10.0), (1e-6, 1e-3), (1e-9, 1e-2), (1e-10, 1e-8), (1e-12, 1.0),
            (-1e-3, 1e5), (-1e-7, 1e-10), (-1e-13, 1e-5), (-1e-5, 1e-12),
        ]
        for case in shared(
            f"jump of {size:g} at distance {distance:g}",
            lambda x, m, d=distance, s=size: m.sin(x) + s * above(x, 2 + d, m),
            2.0,
        )
    ),
    *shared("x mod 1", lambda x, m: x - m.floor(x), 2.5, 3 + 1e-5, 7 - 1e-9),
    *shared("floor(x) x", lambda x, m: m.floor(x) * x, 2.5, 100.001),
]  # fmt: skip
DOMAIN_EDGE = [
    HeldOut("sqrt(1 - x) at 1", lambda x: np.sqrt(1 - x), 1.0, None),
    HeldOut("x^(1/3) right of 0", lambda x: x ** (1 / 3), 0.0, None),
    HeldOut("x + x^.25 at 0", lambda x: x + x**0.25, 0.0, None),
    HeldOut("arccosh at 1", np.arccosh, 1.0, None),
    HeldOut("x log x at 0", lambda x: np.where(x == 0, 0.0, x * np.log(np.abs(x))), 0.0, None),
    HeldOut("1/log|x| at 0", lambda x: np.where(x == 0, 0.0, 1 / np.log(np.abs(x))), 0.0, None),
    HeldOut("x^2 log x at 0", lambda x: np.where(x == 0, 0.0, x * x * np.log(x)), 0.0, 0),
    HeldOut("x sqrt x + x at 0", lambda x: x * np.sqrt(x) + x, 0.0, 1),
    HeldOut("cos sqrt x at 0", lambda x: np.cos(np.sqrt(x)), 0.0, -0.5),
    HeldOut("exp, only x <= 0", lambda x: np.where(x <= 0, np.exp(x), np.nan), 0.0, 1),
    *shared("sqrt x", lambda x, m: m.sqrt(x), 1e-14, 1e-7),
    *shared("sqrt(1 - x)", lambda x, m: m.sqrt(1 - x), 1 - 1e-4, 1 - 1e-12),
    *shared("cbrt(x - 2)", lambda x, m: m.cbrt(x - 2), 2 + 1e-3, 2 + 1e-10),
    *shared("log(x - 1)", lambda x, m: m.log(x - 1), 1 + 1e-3, 1 + 1e-8, 1 + 1e-14),
    *shared("1/log x", lambda x, m: 1 / m.log(x), 1e-5, 1 - 1e-4),
    *shared("acos", lambda x, m: m.acos(x), -1 + 1e-8, 1 - 1e-14),
    *shared("acosh", lambda x, m: m.acosh(x), 1 + 1e-5),
    *shared("x^x", lambda x, m: x**x, 1e-7, 0.5),
    *shared("log log x", lambda x, m: m.log(m.log(x)), 1 + 1e-6, 3.0),
]
POWERS = [
    HeldOut("|x|^.5 at 0", lambda x: np.abs(x) ** 0.5, 0.0, None),
    HeldOut("|x|^.9 at 0", lambda x: np.abs(x) ** 0.9, 0.0, None),
    HeldOut("sign(x) |x|^.6 at 0", lambda x: np.sign(x) * np.abs(x) ** 0.6, 0.0, None),
    *(
        HeldOut(f"|x|^{a} at 0", lambda x, a=a: np.abs(x) ** a, 0.0, 0)
        for a in (1.1, 1.4, 1.75, 2.2, 3.5, 7.3)
    ),
    *(
        HeldOut(f"x + |x - 1|^{a} at 1", lambda x, a=a: x + np.abs(x - 1) ** a, 1.0, 1)
        for a in (1.3, 1.5, 2.5)
    ),
    *shared("|x - 1|^1.5", lambda x, m: m.fabs(x - 1) ** 1.5, 1 + 1e-4, 1 - 1e-9),
    *shared("|x|^.3", lambda x, m: m.fabs(x) ** 0.3, 1e-12, -0.2),
]
EDGES = [*WITH_KINK, *NEAR_KINK, *WEAK_KINK, *WITH_JUMP, *DOMAIN_EDGE, *POWERS]
