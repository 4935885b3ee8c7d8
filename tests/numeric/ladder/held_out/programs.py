"""Programs: loops, iterations, interpolants, integrals, networks, motion, matrices."""

from __future__ import annotations

import math

import mpmath as mp
import numpy as np
from scipy.interpolate import CubicSpline, PchipInterpolator

from tests.numeric.ladder.held_out.case import HeldOut, against, shared

GRID = np.linspace(0.0, 3.0, 13)
SPLINE = CubicSpline(GRID, np.sin(3 * GRID))
PCHIP = PchipInterpolator(GRID, np.exp(-GRID))
SLOPES = np.diff(GRID**2) / np.diff(GRID)


def kepler(x, m):
    """The eccentric anomaly E - .6 sin E = x by Newton's method, to 1e-8."""
    e = x
    for _ in range(60):
        step = (e - 0.6 * m.sin(e) - x) / (1 - 0.6 * m.cos(e))
        e = e - step
        if abs(step) < 1e-8:
            break
    return e


def kepler_root(x):
    with mp.workdps(mp.mp.dps + 5):
        return mp.findroot(lambda e: e - 0.6 * mp.sin(e) - x, float(kepler(float(x), math)))


def fixed_point(x, m):
    """t = cos(t x), 40 rounds."""
    t = 0.5
    for _ in range(40):
        t = m.cos(t * x)
    return t


def bisected(x):
    """The root of t^3 + t = x, by bisection to 1e-8."""
    low, high = 0.0, 4.0
    while high - low > 1e-8:
        middle = (low + high) / 2
        low, high = (low, middle) if middle**3 + middle > x else (middle, high)
    return (low + high) / 2


def cubic_root(x):
    return mp.findroot(lambda t: t**3 + t - x, bisected(float(x)))


def babylonian(x, m):
    """sqrt by five rounds of Newton's method from 1: smooth, but not quite sqrt."""
    t = 1.0
    for _ in range(5):
        t = (t + x / t) / 2
    return t


def agm(x, m):
    """Arithmetic-geometric mean of 1 and x."""
    a, b = 1.0, x
    for _ in range(8):
        a, b = (a + b) / 2, m.sqrt(a * b)
    return a


def taylor_sine(x, m):
    """sin, summed until terms no longer count."""
    term, total, k = x, x, 1
    while abs(term) > 1e-17 and k < 200:
        term = -term * x * x / ((k + 1) * (k + 2))
        total, k = total + term, k + 2
    return total


def logistic_map(rounds):
    def run(x, m):
        for _ in range(rounds):
            x = 3.9 * x * (1 - x)
        return x

    return run


def runge_kutta(x, m):
    """Van der Pol's oscillator to t = 4 in 80 steps; x is its parameter."""

    def field(p, v):
        return v, x * (1 - p * p) * v - p

    p, v, h = 1.0, 0.0, 0.05
    for _ in range(80):
        a = field(p, v)
        b = field(p + h / 2 * a[0], v + h / 2 * a[1])
        c = field(p + h / 2 * b[0], v + h / 2 * b[1])
        d = field(p + h * c[0], v + h * c[1])
        p = p + h / 6 * (a[0] + 2 * b[0] + 2 * c[0] + d[0])
        v = v + h / 6 * (a[1] + 2 * b[1] + 2 * c[1] + d[1])
    return p


def lorenz(steps):
    def run(x, m):
        p, q, r = x, 1.0, 20.0
        for _ in range(steps):
            p, q, r = (
                p + 0.01 * 10 * (q - p),
                q + 0.01 * (p * (28 - r) - q),
                r + 0.01 * (p * q - 8 * r / 3),
            )
        return r

    return run


def trapezoid(x, m):
    """The integral of exp(-t x) over [0, 1], in more panels where x is large."""
    panels = 16 if x < 2 else 64
    total = (1 + m.exp(-x)) / 2
    for k in range(1, panels):
        total = total + m.exp(-x * k / panels)
    return total / panels


def polyline(x, m):
    """Horner's scheme with 25 coefficients of alternating sign."""
    total = 0.0
    for k in range(25):
        total = total * x + (-1) ** k * (k + 1.5)
    return total


def continued_fraction(x, m):
    total = x
    for k in range(30, 0, -1):
        total = x + k / total
    return total


def collatz(x, m):
    """Branches upon branches."""
    for _ in range(20):
        x = x / 2 if x > 1 else 1.7 * x + 0.3
    return x


def network(rectified):
    rng = np.random.default_rng(11)
    w, b, v = (rng.normal(size=6).tolist() for _ in range(3))
    data = rng.normal(size=(15, 2)).tolist()

    def loss(x, m):
        """Mean squared error; x is one weight of the hidden layer."""
        total = 0.0
        for t, y in data:
            z = [(x if k == 0 else w[k]) * t + b[k] for k in range(6)]
            if rectified:
                n = [a if a > 0 else 0 * a for a in z]
            else:
                n = [m.tanh(a) for a in z]
            total = total + (sum(c * a for c, a in zip(v, n)) - y) ** 2
        return total / 15

    return loss


def cross_entropy(x, m):
    logits = [x, 0.3, -1.2, 2.0 * x - 1]
    top = max(logits)
    return m.log(sum(m.exp(a - top) for a in logits)) + top - logits[1]


def hilbert(size):
    return [[1 / (i + j + 1) for j in range(size)] for i in range(size)]


