"""Exhibits 1 to 3: error against step, local slopes, and one lucky point beside many.

Every curve is foretold before it is measured: K and S2 belong to the stencil, F comes from finer
arithmetic, eps_f from values alone. Nothing is fitted but the slopes, which are results.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from difflab.errors import unknown_name
from difflab.numeric.stencils import SCHEMES
from difflab.numeric.steps import Optimum, optimum
from difflab.numeric.vcurve import (
    COMPLEX_STEP,
    MARGIN,
    Slope,
    VCurve,
    fit_slope,
    step_grid,
    v_curve,
)
from difflab.studies.measurement import Measurement
from difflab.studies.truncation.subject import HIGHEST, Subject, rms

CURVES = (*SCHEMES, COMPLEX_STEP)
"""Schemes that have a curve."""

SLOPE_TOLERANCE = {"truncation": 0.15, "round-off": 0.1}
STEP_FACTOR, ERROR_FACTOR = 3.0, 2.0
"""How far measurement may lie from theory: slopes by so much, best step and error by a factor."""


FEWEST = {"truncation": 3, "round-off": 8}
"""Steps that a slope needs; rounding is random, and its slope needs more."""

MOST_ROUNDINGS = 30.0
"""The complex step may be off by so many roundings of f'; a formula of many operations has several.
"""

OFFSET = 2.0**-0.25

SPACINGS = 8.0
"""The shortest step is so many spacings of floats at x."""

SEEN = 16.0
"""Rounding falls as 1/h where a step moves f by more than this many times the noise; where it moves
f by less, values are often equal, and the error is that of saying 0."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One prediction beside its measurement.

    Attributes
    ----------
    quantity : str
        "truncation slope", "round-off slope", "best step" or "best error".
    found : str
        "within", "outside", or in words why there is nothing to compare.
    """

    quantity: str
    found: str


def expected_slopes(scheme: str) -> tuple[int, int]:
    """Slopes of truncation and round-off that theory expects of a scheme.

    Raises
    ------
    UnknownNameError
        For another scheme.

    Examples
    --------
    >>> expected_slopes("central-6"), expected_slopes("complex-step")
    ((6, -1), (2, 0))
    """
    if scheme not in CURVES:
        raise unknown_name("scheme", scheme, CURVES, "difflab truncation --help")
    return (2, 0) if scheme == COMPLEX_STEP else (SCHEMES[scheme].accuracy, -1)


def order_needed(scheme: str) -> int:
    """Highest derivative that the theory of a scheme asks for.

    Examples
    --------
    >>> order_needed("central"), order_needed("complex-step")
    (5, 5)
    """
    return 5 if scheme not in SCHEMES else min(SCHEMES[scheme].accuracy + 3, HIGHEST)


def curve_of(subject: Subject, scheme: str) -> VCurve:
    """Measure the error of one scheme at all steps, and foretell it.

    Raises
    ------
    UnknownNameError
        For another scheme.

    Examples
    --------
    >>> from difflab.studies.truncation.lecture import simplest
    >>> found = curve_of(simplest(points=20), "central")
    >>> 0.5 < found.found.step / found.predicted.step < 2
    True
    """
    expected_slopes(scheme)
    found = v_curve(
        subject.function,
        subject.derivative,
        subject.points,
        scheme,
        subject.dtype,
        steps_for(subject, scheme),
        subject.noise,
    )
    if scheme == COMPLEX_STEP:
        return found
    seen = found.steps * rms(subject.exact(1).astype(float)) > SEEN * (subject.noise or 0.0)
    ruled = seen & (found.roundoff > MARGIN * found.truncation)
    return replace(found, roundoff_slope=fit_slope(found.steps[ruled], found.errors[ruled]))


def steps_for(subject: Subject, scheme: str) -> np.ndarray:
    """Return half-octave steps up to the longest, none of them a power of two.

    Theory takes the errors of different values as independent. At distances of powers of two they
    are not: 10 x and 10 (x + h) are then rounded alike, and part of the errors cancels.

    Examples
    --------
    >>> from difflab.studies.truncation.lecture import simplest
    >>> steps = steps_for(simplest(points=2), "central")
    >>> bool(np.any(np.log2(steps) % 0.5 == 0)), float(steps[-1]) < 1
    (False, True)
    """
    steps = OFFSET * subject.scale * step_grid(subject.dtype, scheme)
    if scheme == COMPLEX_STEP:
        return steps
    # multiples of the spacing at x: the weights of a stencil belong to its points as they are
    spacing = float(np.max(np.spacing(np.abs(subject.points))))
    return np.asarray(spacing * np.round(steps[steps > SPACINGS * spacing] / spacing))


def verdicts(curve: VCurve) -> list[Verdict]:
    """Compare a curve with what theory said of it.

    Examples
    --------
    >>> from difflab.studies.truncation.lecture import simplest
    >>> [verdict.found for verdict in verdicts(curve_of(simplest(), "central"))]
    ['within', 'within', 'within', 'within']
    """
    rise, fall = expected_slopes(curve.scheme)
    truncation = _slope_verdict("truncation", curve.truncation_slope, rise, _without(curve))
    roundoff = _slope_verdict("round-off", curve.roundoff_slope, fall, _without(curve)[::-1])
    if curve.scheme == COMPLEX_STEP:
        step, error = "any short step", _exactness(curve)
    else:
        step = _ratio_verdict(curve, curve.found.step, curve.predicted.step, STEP_FACTOR)
        error = _ratio_verdict(curve, curve.found.error, curve.predicted.error, ERROR_FACTOR)
    return [truncation, roundoff, Verdict("best step", step), Verdict("best error", error)]


def _without(curve: VCurve) -> tuple[str, str]:
    """Why a curve may lack its truncation arm, and why its round-off arm, in words."""
    exact = not np.any(curve.errors > 0)
    rising = "no truncation" if not np.any(curve.truncation) else "rounding hides it"
    falling = "no rounding" if exact or not np.any(curve.roundoff) else "truncation hides it"
    return rising, falling


def _slope_verdict(part: str, slope: Slope, expected: int, why: tuple[str, str]) -> Verdict:
    absent = np.isnan(slope.value) or why[0].startswith("no ")
    if absent:
        return Verdict(f"{part} slope", why[0])
    if slope.steps < FEWEST[part]:
        return Verdict(f"{part} slope", f"only {slope.steps} steps")
    near = abs(slope.value - expected) <= SLOPE_TOLERANCE[part]
    return Verdict(f"{part} slope", "within" if near else "outside")


def _ratio_verdict(curve: VCurve, found: float, predicted: float, factor: float) -> str:
    if not np.any(curve.truncation):
        return "no truncation"
    if not np.any(curve.roundoff):
        return "no rounding"
    if not curve.steps[0] <= curve.predicted.step <= curve.steps[-1]:
        side = "shorter" if curve.predicted.step < curve.steps[0] else "longer"
        return f"h* is {side} than any step"
    if 1 / factor <= found / predicted <= factor:
        return "within"
    # theory takes the errors of neighbouring values as independent; where they are not, they cancel
    cancelled = curve.found.error < curve.predicted.error / ERROR_FACTOR
    return "outside: rounding cancels" if cancelled else "outside"


def _exactness(curve: VCurve) -> str:
    """How many roundings of f' the complex step costs; as many as the formula has, at best one."""
    if not curve.predicted.error:
        return "no rounding"
    roundings = curve.found.error / curve.predicted.error
    if roundings <= ERROR_FACTOR:
        return "within"
    return f"{roundings:.0f} roundings" if roundings <= MOST_ROUNDINGS else "outside"


