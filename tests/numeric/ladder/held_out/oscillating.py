"""Fast oscillation: chirps, products, incommensurate sums, Weierstrass sums, Bessel, Airy."""

from __future__ import annotations

import mpmath as mp
from scipy import special

from tests.numeric.ladder.held_out.case import against, shared


def weierstrass(ratio, base, terms):
    return lambda x, m: sum(ratio**k * m.cos(base**k * (3.0 * x)) for k in range(terms))


def periods(exponent):
    """Whole periods fit into every larger step that is a power of two."""
    return lambda x, m: m.sin(2.0**exponent * 3.141592653589793 * (x - 0.1))


OSCILLATING = [
    *shared("sin x^3", lambda x, m: m.sin(x * x * x), 3.0, 30.0, 1e3),
    *shared("sin exp x", lambda x, m: m.sin(m.exp(x)), 2.0, 8.0, 15.0),
    *shared("sin x sin 1000 x", lambda x, m: m.sin(x) * m.sin(1000 * x), 0.2, 2.0),
    *shared(
        "three incommensurate sines",
        lambda x, m: m.sin(x) + 0.3 * m.sin(70.7106781 * x) + 0.1 * m.sin(2199.11 * x),
        0.4,
        5.0,
    ),
    *shared("exp(-x) cos 1e6 x", lambda x, m: m.exp(-x) * m.cos(1e6 * x), 0.0, 1.0),
    *shared("x + 1e-5 sin 1e4 x", lambda x, m: x + 1e-5 * m.sin(1e4 * x), 0.3, 1.2),
    *shared("x^2 + 1e-6 sin 1e8 x", lambda x, m: x * x + 1e-6 * m.sin(1e8 * x), 0.0, 0.5),
    *shared("exp x + 1e-11 cos 1e7 x", lambda x, m: m.exp(x) + 1e-11 * m.cos(1e7 * x), 0.6),
    *shared("Weierstrass .5, 3, 10 terms", weierstrass(0.5, 3, 10), 0.1, 0.37),
    *shared("Weierstrass .5, 3, 16 terms", weierstrass(0.5, 3, 16), 0.37),
    *shared("Weierstrass .3, 7, 8 terms", weierstrass(0.3, 7, 8), 0.2),
    *shared("Weierstrass .1, 5, 14 terms", weierstrass(0.1, 5, 14), 0.73),
    *against("J0", special.j0, lambda x: mp.besselj(0, x), 0.5, 30.0, 1e3, 1e5),
    *against("J2.5", lambda x: special.jv(2.5, x), lambda x: mp.besselj(2.5, x), 0.01, 77.0),
    *against("Y1", special.y1, lambda x: mp.bessely(1, x), 1e-3, 12.0),
    *against("Ai", lambda x: special.airy(x)[0], mp.airyai, -1.0, -20.0, -150.0, 3.0),
    *against("Bi", lambda x: special.airy(x)[2], mp.airybi, -7.0, 4.0),
    *shared("cos 1/x^2", lambda x, m: m.cos(1 / (x * x)), 0.05, 2e-3),
    *shared("sin x / x", lambda x, m: m.sin(x) / x, 1e-3, 40.0, 1e5),
    *shared("x^3 cos(1e4/x)", lambda x, m: x**3 * m.cos(1e4 / x), 1.0),
    *shared("(1 + .5 cos 3x) cos 300x", lambda x, m: (1 + m.cos(3 * x) / 2) * m.cos(300 * x), 1.0),
    *shared("Dirichlet kernel", lambda x, m: m.sin(50.5 * x) / m.sin(x / 2), 0.1, 3.0),
    *shared("T200", lambda x, m: m.cos(200 * m.acos(x)), 0.3, 0.99, 0.9999),
    *shared("tan 100 x", lambda x, m: m.tan(100 * x), 0.3),
    *shared("sin 2^12 pi (x - .1)", periods(12), 0.3),
    *shared("sin 2^20 pi (x - .1)", periods(20), 0.3, 1.0),
    *shared("sin 2^30 pi (x - .1)", periods(30), 0.3, 1.0),
    *shared("sin 2^40 pi (x - .1)", periods(40), 0.3),
    *shared("x + sin(2^26 pi (x - .1)) 2^-30", lambda x, m: x + periods(26)(x, m) * 2.0**-30, 0.3),
]