def determinant(x):
    a = np.array(hilbert(6))
    a[2, 3] += x
    return np.linalg.det(a)


def exact_determinant(x):
    a = mp.matrix(hilbert(6))
    a[2, 3] += x
    return mp.det(a)


def smallest_eigenvalue(x):
    return np.linalg.eigvalsh(np.array([[2.0, x, 0.1], [x, 2.0, 0.3], [0.1, 0.3, 1.0]]))[0]


def exact_smallest_eigenvalue(x):
    a = mp.matrix([[2.0, x, 0.1], [x, 2.0, 0.3], [0.1, 0.3, 1.0]])
    return mp.eigsy(a, eigvals_only=True)[0]


def crossing(gap):
    return lambda x: np.linalg.eigvalsh(np.array([[1.0 + x, gap], [gap, 1.0 - x]]))[0]


def solved(x):
    a = np.array(hilbert(5)) + x * np.eye(5)
    return np.linalg.solve(a, np.ones(5))[0]


def exact_solved(x):
    return mp.lu_solve(mp.matrix(hilbert(5)) + x * mp.eye(5), mp.ones(5, 1))[0]


ITERATED = [
    *against("Kepler by Newton", lambda x: kepler(x, math), kepler_root, 0.5, 2.0, 6.2),
    *shared("a fixed point", fixed_point, 0.3, 1.0, 1.2),
    *against("a root by bisection", bisected, cubic_root, 1.0, 7.7),
    *shared("five Babylonian rounds", babylonian, 2.0, 1e4, 1e-3),
    *shared("AGM", agm, 0.5, 1e-8, 1e6),
    *shared("sin as a while loop", taylor_sine, 0.5, 12.0, 25.0, library=math),
    *shared("logistic map, 10 rounds", logistic_map(10), 0.3),
    *shared("logistic map, 30 rounds", logistic_map(30), 0.3, 0.77),
    *shared("logistic map, 45 rounds", logistic_map(45), 0.3),
    *shared("Van der Pol", runge_kutta, 1.0, 5.0),
    *shared("Lorenz, 300 steps", lorenz(300), 1.0),
    *shared("Lorenz, 1500 steps", lorenz(1500), 1.0, 3.3),
    *shared("Horner, 25 coefficients", polyline, 0.9, -1.5, library=math),
    *shared("a continued fraction", continued_fraction, 0.2, 3.0),
    *shared("branches", collatz, 0.77, 5.3, library=math),
]
INTERPOLATED = [
    HeldOut("np.interp between", lambda x: np.interp(x, GRID, GRID**2), 0.6, SLOPES[2]),
    HeldOut(
        "np.interp at a node", lambda x: np.interp(x, GRID, GRID**2), 0.75, (SLOPES[2], SLOPES[3])
    ),
    HeldOut(
        "np.interp beside a node", lambda x: np.interp(x, GRID, GRID**2), 0.75 + 1e-6, SLOPES[3]
    ),
    HeldOut("np.interp beyond", lambda x: np.interp(x, GRID, GRID**2), 5.0, 0),
    *(
        HeldOut(f"a cubic spline at {x:g}", SPLINE, x, mp.mpf(float(SPLINE(x, 1))))
        for x in (0.6, 1.0, 1.001, 2.9)
    ),
    *(
        HeldOut(f"monotone interpolation at {x:g}", PCHIP, x, mp.mpf(float(PCHIP(x, 1))))
        for x in (0.6, 1.0, 1.0001)
    ),
    *shared("trapezoids", trapezoid, 1.0, 1.9999, 2.0001, 50.0, library=math),
    HeldOut(
        "trapezoids of data",
        lambda x: float(np.trapezoid(np.abs(np.sin(GRID) - x), GRID)),
        0.55,
        float(np.trapezoid(np.sign(0.55 - np.sin(GRID)), GRID)),
    ),
    HeldOut("a median", lambda x: float(np.median([x, 1.0, 2.0, 7.0, 3.0])), 2.5, 1),
    HeldOut("a maximum", lambda x: max(x**2, 3 * x, 4 - x), 1.0, (-1, 3)),
    HeldOut(
        "a sorted sum",
        lambda x: sum(k * t for k, t in enumerate(sorted([x, 0.2, 0.9]))),
        0.2,
        (0, 1),
    ),
]
NETWORKS = [
    *shared("loss of a tanh network", network(False), 0.1, -2.0, 40.0, library=math),
    *shared("loss of a ReLU network", network(True), 0.1, -2.0, 1.234, library=math),
    *shared("cross-entropy", cross_entropy, 0.4, 30.0, -200.0, library=math),
]
MATRICES = [
    *against("a determinant", determinant, exact_determinant, 0.0, 1e-3, 2.0),
    *against("an eigenvalue", smallest_eigenvalue, exact_smallest_eigenvalue, 0.0, 0.5, 1e-7),
    HeldOut("eigenvalues that cross", crossing(0.0), 0.0, (1, -1)),
    *against(
        "eigenvalues that nearly cross",
        crossing(1e-7),
        lambda x: 1 - mp.sqrt(x * x + mp.mpf(1e-7) ** 2),
        0.0,
        1e-7,
        1e-3,
    ),
    *against("a linear system", solved, exact_solved, 0.0, 1e-4, 1.0),
]
PROGRAMS = [*ITERATED, *INTERPOLATED, *NETWORKS, *MATRICES]
