"""The V curve: error of a derivative against the step, beside what theory says it should be.

Left of the optimum round-off S1 eps_f / h rules and falls as h^-1, right of it truncation K F h^p
rises as h^p. Neither constant is fitted: K and S1 belong to the stencil, F is the true derivative
of order p + 1, and eps_f = u |f|. A single point can be thirty times luckier than its neighbours,
so the error is a root mean square over many points.

S1 = sum |c_i| is the worst case, where all errors of the values conspire. Where the root mean
square error of one value is known, the errors of different values are taken as independent: in the
root mean square their weights add in squares, and S1 gives way to S2 = sqrt(sum c_i^2).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from difflab.errors import UsageError, unknown_name
from difflab.numeric.quotient import difference
from difflab.numeric.stencils import SCHEMES, Stencil
from difflab.numeric.steps import Optimum, optimum, unit_roundoff

COMPLEX_STEP = "complex-step"

MARGIN = 30.0
"""A slope is fitted where one part of the error is this many times the other, by theory."""

SERIES = 0.05
"""Truncation counts as h^p where the next term of its series is below this share of the first."""


@dataclass(frozen=True, slots=True)
class Slope:
    """A line fitted to log error against log step.

    Attributes
    ----------
    value, standard_error : float
        NaN where fewer than 2, or 3, steps were usable.
    steps : int
        How many steps the fit used.
    """

    value: float
    standard_error: float
    steps: int


@dataclass(frozen=True)
class VCurve:
    """Error of a derivative at several steps, and its theory.

    Attributes
    ----------
    scheme : str
        Name of the stencil, or "complex-step".
    dtype : str
        Float type in which f was evaluated.
    steps : ndarray, shape (n,)
        h, increasing.
    errors : ndarray, shape (n,)
        Root mean square over the points of the absolute error of f'.
    single : ndarray, shape (n,)
        Absolute error at the first point alone.
    truncation, roundoff : ndarray, shape (n,)
        The asymptotes K F h^p and S1 eps_f / h, or S2 eps_f / h where the noise was given; for the
        complex step round-off is the constant u |f'|.
    predicted : Optimum
        Theory's best step and error; for the complex step the largest step that costs nothing.
    found : Optimum
        The measured ones.
    truncation_slope, roundoff_slope : Slope
        Fitted where theory says that the part rules: p and -1 are expected, or 2 and 0 for the
        complex step. NaN where it rules nowhere, as for high orders in float32.
    """

    scheme: str
    dtype: str
    steps: np.ndarray
    errors: np.ndarray
    single: np.ndarray
    truncation: np.ndarray
    roundoff: np.ndarray
    predicted: Optimum
    found: Optimum
    truncation_slope: Slope
    roundoff_slope: Slope

    @property
    def local_slopes(self) -> tuple[np.ndarray, np.ndarray]:
        """Steps, and d log error / d log h there by central differences over four neighbours.

        Shape (n - 4,) each; NaN where an error is 0 or not finite.
        """
        reach = 2
        with np.errstate(divide="ignore", invalid="ignore"):
            x, y = np.log(self.steps), np.log(self.errors)
            slopes = (y[2 * reach :] - y[: -2 * reach]) / (x[2 * reach :] - x[: -2 * reach])
        finite = np.isfinite(slopes)
        return self.steps[reach:-reach], np.where(finite, slopes, np.nan)


def step_grid(dtype: Any = np.float64, scheme: str = "central") -> np.ndarray:
    """Return half-octave steps from a few spacings of 1 up to 1, increasing.

    Examples
    --------
    >>> grid = step_grid(np.float32)
    >>> f"{grid[0]:.1e}", float(grid[-1]), len(grid)
    ('9.5e-07', 1.0, 41)
    """
    smallest = 4 if scheme != COMPLEX_STEP else -8
    halvings = int(-np.log2(np.finfo(dtype).eps)) - smallest + 1
    return 2.0 ** (np.arange(-2 * halvings, 1) / 2)


def v_curve(
    f: Callable[[Any], Any],
    derivative: Callable[[float, int], float],
    x: float | Sequence[float] | np.ndarray,
    scheme: str = "central",
    dtype: Any = np.float64,
    steps: Sequence[float] | np.ndarray | None = None,
    noise: float | None = None,
) -> VCurve:
    """Measure the error of f' against the step, and say what theory expects.

    Parameters
    ----------
    f : callable
        Real function of one variable, elementwise on arrays; complex too for "complex-step".
    derivative : callable
        ``derivative(x, n)``: the exact n-th derivative of f, from arithmetic that is finer than
        ``dtype``; asked for n = 0, 1 and up to p + 3.
    x : float or array, shape (m,)
        The points; rounded to ``dtype`` before anything is computed.
    scheme : str
        A name of `SCHEMES`, or "complex-step".
    dtype : dtype
        Float type in which f is evaluated.
    steps : array, shape (n,), optional
        `step_grid` when None; rounded to ``dtype``.
    noise : float or None
        Root mean square error of one value of f; None assumes a well-conditioned f, and the worst
        case: S1 u |f|.

    Returns
    -------
    VCurve

    Raises
    ------
    UnknownNameError
        For another scheme.
    UsageError
        When there are no points or the steps are not positive and finite.

    Examples
    --------
    >>> curve = v_curve(np.exp, lambda x, n: np.exp(x), np.linspace(0.5, 1.5, 100), "central")
    >>> round(curve.truncation_slope.value, 1), round(curve.roundoff_slope.value, 1)
    (2.0, -1.0)
    """
    if scheme not in (*SCHEMES, COMPLEX_STEP):
        raise unknown_name("scheme", scheme, (*SCHEMES, COMPLEX_STEP), "difflab.numeric.SCHEMES")
    dtype = np.dtype(dtype)
    points = np.atleast_1d(np.asarray(x, dtype))
    grid = np.sort(np.asarray(step_grid(dtype, scheme) if steps is None else steps, dtype))
    if points.size == 0 or grid.size == 0 or not np.all((grid > 0) & np.isfinite(grid)):
        raise UsageError(
            "a V curve needs at least one point and steps that are positive and finite",
            f"{points.size} points and {grid.size} steps in {dtype} were given",
            "steps=None for half-octave steps down to a few spacings of 1",
        )

    def exact(order: int) -> np.ndarray:
        return np.array([float(derivative(float(point), order)) for point in points])

    theory = (
        _complex_step_theory(exact, dtype)
        if scheme == COMPLEX_STEP
        else _stencil_theory(SCHEMES[scheme], exact, dtype, noise)
    )
    truth, h = exact(1), grid.astype(np.float64)
    with np.errstate(all="ignore"):  # the longest steps may leave the domain: NaN, and no error
        errors = np.array([np.abs(_derivative(f, points, step, scheme) - truth) for step in grid])
    rms = np.array([_rms(row) for row in errors])
    truncation = theory.leading * h**theory.order
    next_term = theory.following * h**theory.following_order
    roundoff = theory.roundoff * h**theory.roundoff_order
    asymptotic = (truncation > MARGIN * roundoff) & (next_term < SERIES * truncation)
    best = int(np.argmin(np.where(np.isfinite(rms), rms, np.inf)))
    return VCurve(
        scheme=scheme,
        dtype=dtype.name,
        steps=h,
        errors=rms,
        single=errors[:, 0],
        truncation=truncation,
        roundoff=roundoff,
        predicted=theory.predicted,
        found=Optimum(float(h[best]), float(rms[best])),
        truncation_slope=fit_slope(h[asymptotic], rms[asymptotic]),
        roundoff_slope=fit_slope(*(v[roundoff > MARGIN * truncation] for v in (h, rms))),
    )


def fit_slope(steps: np.ndarray, errors: np.ndarray) -> Slope:
    """Fit a line to log error against log step by least squares; errors of 0 and NaN are left out.

    Examples
    --------
    >>> h = np.array([0.1, 0.2, 0.4])
    >>> fit = fit_slope(h, 3 * h**2)
    >>> round(fit.value, 6), fit.standard_error < 1e-6, fit.steps
    (2.0, True, 3)
    """
    usable = np.isfinite(errors) & (errors > 0)
    x, y = np.log(steps[usable]), np.log(errors[usable])
    if x.size < 2:
        return Slope(np.nan, np.nan, x.size)
    spread = x - np.mean(x)
    slope = float(spread @ y / (spread @ spread))
    if x.size < 3:
        return Slope(slope, np.nan, x.size)
    residual = y - np.mean(y) - slope * spread
    variance = float(residual @ residual) / (x.size - 2) / float(spread @ spread)
    return Slope(slope, float(np.sqrt(variance)), x.size)


class _Theory(NamedTuple):
    """leading h^order + following h^following_order + ... + roundoff h^roundoff_order."""

    leading: float
    order: int
    following: float
    following_order: int
    roundoff: float
    roundoff_order: int
    predicted: Optimum


def _stencil_theory(
    stencil: Stencil,
    exact: Callable[[int], np.ndarray],
    dtype: np.dtype[Any],
    noise: float | None,
) -> _Theory:
    first = stencil.accuracy + 1
    second = first + 1
    while stencil.series_constant(second) == 0:
        second += 1
    higher, worst = _rms(exact(first)), float(stencil.roundoff_constant)
    eps_f = unit_roundoff(dtype) * _rms(exact(0))
    if noise is not None:
        eps_f = noise * rms_constant(stencil) / worst
    return _Theory(
        leading=abs(float(stencil.error_constant)) * higher,
        order=first - 1,
        following=abs(float(stencil.series_constant(second))) * _rms(exact(second)),
        following_order=second - 1,
        roundoff=worst * eps_f,
        roundoff_order=-1,
        predicted=optimum(stencil, dtype, higher_derivative=higher, noise=eps_f),
    )


def rms_constant(stencil: Stencil) -> float:
    """S2 = sqrt(sum c_i^2): independent errors of size eps_f in f become S2 eps_f / h.

    Examples
    --------
    >>> round(rms_constant(SCHEMES["forward"]), 4), round(rms_constant(SCHEMES["central"]), 4)
    (1.4142, 0.7071)
    """
    return float(sum(c * c for c in stencil.weights)) ** 0.5


def _complex_step_theory(exact: Callable[[int], np.ndarray], dtype: np.dtype[Any]) -> _Theory:
    leading, roundoff = _rms(exact(3)) / 6, unit_roundoff(dtype) * _rms(exact(1))
    largest_free_step = float(np.sqrt(roundoff / leading)) if leading else np.inf
    return _Theory(
        leading, 2, _rms(exact(5)) / 120, 4, roundoff, 0, Optimum(largest_free_step, roundoff)
    )


def _derivative(f: Callable[[Any], Any], x: np.ndarray, step: Any, scheme: str) -> np.ndarray:
    if scheme == COMPLEX_STEP:
        return np.asarray(f(x + 1j * step)).imag.astype(np.float64) / np.float64(step)
    return np.asarray(difference(f, x, step, SCHEMES[scheme]))


def _rms(values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(values))))
