"""The simplest MLP of the lecture as a list of assignments, and the fixture of its errata.

z1 = w1 x + b1, n = sigmoid(z1), z2 = w2 n + b2, m = sigmoid(z2), L = (y - m)^2. One name may be
moved while everything before it stands still: so every factor of the chain rule is a derivative of
this one list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

import numpy as np

from difflab.course import engines
from difflab.course.row import Values
from difflab.functions import sigmoid

FIXTURE: Mapping[str, float] = MappingProxyType(
    {"x": 0.5, "y": 1.0, "w1": 0.8, "b1": -0.2, "w2": -1.1, "b2": 0.3}
)
"""Where the slides' formulas are evaluated."""

ETA = 0.5
"""The learning rate of the fixture."""

WEIGHTS = ("w1", "b1", "w2", "b2")

Stages = dict[str, Any]
"""Values by name."""

ASSIGNMENTS: tuple[tuple[str, Callable[[Stages, Callable[[Any], Any]], Any]], ...] = (
    ("z1", lambda v, _: v["w1"] * v["x"] + v["b1"]),
    ("n", lambda v, sigma: sigma(v["z1"])),
    ("z2", lambda v, _: v["w2"] * v["n"] + v["b2"]),
    ("m", lambda v, sigma: sigma(v["z2"])),
    ("L", lambda v, _: (v["y"] - v["m"]) ** 2),
)
"""Name and value of every stage, in the order of evaluation; sigma is given."""


def run(sigma: Callable[[Any], Any] = sigmoid, **moved: Any) -> Stages:
    """Evaluate all stages; those named in ``moved`` keep the value that they are given.

    Examples
    --------
    >>> stages = run()
    >>> round(stages["n"], 6), round(stages["m"], 6), round(stages["L"], 6)
    (0.549834, 0.42438, 0.331338)
    >>> run(m=1.0)["L"]
    0.0
    """
    found: Stages = {**FIXTURE, **moved}
    for name, rule in ASSIGNMENTS:
        if name not in moved:
            found[name] = rule(found, sigma)
    return {name: _plain(value) for name, value in found.items()}


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, (np.floating, np.ndarray)) else value


def along(out: str, by: str) -> Callable[[Any], Any]:
    """Return the stage ``out`` as a function of ``by`` alone, in plain NumPy."""
    return lambda t: run(**{by: t})[out]


@cache
def three_values(out: str) -> dict[str, Values]:
    """Return the value of a stage as each engine computes it, on its way to a derivative.

    Examples
    --------
    >>> [round(value, 6) for (value,) in three_values("L").values()]
    [0.331338, 0.331338, 0.331338]
    """
    return engines.values(along(out, "w1"), FIXTURE["w1"])


@cache
def three_slopes(out: str, by: str) -> dict[str, Values]:
    """Return the derivative of ``out`` by ``by`` from each engine.

    Examples
    --------
    >>> round(three_slopes("L", "w2")["automatic"][0], 12)
    -0.15462799346
    """
    return engines.gradients(along(out, by), run()[by])


@cache
def true_value(out: str) -> float:
    """Return the value of a stage in arithmetic of forty digits."""
    return float(run(_sigma(engines.digits()), **_exact())[out])


@cache
def true_slope(out: str, by: str) -> float:
    """Return the derivative of ``out`` by ``by`` in arithmetic of forty digits, from differences.

    Examples
    --------
    >>> round(true_slope("L", "w1"), 12), true_slope("z1", "w1")
    (0.038284546146, 0.5)
    """
    arithmetic = engines.digits()
    sigma, exact = _sigma(arithmetic), _exact()
    start = run(sigma, **exact)[by]
    return float(arithmetic.diff(lambda t: run(sigma, **{**exact, by: t})[out], start))


def _sigma(arithmetic: Any) -> Callable[[Any], Any]:
    return lambda z: 1 / (1 + arithmetic.exp(-z))


def _exact() -> Stages:
    return {name: engines.digits().mpf(value) for name, value in FIXTURE.items()}