def bound(subject: Subject, scheme: str) -> Optimum:
    """Return the worst case of a well-conditioned f: S1 u |f| / h + K F h^p at its best step.

    Examples
    --------
    >>> from difflab.studies.truncation.lecture import simplest
    >>> f"{bound(simplest(), 'central').error:.0e}"
    '4e-12'
    """
    stencil = SCHEMES[scheme]
    higher = rms(subject.exact(stencil.accuracy + 1))
    return optimum(stencil, subject.dtype, rms(subject.exact(0).astype(float)), higher)


def measure_curve(subject: Subject, scheme: str) -> list[Measurement]:
    """Return a curve, its theory and the verdicts as rows.

    Returns
    -------
    list of Measurement
        Per step, with ``at`` = h: the error (root mean square over the points), the error at the
        first point alone, and the two asymptotes; local slopes between. Then the predicted and the
        best step with their errors, the worst case's, the fitted slopes with standard errors, how
        much luckier the first point can be, and the verdicts.

    Examples
    --------
    >>> from difflab.studies.truncation.lecture import simplest
    >>> rows = measure_curve(simplest(points=20), "forward")
    >>> [(row.quantity, round(row.value, 1)) for row in rows if row.quantity == "truncation slope"]
    [('truncation slope', 1.0)]
    """
    found = curve_of(subject, scheme)
    shape = {"parameters": subject.parameters, "batch": subject.batch}
    series = {
        "error": (found.steps, found.errors),
        "error at one point": (found.steps, found.single),
        "truncation, theory": (found.steps, found.truncation),
        "round-off, theory": (found.steps, found.roundoff),
        "local slope": found.local_slopes,
    }
    summary = {
        "predicted step": found.predicted.step,
        "predicted error": found.predicted.error,
        "best step": found.found.step,
        "best error": found.found.error,
        "truncation slope": found.truncation_slope.value,
        "truncation slope, standard error": found.truncation_slope.standard_error,
        "round-off slope": found.roundoff_slope.value,
        "round-off slope, standard error": found.roundoff_slope.standard_error,
        "times luckier": luck(found),
        "points": float(subject.points.size),
        "reach": subject.scale / 2,
    }
    if scheme in SCHEMES:
        worst = bound(subject, scheme)
        summary |= {"worst-case step": worst.step, "worst-case error": worst.error}
    words = {f"{verdict.quantity}, verdict": verdict.found for verdict in verdicts(found)}
    words |= {"subject": subject.title, "truth": subject.truth}
    return [
        *(
            Measurement(name, float(value), "1", at=float(step), **shape)
            for name, (steps, values) in series.items()
            for step, value in zip(steps, values)
        ),
        *(Measurement(name, float(value), "1", **shape) for name, value in summary.items()),
        *(Measurement(name, word, "", **shape) for name, word in words.items()),
    ]


def luck(curve: VCurve) -> float:
    """How many times smaller the best error of the first point alone is than that of all points.

    Errors of exactly 0 are left out, since their factor has no end.

    Examples
    --------
    >>> from difflab.studies.truncation.lecture import simplest
    >>> luck(curve_of(simplest(), "central")) > 3
    True
    """
    single = curve.single[np.isfinite(curve.single) & (curve.single > 0)]
    return float(curve.found.error / np.min(single)) if len(single) else 1.0
