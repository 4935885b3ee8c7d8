"""What a held-out case is, and how mpmath makes its truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath as mp
import numpy as np

DIGITS = 200


@dataclass(frozen=True)
class HeldOut:
    """f at x, and its n-th derivative: a number, both slopes at a kink, None without any."""

    name: str
    f: Callable[[Any], Any]
    x: Any
    truth: Any
    n: int = 1


def slope(f: Callable[[Any], Any], x: Any, n: int = 1) -> Any:
    """Differentiate n times in 200 digits, with a relative step of 1e-40; in more at 0."""
    with mp.workdps(900 if abs(x) < 1e-50 else DIGITS):
        at = mp.mpf(float(x))
        h = abs(at) * mp.mpf(10) ** -40 if x else mp.mpf(10) ** -150
        terms = [
            (-1) ** k * mp.binomial(n, k) * f(at + (mp.mpf(n) / 2 - k) * h) for k in range(n + 1)
        ]
        return mp.fsum(terms) / h**n


def against(name: str, f: Any, exact: Any, *points: Any, n: int = 1) -> list[HeldOut]:
    """Cases of a float function whose truth is another function's, in mpmath."""
    order = "" if n == 1 else f", derivative {n}"
    kind = " in float32" if isinstance(points[0], np.float32) else ""
    return [
        HeldOut(f"{name} at {x:.17g}{order}{kind}", f, x, slope(exact, x, n), n) for x in points
    ]


def shared(name: str, f: Any, *points: Any, n: int = 1, library: Any = np) -> list[HeldOut]:
    """Cases of a function f(x, m) that reads the same in NumPy (or math) and mpmath."""
    return against(name, lambda x: f(x, library), lambda x: f(x, mp), *points, n=n)


def above(x: Any, threshold: float, m: Any) -> Any:
    """1 above the threshold, else 0."""
    if m is np:
        return np.where(x > threshold, 1.0, 0.0)[()]
    return 1 if x > threshold else 0


def select(condition: Any, one: Any, other: Any, m: Any) -> Any:
    """One where the condition holds, else the other; both must be numbers."""
    if m is np:
        return np.where(condition, one, other)[()]
    return one if condition else other
