"""Exhibits 4 and 5: what an evaluation buys, and whether an estimated error can be believed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from difflab.numeric.ladder import derivative
from difflab.numeric.plug_in import plug_in_step
from difflab.numeric.quotient import difference
from difflab.numeric.richardson import richardson
from difflab.numeric.stencils import SCHEMES
from difflab.numeric.steps import default_exponent, default_step, optimum
from difflab.numeric.vcurve import rms_constant
from difflab.studies.measurement import Measurement
from difflab.studies.truncation.subject import Subject, rms

STENCILS = ("forward", "central", "central-4", "central-6", "central-8")
LEVELS = (2, 3, 4, 5, 6)
"""Rows of Richardson's table: central differences at h0, h0/2, h0/4, ..."""

COARSEST = 2.0**-3
"""h0, in units of the longest step."""

PLUGGED_IN = ("central", "central-4")

LADDER = "auto"
"""Name of the ladder of steps among the methods of `difflab.derivative`."""

STEP_OF_COMPLEX = 1e-30

DOUBTED = 24
"""Points at which estimated errors are compared with true ones."""

DOUBTED_STEPS = 2.0 ** np.arange(-26.0, 0.0, 2.0)
"""Steps of the plain estimate, in units of the longest one."""


class Spent(NamedTuple):
    """What one method reached.

    Attributes
    ----------
    family : str
        "theory's step", "usual step", "Richardson", "plug-in step", "with its own bar", "ladder",
        "exact".
    name : str
    evaluations : float
        Of f, per derivative; a complex one counts once.
    error : float
        Root mean square over the points.
    """

    family: str
    name: str
    evaluations: float
    error: float


def spent(subject: Subject) -> list[Spent]:
    """Run every method at every point of a subject.

    Examples
    --------
    >>> from difflab.studies.truncation.lecture import simplest
    >>> found = {(each.family, each.name): each for each in spent(simplest(points=20))}
    >>> best = found["theory's step", "central-8"]
    >>> best.evaluations, best.error < 1e-14
    (8, True)
    """
    truth = subject.exact(1).astype(float)
    with np.errstate(all="ignore"):
        return [
            Spent(family, name, evaluations, rms(derivatives - truth))
            for family, name, evaluations, derivatives in _runs(subject)
        ]


def _runs(subject: Subject) -> Iterator[tuple[str, str, float, np.ndarray]]:
    f, points = subject.function, subject.points
    noise = subject.noise
    for scheme in STENCILS:
        stencil = SCHEMES[scheme]
        evaluations = stencil.evaluations + (not stencil.symmetric)
        higher = rms(subject.exact(stencil.accuracy + 1).astype(float))
        eps_f = noise and noise * rms_constant(stencil) / float(stencil.roundoff_constant)
        magnitude = rms(subject.exact(0).astype(float))
        best = optimum(stencil, subject.dtype, magnitude, higher, eps_f).step
        longest = min(best, subject.scale)  # without truncation the best step has no end
        yield "theory's step", scheme, evaluations, difference(f, points, longest, stencil)
        usual = default_step(points, default_exponent(stencil, subject.dtype))
        yield "usual step", scheme, evaluations, difference(f, points, usual, stencil)
    for levels in LEVELS:
        step = COARSEST * subject.scale
        tables = [richardson(f, x, step, SCHEMES["central"], levels) for x in points]
        found = np.array([table.value for table in tables])
        yield "Richardson", f"{levels} steps", tables[0].evaluations, found
    for scheme in PLUGGED_IN:
        yield _plugged_in(subject, scheme)
    for method in (*STENCILS, LADDER):
        found_here = derivative(f, points, method)
        family = "ladder" if method == LADDER else "with its own bar"
        yield family, method, found_here.evaluations, found_here.value
    yield from _complex(subject)
    for engine in subject.engines:
        yield "exact", engine.name, engine.evaluations, engine.derivatives(points)


