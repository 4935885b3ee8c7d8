"""Cancellation in the formula, huge offsets, stationary points and their neighbours."""

from __future__ import annotations

from tests.numeric.ladder.held_out.case import shared


def variance(x, m):
    """Mean of squares minus square of the mean, for data far from 0."""
    data = [1e4 + x, 1e4 + 0.3, 1e4 - 0.7, 1e4 + 1.1]
    mean = sum(data) / 4
    return sum(d * d for d in data) / 4 - mean * mean


def quadratic_root(x, m):
    """The small root of t^2 - 1e5 t + x, by the textbook."""
    return (1e5 - m.sqrt(1e10 - 4 * x)) / 2


def series(x, m):
    """exp(-x) as an alternating sum of 90 terms."""
    term, total = 1.0 + 0 * x, 1.0 + 0 * x
    for k in range(1, 90):
        term = term * -x / k
        total = total + term
    return total


def triangle_area(x, m):
    """Heron's formula, for a needle."""
    a, b = 1.0, 1.0 + 1e-6
    s = (a + b + x) / 2
    return m.sqrt(s * (s - a) * (s - b) * (s - x))


CANCELLING = [
    *shared("(1 - cos x)/x^2", lambda x, m: (1 - m.cos(x)) / (x * x), 3e-7, 2e-5, 1e-3),
    *shared("(x - sin x)/x^3", lambda x, m: (x - m.sin(x)) / x**3, 1e-5, 1e-3, 0.05),
    *shared("(exp x - 1 - x)/x^2", lambda x, m: (m.exp(x) - 1 - x) / (x * x), 1e-7, 1e-4, 1e-2),
    *shared("exp x - exp(-x)", lambda x, m: m.exp(x) - m.exp(-x), 1e-13, 1e-6),
    *shared("sqrt(x^2 + 1) - x", lambda x, m: m.sqrt(x * x + 1) - x, 1e3, 1e6, 1e9),
    *shared("log((1 + x)/(1 - x))", lambda x, m: m.log((1 + x) / (1 - x)), 1e-14, 1e-7),
    *shared("tan x - sin x", lambda x, m: m.tan(x) - m.sin(x), 1e-6, 1e-2),
    *shared("1/x - 1/(x + 1)", lambda x, m: 1 / x - 1 / (x + 1), 1e5, 1e9),
    *shared("variance of data near 1e4", variance, 0.1, 2.0),
    *shared("small root of a quadratic", quadratic_root, 1.0, 1e-3),
    *shared("exp(-x) as a series", series, 1.0, 10.0, 20.0),
    *shared("area of a needle", triangle_area, 1e-5, 3e-6),
    *shared("(x + 1e8)^2 - 1e16", lambda x, m: (x + 1e8) * (x + 1e8) - 1e16, 1.0, 1e-3),
    *shared(
        "(x - 1)^7 expanded",
        lambda x, m: x**7 - 7 * x**6 + 21 * x**5 - 35 * x**4 + 35 * x**3 - 21 * x**2 + 7 * x - 1,
        1.001,
        1.3,
    ),
    *shared("acos(cos x)", lambda x, m: m.acos(m.cos(x)), 1e-4, 1e-7),
    *shared("sqrt(1 - (1 - x)^2)", lambda x, m: m.sqrt(1 - (1 - x) * (1 - x)), 1e-9, 1e-4),
    *shared("log(exp x)", lambda x, m: m.log(m.exp(x)), 1e-8, 300.0),
    *shared("sigmoid's logit", lambda x, m: -m.log(1 / (1 / (1 + m.exp(-x))) - 1), 20.0, 30.0),
]
OFFSET = [
    *shared("1e8 + exp", lambda x, m: 1e8 + m.exp(x), 0.5),
    *shared("1e12 + sin", lambda x, m: 1e12 + m.sin(x), 1.3),
    *shared("1e15 + x^2", lambda x, m: 1e15 + x * x, 3.0),
    *shared("-1e8 + 1e-3 x", lambda x, m: -1e8 + 1e-3 * x, 2.0, 1e6),
    *shared("1e6 + tanh x", lambda x, m: 1e6 + m.tanh(x), 0.0, 3.0),
    *shared("1 + 1e-10 sin x", lambda x, m: 1 + 1e-10 * m.sin(x), 0.3),
    *shared("sin(1e8 + x) at small x", lambda x, m: m.sin(1e8 + x), 1e-3, 1.0),
    *shared("(1e12 + x) - 1e12", lambda x, m: (1e12 + x) - 1e12, 1.0, 1e-3),
    *shared("exp(30) + x", lambda x, m: m.exp(30 + 0 * x) + x, 1e-2),
]
STATIONARY = [
    *shared("(x - 2)^2 + 3", lambda x, m: (x - 2) * (x - 2) + 3, 2.0, 2 + 1e-6, 2 - 1e-11),
    *shared("(x - 2)^4 + 3", lambda x, m: (x - 2) ** 4 + 3, 2.0, 2 + 1e-3, 2 + 1e-5),
    *shared("(x - 1)^6 - 1", lambda x, m: (x - 1) ** 6 - 1, 1.0, 1.01, 1 - 1e-3),
    *shared("1 + (x - 1)^3", lambda x, m: 1 + (x - 1) ** 3, 1.0, 1 + 1e-4),
    *shared("cos", lambda x, m: m.cos(x), 3.141592653589793, 6.2831853, 1e-5),
    *shared("x - sin x", lambda x, m: x - m.sin(x), 1e-3, 6.283185),
    *shared("cosh", lambda x, m: m.cosh(x), 0.0, 1e-7, 1e-4),
    *shared("x^4 - 2 x^2", lambda x, m: x**4 - 2 * x * x, 1.0, 1 + 1e-8, 0.0),
    *shared("exp(-x^4)", lambda x, m: m.exp(-(x**4)), 1e-3, 1e-2),
    *shared(
        "Rosenbrock along x", lambda x, m: (1 - x) ** 2 + 100 * (1 - x * x) ** 2, 1.0, 1 + 1e-5
    ),
    *shared("x exp(-x)", lambda x, m: x * m.exp(-x), 1.0, 1 + 1e-9),
]
CANCELLATION = [*CANCELLING, *OFFSET, *STATIONARY]
