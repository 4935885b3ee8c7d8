"""Values with errors: additive and multiplicative noise, quantised output, low precision inside."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import mpmath as mp
import numpy as np

from tests.numeric.ladder.held_out.case import against


def scatter(x: Any, size: float, seed: int) -> Any:
    """A deterministic error between -size and size; another hash than that of the tuning set."""
    bits = np.atleast_1d(np.asarray(x, float)).view(np.uint64) + np.uint64(
        (0x9E3779B97F4A7C15 * (seed + 1)) % 2**64
    )
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        bits = (bits ^ (bits >> np.uint64(shift))) * np.uint64(factor)
    bits = bits ^ (bits >> np.uint64(31))
    return (size * (bits.astype(float) / 2.0**63 - 1)).reshape(np.shape(x))[()]


def gaussian(x: Any, size: float, seed: int) -> Any:
    """The same with heavier tails: a sum of hashes, cubed."""
    total = sum(scatter(x, 1.0, 7 * seed + k) for k in range(4))
    return size * total * np.abs(total)


def cast(f: Any, kind: Any) -> Any:
    """f computed in a lower precision, returned as float64."""
    return lambda x: np.asarray(f(np.asarray(x, kind)), float)[()]


def float32_dot(x: Any) -> Any:
    """A sum of 50 terms in float32."""
    terms = [np.float32(np.sin(k * np.asarray(x))) / np.float32(k * k) for k in range(1, 51)]
    total = np.zeros(np.shape(x), np.float32)
    for term in terms:
        total = np.float32(total + term)
    return np.asarray(total, float)[()]


FUNCTIONS = {
    "exp": (np.exp, mp.exp),
    "x^3 - x": (lambda x: x**3 - x, lambda x: x**3 - x),
    "log(1 + x^2)": (lambda x: np.log(1 + x * x), lambda x: mp.log(1 + x * x)),
    "1000 cos": (lambda x: 1000 * np.cos(x), lambda x: 1000 * mp.cos(x)),
}

ADDED = [
    case
    for seed, (name, size, x) in enumerate(
        [
            ("exp", 1e-13, 0.7), ("exp", 1e-10, -2.0), ("exp", 1e-6, 1.5), ("exp", 1e-2, 0.0),
            ("x^3 - x", 1e-14, 2.2), ("x^3 - x", 1e-9, 0.5), ("x^3 - x", 1e-5, -1.0),
            ("x^3 - x", 1e-3, 20.0), ("log(1 + x^2)", 1e-11, 3.0), ("log(1 + x^2)", 1e-7, 1e-3),
            ("log(1 + x^2)", 1e-4, 100.0), ("1000 cos", 1e-9, 1.0), ("1000 cos", 1.0, 2.0),
        ]
    )
    for case in against(
        f"{name} + noise {size:g}",
        lambda x, f=FUNCTIONS[name][0], a=size, s=seed: f(x) + scatter(x, a, s),
        FUNCTIONS[name][1],
        x,
    )
]  # fmt: skip
HEAVY = [
    case
    for seed, (name, size, x) in enumerate(
        [("exp", 1e-8, 0.3), ("x^3 - x", 1e-5, 1.3), ("1000 cos", 1e-6, 4.0), ("exp", 1e-12, -1.0)]
    )
    for case in against(
        f"{name} + heavy noise {size:g}",
        lambda x, f=FUNCTIONS[name][0], a=size, s=seed: f(x) + gaussian(x, a, s),
        FUNCTIONS[name][1],
        x,
    )
]
MULTIPLIED = [
    case
    for seed, (name, size, x) in enumerate(
        [
            ("exp", 1e-12, 3.0), ("exp", 1e-6, -5.0), ("x^3 - x", 1e-8, 1.0),
            ("1000 cos", 1e-4, 0.4), ("log(1 + x^2)", 1e-10, 1e4),
            ("log(1 + x^2)", 1e-5, 0.01), ("x^3 - x", 1e-3, 3.0),
        ]
    )
    for case in against(
        f"{name} times 1 + noise {size:g}",
        lambda x, f=FUNCTIONS[name][0], a=size, s=seed: f(x) * (1 + scatter(x, a, 50 + s)),
        FUNCTIONS[name][1],
        x,
    )
]  # fmt: skip
QUANTISED = [
    *(
        case
        for name, digits, x in [
            ("exp", 3, 0.4),
            ("exp", 5, -1.0),
            ("exp", 10, 2.0),
            ("x^3 - x", 1, 4.0),
            ("x^3 - x", 7, 0.9),
            ("log(1 + x^2)", 4, 1.0),
            ("log(1 + x^2)", 8, 30.0),
            ("1000 cos", 0, 1.0),
            ("1000 cos", 2, 3.0),
            ("1000 cos", 11, 0.1),
        ]
        for case in against(
            f"{name} to {digits} digits",
            lambda x, f=FUNCTIONS[name][0], k=digits: np.round(f(x), k),
            FUNCTIONS[name][1],
            x,
        )
    ),
    *(
        case
        for name, bits, x in [
            ("exp", 8, 0.2),
            ("exp", 20, 1.0),
            ("x^3 - x", 12, 1.1),
            ("x^3 - x", 35, 0.3),
            ("log(1 + x^2)", 16, 2.0),
            ("1000 cos", 4, 5.0),
        ]
        for case in against(
            f"{name} to {bits} bits",
            lambda x, f=FUNCTIONS[name][0], k=bits: np.floor(f(x) * 2.0**k) / 2.0**k,
            FUNCTIONS[name][1],
            x,
        )
    ),
    *against(
        "exp to 6 significant digits", lambda x: float(f"{float(np.exp(x)):.6g}"), mp.exp, 2.3
    ),
    *against(
        "a printed table, 4 decimals",
        lambda x: float(f"{float(np.log(x)):.4f}"),
        mp.log,
        1.7,
        25.0,
    ),
    *against(
        "a price in cents",
        lambda x: np.round(100 * 1.05**x, 2),
        lambda x: 100 * mp.mpf(1.05) ** x,
        7.3,
    ),
    *against(
        "Decimal of 12 digits", lambda x: float(round(Decimal(float(x)).exp(), 12)), mp.exp, 0.5
    ),
]
LOW_PRECISION = [
    *against("exp in float32", cast(np.exp, np.float32), mp.exp, 0.3, -8.0),
    *against("tanh in float32", cast(np.tanh, np.float32), mp.tanh, 0.7, 2.0),
    *against("log in float32", cast(np.log, np.float32), mp.log, 1.01, 500.0),
    *against("exp in float16", cast(np.exp, np.float16), mp.exp, 0.3),
    *against("sqrt in float16", cast(np.sqrt, np.float16), mp.sqrt, 3.3),
    *against("x^2 in float32", cast(lambda x: x * x, np.float32), lambda x: x * x, 1.7),
    *against(
        "sin in float32 plus x",
        lambda x: x + cast(np.sin, np.float32)(x),
        lambda x: x + mp.sin(x),
        1.1,
    ),
    *against(
        "half of it in float16",
        lambda x: np.exp(x) + 1e-3 * cast(np.cos, np.float16)(x),
        lambda x: mp.exp(x) + mp.mpf(1e-3) * mp.cos(x),
        0.9,
    ),
    *against(
        "a sum in float32",
        float32_dot,
        lambda x: mp.fsum(mp.sin(k * x) / k**2 for k in range(1, 51)),
        0.8,
        2.5,
    ),
]
NOISY = [*ADDED, *HEAVY, *MULTIPLIED, *QUANTISED, *LOW_PRECISION]
