"""Exhibits 1 to 3: error against step, local slopes, and one lucky point beside many.

Every curve is foretold before it is measured: K and S2 belong to the stencil, F comes from finer
arithmetic, eps_f from values alone. Nothing is fitted but the slopes, which are results.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from difflab.errors import unknown_name
from difflab.numeric.stencils import SCHEMES
from difflab.numeric.steps import Optimum, optimum
from difflab.numeric.vcurve import COMPLEX_STEP, Slope, VCurve, step_grid, v_curve
from difflab.studies.measurement import Measurement
from difflab.studies.truncation.subject import HIGHEST, Subject, rms

CURVES = (*SCHEMES, COMPLEX_STEP)
"""Schemes that have a curve."""

SLOPE_TOLERANCE = {"truncation": 0.15, "round-off": 0.1}
STEP_FACTOR, ERROR_FACTOR = 3.0, 2.0
"""How far measurement may lie from theory: slopes by so much, best step and error by a factor."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One prediction beside its measurement.

    Attributes
    ----------
    quantity : str
        "truncation slope", "round-off slope", "best step" or "best error".
    found : str
        "within", "outside", or why there is nothing to compare.
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
    steps = subject.scale * step_grid(subject.dtype, scheme)
    return v_curve(
        subject.function,
        subject.derivative,
        subject.points,
        scheme,
        subject.dtype,
        steps,
        subject.noise,
    )


def verdicts(curve: VCurve) -> list[Verdict]:
    """Compare a curve with what theory said of it.

    Examples
    --------
    >>> from difflab.studies.truncation.lecture import simplest
    >>> [verdict.found for verdict in verdicts(curve_of(simplest(), "central"))]
    ['within', 'within', 'within', 'within']
    """
    rise, fall = expected_slopes(curve.scheme)
    exact = curve.scheme == COMPLEX_STEP
    return [
        _slope_verdict("truncation", curve.truncation_slope, rise),
        _slope_verdict("round-off", curve.roundoff_slope, fall),
        Verdict(
            "best step",
            "any short step" if exact else _ratio_verdict(
                curve.found.step, curve.predicted.step, STEP_FACTOR
            ),
        ),
        Verdict(
            "best error",
            _bound_verdict(curve) if exact else _ratio_verdict(
                curve.found.error, curve.predicted.error, ERROR_FACTOR
            ),
        ),
    ]  # fmt: skip


def _slope_verdict(part: str, slope: Slope, expected: int) -> Verdict:
    if np.isnan(slope.value):
        return Verdict(f"{part} slope", "no such part")
    near = abs(slope.value - expected) <= SLOPE_TOLERANCE[part]
    return Verdict(f"{part} slope", "within" if near else "outside")


def _ratio_verdict(found: float, predicted: float, factor: float) -> str:
    if predicted in (0.0, np.inf):
        return "no truncation"
    return "within" if 1 / factor <= found / predicted <= factor else "outside"


def _bound_verdict(curve: VCurve) -> str:
    return "within" if curve.found.error <= ERROR_FACTOR * curve.predicted.error else "outside"


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
