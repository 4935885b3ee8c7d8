"""Functions that make numerical derivatives lie, with their truth from mpmath."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath as mp
import numpy as np

DIGITS = 200


@dataclass(frozen=True)
class Nasty:
    """f at x, and its derivative: a number, an interval at a kink, or None where there is none."""

    name: str
    f: Callable[[Any], Any]
    x: float
    truth: Any


def slope(f: Callable[[Any], Any], x: float) -> Any:
    """Differentiate in 200 digits (900 beside 0), by a central difference with a step of 1e-60."""
    with mp.workdps(900 if 0 < abs(x) < 1e-50 else DIGITS):
        at = mp.mpf(x)
        h = (abs(at) if x else mp.mpf(1)) * mp.mpf(10) ** -60
        return (f(at + h) - f(at - h)) / (2 * h)


def smooth(name: str, f: Any, exact: Any, *points: float) -> list[Nasty]:
    return [Nasty(f"{name} at {x:g}", f, x, slope(exact, x)) for x in points]


def hash_noise(x: Any, size: float) -> Any:
    """A deterministic error between -size and size that depends on every bit of x."""
    bits = np.atleast_1d(np.asarray(x, float)).view(np.uint64)
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        bits = (bits ^ (bits >> np.uint64(33))) * np.uint64(factor)
    noise = size * ((bits ^ (bits >> np.uint64(33))).astype(float) / 2.0**63 - 1)
    return noise.reshape(np.shape(x))[()]


def _x_sin(x: Any) -> Any:
    safe = np.where(x == 0, 1.0, x)
    return np.where(x == 0, 0.0, x * np.sin(1 / safe))


def _half(x: Any) -> Any:
    return np.asarray(np.sin(np.asarray(x, np.float16)), float)[()]


def _single(x: Any) -> Any:
    return np.asarray(np.sin(np.asarray(x, np.float32)), float)[()]


COS_1 = mp.cos(1)

OSCILLATING = [
    *smooth("sin", np.sin, mp.sin, 1e4, 1e8, 1e10, 1e12, 1e14, 1e15),
    *smooth("sin 1e5 x", lambda x: np.sin(1e5 * x), lambda x: mp.sin(10**5 * x), 0.0, 0.3, 1.0),
    *smooth("sin 1e12 x", lambda x: np.sin(1e12 * x), lambda x: mp.sin(10**12 * x), 0.0, 0.7),
    *smooth("sin 1/x", lambda x: np.sin(1 / x), lambda x: mp.sin(1 / x), 1e-2, 1e-4, 1e-6),
    *smooth("sin x^2", lambda x: np.sin(x * x), lambda x: mp.sin(x * x), 1e3, 1e5, 1e7),
]
SCALES = [
    *smooth("sin", np.sin, mp.sin, 0.0, 1e-300, 1e-8),
    *smooth("exp", np.exp, mp.exp, 1e-300, -700.0, -30.0, 300.0, 700.0),
    *smooth("1e-300 sin", lambda x: 1e-300 * np.sin(x), lambda x: mp.mpf(1e-300) * mp.sin(x), 1.0),
    *smooth("1e300 sin", lambda x: 1e300 * np.sin(x), lambda x: mp.mpf(1e300) * mp.sin(x), 1.0),
    *smooth("x^2", lambda x: x * x, lambda x: x * x, 0.0, 1e-300, 1e-9, 1e150),
    *smooth("log", np.log, mp.log, 1e-300, 1e-10, 1e-3, 1e300),
    *smooth("1/x", lambda x: 1 / x, lambda x: 1 / x, 1e-8, 1e-100, 1e100),
    *smooth("x^100", lambda x: x**100, lambda x: x**100, 0.1, 1.0),
]
ZERO = [
    *smooth("cos", np.cos, mp.cos, 0.0, 1e-18, 1e-8),
    Nasty("exp(-1/x^2) at 0", lambda x: np.exp(-1 / np.square(x)), 0.0, 0),
    Nasty("x^1.5 at 0", lambda x: x**1.5, 0.0, 0),
    Nasty("|x|^1.25 at 0", lambda x: np.abs(x) ** 1.25, 0.0, 0),
    Nasty("x |x| at 0", lambda x: x * np.abs(x), 0.0, 0),
    Nasty("x^2 sin 1/x at 0", lambda x: x * _x_sin(x), 0.0, 0),
    Nasty("x sin 1/x at 0", _x_sin, 0.0, None),
    Nasty("sqrt at 0", np.sqrt, 0.0, None),
    Nasty("1 + sqrt at 0", lambda x: 1 + np.sqrt(x), 0.0, None),
    Nasty("sqrt |x| at 0", lambda x: np.sqrt(np.abs(x)), 0.0, None),
    Nasty("cbrt at 0", np.cbrt, 0.0, None),
]
KINKS = [
    Nasty("abs at 0", np.abs, 0.0, (-1, 1)),
    Nasty("relu at 0", lambda x: np.maximum(x, 0), 0.0, (0, 1)),
    Nasty("relu at 1e-10", lambda x: np.maximum(x, 0), 1e-10, 1),
    Nasty("max(x, x^2) at 1", lambda x: np.maximum(x, x * x), 1.0, (1, 2)),
    Nasty(
        "slopes .999999 and 1", lambda x: 1 + np.where(x > 0, x, 0.999999 * x), 0.0, (0.999999, 1)
    ),
    Nasty("|x - 1e-9| at 0", lambda x: np.abs(x - 1e-9), 0.0, -1),
    Nasty("|x - 1e-14| at 0", lambda x: np.abs(x - 1e-14), 0.0, -1),
    Nasty("|x - 1 - 1e-12| at 1", lambda x: np.abs(x - (1 + 1e-12)), 1.0, -1),
    *smooth(
        "sqrt(x^2 + 1e-12)",
        lambda x: np.sqrt(x * x + 1e-12),
        lambda x: mp.sqrt(x * x + mp.mpf(1e-12)),
        0.0,
        1e-9,
        1e-6,
    ),
    Nasty("x^2 glued to x at 1", lambda x: np.where(x > 1, (x - 1) ** 2 + x, x), 1.0, 1),
    Nasty("elu at 0", lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))), 0.0, 1),
]
JUMPS = [
    Nasty("floor at 2.5", np.floor, 2.5, 0),
    Nasty("floor at 3", np.floor, 3.0, None),
    Nasty("sign at 0", np.sign, 0.0, None),
    Nasty("sign at 1e-12", np.sign, 1e-12, 0),
    Nasty("round at .5", np.round, 0.5, None),
    Nasty("jump at 1e-8", lambda x: np.sin(x) + np.where(x > 1 + 1e-8, 1.0, 0.0), 1.0, COS_1),
    Nasty("small jump", lambda x: np.sin(x) + np.where(x > 1 + 1e-8, 1e-6, 0.0), 1.0, COS_1),
    Nasty("int", lambda x: int(x), 2.5, 0),
    Nasty("bool", lambda x: x > 1, 2.5, 0),
]
EDGES = [
    *smooth("sqrt", np.sqrt, mp.sqrt, 1e-10, 1e-300),
    *smooth("arcsin", np.arcsin, mp.asin, 0.999999, 1 - 1e-10),
    *smooth("arctanh", np.arctanh, mp.atanh, 0.999, 1 - 1e-10),
    *smooth("tan", np.tan, mp.tan, 1.57, 1.5707963),
    Nasty("arcsin at 1", np.arcsin, 1.0, None),
    Nasty("(1-x)^1.5 at 1", lambda x: (1 - x) ** 1.5, 1.0, 0),
    Nasty("exp, NaN left of 1", lambda x: np.where(x >= 1, np.exp(x), np.nan), 1.0, mp.e),
]
SATURATED = [
    *smooth("tanh", np.tanh, mp.tanh, 10.0, 20.0, 300.0),
    *smooth("sigmoid", lambda x: 1 / (1 + np.exp(-x)), lambda x: 1 / (1 + mp.exp(-x)), 40.0, -40.0),
    *smooth("arctan", np.arctan, mp.atan, 1e8, 1e16),
    *smooth("3", lambda x: 0 * x + 3.0, lambda x: mp.mpf(3), 0.0, 1e10),
]
NOISY = [
    *(
        Nasty(
            f"sin + noise {a:g} at {x:g}", lambda x, a=a: np.sin(x) + hash_noise(x, a), x, mp.cos(x)
        )
        for a in (1e-12, 1e-8, 1e-4)
        for x in (0.0, 1.0, 3.7)
    ),
    *(
        Nasty(f"sin to {k} digits at {x:g}", lambda x, k=k: np.round(np.sin(x), k), x, mp.cos(x))
        for k in (2, 4, 6, 9, 12)
        for x in (0.3, 1.0)
    ),
    Nasty("sin in float32", _single, 1.0, COS_1),
    Nasty("sin in float16", _half, 1.0, COS_1),
    Nasty("sin as float32", lambda x: np.float32(np.sin(x)), 1.0, COS_1),
]
CANCELLING = [
    *smooth(
        "(1 - cos x)/x^2",
        lambda x: (1 - np.cos(x)) / x**2,
        lambda x: (1 - mp.cos(x)) / x**2,
        1e-8,
        1e-6,
        1e-4,
        1e-2,
    ),
    *smooth(
        "(exp x - 1)/x",
        lambda x: (np.exp(x) - 1) / x,
        lambda x: (mp.exp(x) - 1) / x,
        1e-12,
        1e-8,
        1e-4,
    ),
    *smooth("log(1 + x)", lambda x: np.log(1 + x), lambda x: mp.log(1 + x), 1e-12, 1e-8, 1e-3),
    *smooth("1e10 + sin", lambda x: 1e10 + np.sin(x), lambda x: 10**10 + mp.sin(x), 1.0),
    *smooth("1e16 + x", lambda x: 1e16 + x, lambda x: 10**16 + x, 1.0, 1e10),
    *smooth("(x-1)^2 + 1", lambda x: (x - 1) ** 2 + 1, lambda x: (x - 1) ** 2 + 1, 1.0, 1 + 1e-9),
]
SCALES_IN_ONE = [
    *smooth(
        "x + 1e-3 sin 1e6 x",
        lambda x: x + 1e-3 * np.sin(1e6 * x),
        lambda x: x + mp.mpf(1e-3) * mp.sin(10**6 * x),
        0.3,
        1.0,
    ),
    *smooth(
        "sin x + 1e-9 sin 1e9 x",
        lambda x: np.sin(x) + 1e-9 * np.sin(1e9 * x),
        lambda x: mp.sin(x) + mp.mpf(1e-9) * mp.sin(10**9 * x),
        0.3,
        1.0,
    ),
    *smooth("tanh 1e6 x", lambda x: np.tanh(1e6 * x), lambda x: mp.tanh(10**6 * x), 0.0, 1e-6),
]
PYTHON = [
    Nasty("math.sin", math.sin, 1.0, COS_1),
    Nasty("a Python if", lambda x: x * x if x > 0 else -x, 1.0, 2),
    Nasty("a Python if at 0", lambda x: x * x if x > 0 else -x, 0.0, (-1, 0)),
    Nasty("a sum", lambda x: np.sum(np.sin(x)), 1.0, COS_1),
    Nasty("a constant", lambda x: 3.0, 1.0, 0),
]

NASTY = [
    *OSCILLATING, *SCALES, *ZERO, *KINKS, *JUMPS, *EDGES, *SATURATED, *NOISY, *CANCELLING,
    *SCALES_IN_ONE, *PYTHON,
]  # fmt: skip
