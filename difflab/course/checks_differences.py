"""Checks of the slide on finite differences: the formula, its step, and the error it leaves out.

The forward difference of the loss L at the fixture, along w2 unless said otherwise. Its error is
h/2 |f''| from truncation, which the slide names, and up to 2 eps |f| / h from rounding, which it
does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from difflab.course import chain, engines
from difflab.course.formula import evaluate, sides
from difflab.course.row import Finding, SlideRow, judge

STEPS = tuple(10.0**-k for k in range(1, 16))
"""Steps of the V curve."""

SLIDE_STEP = 1e-5
TINY_STEP = 1e-12
"""Where the slide's account of the error is tried: truncation alone would be negligible."""

AGREES = 0.05
"""Relative difference between a predicted and a measured error that counts as agreement."""


@dataclass(frozen=True, slots=True)
class Point:
    """The forward difference at one step.

    Attributes
    ----------
    step, error : float
        h, and the measured absolute error.
    truncation, rounding : float
        h/2 |f''| and 2 eps |f| / h.
    """

    step: float
    error: float
    truncation: float
    rounding: float


def forward_difference(step: float, by: str = "w2", expression: str = "") -> float:
    """Return the slide's quotient of L along one weight.

    Examples
    --------
    >>> round(forward_difference(1e-2), 6)
    -0.154511
    """
    loss = chain.along("L", by)
    names = {"f": loss, "x": chain.FIXTURE[by], "h": step, "e": 1.0}
    return float(evaluate(expression or "(f(x + h*e) - f(x))/h", names))


@cache
def second_derivative(by: str = "w2") -> float:
    """L's second derivative along one weight, in arithmetic of forty digits."""
    arithmetic = engines.digits()
    start = {name: arithmetic.mpf(value) for name, value in chain.FIXTURE.items()}

    def loss(t: Any) -> Any:
        return chain.run(lambda z: 1 / (1 + arithmetic.exp(-z)), **{**start, by: t})["L"]

    return float(arithmetic.diff(loss, start[by], 2))


def v_curve(steps: tuple[float, ...] = STEPS, by: str = "w2") -> tuple[Point, ...]:
    """Measure the forward difference at every step, with both predictions.

    Examples
    --------
    >>> curve = v_curve()
    >>> best = min(curve, key=lambda point: point.error)
    >>> 1e-10 < best.step < 1e-6, curve[0].error > 100 * best.error < curve[-1].error
    (True, True)
    """
    true, value = chain.true_slope("L", by), chain.true_value("L")
    bend, eps = abs(second_derivative(by)), float(np.finfo(float).eps)
    return tuple(
        Point(
            step,
            abs(forward_difference(step, by) - true),
            step / 2 * bend,
            2 * eps * abs(value) / step,
        )
        for step in steps
    )


def quotient(row: SlideRow) -> Finding:
    """Judge the formula at the slide's step for all four weights: within its known error."""
    right = sides(row.formula)[1]
    slide = tuple(forward_difference(SLIDE_STEP, by, right) for by in chain.WEIGHTS)
    truth = tuple(chain.true_slope("L", by) for by in chain.WEIGHTS)
    found = {
        name: tuple(chain.three_slopes("L", by)[name][0] for by in chain.WEIGHTS)
        for name in engines.SPECS
    }
    allowed = max(p.truncation + p.rounding for by in chain.WEIGHTS
                  for p in v_curve((SLIDE_STEP,), by))  # fmt: skip
    tolerance = 1.01 * allowed / max(map(abs, truth))
    note = f"w1, b1, w2, b2 with h = {SLIDE_STEP:g}; its known error is up to {allowed:.1e}"
    return judge(slide, truth, found, tolerance=tolerance, note=note)


def step_size(row: SlideRow) -> Finding:
    """Judge the step: the error it leaves is the predicted truncation, as the slide says."""
    step = float(evaluate(sides(row.formula)[1], {}))
    (point,) = v_curve((step,))
    best = min(v_curve(), key=lambda each: each.error)
    note = (
        f"the error at h = {step:g} is {point.error:.2e}, predicted h/2 |f''| = "
        f"{point.truncation:.2e}; the best step of the V curve is {best.step:g}, "
        f"with {best.error:.1e}"
    )
    return judge((point.truncation,), (point.error,), tolerance=AGREES, note=note)


def truncation_alone(row: SlideRow) -> Finding:
    """Judge the slide's account of the error, h/2 |f''|, where rounding matters."""
    bend = abs(second_derivative())
    (point,) = v_curve((TINY_STEP,))
    slide = float(evaluate(sides(row.formula)[1], {"h": TINY_STEP, "D2f": bend, "abs": abs}))
    note = (
        f"at h = {TINY_STEP:g} the error is {point.error:.1e}, and h/2 |f''| would be "
        f"{point.truncation:.1e}: the slide names truncation and leaves out rounding, up to "
        f"2 eps |f| / h = {point.rounding:.1e}"
    )
    return judge((slide,), (point.error,), tolerance=AGREES, note=note)
