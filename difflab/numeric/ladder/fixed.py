"""One named stencil: its value at one step, and an error bar from a second step and the noise."""

from __future__ import annotations

import numpy as np

from difflab.errors import UsageError
from difflab.numeric.ladder.arguments import Question
from difflab.numeric.ladder.flags import Flag
from difflab.numeric.ladder.judgement import NOISY
from difflab.numeric.ladder.result import Derivative
from difflab.numeric.ladder.sampling import precision, sample
from difflab.numeric.stencils import Stencil, named_stencil
from difflab.numeric.steps import default_exponent, unit_roundoff

CLUSTER = np.arange(-4, 5)
"""Equally spaced points from whose sixth differences noise is read, in 16ths of the step."""

SIXTH = np.sqrt(924.0)
"""Root of the sum of squares of the weights of a sixth difference."""


def stencil_derivative(question: Question, method: str) -> Derivative:
    """Apply a named stencil at the given step, or at theory's.

    The error bar holds the difference to the same stencil at half the step, and the noise: at
    least rounding, or what sixth differences show (Hamming's table, as in Moré and Wild 2011).

    Raises
    ------
    UsageError
        For a step below the spacing of floats around x.
    """
    stencil = named_stencil(method, question.n)
    x = question.x.ravel()
    h = _steps(question, stencil).ravel()
    _check(x, h)
    offsets = np.array([float(o) for o in stencil.offsets])
    grid = [offsets, offsets / 2, np.array([-1.0, 1.0, -0.5, 0.5]), CLUSTER / 16]
    moves = np.concatenate(grid)[:, None].astype(x.dtype) * h
    points = x + moves
    inside = (points >= question.low.ravel()) & (points <= question.high.ravel())
    points = np.where(inside, points, np.nan)
    samples = sample(question.f, question.x, points.reshape(-1, *question.x.shape), question.args)
    values = samples.around.reshape(points.shape)
    center = samples.center.ravel()
    count = len(offsets)
    one, two, sides, cluster = np.split(values, [count, 2 * count, 2 * count + 4])
    wide = values.dtype
    with np.errstate(all="ignore"):
        taken = (points - x).astype(wide)
        power = 2.0**stencil.accuracy
        at_step = _apply(stencil, one, taken[:count])
        at_half = _apply(stencil, two, taken[count : 2 * count])
        truncation = np.abs(at_step - at_half) * power / (power - 1)
        everything = np.concatenate([values, center[None]])
        unit = precision(samples.dtype, everything)
        rounding = 2 * unit * np.fmax.reduce(np.abs(everything), axis=0)
        if question.n == 1:  # rounding of x inside f
            blur = np.fmax(unit, unit_roundoff(x.dtype)) * np.abs(x)
            rounding = np.fmax(rounding, blur * np.abs(at_step))
        noise = _noise(cluster, rounding, question.noise.ravel())
        bend = _kink(center, sides, cluster, h, rounding)
        kink = (question.n == 1) & (bend > 0)
        noise = np.where(kink, rounding, noise)
        error = 2 * truncation + float(stencil.roundoff_constant) * noise / (h / 2) ** question.n
        error = np.where(kink, error + bend, error)
    flags = np.zeros(x.shape, np.int64)
    flags[kink] |= Flag.KINK
    flags[~np.isfinite(at_step)] |= Flag.DOMAIN
    flags[noise > NOISY * rounding] |= Flag.NOISE
    flags[np.abs(at_step) <= error] |= Flag.BELOW_RESOLUTION
    shape = question.x.shape
    with np.errstate(all="ignore"):
        left, right = (center - sides[0]) / h, (sides[1] - center) / h
    return Derivative(
        value=at_step.reshape(shape)[()],
        error=np.where(np.isfinite(at_step), error, np.inf).reshape(shape)[()],
        evaluations=samples.evaluations,
        step=h.reshape(shape)[()],
        order=stencil.accuracy if shape == () else np.full(shape, stencil.accuracy),
        method=method,
        noise=noise.reshape(shape)[()],
        flags=flags.reshape(shape) if shape else Flag(int(flags[0])),
        left=np.where(kink, left, np.nan).reshape(shape)[()],
        right=np.where(kink, right, np.nan).reshape(shape)[()],
    )


def _noise(cluster: np.ndarray, rounding: np.ndarray, known: np.ndarray) -> np.ndarray:
    seen = np.fmax.reduce(np.abs(np.diff(cluster, 6, axis=0)), axis=0) / SIXTH
    return np.fmax(rounding, np.where(np.isnan(known), 3 * seen, known))


def _kink(
    center: np.ndarray, sides: np.ndarray, cluster: np.ndarray, h: np.ndarray, rounding: np.ndarray
) -> np.ndarray:
    """Return the difference of the two slopes at a kink, 0 without one.

    A kink leaves second differences proportional to h, where curvature leaves h^2.
    """
    pairs = [(sides[0], sides[1], 1.0), (sides[2], sides[3], 0.5), (cluster[0], cluster[-1], 0.25)]
    far, half, near = (np.abs(a - 2 * center + b) / (size * h) for a, b, size in pairs)
    alike = (half > 0.75 * far) & (np.abs(near - half) < 0.25 * half)
    return np.where(alike & (half > 64 * rounding / h), half, 0.0)


def _steps(question: Question, stencil: Stencil) -> np.ndarray:
    if question.step is not None:
        return question.step.astype(question.x.dtype)
    exponent = default_exponent(stencil, question.x.dtype)
    return np.ldexp(question.x.dtype.type(1), np.frexp(question.scale)[1] - 1 - exponent)


def _apply(stencil: Stencil, values: np.ndarray, taken: np.ndarray) -> np.ndarray:
    """Apply a stencil; the step as taken is the outermost one."""
    weights = np.array([float(c) for c in stencil.weights])[:, None]
    outermost = int(np.argmax(np.abs([float(o) for o in stencil.offsets])))
    step = taken[outermost] / float(stencil.offsets[outermost])
    return np.sum(weights * values, axis=0) / step**stencil.derivative


def _check(x: np.ndarray, h: np.ndarray) -> None:
    vanished = x + h / 2 == x
    if np.any(vanished):
        first = int(np.argmax(vanished))
        raise UsageError(
            f"step {h[first]:.3g} is below the spacing of {x.dtype} at x = {x[first]!s}",
            "x + h, or x + h/2 for the error bar, rounds back to x",
            f"use at least {2 * np.spacing(np.abs(x[first])):.2g}, or step=None",
        )