def _plugged_in(subject: Subject, scheme: str) -> tuple[str, str, float, np.ndarray]:
    """The step of every point from estimates of F; the values that found it are counted."""
    f, stencil = subject.function, SCHEMES[scheme]
    plans = [plug_in_step(f, x, stencil, scale=subject.scale) for x in subject.points]
    steps = np.array([plan.step for plan in plans])
    counted = float(np.mean([plan.evaluations for plan in plans])) + stencil.evaluations
    return "plug-in step", scheme, counted, difference(f, subject.points, steps, stencil)


def _complex(subject: Subject) -> Iterator[tuple[str, str, float, np.ndarray]]:
    """The complex step, where f follows complex numbers."""
    beside = np.asarray(subject.function(subject.points + 1j * STEP_OF_COMPLEX))
    if beside.dtype.kind == "c":
        yield "exact", "complex-step", 1, beside.imag.astype(float) / STEP_OF_COMPLEX


class Doubt(NamedTuple):
    """An estimated error beside the true one."""

    method: str
    estimated: float
    true: float


def doubts(subject: Subject) -> list[Doubt]:
    """Compare estimated with true errors, for every method that gives an estimate.

    Two central differences with steps h and h/2 differ by three quarters of the truncation error,
    which says nothing about rounding. Richardson's table knows both. The stencils and the ladder of
    `difflab.derivative` bring bars of their own, which are meant to cover the truth.

    Examples
    --------
    >>> from difflab.studies.truncation.lecture import simplest
    >>> {doubt.method for doubt in doubts(simplest(points=2))} >= {"two steps", "ladder"}
    True
    """
    found = []
    with np.errstate(all="ignore"):
        for x in subject.points[:DOUBTED]:
            truth = subject.derivative(float(x), 1)
            for method, value, bar in _estimates(subject, x):
                found.append(Doubt(method, float(bar), abs(float(value) - truth)))
    return [doubt for doubt in found if np.isfinite(doubt.estimated + doubt.true)]


def _estimates(subject: Subject, x: Any) -> Iterator[tuple[str, Any, Any]]:
    f: Callable[[Any], Any] = subject.function
    steps = subject.scale * DOUBTED_STEPS
    here = np.full(steps.shape, x, subject.dtype)
    coarse = difference(f, here, steps, SCHEMES["central"])
    fine = difference(f, here, steps / 2, SCHEMES["central"])
    for value, other in zip(fine, coarse):
        yield "two steps", value, abs(other - value) / 3
    table = richardson(f, x, COARSEST * subject.scale)
    yield "Richardson", table.value, table.error
    for method in (*STENCILS, "plug-in", LADDER):
        told = derivative(f, x, method)
        family = "ladder" if method == LADDER else f"{method}, own bar"
        yield family, told.value, told.error


def measure_methods(subject: Subject) -> list[Measurement]:
    """Return exhibit 4 as rows: error with ``at`` = evaluations, named "family: method"."""
    shape = {"parameters": subject.parameters, "batch": subject.batch}
    size = rms(subject.exact(1).astype(float))
    return [
        Measurement(f"{each.family}: {each.name}", each.error, "1", at=each.evaluations, **shape)
        for each in spent(subject)
    ] + [
        Measurement("slope", size, "1", **shape),
        Measurement("subject", subject.title, "", **shape),
    ]


def measure_doubts(subject: Subject) -> list[Measurement]:
    """Return exhibit 5 as rows: the estimate with ``at`` = the true error, and what it covers."""
    shape = {"parameters": subject.parameters, "batch": subject.batch}
    found = doubts(subject)
    rows = [Measurement(each.method, each.estimated, "1", at=each.true, **shape) for each in found]
    for method in dict.fromkeys(each.method for each in found):
        mine = [each for each in found if each.method == method]
        covered = float(np.mean([each.true <= each.estimated for each in mine]))
        rows.append(Measurement(f"{method}, covered", covered, "1", **shape))
        widths = [each.estimated / each.true for each in mine if each.true > 0]
        width = float(np.median(widths)) if widths else float("nan")
        rows.append(Measurement(f"{method}, estimated / true", width, "1", **shape))
    rows.append(Measurement("subject", subject.title, "", **shape))
    return rows
